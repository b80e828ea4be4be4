import { setTimeout as sleep } from "node:timers/promises";
import { call, collections, type Ledger, type Round } from "./writing.ts";

/** Somebody who follows changes from link to link, whatever becomes of the server: what the links told so far. */
export interface Follower {
  readonly tenant: string;
  /** The set that is followed; the whole hub has none. */
  readonly set?: string;
  /** The last link that was answered whole. */
  link: string;
  /** By path: the ETag that was told last, null for a row that is gone. */
  readonly known: Map<string, string | null>;
  /** What must not be told. */
  readonly faults: string[];
  pages: number;
}

const whole = "/v1.0/security/delta";

/** For each tenant one who follows its hub, and one who follows its scores. */
export function followersOf(tenants: readonly string[]): Follower[] {
  const start = { pages: 0 };
  return tenants.flatMap((tenant): Follower[] => [
    { ...start, tenant, link: whole, known: new Map(), faults: [] },
    { ...start, tenant, link: `${collections.score}/delta`, set: collections.score, known: new Map(), faults: [] },
  ]);
}

/** Follows while the writers write, until the server is gone. */
export async function keepFollowing(follower: Follower, round: Round): Promise<void> {
  while (!round.over) {
    if ((await ask(follower, round)) === undefined) return;
    await sleep(2);
  }
}

/** Follows to the end, now that nobody writes, and compares: every difference between what was acknowledged and what was told is a line. */
export async function catchUp(follower: Follower, round: Round, { kept, removed }: Ledger): Promise<string[]> {
  for (;;) {
    const page = await ask(follower, round);
    if (page === undefined) return ["follower: no answer"];
    if (page.isLast && page.items === 0) break;
  }
  const { tenant, set, known, faults } = follower;
  const isMine = (path: string, owner: string): boolean => owner === tenant && (set === undefined || path.startsWith(set));
  for (const [path, one] of kept) {
    if (!isMine(path, one.tenant) || known.get(path) === one.etag) continue;
    faults.push(`missed: ${path} was told as ${known.get(path)}, acknowledged was ${one.etag}`);
  }
  for (const [path, owner] of removed) {
    if (isMine(path, owner) && (known.get(path) ?? null) !== null) faults.push(`missed: ${path} is gone, and was not told`);
  }
  return faults.splice(0);
}

interface Told {
  readonly isLast: boolean;
  readonly items: number;
}

type Item = Readonly<Record<string, unknown>> & { readonly id: string };

/** Asks the link once; undefined when the answer did not come whole: then the same link is asked again. */
async function ask(follower: Follower, round: Round): Promise<Told | undefined> {
  const answer = await call(round, follower.tenant, { method: "GET", path: follower.link });
  if (answer?.text === undefined) return undefined;
  if (answer.status !== 200) {
    follower.faults.push(`follower: ${follower.link.slice(0, 60)} answers ${answer.status} ${answer.text.slice(0, 300)}`);
    return undefined;
  }
  const page = JSON.parse(answer.text) as { readonly value: readonly Item[] } & Readonly<Record<string, string>>;
  for (const item of page.value) note(follower, item);
  const last = page["@odata.deltaLink"];
  const { pathname, search } = new URL((last ?? page["@odata.nextLink"])!);
  follower.link = pathname + search;
  follower.pages += 1;
  return { isLast: last !== undefined, items: page.value.length };
}

/** A row never goes back to an earlier state, and one that is gone never comes back. */
function note({ set, known, faults }: Follower, item: Item): void {
  const path = set === undefined ? new URL(String(item["@odata.id"])).pathname : `${set}('${item.id}')`;
  const before = known.get(path);
  const etag = item["@removed"] === undefined ? String(item["@odata.etag"]) : null;
  if (before === null && etag !== null) faults.push(`out of order: ${path} was gone and is told again as ${etag}`);
  if (typeof before === "string" && etag !== null && numberOf(etag) < numberOf(before)) faults.push(`out of order: ${path} as ${etag} behind ${before}`);
  known.set(path, etag);
}

function numberOf(etag: string): number {
  return Number(/\d+/.exec(etag)?.[0]);
}
