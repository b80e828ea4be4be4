import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baseUrl, openHub, vendor, type Answer, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const plain = { "Content-Type": "text/plain" };

let hub: TestHub;
let id: string;
beforeAll(async () => {
  hub = await openHub();
  id = (await hub.post(scores, { maxScore: 1, enabledServices: ["a", "b"], vendorInformation: vendor })).json.id;
  for (const maxScore of [2, 3]) await hub.post(scores, { maxScore, vendorInformation: { ...vendor, provider: "it's" } });
  await hub.post(tasks, { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: "one" });
  await hub.post(tasks, { displayName: "two" });
});
afterAll(() => hub.close());

const maxScores = (answer: Answer): number[] => {
  expect(answer.status, answer.text).toBe(200);
  return answer.json.value.map((one: { maxScore: number }) => one.maxScore);
};
const refusal = ({ status, json }: Answer): string => `${status} ${json.error?.code}: ${json.error?.message}`;

describe("roots, routing, URLs", () => {
  test.each(["v1.0", "beta", "localtest", "V1.0", "Beta", "LOCALTEST"])("R1 the root %s is served, and links repeat it as it was written", async (root) => {
    const page = await hub.get(`/${root}/security/secureScores?$top=1`);
    expect(page.status).toBe(200);
    for (const link of [page.json["@odata.context"], page.json["@odata.nextLink"]]) expect(link.startsWith(`${baseUrl}/${root}/`)).toBe(true);
    expect((await hub.post(`/${root}/security/secureScores`, { maxScore: 0 })).headers["Location"]).toMatch(new RegExp(`^${baseUrl}/${root}/security/`));
    await hub.remove(`/${root}/security/secureScores/${(await hub.get(`/${root}/security/secureScores?$top=1&$select=id`)).json.value[0].id}`);
  });

  test.each(["/v2.0/security", "/security/secureScores", "/graph/v1.0/security", "//v1.0x/security"])("R1 %s lies under no root: 404", async (target) =>
    expect(refusal(await hub.get(target))).toMatch(/^404 ResourceNotFound/),
  );

  test("R2 names of resources, properties, casts, operations and options match in any case", async () => {
    for (const path of ["/v1.0/Security/SecureScores", "/v1.0/SECURITY/securescores"])
      expect(maxScores(await hub.get(`${path}?$TOP=2&$OrderBy=maxScore`))).toEqual([1, 2]);
    expect((await hub.get(`/v1.0/security/SECURESCORES/${id}/MAXSCORE`)).json.value).toBe(1);
    expect((await hub.get(`${tasks}/Microsoft.Graph.SECURITYconfigurationtask/$COUNT`)).text).toBe("1");
    expect((await hub.post(`${tasks}/nobody/UPDATESTATUS`, { status: "active" })).status).toBe(404);
  });

  test("R2 ids match as they are written alone", async () => {
    expect((await hub.get(`${scores}/${id}`)).status).toBe(200);
    expect((await hub.get(`${scores}/${id.toUpperCase()}`)).status).toBe(404);
  });

  test.each([
    ["/secureScores/it's%20one", "as a segment"],
    ["/secureScores('it''s%20one')", "in parentheses"],
    ["/secureScores(%27it%27%27s%20one%27)", "in parentheses, all of it percent-encoded"],
    ["/secureScores(id='it''s%20one')", "by its name"],
  ])("R3, Q20 %s is the key %s", async (path) => {
    await hub.patch(`${scores}/it's%20one`, { maxScore: 7 }, { headers: { Prefer: "create-if-missing" } });
    const answer = await hub.get(`/v1.0/security${path}`);
    expect([answer.status, answer.json.id], answer.text).toEqual([200, "it's one"]);
    await hub.remove(`${scores}/it's%20one`);
  });

  test("R4, Q18 a slash at the end means nothing: collection, entity, count, operation", async () => {
    expect(maxScores(await hub.get(`${scores}/?$orderby=maxScore`))).toEqual([1, 2, 3]);
    expect((await hub.get(`${scores}/${id}/`)).json.id).toBe(id);
    expect((await hub.get(`${scores}('${id}')/`)).json.id).toBe(id);
    expect((await hub.get(`${scores}/$count/`)).text).toBe("3");
    expect((await hub.get(`${scores}/?$top=1`)).json["@odata.nextLink"]).toMatch(/\/secureScores\?/);
  });

  test.each(["delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()", "Graph.Delta()"])(
    "R5, R14 %s tracks changes of a collection, and is no key; of the hubs themselves it is 501",
    async (name) => {
      expect((await hub.get(`${scores}/${name}`)).json["@odata.deltaLink"]).toMatch(/\?\$deltatoken=/);
      expect(refusal(await hub.get(`/v1.0/securities/${name}`))).toBe(`501 NotImplemented: '${name}' is not implemented here: read the collection instead.`);
    },
  );

  test("R6 the service document names what clients may go to, without a token", async () => {
    for (const target of ["/v1.0", "/beta/", "/v1.0/?$format=json"]) {
      const { status, json } = await hub.get(target, { caller: null });
      expect([status, json["@odata.context"]]).toEqual([200, `${baseUrl}${target.split("/", 2).join("/")}/$metadata`]);
      expect(json.value).toContainEqual({ name: "security", kind: "Singleton", url: "security" });
      expect(json.value).toContainEqual({ name: "securities", kind: "EntitySet", url: "securities" });
    }
  });

  test("R6 $metadata is CSDL as application/xml, without a token", async () => {
    for (const target of ["/v1.0/$metadata", "/beta/%24METADATA/", "/v1.0/$metadata?$format=application/xml"]) {
      const answer = await hub.get(target, { caller: null });
      expect([answer.status, answer.headers["Content-Type"]], target).toEqual([200, "application/xml;charset=utf-8"]);
      expect(answer.text).toMatch(/^<\?xml[^>]*>\s*<edmx:Edmx Version="4\.0"/);
    }
  });

  test("R8 a cast narrows to the derived type; the base type is everything", async () => {
    const names = async (cast: string): Promise<string[]> =>
      (await hub.get(`${tasks}/${cast}?$orderby=displayName`)).json.value.map((one: any) => one.displayName);
    expect(await names("microsoft.graph.securityConfigurationTask")).toEqual(["one"]);
    expect(await names("graph.securityConfigurationTask")).toEqual(["one"]);
    expect(await names("microsoft.graph.deviceAppManagementTask")).toEqual(["one", "two"]);
  });

  test.each(["microsoft.graph.nothing", "microsoft.graph.secureScore", "microsoft.graph.alertSeverity"])("R8 the cast %s is 400", async (cast) =>
    expect(refusal(await hub.get(`${tasks}/${cast}`))).toMatch(/^400 BadRequest/),
  );

  test("R9 a property with its context, its raw value, and 204 for null", async () => {
    const one = await hub.get(`${scores}/${id}/maxScore`);
    expect(one.json).toEqual({ "@odata.context": `${baseUrl}/v1.0/$metadata#security/secureScores('${id}')/maxScore`, value: 1 });
    const raw = await hub.get(`${scores}/${id}/vendorInformation/provider/$value`);
    expect([raw.headers["Content-Type"], raw.text]).toEqual(["text/plain;charset=utf-8", "Posture"]);
    for (const form of ["", "/$value"]) {
      const nothing = await hub.get(`${scores}/${id}/currentScore${form}`);
      expect([nothing.status, nothing.text, nothing.headers["Content-Type"]]).toEqual([204, "", undefined]);
    }
    expect((await hub.get(`${scores}/${id}/enabledServices`)).json.value).toEqual(["a", "b"]);
  });

  test("R10 $count is a bare number as text, of what $filter leaves", async () => {
    const all = await hub.get(`${scores}/$count`);
    expect([all.status, all.headers["Content-Type"], all.text]).toEqual([200, "text/plain;charset=utf-8", "3"]);
    expect((await hub.get(`${scores}/$count?$filter=maxScore gt 1`)).text).toBe("2");
    expect((await hub.get(`${scores}/$count`, { headers: { Accept: "text/plain" } })).text).toBe("3");
    expect((await hub.get(`${scores}/$count`, { headers: { Accept: "application/json" } })).text).toBe("3");
  });

  test.each([
    ["/v1.0/nothing", "nothing"],
    ["/v1.0/security/nothing", "nothing"],
    ["/v1.0/securityy", "securityy"],
    ["/v1.0/security/secureScores/x/maxScore/nothing", "nothing"],
    ["/v1.0/security/secureScores/$nothing", "$nothing"],
    ["/v1.0/$query", "$query"],
  ])("R11 %s: 400 names the segment", async (target, segment) => {
    const answer = target === "/v1.0/$query" ? await hub.post(target, "", { headers: plain }) : await hub.get(target);
    expect(refusal(answer)).toBe(`400 BadRequest: Resource not found for the segment '${segment}'.`);
    expect(answer.json.error.target).toBe(segment);
  });

  test.each([
    ["DELETE", scores, "GET, HEAD, POST"],
    ["PUT", `${scores}/x`, "GET, HEAD, PATCH, DELETE"],
    ["POST", `${scores}/x`, "GET, HEAD, PATCH, DELETE"],
    ["DELETE", "/v1.0/security/securityActions/x", "GET, HEAD, PATCH"],
    ["GET", "/v1.0/security/securityActions/x/cancelSecurityAction", "POST"],
    ["POST", `${scores}/$count`, "GET, HEAD"],
    ["GET", `${scores}/$query`, "POST"],
    ["PATCH", "/v1.0/$metadata", "GET, HEAD"],
    ["GET", "/v1.0/$batch", "POST"],
  ])("R12 %s %s: 405, Allow names what there is", async (method, target, allowed) => {
    const answer = await hub.send(method, target);
    expect([answer.status, answer.json.error.code, answer.headers["Allow"]]).toEqual([405, "MethodNotAllowed", allowed]);
    expect(answer.json.error.message).toBe(`Specified HTTP method is not allowed for the request target. Allowed: ${allowed}.`);
  });

  test.each(["GET", "PATCH", "DELETE"])("R13 %s of an id that nobody has: 404 names the id", async (method) =>
    expect(refusal(await hub.send(method, `${scores}/nobody`, method === "PATCH" ? { body: {} } : {}))).toBe(
      "404 itemNotFound: There is no object with the id 'nobody' here.",
    ),
  );

  test.each([
    ["GET", "/v1.0/$all", "the segment"],
    ["GET", `${scores}?$apply=nest(identity as n)`, "the option"],
    ["GET", `${scores}?$filter=geo.length(maxScore) gt 1`, "the function"],
  ])("R14 %s %s: 501, %s is not served", async (method, target) => {
    const answer = await hub.send(method, target.replaceAll(" ", "%20"));
    expect([answer.status, answer.json.error.code], answer.text).toEqual([501, "NotImplemented"]);
  });

  test.each([
    "%24filter=maxScore%20gt%201&%24orderby=maxScore",
    "$filter=maxScore+gt+1&$orderby=maxScore+asc",
    "%24%66ilter=maxScore+gt%201&$orderby=maxScore",
  ])("R15, Q14 escapes in names and plus for space: %s", async (query) => expect(maxScores(await hub.get(`${scores}?${query}`))).toEqual([2, 3]));

  test("R15 a plus that was encoded, and one before an offset, stay", async () => {
    expect((await hub.get(`${tasks}/$count?$filter=displayName eq 'a%2Bb'`)).text).toBe("0");
    await hub.post(tasks, { displayName: "a+b", dueDateTime: "2026-05-01T10:00:00+02:00" });
    expect((await hub.get(`${tasks}/$count?$filter=displayName eq 'a%2Bb'`)).text).toBe("1");
    expect((await hub.get(`${tasks}/$count?$filter=displayName eq 'a+b'`)).text).toBe("0");
    expect((await hub.get(`${tasks}/$count?$filter=dueDateTime eq 2026-05-01T10:00:00+02:00`)).text).toBe("1");
  });

  test.each(["v1.0", "beta"])("R16 options work without their dollar sign on %s", async (root) => {
    expect(maxScores(await hub.get(`/${root}/security/secureScores?filter=maxScore gt 1&orderby=maxScore desc&select=maxScore&count=true&top=5`))).toEqual([
      3, 2,
    ]);
    expect((await hub.get(`/${root}/security/secureScores?top=x`)).json.error.target).toBe("$top");
  });

  test("R17 an unknown option with a dollar sign is 400, without one it is the client's own", async () => {
    for (const option of ["$nothing=1", "$Filters=x", "%24nothing=1", "$=1", "$levels=1"])
      expect((await hub.get(`${scores}?${option}`)).status, option).toBe(400);
    for (const option of ["nothing=1", "api-version=1.0", "_=1700000000", "nothing", "nothing=1&nothing=2"])
      expect((await hub.get(`${scores}?${option}`)).status, option).toBe(200);
  });

  test.each(["$top=1&$top=1", "$top=1&top=2", "$top=1&%24TOP=1", "$filter=maxScore gt 1&$filter=maxScore lt 9"])("R18 %s: twice is 400", async (query) =>
    expect(refusal(await hub.get(`${scores}?${query}`))).toMatch(/^400 BadRequest: The query option '\$(?:top|filter)' is given more than once\.$/),
  );

  test("R19 an URL over the limit is 414, the same query in $batch is answered", async () => {
    const long = `/security/secureScores?$filter=maxScore%20eq%202&pad=${"x".repeat(17_000)}`;
    expect(refusal(await hub.get(`/v1.0${long}`))).toMatch(/^414 RequestUriTooLong: The URL has 170\d\d characters; the limit is 16384\.$/);
    const { responses } = (await hub.post("/v1.0/$batch", { requests: [{ id: "1", method: "GET", url: long }] })).json;
    expect([responses[0].status, responses[0].body.value.length]).toEqual([200, 1]);
  });
});

