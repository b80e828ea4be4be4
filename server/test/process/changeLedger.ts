import { exchange, type Peer, type Received } from "./exchange.ts";
import type { Random } from "./randomOf.ts";

const scores = "/v1.0/security/secureScores";

/** Changes of an entity: those that were acknowledged, and those that may have happened. */
export interface Changes {
  readonly sure: Record<ChangeType, number>;
  readonly possible: Record<ChangeType, number>;
}
type ChangeType = "created" | "updated" | "deleted";
const none = (): Changes["sure"] => ({ created: 0, updated: 0, deleted: 0 });

/** Somebody who writes until it is over. */
export interface Writing {
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
  /** How often that one notification came that came most often. */
  readonly mostOften: number;
}

/** One request of who writes; undefined when the connection broke before any answer. */
export function send({ peer, token }: Writing, method: string, path: string, body?: object): Promise<Received | undefined> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  return exchange(peer, { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

/** Makes, changes and deletes scores until it is over or the server is gone, and notes what was acknowledged. */
export async function keepWriting(round: Writing, ledger: Map<string, Changes>, random: Random): Promise<void> {
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

/** What was acknowledged and not told. */
export function missing(notified: readonly Told[], ledger: ReadonlyMap<string, Changes>): string[] {
  const tellings = firstTellings(notified);
  return [...ledger].flatMap(([id, { sure }]) => {
    const told = tellings.get(id) ?? [];
    return types
      .filter((type) => countOf(told, type) < sure[type])
      .map((type) => `untold: ${id} ${type} ${countOf(told, type)} times, acknowledged ${sure[type]}`);
  });
}

/** What was told against what was acknowledged. */
export function reportOf(notified: readonly Told[], ledger: ReadonlyMap<string, Changes>): NotifyReport {
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
  const mostOften = Math.max(0, ...[...Map.groupBy(notified, ({ id }) => id).values()].map(({ length }) => length));
  return { faults, acknowledged, told, repeated: notified.length - told, mostOften };
}

/** A row that is gone by now has none. */
function versionIn(etag: string | undefined): number[] {
  return etag === undefined ? [] : [Number(/\d+/.exec(etag)?.[0])];
}
