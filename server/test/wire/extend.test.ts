import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel, type ModelDefinition } from "../../src/edm/createModel.ts";
import { double, instant, of } from "../../src/edm/define.ts";
import type { PropertyDefinition } from "../../src/edm/resource.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { openHub, vendor, type Answer, type TestHub } from "./hub.ts";

/** The security graph with more properties on the type of scores. */
function extended(properties: Readonly<Record<string, PropertyDefinition>>): ModelDefinition {
  const resources = securityGraph.resources.map((resource) => {
    if (resource.name !== "secureScores") return resource;
    const types = resource.types.map((type) => (type.kind === "entity" ? { ...type, properties: { ...type.properties, ...properties } } : type));
    return { ...resource, types };
  });
  return { ...securityGraph, resources };
}

const scores = "/v1.0/security/secureScores";
const model = createModel(
  extended({
    trend: double({ description: "Points gained since the day before.", indexed: true }),
    reviewedDateTime: instant(),
    feedback: of("alertFeedback", { nullable: false, setBy: "clientDefault", default: "unknown" }),
  }),
);
const maxScores = (answer: Answer): number[] => {
  expect(answer.status, answer.text).toBe(200);
  return answer.json.value.map((one: { maxScore: number }) => one.maxScore);
};

let hub: TestHub;
let oldIds: string[];
beforeAll(async () => {
  hub = await openHub();
  oldIds = [];
  for (const maxScore of [1, 2]) oldIds.push((await hub.post(scores, { maxScore, vendorInformation: vendor })).json.id);
  // Named as the property will be: what an open type kept before.
  oldIds.push((await hub.post(scores, { maxScore: 3, trend: 7.5, vendorInformation: vendor })).json.id);
  hub = await hub.reopen(model);
  for (const [maxScore, trend] of [[4, -1], [5, 2.5], [6, null]]) await hub.post(scores, { maxScore, trend, reviewedDateTime: "2026-05-01T10:00:00+02:00", feedback: "TRUEPOSITIVE", vendorInformation: vendor }); // prettier-ignore
});
afterAll(() => hub.close());

describe("properties added to one resource alone, over a folder that holds rows", () => {
  test("stand in $metadata, XML and JSON (R7)", async () => {
    const xml = await hub.get("/v1.0/$metadata");
    const type = /<EntityType Name="secureScore"[\s\S]*?<\/EntityType>/.exec(xml.text)![0];
    expect(type).toMatch(/<Property Name="trend" Type="Edm\.Double"/);
    expect(type).toContain("Points gained since the day before.");
    const json = (await hub.get("/v1.0/$metadata?$format=json")).json;
    expect(json["microsoft.graph"].secureScore).toMatchObject({
      trend: { $Type: "Edm.Double", $Nullable: true },
      feedback: { $Type: expect.stringMatching(/alertFeedback$/) },
    });
  });

  test("stand in OpenAPI", async () => {
    const { components } = (await hub.get("/v1.0/openapi.json")).json;
    const name = Object.keys(components.schemas).find((one) => one.endsWith("secureScore"))!;
    expect(JSON.stringify(components.schemas[name])).toContain('"trend"');
    expect(JSON.stringify(components.schemas[name])).toContain("Points gained since the day before.");
  });

  test.each([
    [{ trend: "x" }, "trend", "a number"],
    [{ reviewedDateTime: "yesterday" }, "reviewedDateTime", "a date and time"],
    [{ feedback: "good" }, "feedback", "one of"],
    [{ feedback: null }, "feedback", "not null"],
  ])("hold for bodies: %j is 400", async (body, target, expected) => {
    const answer = await hub.post(scores, { ...body, vendorInformation: vendor });
    expect([answer.status, answer.json.error.target]).toEqual([400, target]);
    expect(answer.json.error.message).toContain(expected);
    expect((await hub.patch(`${scores}/${oldIds[0]}`, body)).status).toBe(400);
  });

  test("old rows keep what they had under that name, and have nothing in what they had not", async () => {
    const [one, , three] = oldIds.map((id) => `${scores}/${id}`);
    expect((await hub.get(three!)).json).toMatchObject({ maxScore: 3, trend: 7.5 });
    expect((await hub.get(`${three}/trend`)).json.value).toBe(7.5);
    for (const name of ["trend", "reviewedDateTime"]) expect((await hub.get(`${one}/${name}`)).status).toBe(204);
  });

  test("old rows show null or the default", async () => {
    expect((await hub.get(`${scores}/${oldIds[0]}`)).json).toMatchObject({ maxScore: 1, trend: null, reviewedDateTime: null, feedback: "unknown" });
  });

  test("old rows are found by the default", async () => {
    expect(maxScores(await hub.get(`${scores}?$filter=feedback eq 'unknown'&$orderby=maxScore`))).toEqual([1, 2, 3]);
  });

  test.each([
    ["$filter=trend gt 0", [3, 5]],
    ["$filter=trend eq null", [1, 2, 6]],
    ["$filter=not (trend gt 0)", [1, 2, 4, 6]],
    ["$filter=feedback eq 'truePositive'", [4, 5, 6]],
    ["$filter=reviewedDateTime eq 2026-05-01T08:00:00Z", [4, 5, 6]],
  ])("are filtered: %s", async (options, expected) => {
    const found = maxScores(await hub.get(`${scores}?${options}`));
    expect(found.toSorted((a, b) => a - b)).toEqual(expected);
    expect((await hub.get(`${scores}/$count?${options}`)).text).toBe(String(expected.length));
  });

  test("are sorted, nulls lowest, and paged (R67, R68)", async () => {
    expect(maxScores(await hub.get(`${scores}?$orderby=trend desc,maxScore`))).toEqual([3, 5, 4, 1, 2, 6]);
    const seen: number[] = [];
    let link: string | undefined = `${scores}?$orderby=trend,maxScore`;
    while (link !== undefined) {
      const page: Answer = await hub.get(link, { headers: { Prefer: "odata.maxpagesize=2" } });
      seen.push(...maxScores(page));
      link = (page.json["@odata.nextLink"] as string | undefined)?.slice("https://hub.example".length);
    }
    expect(seen).toEqual([1, 2, 6, 4, 5, 3]);
  });

  test("stay after a restart, and old rows can be changed", async () => {
    hub = await hub.reopen();
    expect((await hub.patch(`${scores}/${oldIds[1]}`, { trend: 100 })).status).toBe(204);
    expect(maxScores(await hub.get(`${scores}?$filter=trend ge 100`))).toEqual([2]);
    await hub.patch(`${scores}/${oldIds[1]}`, { trend: null });
  });
});
