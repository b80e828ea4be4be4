import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createService } from "../../src/app.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { listen } from "../../src/http/listen.ts";
import { startWorker } from "../../src/outbox/worker.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import { ask, type Reply } from "../http/testServer.ts";
import { callerOf, vendor } from "../wire/hub.ts";
import { createDatabase } from "./databases.ts";

const model = createModel(securityGraph);
const scores = "/v1.0/security/secureScores";
const kind = "k";

interface RunningServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** A server with a port of its own, and a worker that notes what it did. */
async function startServer(url: string, port: number, done: (key: string) => void): Promise<RunningServer> {
  const store = await openPostgresStore({ url, model, connections: 5 });
  const service = await createService({ model, store, authenticate: () => callerOf(), budgets: defaultBudgets, placeholders: [], faithful: [] });
  const worker = startWorker({ leases: store.leases, life: 2000, jobs: new Map([[kind, async ({ key }) => (done(key), "done" as const)]]) });
  const shell = { handle: service.handle, refuse: service.refuse, mounts: [], limits: { bodyBytes: 100_000, urlLength: 16_000 } };
  const listening = await listen({ hosts: ["127.0.0.1"], port, shell });
  const stop = async (): Promise<void> => {
    await listening.close();
    await worker.stop();
    await store.close();
  };
  return { port: listening.port, stop };
}

/** Sends each request to the next server; to another when that one does not take connections. */
function createRoundRobin(ports: readonly number[]): (path: string, options?: Parameters<typeof ask>[2]) => Promise<Reply> {
  let turn = 0;
  return async (path, options) => {
    for (let tried = 0; ; tried += 1) {
      try {
        return await ask(ports[(turn += 1) % ports.length]!, path, options);
      } catch (error) {
        if (tried === 20) throw error;
        if (tried >= ports.length) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
}

test("a rolling restart under load: nothing is lost or doubled, no 5xx but 503 with Retry-After", async () => {
  const database = await createDatabase();
  onTestFinished(database.drop);
  const done: string[] = [];
  const start = (port: number): Promise<RunningServer> => startServer(database.url, port, (key) => done.push(key));
  // At once, on an empty database: one makes the tables, the other waits for it.
  const servers = await Promise.all([start(0), start(0)]);
  const keeper = await openPostgresStore({ url: database.url, model, connections: 2 });
  onTestFinished(() => keeper.close());
  const send = createRoundRobin(servers.map(({ port }) => port));
  const load = { running: true };
  const acknowledged = new Map<string, string>();
  const [refused, faults]: [string[], string[]] = [[], []];

  async function write(): Promise<void> {
    const key = randomUUID();
    const headers = { "content-type": "application/json", "idempotency-key": key };
    const body = JSON.stringify({ currentScore: 1, maxScore: 10, vendorInformation: vendor, mark: key });
    for (;;) {
      const { status, headers: answered, json } = await send(scores, { method: "POST", headers, body });
      if (status === 201) return void acknowledged.set(key, (json() as { id: string }).id);
      const mayWait = (status === 503 || status === 409) && answered["retry-after"] !== undefined;
      (mayWait ? refused : faults).push(`${status}`);
      if (!mayWait) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  async function read(): Promise<void> {
    const { status, headers } = await send(`${scores}?$top=3`);
    if (status === 503 && headers["retry-after"] !== undefined) refused.push("503");
    else if (status !== 200) faults.push(`GET ${status}`);
  }
  const put: string[] = [];
  async function putWork(): Promise<void> {
    const key = randomUUID();
    await keeper.leases.put([{ hub: "", kind, key }]);
    put.push(key);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const forEver = async (step: () => Promise<void>): Promise<void> => {
    while (load.running) await step();
  };
  const loads = [...Array.from({ length: 6 }, () => write), read, read, putWork].map(forEver);

  for (let round = 0; round < 4; round += 1) {
    const before = acknowledged.size;
    await servers[round % 2]!.stop();
    while (acknowledged.size < before + 20) await new Promise((resolve) => setTimeout(resolve, 10));
    servers[round % 2] = await start(servers[round % 2]!.port);
  }
  load.running = false;
  await Promise.all(loads);
  const marks = new Map<string, string>();
  for (let path: string | undefined = `${scores}?$select=id,mark`; path !== undefined;) {
    const page = (await send(path)).json() as {
      readonly value: readonly { readonly id: string; readonly mark: string }[];
      readonly "@odata.nextLink"?: string;
    };
    for (const { id, mark } of page.value) {
      expect(marks.has(mark)).toBe(false);
      marks.set(mark, id);
    }
    path = page["@odata.nextLink"]?.replace(/^http:\/\/[^/]+/, "");
  }
  while ((await keeper.leases.nextDue([kind])) !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  await Promise.all(servers.map(({ stop }) => stop()));
  console.log(
    `rolling restart: 4 restarts, ${acknowledged.size} writes acknowledged, ${refused.length} told to come again, ${put.length} pieces of work; faults: ${faults.length}`,
  );
  expect(faults).toEqual([]);
  expect(marks).toEqual(acknowledged);
  expect([done.length, new Set(done)]).toEqual([put.length, new Set(put)]);
});
