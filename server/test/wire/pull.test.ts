import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { authorizationOf, callerOf, openHub, type Answer, type Asked, type TestHub } from "./hub.ts";

const actions = "/v1.0/security/securityActions";
const connectors = "/v1.0/security/connectors";
const catalogue = "/v1.0/security/actionProviders";
const actuator: Asked = { caller: callerOf({ appId: "actuator", permissions: ["SecurityActions.Lease.All"] }) };
const faults: unknown[] = [];

let hub: TestHub;
let dispatcher: { readonly stop: () => Promise<void> };
/** Milliseconds by which the clock of the hub is ahead. */
let ahead = 0;
const clock = (): number => Date.now() + ahead;
beforeAll(async () => {
  hub = await openHub({ clock, steady: () => performance.now(), leaseWaits: { inHub: 21, ofApp: 20 } });
  dispatcher = hub.service.startDispatching({ drain: 100, reportWithin: 3_600_000, longestDrain: 60_000, onFault: (error) => void faults.push(error) });
});
afterAll(async () => {
  hub.service.stopWaiting();
  await dispatcher.stop();
  await hub.close();
  if (faults.length > 0) throw new AggregateError(faults, "The dispatcher failed.");
});
let made = 0;
const opened: string[] = [];
afterEach(async () => {
  for (const id of opened.splice(0)) await hub.remove(`${connectors}/${id}`);
});

interface Provider {
  readonly id: string;
  readonly post: (ip?: string) => Promise<string>;
  readonly lease: (more?: object, asked?: Asked) => Promise<Answer>;
  readonly say: (operation: string, lease: any, more?: object, asked?: Asked) => Promise<Answer>;
  readonly show: (id: string) => Promise<any>;
}

/** A provider of its own whose actuator comes for its work. */
async function provider(more: object = {}): Promise<Provider> {
  made += 1;
  const vendorInformation = { vendor: "Contoso", provider: `Gate ${made}` };
  const { status, json, text } = await hub.post(connectors, { ...vendorInformation, kind: "pull", actions: [{ name: "BlockIp" }], ...more });
  expect(status, text).toBe(201);
  const { id } = json;
  opened.push(id);
  const show = async (action: string): Promise<any> => (await hub.get(`${actions}/${action}`)).json;
  return {
    id,
    show,
    async post(ip = "203.0.113.9") {
      const action = (await hub.post(actions, { name: "BlockIp", parameters: [{ name: "ip", value: ip }], vendorInformation })).json.id;
      return action;
    },
    lease: (body = {}, asked = actuator) => hub.post(`${catalogue}/${id}/lease`, body, asked),
    say: (operation, { actionId, fencingToken }, body = {}, asked = actuator) =>
      hub.post(`${catalogue}/${id}/${operation}`, { actionId, fencingToken, ...body }, asked),
  };
}

