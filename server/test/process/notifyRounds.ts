import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { openReceiver } from "../wire/receiver.ts";
import { crashEnv } from "./crashRounds.ts";
import { exchange, type Peer, type Received } from "./exchange.ts";
import { randomOf, type Random } from "./randomOf.ts";
import { program, startServer, type ServerProcess } from "./server.ts";
import { tokenOf } from "./tokenOf.ts";

const tenant = "11111111-1111-4111-8111-111111111111";
const scores = "/v1.0/security/secureScores";

/** Changes of an entity: those that were acknowledged, and those that may have happened. */
interface Changes {
  readonly sure: Record<ChangeType, number>;
  readonly possible: Record<ChangeType, number>;
}
type ChangeType = "created" | "updated" | "deleted";
const none = (): Changes["sure"] => ({ created: 0, updated: 0, deleted: 0 });

interface Round {
  readonly peer: Peer;
  readonly token: string;
  over: boolean;
}

export interface NotifyReport {
  /** What was not told, told out of order, or told though it never happened. */
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly told: number;
  readonly repeated: number;
}

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
      round.over = true;
      await server.kill();
      await Promise.all(writing);
      round.peer.agent.destroy();
      server = await start();
    }
    // A look at every hub comes once a minute by itself, and a lease is good for half of one: this is less.
    for (const until = Date.now() + 20_000; Date.now() < until && missing(receiver.notified, ledger).length > 0;) await sleep(50);
    await server.kill();
    return reportOf(receiver.notified, ledger);
  } finally {
    await receiver.close();
  }
}

async function openRound({ port, data }: ServerProcess): Promise<Round> {
  const peer = { port, agent: new Agent({ keepAlive: true }) };
  return { peer, token: await tokenOf(peer, data, tenant), over: false };
}

function send({ peer, token }: Round, method: string, path: string, body?: object): Promise<Received | undefined> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  return exchange(peer, { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

async function subscribe(round: Round, notificationUrl: string): Promise<void> {
  const expirationDateTime = new Date(Date.now() + 86_400_000).toISOString();
  const wanted = { changeType: "created,updated,deleted", resource: "security/secureScores", notificationUrl, expirationDateTime };
  const answer = await send(round, "POST", "/v1.0/subscriptions", wanted);
  if (answer?.status !== 201) throw new Error(`No subscription: ${answer?.status} ${answer?.text}`);
}

async function keepWriting(round: Round, ledger: Map<string, Changes>, random: Random): Promise<void> {
  while (!round.over) {
    const vendorInformation = { vendor: "Contoso", provider: "Crash" };
    const made = await send(round, "POST", scores, { currentScore: random.between(0, 50), maxScore: 100, vendorInformation });
    if (made?.status !== 201) return;
    // By the header: the connection may have broken within the body.
    const id = /'([^']+)'\)$/.exec(made.headers.location!)![1]!;
    const changes: Changes = { sure: { ...none(), created: 1 }, possible: { ...none(), created: 1 } };
    ledger.set(id, changes);
    const path = `${scores}/${id}`;
    for (let count = random.between(0, 4); count > 0; count -= 1) {
      if (!(await change("updated", changes, () => send(round, "PATCH", path, { currentScore: count + random.between(0, 40) / 100 })))) return;
    }
    if (random.between(0, 3) === 0 && !(await change("deleted", changes, () => send(round, "DELETE", path)))) return;
  }
}

async function change(type: ChangeType, { sure, possible }: Changes, write: () => Promise<Received | undefined>): Promise<boolean> {
  possible[type] += 1;
  const answer = await write();
  if (answer === undefined) return false;
  if (answer.status >= 300) throw new Error(`${type}: ${answer.status} ${answer.text}`);
  sure[type] += 1;
  return true;
}

interface Told {
  readonly id: string;
  readonly changeType: ChangeType;
  readonly resourceData: { readonly id: string; readonly "@odata.etag"?: string };
}

/** By entity what was told, each once, in the order in which it was told first. */
function firstTellings(notified: readonly Told[]): ReadonlyMap<string, readonly Told[]> {
  const once = [...new Map(notified.toReversed().map((one) => [one.id, one])).values()];
  const places = new Map<string, number>();
  for (const [index, { id }] of notified.entries()) if (!places.has(id)) places.set(id, index);
  return Map.groupBy(
    once.toSorted((one, other) => places.get(one.id)! - places.get(other.id)!),
    ({ resourceData }) => resourceData.id,
  );
}

function countOf(told: readonly Told[], type: ChangeType): number {
  return told.filter(({ changeType }) => changeType === type).length;
}

const types = ["created", "updated", "deleted"] as const;

function missing(notified: readonly Told[], ledger: ReadonlyMap<string, Changes>): string[] {
  const tellings = firstTellings(notified);
  return [...ledger].flatMap(([id, { sure }]) => {
    const told = tellings.get(id) ?? [];
    return types
      .filter((type) => countOf(told, type) < sure[type])
      .map((type) => `untold: ${id} ${type} ${countOf(told, type)} times, acknowledged ${sure[type]}`);
  });
}

function reportOf(notified: readonly Told[], ledger: ReadonlyMap<string, Changes>): NotifyReport {
  const tellings = firstTellings(notified);
  const faults = missing(notified, ledger);
  for (const [id, told] of tellings) {
    const { possible } = ledger.get(id) ?? { possible: { created: 1, updated: 0, deleted: 0 } };
    for (const type of types) if (countOf(told, type) > possible[type]) faults.push(`never happened: ${id} ${type} ${countOf(told, type)} times`);
    const order = told.map(({ changeType }) => types.indexOf(changeType));
    const versions = told.flatMap(({ resourceData }) => versionIn(resourceData["@odata.etag"]));
    for (const steps of [order, versions])
      if (steps.some((step, index) => step < (steps[index - 1] ?? -1))) faults.push(`out of order: ${id} ${steps.join(" ")}`);
  }
  const acknowledged = [...ledger.values()].reduce((sum, { sure }) => sum + sure.created + sure.updated + sure.deleted, 0);
  const told = [...tellings.values()].reduce((sum, one) => sum + one.length, 0);
  return { faults, acknowledged, told, repeated: notified.length - told };
}

/** A row that is gone by now has none. */
function versionIn(etag: string | undefined): number[] {
  return etag === undefined ? [] : [Number(/\d+/.exec(etag)?.[0])];
}
