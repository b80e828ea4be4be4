import { createAlarm, type Alarm } from "../../base/alarm.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Visit } from "./pulling.ts";

/** What an actuator asks for. */
export interface Asked extends Visit {
  readonly count: number;
  /** Seconds. */
  readonly wait: number;
  /** Aborted when it goes away. */
  readonly gone?: AbortSignal | undefined;
}

/** One that stands in line. */
export interface Member {
  readonly asked: Asked;
  /** What it has got. */
  readonly leases: JsonObject[];
}

/** The line before one connector: whoever came first gets what comes first, and one look serves all of them. */
export interface Line {
  /** What one of them gets; empty after its time, when it goes away, or when nobody shall wait any more. */
  readonly stand: (asked: Asked) => Promise<readonly JsonObject[]>;
  /** There may be something. */
  readonly wake: () => void;
  /** Nobody waits any more. */
  readonly dismiss: () => void;
}

export interface LineParts {
  /** Gives out what is due to members in their order; answers the milliseconds until something is due by itself. */
  readonly look: (members: readonly Member[]) => Promise<number>;
  /** Lets one stay after a look that had nothing for it, and gives its way out. Throws where too many wait. */
  readonly admit: (asked: Asked) => () => void;
  /** Nobody stands there any more. */
  readonly onEmpty: () => void;
}

interface Standing extends Member {
  readonly settle: PromiseWithResolvers<readonly JsonObject[]>;
  /** Set for one that stays: its way out. */
  wayOut: (() => void) | undefined;
  /** Its time is over. */
  isOver: boolean;
}

interface Row {
  readonly parts: LineParts;
  readonly members: Set<Standing>;
  isLooking: boolean;
}

/** Milliseconds between two looks that nobody asked for; and after which nobody waits for a look that does not come. */
const [shortest, longest] = [20, 60_000];

/** Makes the line of a connector. What waits costs a timer and nothing else. */
export function createLine(parts: LineParts): Line {
  const row: Row = { parts, members: new Set(), isLooking: false };
  const alarm = createAlarm(() => lookAt(row));
  return {
    wake: alarm.ring,
    dismiss() {
      for (const member of row.members) end(member, row);
    },
    stand: (asked) => stand(asked, row, alarm),
  };
}

async function stand(asked: Asked, row: Row, { ring }: Pick<Alarm, "ring">): Promise<readonly JsonObject[]> {
  const member: Standing = { asked, leases: [], settle: Promise.withResolvers(), wayOut: undefined, isOver: false };
  const over = (): void => end(member, row);
  const timer = setTimeout(over, asked.wait === 0 ? longest : asked.wait * 1000);
  asked.gone?.addEventListener("abort", over, { once: true });
  row.members.add(member);
  if (asked.gone?.aborted === true) over();
  ring();
  try {
    return await member.settle.promise;
  } finally {
    clearTimeout(timer);
    asked.gone?.removeEventListener("abort", over);
  }
}

async function lookAt(row: Row): Promise<number> {
  const { members, parts } = row;
  const there = [...members].filter(({ isOver }) => !isOver);
  if (there.length === 0) return Infinity;
  row.isLooking = true;
  try {
    const next = await parts.look(there);
    for (const member of there) {
      if (member.leases.length > 0 || member.isOver || member.asked.wait === 0) answer(member, row);
      else stay(member, row);
    }
    return members.size === 0 ? Infinity : Math.max(next, next === 0 ? 0 : shortest);
  } catch (error) {
    // What was leased before it went wrong is given all the same.
    for (const member of there) if (member.leases.length > 0) answer(member, row);
    for (const member of there) if (members.has(member)) fail(member, row, error);
    return Infinity;
  } finally {
    row.isLooking = false;
    for (const member of members) if (member.isOver) answer(member, row);
  }
}

/** Its time is over: at once, or behind the look that may have something for it. */
function end(member: Standing, row: Row): void {
  if (!row.members.has(member)) return;
  member.isOver = true;
  if (!row.isLooking) answer(member, row);
}

function stay(member: Standing, row: Row): void {
  if (member.wayOut !== undefined) return;
  try {
    member.wayOut = row.parts.admit(member.asked);
  } catch (error) {
    fail(member, row, error);
  }
}

function answer(member: Standing, row: Row): void {
  leave(member, row);
  member.settle.resolve(member.leases);
}

function fail(member: Standing, row: Row, error: unknown): void {
  leave(member, row);
  member.settle.reject(error);
}

function leave(member: Standing, { members, parts }: Row): void {
  members.delete(member);
  member.wayOut?.();
  if (members.size === 0) parts.onEmpty();
}
