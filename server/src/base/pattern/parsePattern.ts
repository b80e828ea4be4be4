/** A set of characters: ranges of code points, in order and apart from each other. */
export type CharacterSet = readonly (readonly [from: number, to: number])[];

/** A regular expression without what needs backtracking: what it matches is found in one pass. */
export type Pattern =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "start" | "end" | "boundary" | "inside" }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Pattern[] }
  /** `most` undefined: as often as there is. */
  | { readonly kind: "repeat"; readonly part: Pattern; readonly least: number; readonly most: number | undefined };

/** Why a pattern is refused, and at which of its characters (UTF-16 code units). */
export class PatternProblem extends Error {
  readonly at: number;

  constructor(what: string, at: number) {
    super(what);
    this.name = "PatternProblem";
    this.at = at;
  }
}

/** The largest bound of a counted repetition; engines have no larger ones. */
export const mostTimes = 255;
/** How many characters and repetitions a pattern may come to when its repetitions are written out. */
export const mostStates = 1000;
const deepest = 50;
const highest = 0x10ffff;

/** Ranges of code points brought in order and joined. */
function setOf(ranges: readonly (readonly [number, number])[]): CharacterSet {
  const joined: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

function complement(set: CharacterSet): CharacterSet {
  const ranges: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) ranges.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= highest) ranges.push([next, highest]);
  return ranges;
}

const digits = setOf([[0x30, 0x39]]);
/** What `\w` means. */
export const wordCharacters = setOf([[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]); // prettier-ignore
const spaces = setOf([[9, 13], [0x20, 0x20], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff]]); // prettier-ignore
const lineEnds = setOf([[10, 10], [13, 13], [0x2028, 0x2029]]); // prettier-ignore
const classes: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  D: complement(digits),
  w: wordCharacters,
  W: complement(wordCharacters),
  s: spaces,
  S: complement(spaces),
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };
const one = (code: number): CharacterSet => [[code, code]];

/**
 * Reads the part of ECMAScript's regular expressions (with the flag u: characters are code points) that needs no backtracking: characters, `.`, classes, `\d \w \s` and
 * their opposites, escapes, groups, alternatives, `* + ? {n} {n,} {n,m}` greedy or not, `^ $ \b \B`. Throws PatternProblem for back references, lookaround, `\p`, and for what is
 * no pattern or too large.
 */
export function parsePattern(source: string): Pattern {
  const reader = new Reader(source);
  const pattern = reader.choice(0);
  if (!reader.isAtEnd()) throw new PatternProblem("there is no '(' to this ')'", reader.at);
  if (statesOf(pattern) > mostStates) throw new PatternProblem(`the pattern is too large: written out it has more than ${mostStates} parts`, 0);
  return pattern;
}

function statesOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "sequence":
    case "choice":
      return pattern.parts.reduce((sum, part) => sum + statesOf(part), 1);
    case "repeat":
      return 1 + statesOf(pattern.part) * Math.max(1, pattern.most ?? pattern.least + 1);
    default:
      return 1;
  }
}

class Reader {
  at = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  isAtEnd(): boolean {
    return this.at >= this.#source.length;
  }

