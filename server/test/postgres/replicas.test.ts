import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createService, type Service } from "../../src/app.ts";
import type { Caller } from "../../src/auth/caller.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { checkReplicas } from "../../src/cli/doctor/checkReplicas.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import type { ReplicaFigures, Store } from "../../src/store/store.ts";
import { randomOf } from "../process/randomOf.ts";
import { altered } from "../wire/altered.ts";
import { answer, callerFrom, callerOf, otherTenant, vendor, type Answer, type Asked } from "../wire/hub.ts";
import { asSuperuser } from "./databases.ts";
import { startCuttingProxy, type CuttingProxy } from "./faults/cuttingProxy.ts";
import { startPostgres, type PostgresServer } from "./startPostgres.ts";

const model = createModel(securityGraph);
const streaming = { wal_level: "replica", max_wal_senders: 5, synchronous_commit: "on" };
const scores = "/v1.0/security/secureScores";
const [writer, reader] = [callerOf(), callerOf({ appId: "reader" })];
const header = "ReadWriteConsistencyToken";
/** Seconds that a standby may be behind: what is asked of one that stands still is asked within them. */
const lag = 10;

interface Server {
  readonly store: Store;
  readonly send: (method: string, target: string, asked?: Asked) => Promise<Answer>;
}

let primary: PostgresServer;
let standby: PostgresServer;
/** The address of the primary, wherever that is. */
let address: CuttingProxy;
let one: Server;
let other: Server;

async function open(): Promise<Server> {
  const url = primary.url.replace(`:${primary.port}/`, `:${address.port}/`);
  const store = await openPostgresStore({ url, model, connections: 4, replicaUrls: [standby.url], replicaLag: lag });
  const service: Service = await createService({
    model,
    store,
    authenticate: (headers) => callerFrom(headers["authorization"]),
    budgets: defaultBudgets,
    placeholders: [],
    faithful: [],
  });
  return { store, send: (method, target, asked = {}) => answer(service, method, target, asked) };
}

beforeAll(async () => {
  primary = await startPostgres({ settings: streaming });
  address = await startCuttingProxy(primary.port, randomOf(1));
  const store = await openPostgresStore({ url: primary.url, model });
  await store.close();
  standby = await startPostgres({ settings: streaming, follows: primary.url });
  [one, other] = [await open(), await open()];
});

afterAll(async () => {
  await one.store.close();
  await other.store.close();
  await address.close();
  await standby.stop();
  await primary.stop();
});

async function post(server: Server, currentScore: number, caller: Caller = writer): Promise<Answer> {
  const made = await server.send("POST", scores, { body: { currentScore, maxScore: 1000, vendorInformation: vendor }, caller });
  expect(made.status, made.text).toBe(201);
  return made;
}

async function figures(server: Server): Promise<ReplicaFigures> {
  return (await server.store.figures()).replicas![0]!;
}

async function becomes(server: Server, wanted: Partial<ReplicaFigures>): Promise<void> {
  await expect.poll(() => figures(server), { interval: 50 }).toMatchObject(wanted);
}

/** The standby stands still while `work` runs. */
async function paused(work: () => Promise<void>): Promise<void> {
  await asSuperuser(standby.url, "SELECT pg_wal_replay_pause()");
  await expect.poll(() => asSuperuser(standby.url, "SELECT pg_get_wal_replay_pause_state() AS state"), { interval: 20 }).toEqual([{ state: "paused" }]);
  try {
    await work();
  } finally {
    await asSuperuser(standby.url, "SELECT pg_wal_replay_resume()");
  }
}

const path = (made: Answer): string => `${scores}/${String(made.json.id)}`;

test("the standby answers reads; a caller reads what it has just written, every time", async () => {
  await post(one, 0);
  await becomes(one, { used: true });
  await becomes(other, { used: true });
  const before = (await figures(one)).reads;
  for (let number = 1; number <= 50; number += 1) {
    const made = await post(one, number);
    const found = await one.send("GET", path(made));
    expect(found.status).toBe(200);
    const list = await one.send("GET", `${scores}?$filter=currentScore eq ${number}&$count=true`.replaceAll(" ", "%20"));
    expect(list.json["@odata.count"]).toBe(1);
  }
  await sleep(500);
  for (let number = 0; number < 20; number += 1) await one.send("GET", scores, { caller: reader });
  expect((await figures(one)).reads).toBeGreaterThanOrEqual(before + 20);
});

test("replay stands still: the writer reads its write from the primary, on another server by the token; who has written nothing reads the standby", async () => {
  await paused(async () => {
    const made = await post(one, 500);
    const token = made.headers[header];
    expect(token).toMatch(/^[\w-]{40,200}$/);
    expect((await one.send("GET", path(made))).status).toBe(200);
    expect((await one.send("GET", path(made), { caller: reader })).status).toBe(404);
    expect((await other.send("GET", path(made))).status).toBe(404);
    expect((await other.send("GET", path(made), { headers: { [header]: token! } })).status).toBe(200);
    // From then on this server knows.
    expect((await other.send("GET", path(made))).status).toBe(200);
    const changed = await other.send("PATCH", path(made), { body: { currentScore: 501 }, caller: reader });
    expect(changed.status).toBe(204);
    expect((await other.send("GET", path(made), { caller: reader })).json.currentScore).toBe(501);
  });
});