describe("an actuator", () => {
  test("leases what waits, does it and says so; the action shows who had it", async () => {
    const { id, post, lease, say, show } = await provider();
    const action = await post();
    expect((await show(action)).status).toBe("NotStarted");
    const { status, json } = await lease();
    expect(status).toBe(200);
    expect(json.value).toEqual([
      expect.objectContaining({
        actionId: action,
        fencingToken: 1,
        attempt: 1,
        name: "BlockIp",
        parameters: [expect.objectContaining({ name: "ip", value: "203.0.113.9" })],
      }),
    ]);
    expect(await show(action)).toMatchObject({ status: "Running", dispatch: { status: "dispatching", connectorId: id, fencingToken: 1 } });
    expect((await lease()).json.value).toEqual([]);
    expect((await say("acknowledge", json.value[0], { outcome: "completed", response: "blocked" })).status).toBe(204);
    const ended = await show(action);
    expect(ended).toMatchObject({ status: "Completed", dispatch: { status: "finished" } });
    expect(ended.states.map(({ status: one, appId }: any) => [one, appId])).toEqual([
      ["NotStarted", "test-app"],
      ["Running", "actuator"],
      ["Completed", "actuator"],
    ]);
    const [attempt] = (await hub.get(`${actions}/${action}/attempts`)).json.value;
    expect(attempt).toMatchObject({ number: 1, outcome: "succeeded", fencingToken: 1, response: "blocked" });
  });

  test.each([
    ["failed", { code: "E7", message: "no such rule" }, { status: "Failed", dispatch: { status: "finished" } }, "failed"],
    ["retry", { message: "not now" }, { status: "Running", dispatch: { status: "retrying" } }, "failed"],
    ["released", {}, { status: "Running", dispatch: { status: "retrying" } }, "refused"],
  ])("may say %s", async (outcome, more, after, recorded) => {
    const { post, lease, say, show } = await provider();
    const action = await post();
    const [work] = (await lease()).json.value;
    expect((await say("acknowledge", work, { outcome, ...more })).status).toBe(204);
    const ended = await show(action);
    expect(ended).toMatchObject(after);
    if (outcome === "failed") expect(ended.errorInfo.message).toContain("no such rule");
    expect((await hub.get(`${actions}/${action}/attempts`)).json.value[0].outcome).toBe(recorded);
  });

  test("has its work taken by another once its lease has ended, and is told so", async () => {
    const { post, lease, say, show } = await provider({ pull: { leaseSeconds: 30 } });
    const action = await post();
    const [first] = (await lease()).json.value;
    ahead += 29_000;
    expect((await lease()).json.value).toEqual([]);
    expect((await say("extendLease", first)).status).toBe(200);
    ahead += 29_000;
    expect((await lease()).json.value).toEqual([]);
    ahead += 2_000;
    const [second] = (await lease()).json.value;
    expect(second).toMatchObject({ actionId: action, attempt: 2, fencingToken: 2 });
    for (const [operation, more] of [
      ["extendLease", {}],
      ["acknowledge", { outcome: "completed" }],
    ] as const) {
      const { status, json } = await say(operation, first, more);
      expect([status, json.error.message]).toEqual([409, expect.stringContaining("given to another")]);
    }
    expect((await say("acknowledge", second, { outcome: "completed" })).status).toBe(204);
    expect((await show(action)).status).toBe("Completed");
    expect((await hub.get(`${actions}/${action}/attempts`)).json.value.map(({ outcome }: any) => outcome)).toEqual(["unknown", "succeeded"]);
  });

  test("may say twice what came of it, and not something else", async () => {
    const { post, lease, say } = await provider();
    await post();
    const [work] = (await lease()).json.value;
    for (let time = 0; time < 2; time += 1) expect((await say("acknowledge", work, { outcome: "completed" })).status).toBe(204);
    expect((await say("acknowledge", work, { outcome: "failed" })).status).toBe(409);
    expect((await say("extendLease", work)).status).toBe(409);
  });

  test("that never comes back with it makes a dead letter of it, not an endless one", async () => {
    const { post, lease, show } = await provider({ limits: { attempts: 2 } });
    const action = await post();
    for (const expected of [1, 1, 0]) {
      expect((await lease({ seconds: 5 })).json.value).toHaveLength(expected);
      ahead += 6_000;
    }
    expect(await show(action)).toMatchObject({ status: "Running", dispatch: { status: "deadLettered", attempts: 2 } });
    expect((await hub.post(`${actions}/${action}/retry`, {})).status).toBe(204);
    expect((await lease()).json.value[0]).toMatchObject({ actionId: action, attempt: 3, fencingToken: 3 });
  });

  test("that gives it back again and again fills no disk: the newest hundred attempts are kept, and the audit trail tells of the others", async () => {
    const { post, lease, say } = await provider();
    const action = await post();
    for (let number = 1; number <= 102; number += 1) {
      const [work] = (await lease()).json.value;
      expect(work).toMatchObject({ actionId: action, attempt: number });
      expect((await say("acknowledge", work, { outcome: "released" })).status).toBe(204);
    }
    const { value } = (await hub.get(`${actions}/${action}/attempts?$top=200`)).json;
    expect([value.length, value[0].number, value.at(-1).number]).toEqual([100, 3, 102]);
    const { value: trail } = (await hub.get("/v1.0/security/auditRecords?$filter=activity eq 'lease'&$orderby=number desc&$top=1")).json;
    const removed = trail[0].resources.filter(({ path }: any) => path.endsWith("/2"));
    expect(removed).toEqual([expect.objectContaining({ before: expect.stringContaining('"outcome":"refused"'), change: "delete" })]);
  });

  test("is told at its next extension that its work shall be ended", async () => {
    const { post, lease, say, show } = await provider();
    const action = await post();
    const [work] = (await lease()).json.value;
    expect((await hub.post(`${actions}/${action}/cancelSecurityAction`, "")).status).toBe(200);
    const { status, json } = await say("extendLease", work);
    expect([status, json.error.message]).toEqual([409, expect.stringContaining("shall be ended: test-app cancelled it")]);
    expect((await lease()).json.value).toEqual([]);
    expect((await say("acknowledge", work, { outcome: "cancelled" })).status).toBe(204);
    expect(await show(action)).toMatchObject({ status: "Failed", errorInfo: { message: "Cancelled by test-app" } });
  });

  test("gets no more at once than the connector's limits, in the order in which it came", async () => {
    const { post, lease, say } = await provider({ limits: { concurrency: 2 } });
    const posted = [await post("203.0.113.1"), await post("203.0.113.2"), await post("203.0.113.3")];
    const both = await Promise.all([lease({ count: 5 }), lease({ count: 5 })]);
    const leases = both.flatMap(({ json }) => json.value);
    expect(leases.map(({ actionId }) => actionId)).toEqual(posted.slice(0, 2));
    await say("acknowledge", leases[0], { outcome: "completed" });
    expect((await lease({ count: 5 })).json.value.map(({ actionId }: any) => actionId)).toEqual([posted[2]]);
  });

  test("gets nothing while the connector is held back", async () => {
    const { id, post, lease } = await provider();
    await post();
    await hub.post(`${connectors}/${id}/pause`, {});
    expect((await lease()).json.value).toEqual([]);
    await hub.post(`${connectors}/${id}/resume`, {});
    expect((await lease()).json.value).toHaveLength(1);
  });
});

