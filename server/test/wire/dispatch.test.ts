import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, otherTenant, type Answer, type TestHub } from "./hub.ts";
import { textOf } from "../../src/base/json.ts";
import type { Order, Report } from "../../src/outbox/dispatch/connection.ts";
import { testConnection } from "./testConnection.ts";

const actions = "/v1.0/security/securityActions";
const connectors = "/v1.0/security/connectors";
const control = "/v1.0/security/actionControl";
const faults: unknown[] = [];
const connection = testConnection();
/** What comes of the orders of a provider; those of others are completed. */
const answers = new Map<string, (order: Order, signal: AbortSignal) => Promise<Report> | Report>();
connection.answer = (order, signal) => (answers.get(textOf(order.connector["provider"])) ?? completed)(order, signal);

function completed(): Report {
  return { kind: "completed" };
}

let hub: TestHub;
let ahead = 0;
let dispatcher: { readonly stop: () => Promise<void> };
const start = (): { readonly stop: () => Promise<void> } =>
  hub.service.startDispatching({
    drain: 200,
    reportWithin: 3_600_000,
    longestDrain: 3_600_000,
    pause: () => 20,
    onFault: (error) => void faults.push(error),
  });
beforeAll(async () => {
  hub = await openHub({ connections: new Map([["mock", connection]]), clock: () => Date.now() + ahead });
  dispatcher = start();
});
afterAll(async () => {
  await dispatcher.stop();
  await hub.close();
  if (faults.length > 0) throw new AggregateError(faults, "The dispatcher failed.");
});

let count = 0;

interface Made {
  readonly provider: string;
  readonly id: string;
  readonly path: string;
}

/** A connector of its own for a test. */
async function connector(more: object = {}, limits: object = {}): Promise<Made> {
  const provider = `Firewall ${(count += 1)}`;
  const body = { vendor: "Contoso", provider, kind: "mock", actions: [{ name: "BlockIp", reverse: "UnblockIp" }, { name: "UnblockIp" }], limits, ...more };
  const made = await hub.post(connectors, body);
  expect(made.status, made.text).toBe(201);
  return { provider, id: made.json.id, path: `${connectors}/${made.json.id}` };
}

