import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { exchange } from "./exchange.ts";
import { randomOf } from "./randomOf.ts";
import type { Random } from "./randomOf.ts";
import { recount } from "./recount.ts";
import type { Fates } from "./recount.ts";
import { program, startGroup, startServer } from "./server.ts";
import type { ServerProcess } from "./server.ts";
import { keepWriting } from "./writing.ts";
import type { Ledger, Round, Writer } from "./writing.ts";

export interface KillSettings {
  readonly data: string;
  readonly rounds: number;
  readonly writers: number;
  readonly seed: number;
  /** Acknowledged writes of a round; then it goes on for so many milliseconds at random, from and to, until the kill. */
  readonly writes: number;
  readonly window: readonly [number, number];
}

/** What the rounds have shown. */
export interface KillReport {
  /** Every difference between what was acknowledged and what was there; none is what was promised. */
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly fates: Fates;
  /** Milliseconds of the slowest start after a kill. */
  readonly slowest: number;
  /** The server of the last start, which runs. */
  readonly server: ServerProcess;
}

const tenants = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"] as const;
// One name for the server on every port: answers can be compared byte for byte.
const env = { SECGRAPH_PUBLIC_URL: "http://hub.example", SECGRAPH_TLS_PORT: "off" };
const command = [...program, "emulator"];

/** Writes, kills with SIGKILL, starts again on the same folder and recounts, so many times. */
export async function killRounds({ data, rounds, writers: count, seed, writes, window }: KillSettings): Promise<KillReport> {
  const random = randomOf(seed);
  const writers = Array.from({ length: count }, (_, index): Writer => {
    const own = randomOf(seed * 1000 + index);
    return { name: `w${index}`, tenant: tenants[index % tenants.length]!, random: own, hot: [], count: 0 };
  });
  const ledger: Ledger = { kept: new Map(), removed: new Map(), touched: new Set(), unanswered: [], faults: [], acknowledged: 0 };
  const fates: Fates = { whole: 0, absent: 0 };
  const faults: string[] = [];
  let slowest = 0;
  let server = await startServer({ command, data, env });
  for (let number = 1; number <= rounds; number += 1) {
    await writeUntilKilled(server, { writers, ledger, writes, milliseconds: random.between(...window) });
    if (number % 5 === 0) await killWhileStarting(data, random);
    server = await startServer({ command, data, env });
    slowest = Math.max(slowest, server.startup);
    const round = await openRound(server);
    const differences = await recount(round, ledger, { writers, fates, all: number === rounds });
    round.peer.agent.destroy();
    faults.push(...[...ledger.faults.splice(0), ...differences].map((text) => `round ${number} (seed ${seed}): ${text}`));
  }
  return { faults, acknowledged: ledger.acknowledged, fates, slowest, server };
}

interface Writing {
  readonly writers: readonly Writer[];
  readonly ledger: Ledger;
  readonly writes: number;
  readonly milliseconds: number;
}

/** Milliseconds that the acknowledged writes of a round may take. */
const patience = 60_000;

async function writeUntilKilled(server: ServerProcess, { writers, ledger, writes, milliseconds }: Writing): Promise<void> {
  const round = await openRound(server);
  const writing = writers.map((writer) => keepWriting(writer, round, ledger));
  const enough = ledger.acknowledged + writes;
  for (const until = Date.now() + patience; ledger.acknowledged < enough && ledger.faults.length === 0 && Date.now() < until;) await sleep(5);
  await sleep(milliseconds);
  round.over = true;
  await server.kill();
  await Promise.all(writing);
  round.peer.agent.destroy();
}

/** A start that is killed halfway leaves nothing that the next one minds. */
async function killWhileStarting(data: string, random: Random): Promise<void> {
  const group = startGroup({ command, env: { PORT: "0", SECGRAPH_DATA: data, SECGRAPH_SEED: "off", ...env } });
  await sleep(random.between(50, 800));
  await group.kill();
}

async function openRound({ port, data }: ServerProcess): Promise<Round> {
  const peer = { port, agent: new Agent({ keepAlive: true }) };
  const { clientId, clientSecret } = JSON.parse(readFileSync(join(data, "development.json"), "utf8")) as Readonly<Record<string, string>>;
  const tokens = new Map<string, string>();
  for (const tenant of tenants) {
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId!,
      client_secret: clientSecret!,
      scope: "http://hub.example/.default",
    }).toString();
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await exchange(peer, { method: "POST", path: `/${tenant}/oauth2/v2.0/token`, headers, body });
    if (answer?.status !== 200) throw new Error(`No token: ${answer?.status} ${answer?.text}`);
    tokens.set(tenant, (JSON.parse(answer.text!) as { readonly access_token: string }).access_token);
  }
  return { peer, tokens, over: false };
}
