import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openHub, tenant, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";

/** Atomicity groups of JSON batches in the odata profile (OData 4.01 Protocol, 11.7; JSON Format 4.01, 19). */
let hub: TestHub;
beforeAll(async () => {
  hub = await openHub({ profile: "odata" });
});
afterAll(() => hub.close());

const json = { "Content-Type": "application/json" };
const scores = "/v1.0/security/secureScores";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks/microsoft.graph.securityConfigurationTask";

interface Part {
  readonly id: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: any;
}

const score = (subProvider: string, more = {}): object => ({ maxScore: 5, vendorInformation: { ...vendor, subProvider }, ...more });
const request = (id: string, method: string, url: string, more: object = {}): object => ({ id, method, url, ...more });
const post = (id: string, url: string, body: unknown, more: { readonly headers?: object } = {}): object =>
  request(id, "POST", url, { ...more, headers: { ...json, ...more.headers }, body });
const grouped = (atomicityGroup: string, ...requests: readonly object[]): object[] => requests.map((one) => ({ ...one, atomicityGroup }));

const send = (requests: readonly object[], asked?: Asked): Promise<Answer> => hub.post("/v1.0/$batch", { requests }, asked);

async function parts(requests: readonly object[], asked?: Asked): Promise<Part[]> {
  const answer = await send(requests, asked);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.responses;
}

const statuses = async (requests: readonly object[], asked?: Asked): Promise<number[]> => (await parts(requests, asked)).map(({ status }) => status);
const named = (subProvider: string): Promise<Answer> => hub.get(`${scores}?$filter=vendorInformation/subProvider eq '${subProvider}'`);
const count = async (subProvider: string): Promise<number> => (await named(subProvider)).json.value.length;