  get #next(): string {
    return this.isAtEnd() ? "" : String.fromCodePoint(this.#source.codePointAt(this.at)!);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  #character(): number {
    const code = this.#source.codePointAt(this.at)!;
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  choice(depth: number): Pattern {
    if (depth > deepest) throw new PatternProblem(`groups lie deeper than ${deepest} levels`, this.at);
    const parts = [this.#sequence(depth)];
    while (this.#take("|")) parts.push(this.#sequence(depth));
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(depth: number): Pattern {
    const parts: Pattern[] = [];
    while (!this.isAtEnd() && this.#next !== "|" && this.#next !== ")") parts.push(this.#repeated(depth));
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  #repeated(depth: number): Pattern {
    const from = this.at;
    const part = this.#atom(depth);
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    if (part.kind === "start" || part.kind === "end" || part.kind === "boundary" || part.kind === "inside") {
      throw new PatternProblem("nothing is there to be repeated", from);
    }
    this.#take("?");
    return { kind: "repeat", part, ...bounds };
  }

  #bounds(): { readonly least: number; readonly most: number | undefined } | undefined {
    const from = this.at;
    if (this.#take("*")) return { least: 0, most: undefined };
    if (this.#take("+")) return { least: 1, most: undefined };
    if (this.#take("?")) return { least: 0, most: 1 };
    if (!this.#take("{")) return undefined;
    const found = /^(\d+)(?:(,)(\d*))?\}/.exec(this.#source.slice(this.at, this.at + 20));
    if (found === null) throw new PatternProblem("expected a repetition such as {2}, {2,} or {2,5}; write \\{ for the character", from);
    this.at += found[0].length;
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === "" ? undefined : Number(found[3]);
    if (least > mostTimes || (most ?? 0) > mostTimes) throw new PatternProblem(`a part may be repeated ${mostTimes} times at most`, from);
    if (most !== undefined && most < least) throw new PatternProblem("the bounds of the repetition are the wrong way round", from);
    return { least, most };
  }

  #atom(depth: number): Pattern {
    const from = this.at;
    switch (this.#next) {
      case "(":
        return this.#group(depth);
      case "[":
        return { kind: "set", set: this.#class() };
      case ".":
        this.at += 1;
        return { kind: "set", set: complement(lineEnds) };
      case "^":
      case "$":
        return { kind: this.#source[this.at++] === "^" ? "start" : "end" };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
      case "{":
        throw new PatternProblem("nothing is there to be repeated", from);
      case "]":
      case "}":
        throw new PatternProblem(`write \\${this.#next} for the character`, from);
      default:
        return { kind: "set", set: one(this.#character()) };
    }
  }

  #group(depth: number): Pattern {
    const from = this.at;
    this.at += 1;
    if (this.#take("?")) {
      const named = /^<[\p{L}_$][\p{L}\p{N}_$]*>/u.exec(this.#source.slice(this.at))?.[0];
      if (named !== undefined) this.at += named.length;
      else if (!this.#take(":")) throw new PatternProblem("groups that look ahead or behind, and flags, are not supported", from);
    }
    const inner = this.choice(depth + 1);
    if (!this.#take(")")) throw new PatternProblem("there is no ')' to this '('", from);
    return inner;
  }

  #escape(): Pattern {
    const after = this.#source[this.at + 1] ?? "";
    if (after === "b" || after === "B") {
      this.at += 2;
      return { kind: after === "b" ? "boundary" : "inside" };
    }
    return { kind: "set", set: this.#escapedSet() };
  }

  /** A class such as `\d`, or a single character, behind a backslash. */
  #escapedSet(): CharacterSet {
    const from = this.at;
    this.at += 1;
    const letter = this.#source[this.at] ?? "";
    if (Object.hasOwn(classes, letter)) {
      this.at += 1;
      return classes[letter]!;
    }
    if (letter === "0" && /\d/.test(this.#source[this.at + 1] ?? "")) throw new PatternProblem("octal escapes are not supported", from);
    if (Object.hasOwn(controls, letter)) {
      this.at += 1;
      return one(controls[letter]!);
    }
    return one(this.#coded(from, letter));
  }

  #coded(from: number, letter: string): number {
    const rest = this.#source.slice(this.at, this.at + 12);
    const found = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|c([A-Za-z]))/.exec(rest);
    if (found !== null) {
      this.at += found[0].length;
      const code = found[4] === undefined ? Number.parseInt(found[1] ?? found[2] ?? found[3]!, 16) : found[4].charCodeAt(0) % 32;
      if (code > highest || (code >= 0xd800 && code <= 0xdfff)) throw new PatternProblem("the escape is not that of a character", from);
      return code;
    }
    if (letter === "" || !/[\^$\\.*+?()[\]{}|/-]/.test(letter)) {
      const what = /[1-9k]/.test(letter) ? "back references are not supported" : /[pP]/.test(letter) ? "\\p is not supported" : "there is no such escape";
      throw new PatternProblem(what, from);
    }
    this.at += 1;
    return letter.charCodeAt(0);
  }

  #class(): CharacterSet {
    const from = this.at;
    this.at += 1;
    const isOpposite = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take("]")) {
      if (this.isAtEnd()) throw new PatternProblem("there is no ']' to this '['", from);
      ranges.push(...this.#range());
    }
    const set = setOf(ranges);
    return isOpposite ? complement(set) : set;
  }

  #range(): CharacterSet {
    const from = this.at;
    const first = this.#member();
    if (this.#next !== "-" || this.#source[this.at + 1] === "]" || this.at + 1 >= this.#source.length) return first;
    this.at += 1;
    const last = this.#member();
    const [low, high] = [single(first), single(last)];
    if (low === undefined || high === undefined || low > high) throw new PatternProblem("the range has no beginning, no end, or is the wrong way round", from);
    return [[low, high]];
  }

  #member(): CharacterSet {
    if (this.#next !== "\\") return one(this.#character());
    if (this.#source[this.at + 1] === "b") {
      this.at += 2;
      return one(8);
    }
    return this.#escapedSet();
  }
}

function single(set: CharacterSet): number | undefined {
  const [only, ...others] = set;
  return others.length === 0 && only !== undefined && only[0] === only[1] ? only[0] : undefined;
}
