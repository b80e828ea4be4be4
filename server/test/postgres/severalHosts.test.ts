import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { exchange, type Peer } from "../process/exchange.ts";
import { program, runToEnd, startServer } from "../process/server.ts";
import { vendor } from "../wire/hub.ts";
import { asSuperuser } from "./databases.ts";
import { startPostgres, type PostgresServer } from "./startPostgres.ts";

const streaming = { wal_level: "replica", max_wal_senders: 5, synchronous_commit: "on" };
const healthy = 60_000;
const path = "/v1.0/security/secureScores";

async function start(follows?: string): Promise<PostgresServer> {
  const server = await startPostgres({ settings: streaming, ...(follows === undefined ? {} : { follows }) });
  onTestFinished(() => server.stop());
  return server;
}

test("several hosts in DATABASE_URL: the primary is found among them, and the standby once it is promoted, without a restart", async () => {
  const primary = await start();
  const standby = await start(primary.url);
  const url = `postgres://postgres@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/postgres?target_session_attrs=read-write`;
  const data = mkdtempSync(join(tmpdir(), "secgraph-hosts-"));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const env = { DATABASE_URL: url, SECGRAPH_AUTH: "none", SECGRAPH_TLS_PORT: "off" };
  const server = await startServer({ command: [...program, "emulator"], data, env });
  onTestFinished(async () => void (await server.kill()));
  const peer: Peer = { port: server.port, agent: new Agent({ keepAlive: true }) };
  onTestFinished(() => peer.agent.destroy());
  const post = async (key: string): Promise<number | undefined> => {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    return (await exchange(peer, { method: "POST", path, headers, body: JSON.stringify({ maxScore: 1, vendorInformation: vendor }) }))?.status;
  };
  expect(await Promise.all(Array.from({ length: 20 }, (_, n) => post(`a${n}`)))).toEqual(Array.from({ length: 20 }, () => 201));
  const position = `SELECT pg_current_wal_lsn() <= (SELECT min(replay_lsn) FROM pg_stat_replication) AS done`;
  while ((await asSuperuser(primary.url, position))[0]!["done"] !== true) await sleep(20);

  await primary.halt("SIGQUIT");
  expect(await post("b")).toBe(503);
  await asSuperuser(standby.url, "SELECT pg_promote()");
  const promoted = performance.now();
  const seen = new Set<number | undefined>();
  for (let status = await post("b"); status !== 201; status = await post("b")) {
    seen.add(status);
    await sleep(20);
  }
  expect([...seen].filter((status) => status !== 503)).toEqual([]);
  expect(performance.now() - promoted).toBeLessThan(healthy);
  expect((await exchange(peer, { method: "GET", path: `${path}/$count` }))?.text).toBe("21");

  const none = await runToEnd({ command: [...program, "app", "list"], env: { DATABASE_URL: url.replace(`:${standby.port}`, `:${primary.port}`) } });
  expect([none.code, none.stderr]).toEqual([
    1,
    expect.stringMatching(/^secgraph: Nothing listens at 127\.0\.0\.1:\d+ and 127\.0\.0\.1:\d+: is PostgreSQL running there\?\n$/),
  ]);
});