describe("an atomicity group", () => {
  test("stands as a whole, and each of its requests sees those before it", async () => {
    const found = await parts([
      ...grouped(
        "g",
        post("1", "/security/secureScores", score("whole")),
        request("2", "PATCH", "$1", { headers: { ...json, "If-Match": "$1" }, body: { currentScore: 3 } }),
        request("3", "PATCH", "/$1", { headers: { ...json, Prefer: "return=representation" }, body: { averageComparativeScores: [] } }),
      ),
      request("4", "GET", "$1"),
    ]);
    expect(found.map(({ status }) => status)).toEqual([201, 204, 200, 200]);
    expect(found[2]!.body).toMatchObject({ id: found[0]!.body.id, currentScore: 3 });
    expect(found[3]!.body).toMatchObject({ currentScore: 3, "@odata.etag": found[2]!.headers["ETag"] });
    const alone = await hub.get(`${scores}/${found[0]!.body.id}`);
    expect(alone.headers["ETag"]).toBe(found[2]!.headers["ETag"]);
  });

  test("falls as a whole: the request at fault has its own answer, the others 424, and nothing was written", async () => {
    const before = (await hub.get(`${scores}/$count`)).text;
    const found = await parts(
      grouped(
        "g",
        post("1", "/security/secureScores", score("fallen")),
        request("2", "PATCH", "$1", { headers: json, body: { currentScore: "much" } }),
        post("3", "/security/secureScores", score("fallen")),
      ),
    );
    expect(found.map(({ id, status, body }) => [id, status, body.error.code])).toEqual([["1", 424, "FailedDependency"], ["2", 400, "BadRequest"], ["3", 424, "FailedDependency"]]); // prettier-ignore
    expect([await count("fallen"), (await hub.get(`${scores}/$count`)).text]).toEqual([0, before]);
  });

  test("that falls leaves no version, no hub and no kept answer behind", async () => {
    const own = await openHub({ profile: "odata" });
    onTestFinished(() => own.close());
    const key = { "Idempotency-Key": "once" };
    const group = (last: object): object => ({ requests: grouped("g", post("1", "/security/secureScores", score("a"), { headers: key }), last) });
    const failing = await own.post("/v1.0/$batch", group(request("2", "DELETE", "/security/secureScores/nobody")));
    expect(failing.json.responses.map(({ status }: Part) => status)).toEqual([424, 404]);
    expect(await own.store.system.hubs()).toEqual([]);
    const good = await own.post("/v1.0/$batch", group(post("2", "/security/secureScores", score("b"))));
    expect(good.json.responses.map(({ status }: Part) => status)).toEqual([201, 201]);
    expect((await own.store.system.hubs()).map(({ tenants }) => tenants)).toEqual([[{ tenant, hub: expect.any(String), role: "home" }]]);
    const again = await own.post("/v1.0/$batch", group(post("2", "/security/secureScores", score("c"))));
    expect(again.json.responses[0].body.id).toBe(good.json.responses[0].body.id);
    expect((await own.get(`${scores}/$count`)).text).toBe("3");
  });

  test("makes a hub and what is in it", async () => {
    const own = await openHub({ profile: "odata" });
    onTestFinished(() => own.close());
    const requests = grouped("g", post("hub", "/security", {}), post("in", "$hub/secureScores", score("inside")));
    const { responses } = (await own.post("/v1.0/$batch", { requests })).json;
    expect(responses.map(({ status }: Part) => status)).toEqual([201, 201]);
    expect((await own.get(`/v1.0/securities/${responses[0].body.id}/secureScores`)).json.value).toHaveLength(1);
  });

  test("carries out actions on what it made", async () => {
    const made = { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: "Encrypt", category: "advancedThreatProtection" };
    const found = await parts(grouped("g", post("t", tasks.slice(5), made), post("u", "$t/updateStatus", { status: "active", note: "begun" })));
    expect(found.map(({ status, body }) => [status, body?.error?.message])).toEqual([[201, undefined], [204, undefined]]); // prettier-ignore
    expect((await hub.get(`${tasks}/${found[0]!.body.id}`)).json.status).toBe("active");
  });

  test("reads nothing: 400, and the rest 424", async () => {
    expect(await statuses(grouped("g", post("1", "/security/secureScores", score("reads")), request("2", "GET", "/security")))).toEqual([424, 400]);
    expect(await count("reads")).toBe(0);
  });

  test("side by side with 16 others: none is seen in part, none disturbs another", async () => {
    const pair = (name: string, good: boolean): object[] =>
      grouped("g", post("1", "/security/secureScores", score(name)), post("2", "/security/secureScores", good ? score(name) : { maxScore: "x" }));
    const seen: number[] = [];
    const writing = Array.from({ length: 16 }, async (_, index) => {
      const answered = await Promise.all([statuses(pair(`side${index}`, index % 4 !== 0)), hub.post(scores, score("beside"))]);
      return [answered[0], answered[1].status];
    });
    const looking = Array.from({ length: 16 }, async (_, index) => {
      seen.push(await count(`side${index}`));
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(await count(`side${index}`));
    });
    const answers = await Promise.all(writing);
    await Promise.all(looking);
    expect(answers).toEqual(answers.map((_, index) => [index % 4 === 0 ? [424, 400] : [201, 201], 201]));
    expect(seen.filter((rows) => rows === 1)).toEqual([]);
    for (let index = 0; index < 16; index += 1) expect(await count(`side${index}`)).toBe(index % 4 === 0 ? 0 : 2);
    expect(await count("beside")).toBe(16);
  });

  test("rows change by turns: writers outside and groups that change the same row lose nothing", async () => {
    const { id } = (await hub.post(scores, score("turns", { currentScore: 0, maxScore: 100_000 }))).json;
    const patch = (currentScore: number): object => ({ headers: json, body: { currentScore } });
    const groups = Array.from({ length: 8 }, (_, index) =>
      statuses(
        grouped(
          "g",
          request("1", "PATCH", `/security/secureScores/${id}`, patch(index)),
          request("2", "PATCH", `/security/secureScores/${id}`, patch(100 + index)),
        ),
      ),
    );
    const others = Array.from({ length: 8 }, (_, index) => hub.patch(`${scores}/${id}`, { maxScore: 1000 + index }));
    expect(await Promise.all(groups)).toEqual(groups.map(() => [204, 204]));
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 204));
    const { currentScore, maxScore } = (await hub.get(`${scores}/${id}`)).json;
    expect([currentScore >= 100, maxScore >= 1000]).toEqual([true, true]);
  });
});

