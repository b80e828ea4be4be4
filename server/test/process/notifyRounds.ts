import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { openReceiver } from "../wire/receiver.ts";
import { keepWriting, missing, reportOf, send, type Changes, type NotifyReport, type Writing } from "./changeLedger.ts";
import { crashEnv } from "./crashRounds.ts";
import { randomOf } from "./randomOf.ts";
import { program, startServer, type ServerProcess } from "./server.ts";
import { tokenOf } from "./tokenOf.ts";

/** Rows that are written before a round ends, however busy the machine is. */
const enough = (round: number): number => 5 * (round + 1);

const tenant = "11111111-1111-4111-8111-111111111111";

interface Settings {
  readonly data: string;
  readonly rounds: number;
  readonly seed: number;
  readonly writers: number;
}

/** Subscribes a receiver that outlives the server; writes, kills -9 at random moments, starts again; at last nobody writes, and everything is told. */
export async function notifyRounds({ data, rounds, seed, writers }: Settings): Promise<NotifyReport> {
  const receiver = await openReceiver();
  const random = randomOf(seed);
  const ledger = new Map<string, Changes>();
  const start = (): Promise<ServerProcess> => startServer({ command: [...program, "emulator"], data, env: crashEnv });
  try {
    let server = await start();
    for (let number = 0; number < rounds; number += 1) {
      const round = await openRound(server);
      if (number === 0) await subscribe(round, receiver.url);
      const writing = Array.from({ length: writers }, (_, index) => keepWriting(round, ledger, randomOf(seed * 1000 + number * 100 + index)));
      await sleep(random.between(20, 500));
      for (const until = Date.now() + 60_000; ledger.size < enough(number) && Date.now() < until;) await sleep(5);
      round.over = true;
      await server.kill();
      await Promise.all(writing);
      round.peer.agent.destroy();
      server = await start();
    }
    for (const until = Date.now() + 60_000; Date.now() < until && missing(receiver.notified, ledger).length > 0;) await sleep(50);
    await server.kill();
    return reportOf(receiver.notified, ledger);
  } finally {
    await receiver.close();
  }
}

async function openRound({ port, data }: ServerProcess): Promise<Writing> {
  const peer = { port, agent: new Agent({ keepAlive: true }) };
  return { peer, token: await tokenOf(peer, data, tenant), over: false };
}

async function subscribe(round: Writing, notificationUrl: string): Promise<void> {
  const expirationDateTime = new Date(Date.now() + 86_400_000).toISOString();
  const wanted = { changeType: "created,updated,deleted", resource: "security/secureScores", notificationUrl, expirationDateTime };
  const answer = await send(round, "POST", "/v1.0/subscriptions", wanted);
  if (answer?.status !== 201) throw new Error(`No subscription: ${answer?.status} ${answer?.text}`);
}
