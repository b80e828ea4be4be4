import { describe, expect, onTestFinished, test } from "vitest";
import { callerOf, otherTenant, vendor, type Answer } from "./hub.ts";
import { openServers, type TestServer } from "./openServers.ts";

const scores = "/v1.0/security/secureScores";
const score = (n: number): object => ({ currentScore: n, maxScore: 100, vendorInformation: vendor });

/** Servers on one database, closed after the test. */
async function servers(settings?: Parameters<typeof openServers>[0]): Promise<readonly [TestServer, TestServer]> {
  const { one, two, close } = await openServers(settings);
  onTestFinished(close);
  return [one, two];
}

const countOf = async (hub: TestServer): Promise<number> => Number((await hub.get(`${scores}/$count`)).text);

describe("two servers on one database", () => {
  test("what one writes the other reads, at once and with the same etag", async () => {
    const [one, two] = await servers();
    for (let n = 0; n < 20; n += 1) {
      const [writer, reader] = n % 2 === 0 ? [one, two] : [two, one];
      const { json, headers } = await writer.post(scores, score(n));
      const seen = await reader.get(`${scores}/${json.id}`);
      expect([seen.json.currentScore, seen.headers["ETag"]]).toEqual([n, headers["ETag"]]);
      expect((await reader.get(`${scores}?$filter=currentScore eq ${n}`)).json.value).toHaveLength(1);
    }
  });

  test("a page that one began is continued on the other, though they began at once (R75)", async () => {
    const [one, two] = await servers();
    for (let n = 0; n < 7; n += 1) await one.post(scores, score(n));
    const seen: number[] = [];
    let next = `${scores}?$orderby=currentScore`;
    for (let hubs = [one, two]; next !== ""; hubs = hubs.toReversed()) {
      const { json, status } = await hubs[0]!.get(next, { headers: { prefer: "odata.maxpagesize=2" } });
      expect(status).toBe(200);
      seen.push(...(json.value as { currentScore: number }[]).map(({ currentScore }) => currentScore));
      next = String(json["@odata.nextLink"] ?? "").replace(/^https:\/\/[^/]+/, "");
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("a key is carried out once, whoever gets it: the other gives the answer of the first, or 409 with Retry-After (R110)", async () => {
    const [one, two] = await servers();
    for (let round = 0; round < 15; round += 1) {
      const headers = { "idempotency-key": `k${round}` };
      const answers = await Promise.all([one, two, one, two].map((hub) => hub.post(scores, score(round), { headers })));
      const made = answers.filter(({ status }) => status === 201);
      const busy = answers.filter(({ status }) => status === 409);
      expect([made.length > 0, made.length + busy.length]).toEqual([true, 4]);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      for (const answer of busy) expect(answer.headers["Retry-After"]).toBe("1");
      const later = await Promise.all([one, two].map((hub) => hub.post(scores, score(round), { headers })));
      expect(later.map(({ status, text }) => [status, text])).toEqual([[201, made[0]!.text], [201, made[0]!.text]]); // prettier-ignore
      expect((await two.post(scores, score(99), { headers })).status).toBe(409);
    }
    expect(await countOf(one)).toBe(15);
  });

  test("who does not ask whether it was carried out is served, though another server has the same id at work (R110)", async () => {
    const [one, two] = await servers();
    for (let round = 0; round < 10; round += 1) {
      const headers = { "client-request-id": `5a9b8c7d-0000-4000-8000-0000000000${10 + round}` };
      const answers = await Promise.all([one, two].map((hub) => hub.post(scores, score(round), { headers })));
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      const again = await two.post(scores, score(round), { headers: { ...headers, "retry-attempt": "1" } });
      expect(answers.map(({ json }) => json.id as string)).toContain(again.json.id);
    }
    expect(await countOf(two)).toBe(20);
  });

  test("writes to one row are one after the other: each that is answered 2xx counts, with its own etag", async () => {
    const [one, two] = await servers();
    const { id } = (await one.post(scores, score(0))).json as { id: string };
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        (n % 2 === 0 ? one : two).patch(`${scores}/${id}`, { [`mark${n}`]: n }, { headers: { prefer: "return=representation" } }),
      ),
    );
    const stood = answers.filter(({ status }) => status === 200);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect([answer.status, answer.headers["Retry-After"]]).toEqual([409, "1"]);
    expect(new Set(stood.map(({ headers }) => headers["ETag"])).size).toBe(stood.length);
    const row = (await two.get(`${scores}/${id}`)).json as Record<string, unknown>;
    expect(Object.keys(row).filter((name) => name.startsWith("mark"))).toHaveLength(stood.length);
    expect(stood.length).toBeGreaterThan(12);
  });

  test("of two with the same If-Match one succeeds", async () => {
    const [one, two] = await servers();
    for (let round = 0; round < 10; round += 1) {
      const { json, headers } = await one.post(scores, score(0));
      const match = { headers: { "if-match": headers["ETag"]! } };
      const answers = await Promise.all([one, two].map((hub, n) => hub.patch(`${scores}/${json.id}`, { currentScore: n }, match)));
      expect(answers.map(({ status }) => status).toSorted((x, y) => x - y)).toEqual([204, 412]);
    }
  });

  test("a tenant's first writes, on all servers at once, make one hub", async () => {
    const [one, two] = await servers();
    const caller = callerOf({ tenant: otherTenant });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? one : two).post(scores, score(n), { caller })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    const hubs = await Promise.all([one, two].map((hub) => hub.get("/v1.0/securities", { caller })));
    expect(hubs.map(({ json }) => (json.value as unknown[]).length)).toEqual([1, 1]);
    expect(Number((await two.get(`${scores}/$count`, { caller })).text)).toBe(8);
  });
});

describe("who may reach a hub", () => {
  const manager = callerOf();
  const other = callerOf({ tenant: otherTenant });

  test("a hub that one server makes is there on the other at once, and a management that ends is ended there within a second", async () => {
    const [one, two] = await servers({ operatorTenant: manager.tenant });
    const made = await one.post("/v1.0/securities", { displayName: "customer", azureTenantId: otherTenant });
    expect(made.status).toBe(201);
    const path = `/v1.0/securities/${made.json.id}/secureScores`;
    expect((await two.get(path)).status).toBe(200);
    expect((await two.get(path, { caller: other })).status).toBe(200);
    const { store } = one;
    await store.system.revoke(manager.tenant, made.json.id as string);
    const ended = await soonNot(200, () => two.get(path));
    expect([ended.status, (await one.get(path)).status, (await two.get(path, { caller: other })).status]).toEqual([404, 404, 200]);
    await store.system.grant({ tenant: manager.tenant, hub: made.json.id as string, role: "manager" });
    expect((await two.get(path)).status).toBe(200);
  });
});

/** The first answer with another status, asked within a second (and what one question takes). */
async function soonNot(status: number, ask: () => Promise<Answer>): Promise<Answer> {
  const from = performance.now();
  for (;;) {
    const began = performance.now();
    const answer = await ask();
    if (answer.status !== status || began - from > 1000) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