/** Resolves once so many calls wait. */
async function waitingFor(calls: number): Promise<void> {
  await expect.poll(() => hub.service.waiting()).toBe(calls);
}

describe("an actuator that waits", () => {
  test("gets what comes meanwhile, at once, and asks the database nothing before", async () => {
    const { post, lease, id } = await provider();
    const waiting = lease({ wait: 30 });
    await waitingFor(1);
    const asked: string[] = [];
    const { list, count, get } = hub.store;
    const noted = (name: string): object => ({
      [name](...given: never[]) {
        if (new Error().stack!.includes("leaseWork")) asked.push(name);
        return ({ list, count, get } as Record<string, (...all: never[]) => unknown>)[name]!.apply(hub.store, given);
      },
    });
    Object.assign(hub.store, noted("list"), noted("count"), noted("get"));
    // Of other connectors, of other places, what begins elsewhere: nothing of it can be work for who waits here.
    const other = await provider();
    const elsewhere = await other.post();
    await hub.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "a", provider: "b" } });
    expect(asked).toEqual([]);
    expect((await other.lease()).json.value).toEqual([expect.objectContaining({ actionId: elsewhere })]);
    asked.length = 0;
    const action = await post();
    expect((await waiting).json.value).toEqual([expect.objectContaining({ actionId: action })]);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual(5);
    Object.assign(hub.store, { list, count, get });
    const paused = lease({ wait: 30 });
    await hub.post(`${connectors}/${id}/pause`, {});
    await post();
    await hub.post(`${connectors}/${id}/resume`, {});
    expect((await paused).json.value).toHaveLength(1);
  });

  test("goes away empty-handed after its time; of many that wait one gets it", async () => {
    const { post, lease } = await provider();
    expect((await lease({ wait: 1 })).json.value).toEqual([]);
    const waiting = Array.from({ length: 20 }, () => lease({ wait: 2 }));
    await post();
    const got = (await Promise.all(waiting)).map(({ json }) => json.value.length);
    expect(got.filter((one) => one === 1)).toHaveLength(1);
  });

  test("gets what it came for in the order in which they came", async () => {
    const { post, lease } = await provider();
    const first = lease({ wait: 30, count: 2 });
    await waitingFor(1);
    const second = lease({ wait: 30 });
    await waitingFor(2);
    const action = await post();
    expect((await first).json.value.map(({ actionId }: any) => actionId)).toEqual([action]);
    const next = await post();
    expect((await second).json.value.map(({ actionId }: any) => actionId)).toEqual([next]);
  });

  test("is turned away where too many wait, unless there is work for it", async () => {
    const { post, lease, say } = await provider({ limits: { concurrency: 50 } });
    const one: Asked = { caller: callerOf({ appId: "one", permissions: ["SecurityActions.Lease.All"] }) };
    const waiting = Array.from({ length: 20 }, () => lease({ wait: 30 }, one));
    await waitingFor(20);
    const refused = await lease({ wait: 30 }, one);
    expect([refused.status, refused.json.error.code]).toEqual([429, "TooManyRequests"]);
    expect(Number(refused.headers["Retry-After"])).toBeGreaterThanOrEqual(1);
    waiting.push(lease({ wait: 30 }));
    await waitingFor(21);
    expect((await lease({ wait: 30 })).status).toBe(429);
    expect((await lease()).json.value).toEqual([]);
    for (let count = 0; count < 21; count += 1) await post();
    const leased = (await Promise.all(waiting)).flatMap(({ json }) => json.value);
    expect(new Set(leased.map(({ actionId }) => actionId)).size).toBe(21);
    await waitingFor(0);
    expect((await say("acknowledge", leased[0], { outcome: "released" }, one)).status).toBe(204);
    expect((await lease({ wait: 30 }, one)).json.value).toHaveLength(1);
  });

  test("waits for nothing within a batch", async () => {
    const { id } = await provider();
    const request = {
      id: "1",
      method: "POST",
      url: `/security/actionProviders/${id}/lease`,
      body: { wait: 60 },
      headers: { "content-type": "application/json" },
    };
    const { json } = await hub.post("/v1.0/$batch", { requests: [request] }, actuator);
    expect(json.responses[0]).toMatchObject({ status: 200, body: { value: [] } });
  });

  test("and goes away is given nothing, and meanwhile takes no place among the requests in work", async () => {
    const { id, post, lease } = await provider();
    const gone = new AbortController();
    let rests = 0;
    const presence = { gone: () => gone.signal, rest: <T>(until: Promise<T>): Promise<T> => ((rests += 1), until) };
    const headers = { "content-type": "application/json", authorization: authorizationOf(actuator.caller!) };
    const body = Buffer.from('{"wait":30}');
    const left = hub.service.handle({ method: "POST", target: `${catalogue}/${id}/lease`, headers, baseUrl: "http://localhost", body, presence });
    await waitingFor(1);
    expect(rests).toBe(1);
    gone.abort();
    expect(JSON.parse(String((await left).body)).value).toEqual([]);
    const action = await post();
    expect((await lease()).json.value).toEqual([expect.objectContaining({ actionId: action })]);
  });
});

