import { followFamilies } from "./chores.ts";
import { over, type Round } from "./round.ts";

/** Milliseconds between two looks at the parents of others. */
const shortestRest = 500;

/**
 * Brings the parents of others to where their children are, beside everything else and only when something was written: parents whose children
 * wait cost nothing. Answers the milliseconds until it is due by itself.
 */
export function followParents(round: Round): number {
  const { family, parts } = round;
  const { steady } = parts.gate;
  if (family.work !== undefined) return Infinity;
  const from = steady();
  if (family.next > from) return family.next - from;
  family.next = Infinity;
  const rest = (): void => {
    // However many there are, half of the time is left for others.
    family.rests = steady() + Math.max(shortestRest, steady() - from);
    family.work = undefined;
    if (family.next === Infinity) return;
    family.next = family.rests;
    over(round);
  };
  const failed = (error: unknown): void => {
    parts.onFault(error);
    family.next = 0;
  };
  family.work = followFamilies(round).catch(failed).finally(rest);
  return Infinity;
}
