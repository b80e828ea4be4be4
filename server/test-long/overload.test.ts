import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { exchange, type Peer, type Received } from "../test/process/exchange.ts";
import { tokenOf } from "../test/process/tokenOf.ts";
import { program, startServer } from "../test/process/server.ts";

const scores = "/v1.0/security/secureScores";
const body = JSON.stringify({ maxScore: 5, vendorInformation: { vendor: "Contoso", provider: "Load" } });
const places = { requests: 64, waiting: 256 };
/** Four times as many clients as there is room for. */
const limits = { peak: 64, crowd: 4 * (places.requests + places.waiting), milliseconds: 6_000, memory: 512e6, recovery: 5_000 };

interface Outcome {
  readonly statuses: Map<number, number>;
  readonly faults: string[];
  readonly perSecond: number;
}

interface Load {
  readonly port: number;
  readonly token: string;
  readonly clients: number;
  /** They come back when they were told to, as the SDKs do; else at once. */
  readonly obedient: boolean;
}

/** So many clients that write without a pause. */
async function load({ port, token, clients, obedient }: Load): Promise<Outcome> {
  const peer: Peer = { port, agent: new Agent({ keepAlive: true }) };
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  const begin = performance.now();
  const isOver = (): boolean => performance.now() - begin >= limits.milliseconds;
  let inTime = 0;
  const note = (answer: Received | undefined): void => {
    const status = answer?.status ?? 0;
    if (status === 201 && !isOver()) inTime += 1;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 503 && !/^[1-9]\d*$/.test(answer!.headers["retry-after"] ?? "")) faults.push("503 without Retry-After");
    if (status !== 201 && status !== 503) faults.push(`status ${status}`);
  };
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const answer = await exchange(peer, { method: "POST", path: scores, headers, body });
      note(answer);
      if (obedient && answer?.status === 503 && !isOver()) await sleep(Number(answer.headers["retry-after"]) * 1000);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  peer.agent.destroy();
  return { statuses, faults, perSecond: (inTime * 1000) / limits.milliseconds };
}

test("far more load than there are places: only 201 and 503 with Retry-After, goodput, memory and recovery as promised (R50)", async () => {
  const data = mkdtempSync(join(tmpdir(), "secgraph-overload-"));
  const server = await startServer({ command: [...program, "start"], data, env: { SECGRAPH_TLS_PORT: "off", SECGRAPH_RATE_WRITES: "off", SECGRAPH_MAX_REQUESTS: String(places.requests), SECGRAPH_MAX_WAITING: String(places.waiting) } }); // prettier-ignore
  onTestFinished(async () => {
    await server.kill();
    rmSync(data, { recursive: true, force: true });
  });
  const { port } = server;
  const quiet: Peer = { port, agent: new Agent() };
  const token = await tokenOf(quiet, data);
  const read = (path: string): Promise<Received | undefined> => exchange(quiet, { method: "GET", path, headers: { Authorization: `Bearer ${token}` } });

  const peak = await load({ port, token, clients: limits.peak, obedient: true });
  const beside: number[] = [];
  const watch = setInterval(() => void read("/healthz").then((answer) => beside.push(answer?.status ?? 0)), 500);
  const obedient = await load({ port, token, clients: limits.crowd, obedient: true });
  const reckless = await load({ port, token, clients: limits.crowd, obedient: false });
  clearInterval(watch);
  const ended = performance.now();
  while ((await read("/v1.0/security"))?.status !== 200) expect(performance.now() - ended).toBeLessThan(limits.recovery);

  const memory = Number(/^process_resident_memory_bytes (\S+)$/m.exec((await read("/metrics"))?.text ?? "")?.[1]);
  const kept = Number((await read(`${scores}/$count`))?.text);
  const all = [peak, obedient, reckless];
  const acknowledged = all.reduce((sum, { statuses }) => sum + (statuses.get(201) ?? 0), 0);
  const [atPeak, obeying, hammering] = all.map(({ perSecond, statuses }) => `${Math.round(perSecond)}/s and ${statuses.get(503) ?? 0} times 503`);
  console.log(
    `${limits.peak} clients: ${atPeak}; ${limits.crowd} that wait as told: ${obeying}; ${limits.crowd} that do not: ${hammering}; ${Math.round(memory / 1e6)} MB; ${acknowledged} acknowledged, ${kept} kept`,
  );
  expect([...new Set(all.flatMap(({ faults }) => faults))]).toEqual([]);
  expect(Math.min(obedient.statuses.get(503) ?? 0, reckless.statuses.get(503) ?? 0)).toBeGreaterThan(0);
  expect(obedient.perSecond).toBeGreaterThan(peak.perSecond / 2);
  expect(reckless.perSecond).toBeGreaterThan(0);
  expect(memory).toBeLessThan(limits.memory);
  expect(kept).toBe(acknowledged);
  expect(new Set(beside)).toEqual(new Set([200]));
});
