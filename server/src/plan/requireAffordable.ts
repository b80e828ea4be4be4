import { problem } from "../base/errors.ts";
import type { Typed } from "./typed.ts";

/** How often expressions of one option may look at other entities, how deep within each other, and how many words they may search. */
const most = { looks: 32, depth: 5, words: 64 };

/** Refuses expressions whose cost grows beyond all bounds by their shape alone, and says what to ask instead (400). */
export function requireAffordable(typed: Typed, option: string): void {
  const { looks, depth, within, words } = costOf(typed);
  if (depth > most.depth) {
    throw refused(
      option,
      `other entities are looked at ${depth} levels deep, each for each; at most ${most.depth}. Begin at the collection that lies deepest, or ask in several requests`,
    );
  }
  if (within > most.depth) {
    throw refused(
      option,
      `collections are gone through ${within} levels deep, each for each; at most ${most.depth}. Compare fewer of them at a time, or ask in several requests`,
    );
  }
  if (looks > most.looks)
    throw refused(
      option,
      `other entities are looked at ${looks} times; at most ${most.looks}. Put what is asked of one collection into one any(), or ask in several requests`,
    );
  if (words > most.words) throw refused(option, `${words} words are searched; at most ${most.words}. Search for fewer, or in several requests`);
}

/** How often an expression looks at other entities. */
export function looksOf(typed: Typed): number {
  return costOf(typed).looks;
}

function refused(option: string, what: string): Error {
  return problem("badRequest", { what: `${option}: ${what}.` }, { target: option });
}

interface Looks {
  readonly looks: number;
  readonly depth: number;
  /** Lambdas of any kind in each other. */
  readonly within: number;
  readonly words: number;
}

function costOf(typed: Typed): Looks {
  const parts = partsOf(typed).map(costOf);
  const looks = "source" in typed && "place" in typed.source ? 1 : 0;
  const words = typed.kind === "search" ? typed.terms.length : 0;
  return {
    looks: parts.reduce((sum, part) => sum + part.looks, looks),
    depth: Math.max(0, ...parts.map(({ depth }) => depth)) + looks,
    within: Math.max(0, ...parts.map(({ within }) => within)) + ("source" in typed ? 1 : 0),
    words: parts.reduce((sum, part) => sum + part.words, words),
  };
}

function partsOf(typed: Typed): readonly Typed[] {
  switch (typed.kind) {
    case "not":
    case "negate":
    case "converted":
      return [typed.operand];
    case "binary":
      return [typed.left, typed.right];
    case "in":
      return [typed.left, ...typed.items];
    case "call":
      return typed.arguments;
    case "case":
      return typed.branches.flatMap(({ when, gives }) => [when, gives]);
    case "any":
    case "all":
    case "count":
      return typed.predicate === undefined ? [] : [typed.predicate];
    case "related":
      return [typed.value];
    default:
      return [];
  }
}
