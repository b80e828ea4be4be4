import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crashEnv } from "../test/process/crashRounds.ts";
import { exchange, type Peer } from "../test/process/exchange.ts";
import { program, startServer, type ServerProcess } from "../test/process/server.ts";
import { tokenOf } from "../test/process/tokenOf.ts";
import { openReceiver } from "../test/wire/receiver.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-told-"));
const scores = "/v1.0/security/secureScores";
const [many, piled, idleSeconds] = [1_000, 10_000, 30];

let server: ServerProcess;
let peer: Peer;

beforeAll(async () => {
  server = await startServer({ command: [...program, "emulator"], data, env: { ...crashEnv, SECGRAPH_RATE_WRITES: "off", SECGRAPH_RATE_READS: "off" } });
  peer = { port: server.port, agent: new Agent({ keepAlive: true }) };
});
afterAll(async () => {
  peer.agent.destroy();
  await server.kill();
  rmSync(data, { recursive: true, force: true });
});

type Send = (method: string, path: string, body?: object) => Promise<any>;

/** Requests of a tenant of its own. */
async function tenantOf(number: number): Promise<Send> {
  const token = await tokenOf(peer, data, `${String(number).padStart(8, "0")}-1111-4111-8111-111111111111`);
  return async (method, path, body) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const answer = await exchange(peer, { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (answer === undefined || answer.status >= 300) throw new Error(`${method} ${path}: ${answer?.status} ${answer?.text}`);
    return answer.text === undefined || answer.text === "" ? {} : JSON.parse(answer.text);
  };
}

const wanted = (notificationUrl: string): object => ({
  changeType: "created,updated,deleted",
  resource: "security/secureScores",
  notificationUrl,
  expirationDateTime: new Date(Date.now() + 86_400_000).toISOString(),
});
const score = { currentScore: 1, maxScore: 100, vendorInformation: { vendor: "Contoso", provider: "Load" } };

/** Seconds of CPU that the server has used. */
async function cpu(): Promise<number> {
  const { text } = (await exchange(peer, { method: "GET", path: "/metrics" }))!;
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text!)![1]);
}

async function inLanes(count: number, lanes: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function idleShare(): Promise<number> {
  const [before, from] = [await cpu(), performance.now()];
  await sleep(idleSeconds * 1000);
  return ((await cpu()) - before) / ((performance.now() - from) / 1000);
}

test(`${many} subscriptions cost no more each than the first, nothing while nothing happens, and are told of one write together`, async () => {
  const receiver = await openReceiver();
  try {
    const send = await tenantOf(1);
    const costs: number[] = [];
    for (let made = 0; made < many; made += 100) {
      const before = await cpu();
      await inLanes(100, 8, () => send("POST", "/v1.0/subscriptions", wanted(receiver.url)));
      costs.push(((await cpu()) - before) * 10);
    }
    await sleep(3_000);
    const share = await idleShare();
    const [before, from] = [await cpu(), performance.now()];
    await send("POST", scores, score);
    await receiver.until(many);
    const [took, spent] = [performance.now() - from, (await cpu()) - before];
    const other = await cpu();
    await inLanes(500, 4, () => send("PATCH", "/v1.0/security", { displayName: "x" }).catch(() => undefined));
    console.log(
      `${many} subscriptions: ${costs.map((one) => one.toFixed(1)).join(" ")} ms CPU each, by hundreds; idle ${(share * 100).toFixed(2)} % of a core; ` +
        `one write told to all in ${took.toFixed(0)} ms (${((spent / many) * 1000).toFixed(2)} ms CPU each); 500 other writes ${(((await cpu()) - other) * 2).toFixed(2)} ms CPU each`,
    );
    expect(share).toBeLessThan(0.01);
    expect(costs.at(-1)!).toBeLessThan(3 * costs[1]!);
  } finally {
    await receiver.close();
  }
});

test("16 hubs with subscriptions cost nothing while nothing happens", async () => {
  const receiver = await openReceiver();
  try {
    for (let hub = 100; hub < 116; hub += 1) {
      const send = await tenantOf(hub);
      await inLanes(5, 5, () => send("POST", "/v1.0/subscriptions", wanted(receiver.url)));
    }
    await sleep(3_000);
    const share = await idleShare();
    console.log(`16 hubs more, with 5 subscriptions each: idle ${(share * 100).toFixed(2)} % of a core`);
    expect(share).toBeLessThan(0.01);
  } finally {
    await receiver.close();
  }
});

test(`${piled} changes that piled up are told in order, each once`, async () => {
  const receiver = await openReceiver();
  try {
    const send = await tenantOf(2);
    let down = true;
    receiver.answer = ({ url }) => (down && url.search === "" ? { status: 503 } : undefined);
    await send("POST", "/v1.0/subscriptions", wanted(receiver.url));
    const made: string[] = [];
    await inLanes(piled, 16, async () => void made.push((await send("POST", scores, score)).id));
    down = false;
    while (receiver.notified.length === 0) await sleep(20);
    const [from, before] = [performance.now(), await cpu()];
    const begun = receiver.notified.length;
    await receiver.until(piled);
    const rate = (piled - begun) / ((performance.now() - from) / 1000);
    const each = (((await cpu()) - before) / (piled - begun)) * 1e6;
    console.log(`${piled} changes that piled up: ${rate.toFixed(0)} notifications per second, ${each.toFixed(0)} us CPU each`);
    const told = receiver.notified.map(({ resourceData }) => resourceData.id);
    expect([told.length, new Set(told).size, new Set([...told, ...made]).size]).toEqual([piled, piled, piled]);
    expect(rate).toBeGreaterThan(500);
  } finally {
    await receiver.close();
  }
});

test("first deliveries come within a second", async () => {
  const receiver = await openReceiver();
  try {
    const send = await tenantOf(3);
    await send("POST", "/v1.0/subscriptions", wanted(receiver.url));
    const times: number[] = [];
    for (let count = 1; count <= 300; count += 1) {
      const from = performance.now();
      await send("POST", scores, score);
      await receiver.until(count);
      times.push(performance.now() - from);
      await sleep(count % 10 === 0 ? 400 : 5);
    }
    const sorted = times.toSorted((one, other) => one - other);
    console.log(`from the request to the notification: p50 ${sorted[150]!.toFixed(1)} ms, p99 ${sorted[297]!.toFixed(1)} ms`);
    expect(sorted[297]!).toBeLessThan(1_000);
  } finally {
    await receiver.close();
  }
});
