import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createService } from "../server/src/app.ts";
import type { Caller } from "../server/src/auth/caller.ts";
import { defaultBudgets } from "../server/src/base/limits.ts";
import { createModel } from "../server/src/edm/createModel.ts";
import { securityGraph } from "../server/src/graph/securityGraph.ts";
import type { Connection } from "../server/src/outbox/dispatch/connection.ts";
import { openSqliteStore } from "../server/src/store/sqlite/openSqliteStore.ts";

/**
 * The dispatch of actions from end to end, over a file of its own: `node run.mjs bench/dispatch.ts`. How long it takes from the answer of a POST until the
 * connector is called, how many a second leave, and what 10,000 that wait, and 1,000 calls that wait for work, cost. Fails where an action does not leave exactly once.
 */
const caller: Caller = {
  tenant: "5e0d7a3c-8f4b-4d0e-9a62-1b7c3d5e9f01",
  appId: "bench",
  user: null,
  kind: "application",
  permissions: new Set(["SecurityActions.ReadWrite.All", "Security.ReadWrite.All", "SecurityEvents.ReadWrite.All"]),
  expires: Number.MAX_SAFE_INTEGER,
};
const folder = mkdtempSync(join(tmpdir(), "secgraph-bench-"));
const model = createModel(securityGraph);
const store = await openSqliteStore({ file: join(folder, "hub.sqlite"), model });
const called = new Map<string, number>();
let twice = 0;
const connection: Connection = {
  async deliver({ action: { id } }) {
    if (called.has(id)) twice += 1;
    called.set(id, performance.now());
    return { kind: "completed", statusCode: 200 };
  },
};
const service = await createService({
  model,
  store,
  authenticate: () => caller,
  budgets: defaultBudgets,
  placeholders: [],
  faithful: [],
  connections: new Map([["mock", connection]]),
  leaseWaits: { inHub: 1000, ofApp: 1000 },
});

interface Answered {
  readonly id?: string;
  readonly value?: readonly { readonly actionId: string }[];
}

async function post(path: string, body: object): Promise<string> {
  return (await ask(path, body)).id ?? "";
}

async function ask(path: string, body: object): Promise<Answered> {
  const sent = {
    method: "POST",
    target: `/v1.0/security/${path}`,
    headers: { "content-type": "application/json" },
    baseUrl: "https://hub.example",
    loopback: true,
  };
  const { status, body: text = "{}" } = await service.handle({ ...sent, body: Buffer.from(JSON.stringify(body)) });
  if (status >= 300) throw new Error(`${path} was answered ${status}: ${String(text)}`);
  return status === 204 ? {} : (JSON.parse(typeof text === "string" ? text : Buffer.from(text).toString()) as Answered);
}

const limits = { ratePerMinute: 60_000, concurrency: 32 };
const connectorFor = (provider: string, kind = "mock"): Promise<string> =>
  post("connectors", { vendor: "Contoso", provider, kind, actions: [{ name: "BlockIp" }], limits });