test("doctor tells of each standby", async () => {
  const said = async (): Promise<readonly string[]> => (await checkReplicas([standby.url, primary.url, "postgres://127.0.0.1:1/x"])).map(({ says }) => says);
  const [gone, none] = ["127.0.0.1:1 cannot be reached; the primary answers its reads.", `127.0.0.1:${primary.port} is no standby: it answers no reads.`];
  expect(await said()).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+ follows, \d+ s behind\.$/), none, gone]);
  await paused(async () => expect((await said())[0]).toBe(`127.0.0.1:${standby.port} does not replay: it is paused.`));
});

test("a token that was altered, or given to another tenant, is refused", async () => {
  const token = (await post(one, 502)).headers[header]!;
  for (const [sent, caller] of [
    [altered(token), writer],
    ["0/0", writer],
    [token, callerOf({ tenant: otherTenant })],
  ] as const) {
    const refused = await other.send("GET", scores, { headers: { [header]: sent }, caller });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(header)]);
  }
});

test("a standby too far behind is left out, and comes back when it has caught up", async () => {
  await paused(async () => {
    const made = await post(one, 503);
    await becomes(one, { used: false });
    expect((await figures(one)).lag).toBeGreaterThan(lag);
    expect((await one.send("GET", path(made), { caller: reader })).status).toBe(200);
  });
  await becomes(one, { used: true });
});

test("pages and changes go on across primary and standby", async () => {
  const first = await one.send("GET", `${scores}?$top=10&$orderby=createdDateTime`, { caller: reader });
  const delta = await one.send("GET", `${scores}/delta`, { caller: reader });
  await paused(async () => {
    const made = await post(one, 504);
    const next = new URL(first.json["@odata.nextLink"]);
    const second = await one.send("GET", next.pathname + next.search);
    const ids = new Set([...first.json.value, ...second.json.value].map((row: { readonly id: string }) => row.id));
    expect([second.status, ids.size]).toEqual([200, 20]);
    let link = delta.json["@odata.nextLink"] ?? delta.json["@odata.deltaLink"];
    const seen: string[] = [];
    for (let page = 0; page < 20 && !seen.includes(made.json.id); page += 1) {
      const url = new URL(link);
      const changes = await one.send("GET", url.pathname + url.search, { caller: reader });
      seen.push(...changes.json.value.map((row: { readonly id: string }) => row.id));
      link = changes.json["@odata.nextLink"] ?? changes.json["@odata.deltaLink"];
    }
    expect(seen).toContain(made.json.id);
  });
});

test("a standby that dies is left out, and comes back; no read fails", async () => {
  await standby.halt("SIGKILL");
  for (let number = 0; number < 20; number += 1) expect((await one.send("GET", scores, { caller: reader })).status).toBe(200);
  await becomes(one, { used: false });
  await standby.resume();
  await becomes(one, { used: true });
});

test("the primary dies and the standby is promoted: the address leads to it, nothing acknowledged is lost, writes go on", async () => {
  // Without it a commit is told before the standby has it: such a setup may lose the last.
  await asSuperuser(primary.url, "ALTER SYSTEM SET synchronous_commit = 'on'", "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
  await sleep(500);
  const kept: string[] = [];
  const state = { over: false };
  const write = async (): Promise<void> => {
    while (!state.over) {
      const made = await one.send("POST", scores, { body: { currentScore: 1, maxScore: 2, vendorInformation: vendor } });
      if (made.status === 201) kept.push(path(made));
      else expect([made.status, made.headers["Retry-After"]]).toEqual([503, "1"]);
      await sleep(10);
    }
  };
  const writing = [write(), write(), write(), write()];
  await expect.poll(() => kept.length).toBeGreaterThan(30);
  await primary.halt("SIGKILL");
  await asSuperuser(standby.url, "SELECT pg_promote()");
  await asSuperuser(standby.url, "ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()");
  address.to = standby.port;
  const [before, from] = [kept.length, performance.now()];
  await expect.poll(() => kept.length, { interval: 20 }).toBeGreaterThan(before);
  const milliseconds = performance.now() - from;
  state.over = true;
  await Promise.all(writing);
  console.log(`promoted: ${kept.length} acknowledged, writes again after ${Math.round(milliseconds)} ms`);
  for (const written of kept) expect((await one.send("GET", written)).status).toBe(200);
  // The promoted one is no standby any longer: the next look at it sees that.
  await becomes(one, { used: false });
});
