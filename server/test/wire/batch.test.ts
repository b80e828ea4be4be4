import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, otherTenant, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

interface Part {
  readonly id: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: any;
}

const json = { "Content-Type": "application/json" };
const scores = "/security/secureScores";
const score = { maxScore: 5, vendorInformation: vendor };
const send = (requests: unknown, asked?: Asked, root = "v1.0"): Promise<Answer> => hub.post(`/${root}/$batch`, { requests }, asked);

async function parts(requests: readonly object[], asked?: Asked, root?: string): Promise<Map<string, Part>> {
  const answer = await send(requests, asked, root);
  expect(answer.status, answer.text).toBe(200);
  expect(Object.keys(answer.json)).toEqual(["responses"]);
  return new Map(answer.json.responses.map((one: Part) => [one.id, one]));
}

async function statuses(requests: readonly object[]): Promise<number[]> {
  const found = await parts(requests);
  return requests.map((one) => found.get((one as Part).id)!.status);
}

const get = (id: string, url: string, more = {}): object => ({ id, method: "GET", url, ...more });
const post = (id: string, url: string, body: unknown = score, more = {}): object => ({ id, method: "POST", url, headers: json, body, ...more });

describe("the whole batch", () => {
  test("200 with one response for each id, as sent (R117)", async () => {
    const answer = await send([get("a", scores), get("Ä 1", "/security"), post("3", scores)]);
    expect([answer.status, answer.headers["Content-Type"], answer.headers["OData-Version"]]).toEqual([200, "application/json;charset=utf-8", "4.0"]);
    expect(answer.json.responses.map((one: Part) => [one.id, one.status])).toEqual([["a", 200], ["Ä 1", 200], ["3", 201]]); // prettier-ignore
  });

  test("20 requests are taken, 21 not (R118)", async () => {
    const many = (count: number): object[] => Array.from({ length: count }, (_, index) => get(String(index), "/security"));
    expect((await send(many(20))).json.responses).toHaveLength(20);
    const refused = await send(many(21));
    expect([refused.status, refused.json.error.code]).toEqual([400, "BadRequest"]);
    expect(refused.json.error.message).toContain("20");
  });

  test.each<[string, unknown]>([
    ["no object", 5],
    ["no array", {}],
    ["none", []],
    ["a null", [null]],
    ["no id", [{ method: "GET", url: "/security" }]],
    ["an empty id", [get("", "/security")]],
    ["a number for an id", [{ id: 1, method: "GET", url: "/security" }]],
    ["no method", [{ id: "1", url: "/security" }]],
    ["no url", [{ id: "1", method: "GET" }]],
    ["one id twice", [get("1", "/security"), get("1", "/security")]],
    ["one id twice in other case", [get("a", "/security"), get("A", "/security")]],
    ["headers that are no object", [get("1", "/security", { headers: [] })]],
    ["a header that is no string", [get("1", "/security", { headers: { Accept: 1 } })]],
    ["dependsOn that is no array", [get("1", "/security", { dependsOn: "2" })]],
    ["dependsOn on nobody", [get("1", "/security", { dependsOn: ["2"] })]],
    ["dependsOn on itself", [get("1", "/security", { dependsOn: ["1"] })]],
    ["a circle", [get("1", "/security", { dependsOn: ["2"] }), get("2", "/security", { dependsOn: ["3"] }), get("3", "/security", { dependsOn: ["1"] })]],
    ["a batch in the batch", [post("1", "/$batch", { requests: [] })]],
    ["a batch in the batch under its root", [post("1", "/v1.0/$batch", { requests: [] })]],
  ])("%s: 400 for all, nothing is run (R119, R123, R126)", async (_, requests) => {
    const before = (await hub.get(`/v1.0${scores}/$count`)).text;
    const answer = await send(Array.isArray(requests) ? [post("first", scores), ...requests] : requests);
    const refused = Array.isArray(requests) && requests.length === 0 ? await send([]) : answer;
    expect([refused.status, refused.json.error?.code]).toEqual([400, "BadRequest"]);
    if (refused === answer) expect((await hub.get(`/v1.0${scores}/$count`)).text).toBe(before);
  });

  test("a body needs its Content-Type (R120)", async () => {
    const answer = await send([{ id: "7", method: "POST", url: scores, body: score }]);
    expect([answer.status, answer.json.error.message]).toEqual([400, "Write request with id '7' does not contain a Content-Type header."]);
  });

  test("only POST; JSON and multipart/mixed, nothing else", async () => {
    const refusal = ({ status, json: { error } }: Answer): [number, string] => [status, error.code];
    const wrong = await hub.get("/v1.0/$batch");
    expect([...refusal(wrong), wrong.headers["Allow"]]).toEqual([405, "MethodNotAllowed", "POST"]);
    expect(refusal(await hub.post("/v1.0/$batch", "--b\r\n", { headers: { "Content-Type": "multipart/form-data;boundary=b" } }))).toEqual([
      415,
      "UnsupportedMediaType",
    ]);
    expect(refusal(await hub.post("/v1.0/$batch", "<a/>", { headers: { "Content-Type": "text/xml" } }))).toEqual([415, "UnsupportedMediaType"]);
    expect(refusal(await hub.post("/v1.0/$batch", "{"))).toEqual([400, "BadRequest"]);
    expect(refusal(await hub.post("/v1.0/$batch", "", { headers: { "Content-Type": "" } }))).toEqual([400, "BadRequest"]);
    expect(refusal(await hub.post("/v1.0/$batch", { requests: [get("1", "/security")] }, { caller: null }))).toEqual([401, "InvalidAuthenticationToken"]);
    expect((await hub.post("/v1.0/$Batch/", { requests: [get("1", "/security")] })).status).toBe(200);
  });
});