const actionFor = (provider: string): Promise<string> =>
  post("securityActions", { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.7" }], vendorInformation: { vendor: "Contoso", provider } });

async function until(count: number): Promise<void> {
  while (called.size < count) await sleep(5);
}

const at = (sorted: readonly number[], share: number): string => sorted[Math.floor(sorted.length * share)]!.toFixed(1);

/** Milliseconds from the answer until the connector is called, each action by itself; `pause`: milliseconds between two. */
async function latency(name: string, count: number, pause: number): Promise<void> {
  const waits: number[] = [];
  for (let one = 0; one < count; one += 1) {
    const before = called.size;
    const id = await actionFor("Bench");
    const answered = performance.now();
    await until(before + 1);
    waits.push(Math.max(0, called.get(id)! - answered));
    await sleep(pause);
  }
  waits.sort((a, b) => a - b);
  console.log(`${name}: from the answer to the call p50 ${at(waits, 0.5)} ms, p90 ${at(waits, 0.9)} ms, p99 ${at(waits, 0.99)} ms (${count} actions)`);
}

/** Share of one core that the process takes in some seconds. */
async function idle(name: string, seconds: number): Promise<void> {
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  await sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${name}: ${(((user + system) / 1000 / (performance.now() - from)) * 100).toFixed(2)} % of a core over ${seconds} s`);
}

const dispatcher = service.startDispatching({ drain: 1000, reportWithin: 86_400_000, longestDrain: 3_600_000, onFault: (error) => console.error(error) });
async function dispatching(): Promise<void> {
  await latency("a hub at work", 300, 0);
  await latency("a hub at rest", 20, 2_500);

  const many = 10_000;
  const paused = await connectorFor("Paused");
  await post(`connectors/${paused}/pause`, {});
  for (let one = 0; one < many; one += 50) await Promise.all(Array.from({ length: 50 }, () => actionFor("Paused")));
  await sleep(4_000);
  await idle(`${many} actions that wait for a paused connector`, 20);
  await latency("beside them", 100, 0);

  const [before, from] = [called.size, performance.now()];
  await post(`connectors/${paused}/resume`, {});
  await until(before + many);
  console.log(`resumed: ${Math.round(many / ((performance.now() - from) / 1000))} actions a second leave, 32 at once`);
}

/** Microseconds of CPU that a write of another place, and an action of another connector, take. */
async function costOfWrites(name: string): Promise<void> {
  const costOf = async (write: () => Promise<unknown>, calls: number): Promise<string> => {
    const [count, before, cpu] = [1000, called.size, process.cpuUsage()];
    for (let one = 0; one < count; one += 1) await write();
    await until(before + calls * count);
    const { user, system } = process.cpuUsage(cpu);
    return `${Math.round((user + system) / count)} us`;
  };
  const score = (): Promise<string> => post("secureScores", { vendorInformation: { vendor: "Contoso", provider: "Bench" } });
  console.log(
    `${name}: a score takes ${await costOf(score, 0)}, an action of another connector with its dispatch ${await costOf(() => actionFor("Bench"), 1)}`,
  );
}

async function leasing(): Promise<void> {
  const pull = await connectorFor("Pull", "pull");
  await costOfWrites("nobody waits for work");
  const waiting = Array.from({ length: 1000 }, async () => {
    const { value = [] } = await ask(`actionProviders/${pull}/lease`, { wait: 60 });
    return value.map(({ actionId }) => ({ actionId, at: performance.now() }));
  });
  while (service.waiting() < 1000) await sleep(5);
  await idle("1,000 calls of `lease` that wait", 10);
  await costOfWrites("1,000 calls of `lease` wait");
  const waits: number[] = [];
  for (let one = 0; one < 20; one += 1) {
    const id = await actionFor("Pull");
    const answered = performance.now();
    const [given] = await Promise.race(
      waiting.map(async (call) => ((await call).some(({ actionId }) => actionId === id) ? call : new Promise<never>(() => undefined))),
    );
    waits.push(Math.max(0, given!.at - answered));
  }
  waits.sort((a, b) => a - b);
  console.log(`from the answer of a POST to the lease, 1,000 waiting: p50 ${at(waits, 0.5)} ms, the longest ${at(waits, 0.99)} ms`);
  service.stopWaiting();
  await costOfWrites("nobody waits any more");
  const leased = (await Promise.all(waiting)).flat();
  if (leased.length !== 20 || new Set(leased.map(({ actionId }) => actionId)).size !== 20) throw new Error(`${leased.length} leases of 20 actions.`);
}

await connectorFor("Bench");
// `leases` measures those that wait for work alone.
if (process.argv[2] !== "leases") await dispatching();
await leasing();
await dispatcher.stop();
await store.close();
rmSync(folder, { recursive: true });
if (twice > 0) throw new Error(`${twice} actions left twice.`);