describe("the form of a batch with groups", () => {
  const make = (id: string): object => post(id, "/security/secureScores", score("form"));
  test.each<readonly [string, readonly object[], string]>([
    ["a group that is torn apart", [...grouped("g", make("1")), make("2"), ...grouped("g", make("3"))], "'g' do not stand one behind the other"],
    ["a request with the name of a group", [...grouped("G", make("1")), make("g")], "'g' is the name of an atomicity group"],
    ["a group with the name of a request", [make("g"), ...grouped("G", make("1"))], "a request has its name"],
    ["a group without a name", grouped("", make("1")), "requests[0]/atomicityGroup"],
    ["a group that is no text", [{ ...make("1"), atomicityGroup: 1 }], "requests[0]/atomicityGroup"],
    ["a dependency on what comes later in its group", grouped("g", { ...make("1"), dependsOn: ["2"] }, make("2")), "lead back"],
    ["a dependency on its own group", grouped("g", { ...make("1"), dependsOn: ["g"] }), "lead back"],
    ["groups that need each other", [...grouped("a", { ...make("1"), dependsOn: ["b"] }), ...grouped("b", { ...make("2"), dependsOn: ["1"] })], "lead back"],
    ["a dependency on nothing", grouped("g", { ...make("1"), dependsOn: ["h"] }), "'h', which is not in the batch"],
  ])("%s: 400 for the whole, nothing is run", async (_name, requests, message) => {
    const answer = await send(requests);
    expect([answer.status, answer.json.error?.message]).toEqual([400, expect.stringContaining(message)]);
    expect(await count("form")).toBe(0);
  });

  test("what depends on a group waits for it and fails with it", async () => {
    const bad = post("1", "/security/secureScores", { maxScore: "x" });
    const goesOn = { headers: { Prefer: "continue-on-error" } };
    const after = (needed: string): object => ({ ...post("after", "/security/secureScores", score("after")), dependsOn: [needed] });
    expect(await statuses([...grouped("g", bad, make("2")), after("g")], goesOn)).toEqual([400, 424, 424]);
    expect(await statuses([...grouped("g", make("1"), make("2")), after("2")], goesOn)).toEqual([201, 201, 201]);
  });

  test("the first failure ends the batch: what was not run is 424; with continue-on-error all else is run", async () => {
    const requests = [request("1", "GET", "/security/secureScores/nobody"), request("2", "GET", "/security"), request("3", "GET", "$4"), make("4")];
    expect(await statuses(requests)).toEqual([404, 424, 424, 424]);
    const answer = await send(requests, { headers: { Prefer: "odata.continue-on-error" } });
    expect(answer.json.responses.map(({ status }: Part) => status)).toEqual([404, 200, 200, 201]);
    expect(answer.headers["Preference-Applied"]).toBe("odata.continue-on-error");
  });
});

test("the graph profile knows no groups (R125), but references", async () => {
  const graph = await openHub();
  onTestFinished(() => graph.close());
  const requests = [
    ...grouped(
      "g",
      post("1", "/security/secureScores", score("x")),
      request("2", "PATCH", "/$1", { headers: { ...json, "If-Match": "$1" }, body: { maxScore: 9 } }),
    ),
    ...grouped("g", request("3", "GET", "/security/secureScores/nobody")),
  ];
  const { responses } = (await graph.post("/v1.0/$batch", { requests })).json;
  expect(responses.map(({ status }: Part) => status)).toEqual([201, 204, 404]);
  expect((await graph.get(`${scores}/${responses[0].body.id}`)).json.maxScore).toBe(9);
});
