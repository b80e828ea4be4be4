import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startBalancer, type Balancer } from "../process/balancer.ts";
import { exchange, type Peer } from "../process/exchange.ts";
import { program, startServer, waitFor, type ServerProcess } from "../process/server.ts";
import { vendor } from "../wire/hub.ts";
import { createDatabase } from "./databases.ts";

const scores = "/v1.0/security/secureScores";
const body = JSON.stringify({ currentScore: 1, maxScore: 10, vendorInformation: vendor });
const create = { method: "POST", path: scores, headers: { "Content-Type": "application/json", "Content-Length": String(body.length) }, body };

/** A server that drains for four seconds, on the port that it had before. */
async function serve(url: string, port = 0): Promise<ServerProcess> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-drain-"));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const env = { DATABASE_URL: url, PORT: String(port), SECGRAPH_TLS_PORT: "off", SECGRAPH_AUTH: "none", SECGRAPH_DRAIN_SECONDS: "4" };
  const server = await startServer({ command: [...program, "emulator"], data, env });
  onTestFinished(async () => void (await server.kill()));
  return server;
}

/** Sends one request after the other on a kept connection and asks for nothing twice: what was answered. */
async function keepAsking(port: number, load: { readonly on: boolean }, statuses: Map<string, number>): Promise<void> {
  const peer: Peer = { port, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
  for (let turn = 0; load.on; turn += 1) {
    const sent = turn % 2 === 0 ? create : { method: "GET", path: `${scores}?$top=1` };
    const answer = await exchange(peer, sent);
    const said = `${sent.method} ${answer?.text === undefined ? "lost" : answer.status}`;
    statuses.set(said, (statuses.get(said) ?? 0) + 1);
  }
  peer.agent.destroy();
}

/** What a server says of itself, and what it does, on connections of their own. */
async function seen(port: number): Promise<readonly unknown[]> {
  const agent = new Agent({ keepAlive: true });
  const ready = await exchange({ port, agent }, { method: "GET", path: "/readyz" });
  const made = await exchange({ port, agent }, create);
  agent.destroy();
  return [ready?.status, ready?.text, made?.status, made?.headers.connection];
}

async function drainAndReplace(old: ServerProcess, url: string, balancer: Balancer): Promise<void> {
  expect((await seen(old.port)).slice(0, 3)).toEqual([200, '{"status":"ready"}', 201]);
  old.signal("SIGTERM");
  await waitFor(() => (balancer.ready().includes(old.port) ? undefined : true), { group: old, patience: 60_000 });
  expect(await seen(old.port)).toEqual([503, '{"status":"draining"}', 201, "close"]);
  expect((await old.ended).code).toBe(0);
  await sleep(300);
  const fresh = await serve(url, old.port);
  await waitFor(() => (balancer.ready().includes(fresh.port) ? true : undefined), { group: fresh, patience: 60_000 });
}

test("a rolling restart behind a balancer that looks at /readyz: no connection is refused, no request is lost or asked twice", async () => {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  const servers = [await serve(url), await serve(url)];
  const balancer = await startBalancer(servers.map(({ port }) => port));
  onTestFinished(() => balancer.close());
  const load = { on: true };
  const statuses = new Map<string, number>();
  const asking = Array.from({ length: 8 }, () => keepAsking(balancer.port, load, statuses));
  const direct = 4;
  for (const server of servers) await drainAndReplace(server, url, balancer);
  load.on = false;
  await Promise.all(asking);
  const told = [...statuses].map(([said, count]) => `${count} x ${said}`).join(", ");
  console.log(`rolling restart behind a balancer: ${told}; connections refused: ${balancer.refused()}`);
  expect([[...statuses.keys()].toSorted(), balancer.refused()]).toEqual([["GET 200", "POST 201"], 0]);
  const peer: Peer = { port: balancer.port, agent: new Agent() };
  const count = await exchange(peer, { method: "GET", path: `${scores}/$count` });
  expect(Number(count?.text)).toBe(statuses.get("POST 201")! + direct);
});
