import { parsePattern, wordCharacters, type CharacterSet, type Pattern } from "./parsePattern.ts";

/** A state of the automaton: a character leads from it to the next, or it is passed without one. */
type State =
  | { readonly kind: "set"; readonly set: CharacterSet; next: number }
  | { readonly kind: "split"; next: number; other: number }
  | { readonly kind: "start" | "end" | "boundary" | "inside"; next: number }
  | { readonly kind: "match" };

/** Texts in which a pattern is found anywhere. One pass over the text: each character is looked at once for each state at most, and what was found of a set of states is kept. */
export function createMatcher(source: string): (text: string) => boolean {
  const states = build(parsePattern(source));
  const hasAssertions = states.some(({ kind }) => kind === "boundary" || kind === "inside");
  return hasAssertions ? (text) => simulate(states, text) : createAutomaton(states);
}

function build(pattern: Pattern): State[] {
  const states: State[] = [{ kind: "match" }];
  const add = (state: State): number => states.push(state) - 1;
  const compile = (part: Pattern, next: number): number => {
    switch (part.kind) {
      case "set":
        return add({ kind: "set", set: part.set, next });
      case "sequence":
        return part.parts.reduceRight((behind, inner) => compile(inner, behind), next);
      case "choice":
        return part.parts.map((inner) => compile(inner, next)).reduce((left, right) => add({ kind: "split", next: left, other: right }));
      case "repeat":
        return repeat(part, next);
      default:
        return add({ kind: part.kind, next });
    }
  };
  const repeat = ({ part, least, most }: Extract<Pattern, { kind: "repeat" }>, next: number): number => {
    let entry = next;
    if (most === undefined) {
      const loop = { kind: "split" as const, next: -1, other: next };
      entry = add(loop);
      loop.next = compile(part, entry);
    } else {
      for (let n = least; n < most; n += 1) entry = add({ kind: "split", next: compile(part, entry), other: next });
    }
    for (let n = 0; n < least; n += 1) entry = compile(part, entry);
    return entry;
  };
  const start = compile(pattern, 0);
  // The last state begins it.
  add({ kind: "split", next: start, other: start });
  return states;
}

function has(set: CharacterSet, code: number): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = set[middle]!;
    if (code < from) high = middle - 1;
    else if (code > to) low = middle + 1;
    else return true;
  }
  return false;
}

interface Around {
  readonly isStart: boolean;
  readonly isEnd: boolean;
  readonly isBoundary: boolean;
}

/** The states that are reached without a character; those alone that look at one, or match. */
function reach(states: readonly State[], from: Iterable<number>, around: Around): number[] {
  const seen = new Set<number>();
  const found: number[] = [];
  const waiting = [...from];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    const state = states[index]!;
    if (state.kind === "set" || state.kind === "match") found.push(index);
    else if (state.kind === "split") waiting.push(state.next, state.other);
    else if (passes(state.kind, around)) waiting.push(state.next);
  }
  return found;
}

function passes(kind: "start" | "end" | "boundary" | "inside", { isStart, isEnd, isBoundary }: Around): boolean {
  if (kind === "start") return isStart;
  if (kind === "end") return isEnd;
  return isBoundary === (kind === "boundary");
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && has(wordCharacters, code);
}

/** Goes through the text state by state: for patterns that look at what stands around. */
function simulate(states: readonly State[], text: string): boolean {
  const begin = states.length - 1;
  let before: number | undefined;
  let open: number[] = [];
  for (let at = 0; at <= text.length;) {
    const code = text.codePointAt(at);
    const around = { isStart: at === 0, isEnd: code === undefined, isBoundary: isWord(before) !== isWord(code) };
    const here = reach(states, [...open, begin], around);
    if (here.includes(0)) return true;
    if (code === undefined) return false;
    open = here.flatMap((index) => {
      const state = states[index]!;
      return state.kind === "set" && has(state.set, code) ? [state.next] : [];
    });
    before = code;
    at += code > 0xffff ? 2 : 1;
  }
  return false;
}

/** A set of states that were met together, with where characters lead from it as far as they came. */
interface Met {
  readonly states: readonly number[];
  readonly matches: boolean;
  readonly matchesAtEnd: boolean;
  readonly next: Map<number, Met>;
}

/** Sets of states that are kept; beyond that they are forgotten and found again. */
const mostKept = 2_000;
const mostNext = 500;

function createAutomaton(states: readonly State[]): (text: string) => boolean {
  const begin = states.length - 1;
  let kept = new Map<string, Met>();
  const meet = (open: readonly number[], isStart: boolean): Met => {
    const from = [...new Set([...open, begin])].toSorted((a, b) => a - b);
    const key = `${isStart} ${from.join()}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= mostKept) kept = new Map();
    const here = reach(states, from, { isStart, isEnd: false, isBoundary: false });
    const atEnd = reach(states, from, { isStart, isEnd: true, isBoundary: false });
    const met: Met = { states: here, matches: here.includes(0), matchesAtEnd: atEnd.includes(0), next: new Map() };
    kept.set(key, met);
    return met;
  };
  const step = (from: Met, code: number): Met => {
    const known = from.next.get(code);
    if (known !== undefined) return known;
    const open = from.states.flatMap((index) => {
      const state = states[index]!;
      return state.kind === "set" && has(state.set, code) ? [state.next] : [];
    });
    const next = meet(open, false);
    if (from.next.size < mostNext) from.next.set(code, next);
    return next;
  };
  return (text) => {
    let met = meet([], true);
    for (let at = 0; at < text.length && !met.matches;) {
      const code = text.codePointAt(at)!;
      met = step(met, code);
      at += code > 0xffff ? 2 : 1;
    }
    return met.matches || met.matchesAtEnd;
  };
}
