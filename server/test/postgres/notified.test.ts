import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { keepWriting, missing, reportOf, send, type Changes, type Writing } from "../process/changeLedger.ts";
import { exchange, type Peer } from "../process/exchange.ts";
import { randomOf } from "../process/randomOf.ts";
import { program, runToEnd, startServer, type ServerProcess } from "../process/server.ts";
import { wantedBy } from "../wire/notifyStand.ts";
import { openReceiver } from "../wire/receiver.ts";
import { createDatabase } from "./databases.ts";

const tenant = "contoso.example";
const publicUrl = "https://hub.contoso.example";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "secgraph-server-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The id and the secret of a client that may write scores. */
async function addClient(url: string): Promise<readonly [string, string]> {
  const command = [...program, "app", "add", "--name", "CI", "--tenant", tenant, "--roles", "SecurityEvents.ReadWrite.All", "--data", folder()];
  const { stdout } = await runToEnd({ command, env: { DATABASE_URL: url } });
  return [/Client id +(\S+)/.exec(stdout)![1]!, /Client secret +(\S+)/.exec(stdout)![1]!];
}

async function writingTo({ port }: ServerProcess, [id, secret]: readonly [string, string]): Promise<Writing> {
  const peer: Peer = { port, agent: new Agent({ keepAlive: true }) };
  onTestFinished(() => peer.agent.destroy());
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret, scope: `${publicUrl}/.default` }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const answer = await exchange(peer, { method: "POST", path: `/${tenant}/oauth2/v2.0/token`, headers, body });
  return { peer, token: (JSON.parse(answer!.text!) as { readonly access_token: string }).access_token, over: false };
}

test("R154 two servers tell the subscribers of one hub, whichever of them is written to; one is killed in the middle: nothing is lost, all in order, and little comes twice", async () => {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  const receiver = await openReceiver();
  onTestFinished(receiver.close);
  const allow = { SECGRAPH_NOTIFY_ALLOW: `http://127.0.0.1:${new URL(receiver.url).port}` };
  const env = { DATABASE_URL: url, SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: tenant, SECGRAPH_PUBLIC_URL: publicUrl, ...allow };
  const start = (): Promise<ServerProcess> => startServer({ command: [...program, "serve"], data: folder(), env, patience: 120_000 });
  const [one, two] = await Promise.all([start(), start()]);
  onTestFinished(async () => void (await Promise.all([one.kill(), two.kill()])));
  const client = await addClient(url);
  const [first, second] = [await writingTo(one, client), await writingTo(two, client)];
  expect((await send(first, "POST", "/v1.0/subscriptions", wantedBy(receiver.url)))?.status).toBe(201);

  const ledger = new Map<string, Changes>();
  const writing = [first, second, first, second].map((server, index) => keepWriting(server, ledger, randomOf(index)));
  await receiver.until(100);
  await one.kill();
  await sleep(300);
  second.over = true;
  await Promise.all(writing);
  // The other takes over when the lease of the dead has ended.
  for (const until = Date.now() + 60_000; Date.now() < until && missing(receiver.notified, ledger).length > 0;) await sleep(50);
  const { faults, ...figures } = reportOf(receiver.notified, ledger);
  console.log("two servers, one killed:", JSON.stringify(figures));
  expect(faults.slice(0, 10)).toEqual([]);
  expect(figures.mostOften).toBeLessThanOrEqual(2);
  expect(figures.repeated).toBeLessThanOrEqual(200);
}, 180_000);