describe("work is given to nobody else", () => {
  test.each([
    ["without the permission", { caller: callerOf({ permissions: ["SecurityActions.Read.All"] }) }, 403],
    ["without a token", { caller: null }, 401],
    ["of another tenant", { caller: callerOf({ tenant: "22222222-2222-4222-8222-222222222222", permissions: ["SecurityActions.Lease.All"] }) }, 404],
  ])("%s", async (_, asked, status) => {
    const { post, lease, say, show } = await provider();
    const action = await post();
    expect((await lease({}, asked)).status).toBe(status);
    const [work] = (await lease()).json.value;
    expect((await say("acknowledge", work, { outcome: "completed" }, asked)).status).toBe(status);
    expect((await show(action)).status).toBe("Running");
  });

  test("but the reporter of the connector, and its permission opens nothing else", async () => {
    const { post, lease } = await provider({ reporterAppId: "actuator" });
    const action = await post();
    expect((await lease({}, { caller: callerOf({ appId: "another" }) })).status).toBe(403);
    expect((await lease()).json.value).toHaveLength(1);
    expect((await hub.get(`${actions}/${action}`, actuator)).status).toBe(403);
    expect((await hub.patch(`${actions}/${action}`, { status: "Completed" }, actuator)).status).toBe(403);
    expect((await hub.get(connectors, actuator)).status).toBe(403);
  });

  test("but that reporter, also when the connector is gone and its work a dead letter", async () => {
    const { id, post, lease, show } = await provider({ reporterAppId: "actuator" });
    const action = await post();
    expect((await lease()).json.value).toHaveLength(1);
    expect((await show(action)).dispatch.reporterAppId).toBe("actuator");
    expect((await hub.remove(`${connectors}/${id}`)).status).toBe(204);
    await expect.poll(async () => (await show(action)).dispatch.status).toBe("deadLettered");
    const as = (appId: string): Asked => ({ caller: callerOf({ appId, permissions: ["SecurityActions.ReadWrite.All"] }) });
    const { status, json } = await hub.patch(`${actions}/${action}`, { status: "Completed" }, as("another"));
    expect([status, json.error.code]).toEqual([403, "ReporterMismatch"]);
    expect((await hub.patch(`${actions}/${action}`, { status: "Completed" }, as("actuator"))).status).toBe(204);
    expect(await show(action)).toMatchObject({ status: "Completed", dispatch: { status: "finished" } });
  });

  test("nor of another provider, of another kind, or what was never leased", async () => {
    const [one, other] = [await provider(), await provider()];
    const action = await one.post();
    const [work] = (await one.lease()).json.value;
    expect((await other.say("acknowledge", work, { outcome: "completed" })).status).toBe(404);
    expect((await one.say("acknowledge", { actionId: "nonsense'/x", fencingToken: 1 }, { outcome: "completed" })).status).toBe(404);
    expect((await one.say("acknowledge", { actionId: action, fencingToken: 2 }, { outcome: "completed" })).status).toBe(409);
    const mock = await provider({ kind: "mock" });
    expect((await mock.lease()).json.error.message).toContain("is of the kind 'mock'");
  });

  test.each(["", "$count", "$ref", "delta", "..", "('x')"])("nor what is no action: %j", async (actionId) => {
    const { say } = await provider();
    expect((await say("extendLease", { actionId, fencingToken: 1 })).status).toBe(404);
    expect((await say("acknowledge", { actionId, fencingToken: 1 }, { outcome: "completed" })).status).toBe(404);
  });

  test.each([
    ["lease", { count: 0 }],
    ["lease", { count: 51 }],
    ["lease", { wait: 61 }],
    ["lease", { seconds: 4 }],
    ["lease", { count: "many" }],
    ["extendLease", { actionId: "x" }],
    ["acknowledge", { actionId: "x", fencingToken: 1, outcome: "splendid" }],
    ["acknowledge", { actionId: "x", fencingToken: 1, outcome: "failed", message: "x".repeat(2001) }],
  ])("%s with %.80j is refused", async (operation, body) => {
    const { id } = await provider();
    const { status, json } = await hub.post(`${catalogue}/${id}/${operation}`, body, actuator);
    expect([status, json.error.code], json.error.message).toEqual([400, "BadRequest"]);
  });
});