describe("URLs (R122, Q8)", () => {
  test.each([
    ["/security", 200],
    ["security", 200],
    ["/v1.0/security", 200],
    ["V1.0/Security", 200],
    ["//security", 400],
    ["https://hub.example/v1.0/security", 200],
    ["/security/secureScores?$top=1&$select=id", 200],
    ["/security/secureScores?%24top=1", 200],
    ["/$metadata", 200],
    ["/", 200],
    ["/v1.0", 200],
    ["/beta/security", 400],
    ["https://evil.example/v1.0/security", 400],
    ["https://hub.example.evil.example/v1.0/security", 400],
    ["http://hub.example/v1.0/security", 400],
    ["//evil.example/v1.0/security", 400],
    ["file:///etc/passwd", 400],
    ["/nothing", 400],
    ["/security/secureScores/nobody", 404],
    ["https://hub.example/v1.0/$batch", 400],
    ["/%24batch", 400],
  ])("%s answers %i", async (url, status) => {
    const [one] = (await parts([get("1", url)])).values();
    expect(one!.status, JSON.stringify(one)).toBe(status);
    if (status >= 400) expect(Object.keys(one!.body)).toEqual(["error"]);
  });

  test.each(["v1.0", "beta", "localtest", "Beta"])("links lead back under the outer root: %s", async (root) => {
    const found = await parts([post("1", `/${root}${scores}`), post("2", scores)], {}, root);
    for (const one of found.values()) expect(one.headers["Location"]).toMatch(new RegExp(`^https://hub\\.example/${root}/security/`, "u"));
  });

  test("a batch by its absolute URL within a batch is still a batch (R126)", async () => {
    const [one] = (await parts([post("1", "https://hub.example/v1.0/$batch", { requests: [post("2", scores)] })])).values();
    expect([one!.status, one!.body.error.code]).toEqual([400, "BadRequest"]);
  });

  test("an URL that is too long alone is taken in a batch (R19)", async () => {
    const long = `/security/secureScores?$filter=${encodeURIComponent(`id in (${Array.from({ length: 700 }, (_, index) => `'${index}'`).join(",")})`)}&pad=${"x".repeat(12_000)}`;
    expect((await hub.get(`/v1.0${long}`)).status).toBe(414);
    expect(await statuses([get("1", long)])).toEqual([200]);
  });
});