async function action({ provider }: Pick<Made, "provider">, more: object = {}): Promise<string> {
  const vendorInformation = { vendor: "Contoso", provider };
  const made = await hub.post(actions, { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.9" }], vendorInformation, ...more });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
}

const read = async (id: string): Promise<any> => (await hub.get(`${actions}/${id}?$expand=attempts`)).json;
const ordersOf = (id: string): Order[] => connection.orders.filter((order) => order.action.id === id);
const refusal = ({ status, json }: Answer): [number, string] => [status, json.error?.code];

/** The action, once it is in this status of its dispatch. */
async function once(id: string, status: string): Promise<any> {
  await expect.poll(async () => (await read(id)).dispatch?.status, { interval: 10 }).toBe(status);
  return read(id);
}
const outcomes = (one: any): string[] => one.attempts.map(({ outcome }: { outcome: string }) => outcome);

/** A promise, and what keeps it. */
function later<T>(): { readonly promise: Promise<T>; readonly keep: (value: T) => void } {
  let keep: (value: T) => void = () => undefined;
  return { promise: new Promise((resolve) => (keep = resolve)), keep: (value) => keep(value) };
}

describe("an action is carried out", () => {
  test("by the connector of its vendor and provider: from NotStarted over Running to Completed, with a record of the attempt", async () => {
    const made = await connector();
    const id = await action(made, { actionReason: "Beaconing", clientContext: "case 7" });
    const done = await once(id, "finished");
    expect(done).toMatchObject({
      status: "Completed",
      errorInfo: null,
      dispatch: { connectorId: made.id, attempts: 1, failures: 0, nextAttemptDateTime: null },
    });
    expect(done.states.map(({ status }: any) => status)).toEqual(["NotStarted", "Running", "Completed"]);
    const [attempt] = done.attempts;
    expect(attempt).toMatchObject({ id: "1", number: 1, outcome: "succeeded", fencingToken: done.dispatch.fencingToken, error: null });
    const [order] = ordersOf(id);
    expect(order).toMatchObject({
      attempt: 1,
      fencingToken: done.dispatch.fencingToken,
      action: { name: "BlockIp", reason: "Beaconing", clientContext: "case 7" },
    });
    expect(order!.action.parameters).toEqual({ ip: "203.0.113.9" });
    expect(JSON.stringify(order)).not.toContain("secgraph.sealed");
  });

  test("only after the attempt is on record, with its fencing token", async () => {
    const made = await connector();
    let seen: any;
    answers.set(made.provider, async ({ action: { id } }) => {
      seen = await read(id);
      return { kind: "completed", statusCode: 200, request: "POST /block", response: "ok" };
    });
    const id = await action(made);
    const done = await once(id, "finished");
    expect(seen).toMatchObject({
      status: "Running",
      dispatch: { status: "dispatching", attempts: 1 },
      attempts: [{ outcome: "running", endedDateTime: null }],
    });
    expect(seen.attempts[0].fencingToken).toBe(ordersOf(id)[0]!.fencingToken);
    expect(done.attempts[0]).toMatchObject({ statusCode: 200, request: "POST /block", response: "ok" });
  });

  test("attempts are written by the server alone", async () => {
    const id = await action(await connector());
    await once(id, "finished");
    expect(refusal(await hub.post(`${actions}/${id}/attempts`, { number: 2 }))).toEqual([405, "MethodNotAllowed"]);
  });
});

describe("what fails", () => {
  test("is tried again with a higher token, and the records say what came of each attempt", async () => {
    const made = await connector();
    answers.set(made.provider, ({ attempt }) =>
      attempt < 3 ? { kind: "failed", retry: true, statusCode: 502, error: { code: "badGateway", message: "Down." } } : { kind: "completed" },
    );
    const done = await once(await action(made), "finished");
    expect([done.status, outcomes(done)]).toEqual(["Completed", ["failed", "failed", "succeeded"]]);
    const tokens = done.attempts.map(({ fencingToken }: any) => fencingToken);
    expect(tokens).toEqual([...new Set(tokens)].toSorted((one: any, other: any) => one - other));
    expect(done.attempts[0]).toMatchObject({ statusCode: 502, error: "badGateway: Down." });
    expect(new Set(ordersOf(done.id).map((order) => order.action.id)).size).toBe(1);
  });

  test("for good ends as Failed at once", async () => {
    const made = await connector();
    answers.set(made.provider, () => ({ kind: "failed", retry: false, statusCode: 422, error: { code: "noSuchHost", message: "Unknown host." } }));
    const done = await once(await action(made), "finished");
    expect(done).toMatchObject({ status: "Failed", errorInfo: { code: 422, message: "noSuchHost: Unknown host." }, dispatch: { attempts: 1 } });
  });

  test("too often is a dead letter: it is listed, still Running, and retried or dropped", async () => {
    const made = await connector({}, { attempts: 2 });
    let isDown = true;
    answers.set(made.provider, () => (isDown ? { kind: "unknown", error: { code: "timeout", message: "Silence." } } : { kind: "completed" }));
    const [one, other] = [await action(made), await action(made)];
    const dead = await once(one, "deadLettered");
    await once(other, "deadLettered");
    expect(dead).toMatchObject({ status: "Running", completedDateTime: null, errorInfo: { message: "Given up after 2 attempts: timeout: Silence." } });
    expect(outcomes(dead)).toEqual(["unknown", "unknown"]);
    const listed = (await hub.get(`${actions}?$filter=dispatch/status eq 'deadLettered' and dispatch/connectorId eq '${made.id}'&$select=id`)).json.value;
    expect(listed.map(({ id }: any) => id).toSorted()).toEqual([one, other].toSorted());
    isDown = false;
    expect((await hub.post(`${actions}/${one}/retry`, "")).status).toBe(204);
    const done = await once(one, "finished");
    expect(done).toMatchObject({ status: "Completed", errorInfo: null, dispatch: { attempts: 3, failures: 0 } });
    expect((await hub.post(`${actions}/${other}/drop`, "")).status).toBe(204);
    expect(await read(other)).toMatchObject({ status: "Failed", errorInfo: { message: expect.stringContaining("timeout") }, dispatch: { status: "finished" } });
    for (const verb of ["retry", "drop"]) expect((await hub.post(`${actions}/${one}/${verb}`, "")).status).toBe(409);
  });

  test("because the connector was busy waits and counts as no failure", async () => {
    const made = await connector({}, { attempts: 1 });
    answers.set(made.provider, ({ attempt }) =>
      attempt === 1 ? { kind: "busy", retryAfter: 100, error: { code: "throttled", message: "Later." } } : { kind: "completed" },
    );
    const done = await once(await action(made), "finished");
    expect([done.status, done.dispatch.failures, outcomes(done)]).toEqual(["Completed", 0, ["refused", "succeeded"]]);
  });

  test.each([
    ["throws", () => Promise.reject(new Error("boom"))],
    ["gives nothing", () => undefined],
    ["gives rubbish", () => ({ kind: "<html>", error: 7 })],
    ["gives rubbish of the right kind", () => ({ kind: "failed", retry: true, error: "none", statusCode: "200" })],
  ])("in a connector that %s: nobody knows what happened, it is tried again, and others go on", async (_, answer) => {
    const made = await connector();
    answers.set(made.provider, (order) => (order.attempt === 1 ? (answer() as Report) : { kind: "completed" }));
    const [bad, good] = [await action(made), await action(await connector())];
    expect((await once(good, "finished")).status).toBe("Completed");
    const done = await once(bad, "finished");
    expect([done.status, done.attempts.length]).toEqual(["Completed", 2]);
    expect(["unknown", "failed"]).toContain(outcomes(done)[0]);
  });

  test("10 MB of an answer, with what no database keeps, are cut to 16 KB", async () => {
    const made = await connector();
    answers.set(made.provider, () => ({ kind: "completed", response: `\0\ud800${"x".repeat(10_000_000)}` }));
    const done = await once(await action(made), "finished");
    expect(done.attempts[0].response).toMatch(/^\ufffd\ufffdx{100}/);
    expect(done.attempts[0].response.length).toBe(16_384);
  });

  test("because nothing comes in time is unknown; what comes afterwards is true all the same", async () => {
    const made = await connector({}, { timeoutSeconds: 1, attempts: 1 });
    const { promise, keep } = later<Report>();
    answers.set(made.provider, () => promise);
    const id = await action(made);
    const dead = await once(id, "deadLettered");
    expect([dead.status, outcomes(dead)]).toEqual(["Running", ["unknown"]]);
    keep({ kind: "completed" });
    expect(await once(id, "finished")).toMatchObject({ status: "Completed", attempts: [{ outcome: "succeeded" }] });
  });
});

describe("limits", () => {
  test("of concurrency: so many calls at once, the oldest first", async () => {
    const made = await connector({}, { concurrency: 2 });
    const allThere = later<void>();
    let [running, most] = [0, 0];
    answers.set(made.provider, async () => {
      most = Math.max(most, (running += 1));
      await allThere.promise;
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return { kind: "completed" };
    });
    const ids: string[] = [];
    for (let one = 0; one < 6; one += 1) ids.push(await action(made));
    await expect.poll(() => running).toBe(2);
    allThere.keep();
    for (const id of ids) await once(id, "finished");
    expect(most).toBe(2);
    const called = connection.orders.map((order) => order.action.id).filter((id) => ids.includes(id));
    // Both that were called first are the oldest; which of them came to its call first is the machine's affair.
    expect(new Set(called.slice(0, 2))).toEqual(new Set(ids.slice(0, 2)));
    expect(called).toHaveLength(6);
  });

  test("of rate: what is more than a minute holds waits, also across a restart", async () => {
    const made = await connector({}, { ratePerMinute: 2 });
    const ids = [await action(made), await action(made), await action(made)];
    for (const id of ids.slice(0, 2)) await once(id, "finished");
    await dispatcher.stop();
    dispatcher = start();
    const other = await action(await connector());
    await once(other, "finished");
    expect((await read(ids[2]!)).dispatch).toMatchObject({ status: "queued", attempts: 0 });
    ahead += 61_000;
    await action(await connector());
    await once(ids[2]!, "finished");
  });
});

describe("switches", () => {
  test("of a connector: paused it begins nothing, resumed it goes on; others are not concerned", async () => {
    const made = await connector();
    expect((await hub.post(`${made.path}/pause`, { reason: "Maintenance" })).status).toBe(204);
    const held = await action(made);
    await once(await action(await connector()), "finished");
    expect((await read(held)).dispatch.status).toBe("queued");
    await hub.post(`${made.path}/resume`, {});
    await once(held, "finished");
  });

  test("of the hub: who, when and why stand there; what is stopped is cut off in the middle, and goes out again afterwards", async () => {
    const made = await connector();
    const begun = later<void>();
    answers.set(made.provider, async ({ attempt }, signal) => {
      if (attempt > 1) return { kind: "completed" };
      begun.keep();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new Error("cut");
    });
    const id = await action(made);
    await begun.promise;
    expect((await hub.post(`${control}/stop`, { reason: "Incident" })).status).toBe(204);
    expect((await hub.get(control)).json).toMatchObject({ state: "stopped", stateByApp: "test-app", stateReason: "Incident" });
    const cut = await once(id, "retrying");
    expect(outcomes(cut)).toEqual(["unknown"]);
    const other = await action(await connector());
    expect((await read(other)).dispatch.status).toBe("queued");
    expect((await hub.post(`${control}/resume`, {})).status).toBe(204);
    for (const one of [id, other]) expect((await once(one, "finished")).status).toBe("Completed");
    expect((await hub.get(control, { caller: callerOf({ permissions: ["SecurityActions.Read.All"] }) })).json.state).toBe("active");
    expect((await hub.post(`${control}/stop`, {}, { caller: callerOf({ permissions: ["SecurityActions.ReadWrite.All"] }) })).status).toBe(403);
  });

  test("drained it carries out what was queued before, nothing that comes later, and is paused then", async () => {
    const made = await connector({}, { concurrency: 1 });
    const gate = later<void>();
    answers.set(made.provider, async () => {
      await gate.promise;
      return { kind: "completed" };
    });
    const before = [await action(made), await action(made)];
    await once(before[0]!, "dispatching");
    ahead += 10;
    await hub.post(`${made.path}/drain`, {});
    ahead += 10;
    const after = await action(made);
    gate.keep();
    for (const id of before) await once(id, "finished");
    await expect.poll(async () => (await hub.get(made.path)).json).toMatchObject({ state: "paused", stateReason: "Drained." });
    expect((await read(after)).dispatch.status).toBe("queued");
  });
});

describe("cancelSecurityAction", () => {
  const cancel = async (id: string): Promise<number> => (await hub.post(`${actions}/${id}/cancelSecurityAction`, "")).status;

  test("before it is begun ends it: it never leaves", async () => {
    const made = await connector();
    await hub.post(`${made.path}/pause`, {});
    const id = await action(made);
    expect(await cancel(id)).toBe(200);
    expect(await read(id)).toMatchObject({ status: "Failed", errorInfo: { message: "Cancelled by test-app" }, dispatch: { status: "finished", attempts: 0 } });
    await hub.post(`${made.path}/resume`, {});
    await once(await action(made), "finished");
    expect(ordersOf(id)).toEqual([]);
  });

  test.each([
    ["what is done all the same is Completed", { kind: "completed" }, "Completed", null],
    ["what failed is cancelled, and not tried again", { kind: "failed", retry: true, error: { code: "x", message: "y" } }, "Failed", /^Cancelled by test-app$/],
    ["of what nobody knows it says so", { kind: "unknown", error: { code: "x", message: "y" } }, "Failed", /^Cancelled by test-app; it may have taken effect/],
  ] as const)("while the connector is called: it is told; %s", async (_, report, status, message) => {
    const made = await connector();
    const { promise, keep } = later<Report>();
    answers.set(made.provider, () => promise);
    const id = await action(made);
    await once(id, "dispatching");
    expect(await cancel(id)).toBe(200);
    expect(await cancel(id)).toBe(200);
    await expect.poll(() => connection.cancels).toContain(id);
    keep(report);
    const done = await once(id, "finished");
    expect(done).toMatchObject({ status, dispatch: { cancelRequestedBy: "test-app", attempts: 1 } });
    if (message === null) expect(done.errorInfo).toBeNull();
    else expect(done.errorInfo.message).toMatch(message);
  });

  test("of what goes on at the connector ends it when the connector has ended it", async () => {
    const made = await connector();
    answers.set(made.provider, () => ({ kind: "accepted", handle: "job 7", pollAfter: 3_600_000 }));
    const id = await action(made);
    await expect.poll(async () => (await read(id)).dispatch.handle).toBe("job 7");
    expect(await cancel(id)).toBe(200);
    expect(await once(id, "finished")).toMatchObject({
      status: "Failed",
      errorInfo: { message: "Cancelled by test-app" },
      attempts: [{ outcome: "cancelled" }],
    });
  });
});

describe("what a connector has accepted", () => {
  const accepted = async (pollAfter = 3_600_000): Promise<string> => {
    const made = await connector();
    answers.set(made.provider, () => ({ kind: "accepted", handle: "job", pollAfter }));
    const id = await action(made);
    await expect.poll(async () => (await read(id)).dispatch.acceptedDateTime).not.toBeNull();
    return id;
  };

  test.each([
    ["Completed", {}, null],
    ["Failed", { errorInfo: { code: 9, message: "No such host" } }, { code: 9, message: "No such host" }],
  ])("is %s when it reports so", async (status, more, errorInfo) => {
    const id = await accepted();
    expect((await hub.patch(`${actions}/${id}`, { status, ...more })).status).toBe(204);
    const done = await once(id, "finished");
    expect(done).toMatchObject({ status, errorInfo, attempts: [{ outcome: status === "Completed" ? "succeeded" : "failed" }] });
  });

  test("is asked for", async () => {
    connection.onPoll = () => ({ kind: "completed", response: "done" });
    const id = await accepted(1);
    ahead += 2000;
    await action(await connector());
    expect(await once(id, "finished")).toMatchObject({ status: "Completed", attempts: [{ outcome: "succeeded", response: "done" }] });
    connection.onPoll = () => ({ kind: "accepted" });
  });

  test("and says nothing of for too long is a dead letter", async () => {
    const id = await accepted();
    ahead += 3_700_000;
    await action(await connector());
    expect(await once(id, "deadLettered")).toMatchObject({ status: "Running", errorInfo: { message: expect.stringContaining("noReport") } });
  });

  test("is not reported on while nobody has it in hand", async () => {
    const made = await connector();
    await hub.post(`${made.path}/pause`, {});
    const id = await action(made);
    expect((await hub.patch(`${actions}/${id}`, { status: "Running" })).status).toBe(409);
  });
});

describe("what holds for a while", () => {
  test("is taken back by itself when that is over, also when the server was off at the time; both say so", async () => {
    const made = await connector();
    const id = await action(made, { duration: "PT1H" });
    const done = await once(id, "finished");
    expect(Date.parse(done.dispatch.expiresDateTime) - Date.parse(done.completedDateTime)).toBe(3_600_000);
    await dispatcher.stop();
    ahead += 3_700_000;
    dispatcher = start();
    await expect.poll(async () => (await read(id)).dispatch.undoneBy).not.toBeNull();
    const { undoneBy, expiresDateTime } = (await read(id)).dispatch;
    expect(expiresDateTime).toBeNull();
    expect(await once(undoneBy, "finished")).toMatchObject({ name: "UnblockIp", status: "Completed", dispatch: { undoes: id } });
    expect(ordersOf(undoneBy)).toMatchObject([{ undoes: id, action: { name: "UnblockIp", parameters: { ip: "203.0.113.9" } } }]);
  });

  test("and cannot be taken back is a dead letter", async () => {
    const made = await connector({}, { attempts: 1 });
    answers.set(made.provider, (order) =>
      order.undoes === undefined ? { kind: "completed" } : { kind: "failed", retry: true, error: { code: "gone", message: "No answer." } },
    );
    const id = await action(made, { duration: "PT1M" });
    await once(id, "finished");
    ahead += 61_000;
    await action(await connector());
    await expect.poll(async () => (await read(id)).dispatch.undoneBy).not.toBeNull();
    const { undoneBy } = (await read(id)).dispatch;
    expect(await once(undoneBy, "deadLettered")).toMatchObject({ status: "Running", dispatch: { undoes: id } });
    expect((await read(id)).status).toBe("Completed");
  });
});

test("an action with many targets follows those of its parts", async () => {
  const made = await connector();
  answers.set(made.provider, ({ action: { parameters } }) =>
    parameters["ip"] === "203.0.113.3" ? { kind: "failed", retry: false, error: { code: "no", message: "No." } } : { kind: "completed" },
  );
  const targets = (...ips: string[]): object => ({ parameters: [], targets: ips.map((value) => ({ parameters: [{ name: "ip", value }] })) });
  const [good, bad] = [await action(made, targets("203.0.113.1", "203.0.113.2")), await action(made, targets("203.0.113.1", "203.0.113.3"))];
  expect((await once(good, "finished")).status).toBe("Completed");
  expect((await once(bad, "finished")).status).toBe("Failed");
});

describe("without a connector", () => {
  test("actions wait, and are carried out when one comes; so are those of before connectors", async () => {
    const there = { caller: callerOf({ tenant: otherTenant }) };
    const body = { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.9" }], vendorInformation: { vendor: "Fabrikam", provider: "Edge" } };
    const made = await hub.post(actions, body, there);
    expect(made.json).toMatchObject({ status: "NotStarted", dispatch: null });
    const other = await hub.post(actions, { ...body, name: "Isolate" }, there);
    expect((await hub.post(connectors, { vendor: "fabrikam", provider: "EDGE", kind: "mock", actions: [{ name: "blockip" }] }, there)).status).toBe(201);
    await expect.poll(async () => (await hub.get(`${actions}/${made.json.id}`, there)).json.status).toBe("Completed");
    expect((await hub.get(`${actions}/${other.json.id}`, there)).json).toMatchObject({ status: "NotStarted", dispatch: null });
  });
});

describe("at the end of a process", () => {
  test("calls under way may end; what does not is tried again by the next, as another attempt", async () => {
    const made = await connector({ guarantee: "exactlyOnce" });
    const begun = [later<void>(), later<void>()];
    answers.set(made.provider, async ({ attempt, action: { reason } }, signal) => {
      if (attempt > 1) return { kind: "completed" };
      begun[Number(reason)]!.keep();
      if (reason === "1") await new Promise((resolve) => setTimeout(resolve, 50));
      else await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (reason === "0") throw new Error("cut");
      return { kind: "completed" };
    });
    const [slow, quick] = [await action(made, { actionReason: "0" }), await action(made, { actionReason: "1" })];
    await Promise.all(begun.map(({ promise }) => promise));
    await dispatcher.stop();
    expect((await read(quick)).status).toBe("Completed");
    dispatcher = start();
    expect(outcomes(await once(slow, "finished"))).toEqual(["unknown", "succeeded"]);
    const [first, second] = ordersOf(slow);
    expect(second!.fencingToken).toBeGreaterThan(first!.fencingToken);
  });
});
