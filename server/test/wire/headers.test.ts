import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHub, vendor, type Answer, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const files = "/v1.0/security/fileSecurityProfiles";
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let hub: TestHub;
let one: string;
beforeAll(async () => {
  hub = await openHub();
  one = `${scores}/${(await hub.post(scores, { maxScore: 1, vendorInformation: vendor })).json.id}`;
  await hub.post(files, '{"size":9007199254740993,"fileType":"exe"}');
});
afterAll(() => hub.close());

/** One answer of each kind: rows, a row, text, nothing, a document, a write, a batch, and refusals. */
const kinds: readonly (readonly [string, () => Promise<Answer>])[] = [
  ["a page", () => hub.get(scores)],
  ["an entity", () => hub.get(one)],
  ["text", () => hub.get(`${scores}/$count`)],
  ["nothing", () => hub.get(`${one}/currentScore`)],
  ["not modified", () => hub.get(one, { headers: { "If-None-Match": "*" } })],
  ["the service document", () => hub.get("/v1.0/")],
  ["$metadata", () => hub.get("/v1.0/$metadata")],
  ["a create", () => hub.post(scores, { maxScore: 2 })],
  ["an update", () => hub.patch(one, { maxScore: 3 })],
  ["a batch", () => hub.post("/v1.0/$batch", { requests: [{ id: "1", method: "GET", url: "/security" }] })],
  ["no token", () => hub.get(scores, { caller: null })],
  ["a refusal", () => hub.get(`${scores}?$top=x`)],
  ["no root", () => hub.get("/nothing")],
];