describe("order (R123, R124)", () => {
  test.each([
    ["parallel", [[], [], []]],
    ["serial", [[], ["0"], ["1"]]],
    ["same", [[], ["0"], ["0"]]],
    ["a diamond", [[], ["0"], ["0"], ["1", "2"]]],
    ["backwards", [["1"], ["2"], []]],
    ["doubled", [[], ["0", "0"]]],
  ])("%s runs", async (_, graph) => {
    const requests = graph.map((dependsOn, index) => post(String(index), scores, score, dependsOn.length === 0 ? {} : { dependsOn }));
    expect(await statuses(requests)).toEqual(graph.map(() => 201));
  });

  test("what comes later sees what came before, ids of dependsOn in any case", async () => {
    const upsert = (id: string, maxScore: number, more = {}): object => ({
      id,
      method: "PATCH",
      url: `${scores}/ordered`,
      headers: { ...json, Prefer: "create-if-missing" },
      body: { ...score, maxScore },
      ...more,
    });
    const requests = [
      get("Read", `${scores}/ordered`, { dependsOn: ["THREE"] }),
      upsert("Three", 3, { dependsOn: ["two"] }),
      upsert("TWO", 2, { dependsOn: ["one"] }),
      upsert("one", 1),
    ];
    const found = await parts(requests);
    expect([...found.values()].map((one) => one.status)).toEqual([200, 204, 204, 201]);
    expect(found.get("Read")!.body.maxScore).toBe(3);
  });

  test("what depends on a failed request is 424, and so on down the line", async () => {
    const requests = [
      get("1", `${scores}/nobody`),
      post("2", scores, score, { dependsOn: ["1"] }),
      post("3", scores, score, { dependsOn: ["2"] }),
      post("4", scores),
    ];
    const before = Number((await hub.get(`/v1.0${scores}/$count`)).text);
    const found = await parts(requests);
    expect([...found.values()].map((one) => one.status)).toEqual([404, 424, 424, 201]);
    expect(found.get("2")!.body.error).toMatchObject({ code: "FailedDependency", innerError: { "request-id": expect.any(String) } });
    expect(Number((await hub.get(`/v1.0${scores}/$count`)).text)).toBe(before + 1);
  });

  test("atomicityGroup and respond-async are ignored (R125)", async () => {
    expect(await statuses([post("1", scores, score, { atomicityGroup: "g" }), get("2", "/security", { headers: { Prefer: "respond-async" } })])).toEqual([
      201, 200,
    ]);
  });
});