describe("the actuator of the guide", () => {
  const program = join(import.meta.dirname, "../../../docs/how-to/pull-actuator.mjs");
  let folder: string;
  let server: Server;
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "secgraph-test-"));
    server = createServer((request, response) => {
      void buffer(request).then(async (body) => {
        if (request.url!.endsWith("/token")) return response.end('{"access_token":"any"}');
        const headers = { "content-type": "application/json", authorization: authorizationOf(actuator.caller!) };
        const answer = await hub.service.handle({ method: request.method!, target: request.url!, headers, baseUrl: "http://127.0.0.1", body });
        return response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    for (const child of running) child.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(path: string, id: string): ChildProcess {
    const HUB = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1.0`;
    const child = spawn(process.execPath, [path], {
      cwd: folder,
      env: { ...process.env, HUB, PROVIDER: id, TENANT: "t", CLIENT_ID: "c", CLIENT_SECRET: "s", WAIT: "5" },
      stdio: "inherit",
    });
    running.push(child);
    return child;
  }
  const done = async (): Promise<string[]> => (await readFile(join(folder, "done.txt"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

  test("carries out what comes; killed in the middle, its work is done by the next", async () => {
    const { id, post, show } = await provider();
    const hanging = join(folder, "hanging.mjs");
    const source = await readFile(program, "utf8");
    await writeFile(hanging, source.replace("await appendFile(", "await appendFile('begun.txt', actionId); await new Promise(() => 0); await appendFile("));
    const first = start(hanging, id);
    const action = await post("203.0.113.77");
    await expect.poll(() => readFile(join(folder, "begun.txt"), "utf8").catch(() => "")).toBe(action);
    first.kill("SIGKILL");
    await once(first, "exit");
    start(program, id);
    expect(await done()).toEqual([]);
    ahead += 61_000;
    // Its timers go by their own clock: the write of another action wakes who waits.
    const next = await post("203.0.113.78");
    await expect.poll(async () => (await done()).length).toBe(2);
    expect(await done()).toEqual([`${action} BlockIp 203.0.113.77`, `${next} BlockIp 203.0.113.78`]);
    for (const one of [action, next]) await expect.poll(async () => (await show(one)).status).toBe("Completed");
    expect((await show(action)).dispatch.attempts).toBe(2);
  });
});