describe.each(kinds)("%s", (_, ask) => {
  test("R21 carries a GUID for a request-id, a fresh one each time", async () => {
    const ids = [await ask(), await ask()].map(({ headers }) => headers["request-id"]);
    for (const id of ids) expect(id).toMatch(guid);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test("R22 without a client-request-id, it is the request-id", async () => {
    const { headers } = await ask();
    expect(headers["client-request-id"]).toBe(headers["request-id"]);
  });

  test("R23 carries x-ms-ags-diagnostic with JSON that names the server", async () => {
    const { ServerInfo } = JSON.parse((await ask()).headers["x-ms-ags-diagnostic"]!);
    expect(Object.keys(ServerInfo)).toEqual(["DataCenter", "Slice", "Ring", "ScaleUnit", "RoleInstance"]);
    expect(Object.values(ServerInfo).every((value) => typeof value === "string" && value !== "")).toBe(true);
  });

  test("R24 is not to be cached", async () => expect((await ask()).headers["Cache-Control"]).toBe("no-store"));

  test("R25, Q17 carries OData-Version: 4.0, nothing before or behind it", async () => expect((await ask()).headers["OData-Version"]).toBe("4.0"));
});

describe("what clients send", () => {
  const asking = (headers: Record<string, string>, target = scores): Promise<Answer> => hub.get(target, { headers });

  test.each(["5a9b8c7d-0000-4000-8000-000000000001", "short", "~".repeat(64)])(
    "R22 the client-request-id %s comes back, with a row and with an error",
    async (id) => {
      expect((await asking({ "client-request-id": id })).headers["client-request-id"]).toBe(id);
      const refused = await asking({ "client-request-id": id }, "/v1.0/nothing");
      expect([refused.headers["client-request-id"], refused.json.error.innerError["client-request-id"]]).toEqual([id, id]);
    },
  );

  test.each(["~".repeat(65), "two words", 'quo"te\n', "ä", ""])("R22 the client-request-id %j does not: it would not be safe in a header", async (id) => {
    const { headers } = await asking({ "client-request-id": id });
    expect(headers["client-request-id"]).toBe(headers["request-id"]);
  });

  test("R26, Q4 JSON has one exact content type, in lower case, with its metadata level", async () => {
    const json = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    for (const ask of [() => hub.get(scores), () => hub.get(one), () => hub.post(scores, {}), () => hub.get(`${one}/maxScore`), () => hub.get("/v1.0")])
      expect((await ask()).headers["Content-Type"]).toBe(json);
    const full = await asking({ Accept: "application/json;odata.metadata=full;IEEE754Compatible=true" });
    expect(full.headers["Content-Type"]).toBe("application/json;odata.metadata=full;odata.streaming=true;IEEE754Compatible=true;charset=utf-8");
  });

  test("R27 errors are application/json whatever was asked for", async () => {
    for (const Accept of ["application/atom+xml", "text/plain", "application/json;odata.metadata=full", "x"])
      expect((await asking({ Accept }, "/v1.0/nothing")).headers["Content-Type"]).toBe("application/json;charset=utf-8");
  });

  test("R28 metadata none: no control information but the count and the next link", async () => {
    for (const [Accept, format] of [
      ["application/json;odata.metadata=none", ""],
      ["*/*", "&$format=application/json;metadata=none"],
    ] as const) {
      const { json } = await asking({ Accept, Prefer: "odata.maxpagesize=1" }, `${scores}?$count=true${format}`);
      expect(Object.keys(json)).toEqual(["@odata.count", "@odata.nextLink", "value"]);
      expect(JSON.stringify(json.value)).not.toContain("@odata");
      expect(json.value[0]).toHaveProperty("maxScore");
    }
  });

  test("R28 metadata full: links and the types that JSON does not tell", async () => {
    const { json } = await asking({ Accept: "application/json;odata.metadata=full" }, one);
    const url = `https://hub.example${scores}('${json.id}')`;
    expect(json).toMatchObject({
      "@odata.id": url,
      "@odata.editLink": url,
      "createdDateTime@odata.type": "#DateTimeOffset",
      "enabledServices@odata.type": "#Collection(String)",
      "controlScores@odata.type": "#Collection(microsoft.graph.controlScore)",
    });
    expect(json).not.toHaveProperty("maxScore@odata.type");
  });

  test.each([
    "application/atom+xml",
    "text/html",
    "text/plain, application/xml",
    "application/json;q=0",
    "*/*;q=0",
    "application/json;q=0.0, */*",
    "application/*;q=0, text/html",
    "image/*;q=0",
  ])("R28 Accept: %s is 406", async (Accept) => {
    const answer = await asking({ Accept });
    expect([answer.status, answer.json.error.code, answer.json.error.target]).toEqual([406, "NotAcceptable", "Accept"]);
  });

  test.each([
    ["application/json;q=0, */*", "200 application/xml;charset=utf-8"],
    ["application/json;q=0.5", "200 application/json;charset=utf-8"],
    ["application/xml;q=0, application/json", "200 application/json;charset=utf-8"],
    ["application/json;q=0", "406 application/json;charset=utf-8"],
    ["*/*;q=0", "406 application/json;charset=utf-8"],
    ["application/xml;q=0.000, */*; q=0", "406 application/json;charset=utf-8"],
  ])("R28 $metadata with Accept: %s is %s", async (Accept, expected) => {
    const { status, headers } = await asking({ Accept }, "/v1.0/$metadata");
    expect(`${status} ${headers["Content-Type"]}`).toBe(expected);
  });

  test("R29 IEEE754Compatible makes Int64 text; Int32 and Double stay numbers", async () => {
    const plain = await asking({}, files);
    expect(plain.text).toContain('"size":9007199254740993');
    const exact = await asking({ Accept: "application/json;IEEE754Compatible=true" }, files);
    expect(exact.json.value[0]).toMatchObject({ size: "9007199254740993", fileType: "exe" });
    const score = await asking({ Accept: "application/json;IEEE754Compatible=true" }, one);
    expect(typeof score.json.maxScore).toBe("number");
  });

  test.each([
    ["4.0", 200, "4.0"],
    ["4.01", 200, "4.01"],
    ["4.02", 200, "4.01"],
    ["5.0", 200, "4.01"],
    ["3.0", 400, "4.0"],
    ["2.0;client", 400, "4.0"],
    ["x", 400, "4.0"],
  ])("R30 OData-MaxVersion: %s answers %i in version %s", async (version, status, spoken) => {
    const answer = await asking({ "OData-MaxVersion": version });
    expect([answer.status, answer.headers["OData-Version"]]).toEqual([status, spoken]);
    if (status === 400) expect(answer.json.error.target).toBe("OData-MaxVersion");
  });

  test("R30 4.01 is told by errors, writes and batches too, and by nothing that did not ask for it", async () => {
    const headers = { "OData-MaxVersion": "4.01" };
    const answers = [
      await hub.get("/v1.0/nothing", { headers }),
      await hub.post(scores, {}, { headers }),
      await hub.get("/v1.0/$metadata", { headers }),
      await hub.post("/v1.0/$batch", { requests: [{ id: "1", method: "GET", url: "/security" }] }, { headers }),
    ];
    expect(answers.map((answer) => answer.headers["OData-Version"])).toEqual(["4.01", "4.01", "4.01", "4.01"]);
    expect(answers[3]!.json.responses[0].headers["OData-Version"]).toBe("4.0");
    expect(answers[2]!.text).toContain('<edmx:Edmx Version="4.0"');
    expect((await asking({ "OData-Version": "4.01" })).headers["OData-Version"]).toBe("4.0");
  });

  test.each([
    { "X-CSRF-Token": "Fetch" },
    { "sap-cancel-on-close": "true", "sap-contextid-accept": "header" },
    { SdkVersion: "graph-js/3.0.7", "Retry-Attempt": "2" },
    { "X-PnPjs-RequestId": "1", "x-ms-client-name": "x", "X-Requested-With": "XMLHttpRequest" },
    { ConsistencyLevel: "eventual", "return-client-request-id": "true" },
    { Prefer: "x-unknown=1; a=b, , =, respond-async" },
    { "Content-Type": "application/json" },
  ])("R31 %j changes nothing", async (headers) => {
    const [plain, other] = [await hub.get(scores), await hub.get(scores, { headers })];
    expect([other.status, other.text]).toEqual([200, plain.text]);
  });
});