describe("each request", () => {
  test("headers of responses keep their spelling (R121, Q6)", async () => {
    const found = await parts([post("1", scores), get("2", `${scores}/nobody`), { id: "3", method: "PUT", url: scores }]);
    expect(Object.keys(found.get("1")!.headers)).toEqual(
      expect.arrayContaining(["Content-Type", "OData-Version", "Location", "ETag", "request-id", "client-request-id"]),
    );
    expect(found.get("3")!.headers["Allow"]).toBe("GET, HEAD, POST");
    for (const one of found.values()) expect(one.headers["Content-Type"]).toMatch(/^application\/json/);
  });

  test("204 has no body, 304 neither (R129, Q7)", async () => {
    const made = await hub.post(`/v1.0${scores}`, score);
    const one = `${scores}/${made.json.id}`;
    const found = await parts([
      get("1", one, { headers: { "If-None-Match": made.headers["ETag"] } }),
      { id: "2", method: "PATCH", url: one, headers: json, body: { maxScore: 1 }, dependsOn: ["1"] },
      { id: "3", method: "DELETE", url: one, dependsOn: ["2"] },
    ]);
    expect([...found.values()].map(({ status, body }) => [status, body])).toEqual([[304, undefined], [204, undefined], [204, undefined]]); // prettier-ignore
  });

  test("HEAD has the headers of GET and no body", async () => {
    const found = await parts([{ id: "1", method: "HEAD", url: "/security" }]);
    expect(found.get("1")).toMatchObject({ status: 200, headers: { ETag: expect.any(String) } });
    expect(found.get("1")).not.toHaveProperty("body");
  });

  test("text is a string, JSON an object, all else base64 (R129)", async () => {
    const found = await parts([get("1", `${scores}/$count`), get("2", "/$metadata"), get("3", "/security")]);
    expect(found.get("1")!.body).toMatch(/^\d+$/);
    expect(found.get("2")!.headers["Content-Type"]).toContain("application/xml");
    expect(Buffer.from(found.get("2")!.body, "base64").toString()).toContain("<edmx:Edmx");
    expect(found.get("3")!.body).toHaveProperty("id");
  });

  test("long numbers go in and out digit for digit", async () => {
    const body = `{"requests":[{"id":"1","method":"POST","url":"/security/fileSecurityProfiles","headers":{"Content-Type":"application/json"},"body":{"size":9007199254740993}}]}`;
    expect((await hub.post("/v1.0/$batch", body)).text).toContain('"size":9007199254740993');
  });

  test("runs with the caller of the batch, whatever Authorization it carries (R128, Q10)", async () => {
    const stranger = callerOf({ tenant: otherTenant, permissions: [] });
    const headers = { authorization: `Test ${Buffer.from(JSON.stringify({ ...stranger, permissions: ["SecurityEvents.Read.All"] })).toString("base64")}` };
    for (const name of ["authorization", "Authorization", "AUTHORIZATION"]) {
      const found = await parts([get("1", scores, { headers: { [name]: headers.authorization } })], {
        caller: callerOf({ permissions: ["Security.Read.All"] }),
      });
      expect(found.get("1")!.status).toBe(403);
      expect((await parts([post("1", scores, score, { headers: { ...json, [name]: "Bearer nonsense" } })])).get("1")!.body.azureTenantId).toBe(
        callerOf().tenant,
      );
    }
  });

  test("errors carry the ids of their own request (R36, R130)", async () => {
    const found = await parts([get("1", `${scores}/nobody`, { headers: { "client-request-id": "mine-1" } }), get("2", "/nothing")], {
      headers: { "client-request-id": "outer" },
    });
    const [one, two] = [found.get("1")!, found.get("2")!];
    expect(one.body.error.innerError).toMatchObject({ "request-id": one.headers["request-id"], "client-request-id": "mine-1" });
    expect(two.body.error.innerError["request-id"]).toBe(two.headers["request-id"]);
    expect(one.headers["request-id"]).not.toBe(two.headers["request-id"]);
  });

  test("one bad request leaves the others alone (R127)", async () => {
    const requests = [
      post("1", scores, { maxScore: "x" }),
      post("2", scores, score, { headers: { "Content-Type": "text/xml" } }),
      get("3", `${scores}?$filter=(`),
      { id: "4", method: "BREW", url: "/security" },
      post("5", scores),
      { id: "6", method: "post", url: scores, headers: json, body: score },
      get("7", "/security", { headers: { "OData-MaxVersion": "3.0" } }),
      get("8", "/security", { headers: { Accept: "application/atom+xml" } }),
      post("9", scores, []),
    ];
    expect(await statuses(requests)).toEqual([400, 415, 400, 405, 201, 201, 400, 406, 400]);
  });

  test("a body in base64 is not guessed at: 400, nothing written (Q9)", async () => {
    const encoded = Buffer.from(JSON.stringify(score)).toString("base64");
    const found = await parts([post("1", scores, encoded)]);
    expect([found.get("1")!.status, found.get("1")!.body.error.code]).toEqual([400, "BadRequest"]);
    expect((await send([{ id: "1", method: "POST", url: scores, body: encoded }])).status).toBe(400);
  });

  test("Idempotency-Key and If-Match hold within a batch as outside", async () => {
    const headers = { ...json, "Idempotency-Key": "batched" };
    const found = await parts([post("1", scores, score, { headers }), post("2", scores, score, { headers, dependsOn: ["1"] })]);
    expect(found.get("2")!.body).toEqual(found.get("1")!.body);
    expect((await hub.post(`/v1.0${scores}`, score, { headers: { "Idempotency-Key": "batched" } })).json.id).toBe(found.get("1")!.body.id);
    const stale = await parts([{ id: "1", method: "PATCH", url: `${scores}/${found.get("1")!.body.id}`, headers: { ...json, "If-Match": 'W/"0"' }, body: {} }]);
    expect(stale.get("1")!.status).toBe(412);
  });

  test("ids such as __proto__ are plain ids", async () => {
    const requests = ["__proto__", "constructor", "toString"].map((id, index, all) => get(id, "/security", index === 0 ? {} : { dependsOn: [all[index - 1]] }));
    expect(await statuses(requests)).toEqual([200, 200, 200]);
  });
});