describe("R20 query options in the body of POST .../$query", () => {
  const query = (path: string, body: string, headers: Record<string, string> = plain): Promise<Answer> => hub.post(`${path}/$query`, body, { headers });
  const bare = ({ status, headers, text }: Answer): unknown => {
    const { "request-id": _, "client-request-id": __, "Server-Timing": ___, ...others } = headers;
    return { status, headers: others, text };
  };

  test.each([
    "$filter=maxScore%20gt%201&$orderby=maxScore%20desc&$select=maxScore&$count=true",
    "$filter=vendorInformation/provider eq 'it''s'&$orderby=maxScore",
    "$top=0&$count=true",
    "$format=application/json;odata.metadata=none&$top=5",
    "",
    "own=1",
  ])("gives what the GET gives: %s", async (options) => {
    expect(bare(await query(scores, options))).toEqual(bare(await hub.get(`${scores}?${options}`)));
  });

  test("below an entity, a count and an expanded hub as well; under any root, in any case", async () => {
    expect(bare(await query(`${scores}/${id}`, "$select=maxScore"))).toEqual(bare(await hub.get(`${scores}/${id}?$select=maxScore`)));
    expect((await query(`${scores}/$count`, "$filter=maxScore gt 1")).text).toBe("2");
    expect((await query("/Beta/security", "$expand=secureScores($top=1)")).json.secureScores).toHaveLength(1);
    expect((await hub.post(`${scores}/%24QUERY/`, "$top=1", { headers: { "Content-Type": "Text/Plain; charset=utf-8" } })).json.value).toHaveLength(1);
  });

  test("joins the options of the URL; one given in both is given twice", async () => {
    expect(maxScores(await hub.post(`${scores}/$query?$orderby=maxScore desc`, "$filter=maxScore gt 1", { headers: plain }))).toEqual([3, 2]);
    expect((await hub.post(`${scores}/$query?$top=1`, "$top=1", { headers: plain })).status).toBe(400);
  });

  test("carries what no URL can, and so do the next links that it gives", async () => {
    const long = `$filter=${encodeURIComponent(`id ne '${"€".repeat(2_000)}'`)}&$orderby=maxScore`;
    expect(long.length).toBeGreaterThan(17_000);
    const first = await query(scores, long, { ...plain, Prefer: "odata.maxpagesize=2" });
    expect(maxScores(first)).toEqual([1, 2]);
    const next = first.json["@odata.nextLink"] as string;
    expect(next.startsWith(`${baseUrl}${scores}?`)).toBe(true);
    expect((await hub.get(next.slice(baseUrl.length))).status).toBe(414);
    expect(maxScores(await query(scores, next.slice(next.indexOf("?") + 1), plain))).toEqual([3]);
  });

  test("reads and never writes: If-None-Match counts, an Idempotency-Key does not", async () => {
    const { ETag } = (await hub.get(`${scores}/${id}`)).headers;
    expect((await query(`${scores}/${id}`, "", { ...plain, "If-None-Match": ETag! })).status).toBe(304);
    for (const options of ["$filter=maxScore eq 1", "$filter=maxScore eq 2"])
      expect(maxScores(await query(scores, options, { ...plain, "Idempotency-Key": "same" }))).toHaveLength(1);
    expect((await hub.get(`${scores}/$count`)).text).toBe("3");
  });

  test("asks for the same permission as the GET", async () => {
    expect((await hub.post(`${scores}/$query`, "$top=1", { headers: plain, caller: null })).status).toBe(401);
  });

  test("works within $batch", async () => {
    const request = { id: "1", method: "POST", url: "/security/secureScores/$query", headers: plain, body: "$filter=maxScore eq 3" };
    const { responses } = (await hub.post("/v1.0/$batch", { requests: [request] })).json;
    expect([responses[0].status, responses[0].body.value[0].maxScore]).toEqual([200, 3]);
  });

  test.each([
    ["application/json", "{}", "415 UnsupportedMediaType", "Content-Type"],
    ["", "$top=1", "400 BadRequest", "Content-Type"],
    ["text/plain", "$top=x", "400 BadRequest", "$top"],
    ["text/plain", "$nothing=1", "400 BadRequest", "$nothing"],
    ["text/plain", "$filter=%zz", "400 BadRequest", "$filter"],
  ])("Content-Type '%s' with %s: %s", async (type, body, expected, target) => {
    const answer = await query(scores, body, { "Content-Type": type });
    expect(refusal(answer)).toMatch(new RegExp(`^${expected}`));
    expect(answer.json.error.target).toBe(target);
  });
});
