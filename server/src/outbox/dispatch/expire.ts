import { textOf, type JsonObject } from "../../base/json.ts";
import { recentlyUsed } from "../../base/recentlyUsed.ts";
import { dispatchIn, earliest } from "./dispatchIn.ts";
import { pauseAfter } from "./pauseAfter.ts";
import { over, type Round } from "./round.ts";

/** Actions whose end could not be seen to, by id: how often, and until when each is left alone, by the steady clock. */
export type Resting = ReturnType<typeof nobodyRests>;

/** None of them. */
export function nobodyRests(): ReturnType<typeof recentlyUsed<{ readonly times: number; readonly until: number }>> {
  return recentlyUsed(10_000);
}

/** Rows that are read at once, and actions that are taken back side by side. */
const [portion, atOnce] = [100, 8];
/** The look after them, among what runs. */
export const expiring = "expiring";

/** Takes back what held for a while, as far as its time is over, beside everything else; answers the milliseconds until there is more of it. */
export function expireDue(round: Round): number {
  const { running, parts } = round;
  const { clock } = parts.gate;
  if (round.expiry !== undefined && round.expiry > clock()) return round.expiry - clock();
  if (!running.has(expiring)) {
    // Whoever finds out meanwhile that one has come sets it to undefined again.
    round.expiry = Infinity;
    const work = expire(round)
      .catch((error: unknown) => {
        parts.onFault(error);
        return clock() + afterFault;
      })
      .then((next) => {
        running.delete(expiring);
        round.expiry = round.expiry === Infinity ? next : undefined;
        over(round);
      });
    running.set(expiring, work);
  }
  return Infinity;
}

/** Milliseconds until what failed as a whole is looked at again. */
const afterFault = 1_000;

/** Goes over all whose time is over, each of them once: those that cannot be taken back rest by themselves, and hold up nobody. Answers when the next is due, in milliseconds since 1970. */
async function expire(round: Round): Promise<number> {
  const { desk, parts, resting } = round;
  let [after, next] = ["", Infinity];
  while (!round.lost.aborted) {
    const filter = `dispatch/expiresDateTime ge ${after === "" ? earliest : after}`;
    const rows = await desk.rows(`securityActions?$filter=${encodeURIComponent(filter)}&$orderby=dispatch/expiresDateTime,id&$top=${portion}`);
    const now = parts.gate.clock();
    const isDue = (row: JsonObject): boolean => expiryOf(row) <= now;
    const due = rows.filter(isDue);
    for (let from = 0; from < due.length && !round.lost.aborted; from += atOnce)
      await Promise.all(due.slice(from, from + atOnce).map((row) => undo(row, round)));
    for (const row of rows) next = Math.min(next, isDue(row) ? restOf(row, round) : expiryOf(row));
    if (rows.length < portion || due.length < rows.length) break;
    after = `${expiresOf(rows.at(-1)!)} and not (dispatch/expiresDateTime eq ${expiresOf(rows.at(-1)!)} and id le '${textOf(rows.at(-1)!["id"]).replaceAll("'", "''")}')`;
  }
  // What is found out before that is looked at anew.
  return Math.max(next, parts.gate.clock() + (resting.size > 0 ? shortest : 0));
}

/** Milliseconds between two looks for the sake of those that rest. */
const shortest = 250;

async function undo(row: JsonObject, round: Round): Promise<void> {
  const { desk, parts, resting } = round;
  const id = textOf(row["id"]);
  const { times = 0, until = -Infinity } = resting.get(id) ?? {};
  if (until > parts.gate.steady()) return;
  const after = await desk.act(id, { name: "dispatch", rule: parts.dispatched.rules.expire, sent: {} }).catch(parts.onFault);
  if (after === undefined) {
    const pause = (parts.pause ?? pauseAfter)(times + 1);
    resting.set(id, { times: times + 1, until: parts.gate.steady() + pause });
    return;
  }
  resting.delete(id);
  if (dispatchIn(after)["undoneBy"] === null) parts.onTrouble?.("not_undone", { action: id });
  for (const lane of round.lanes.values()) lane.isStale = true;
}

/** When one that was due and could not be taken back is due again; of one that was taken back never. */
function restOf(row: JsonObject, { parts, resting }: Round): number {
  const rest = resting.get(textOf(row["id"]));
  return rest === undefined ? Infinity : parts.gate.clock() + Math.max(0, rest.until - parts.gate.steady());
}

function expiresOf(row: JsonObject): string {
  return textOf(dispatchIn(row)["expiresDateTime"]);
}

function expiryOf(row: JsonObject): number {
  const at = Date.parse(expiresOf(row));
  return Number.isNaN(at) ? Infinity : at;
}
