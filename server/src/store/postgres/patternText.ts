import { parsePattern, type CharacterSet, type Pattern } from "../../base/pattern/parsePattern.ts";

const escaped = (code: number): string => `\\U${code.toString(16).padStart(8, "0")}`;
const word = "[0-9A-Z_a-z]";

/** A pattern as an advanced regular expression of PostgreSQL that finds the same: every character is written by its number, so that no class of a locale and no option matters. */
export function patternText(source: string): string {
  return `***:${print(parsePattern(source))}`;
}

function print(pattern: Pattern): string {
  switch (pattern.kind) {
    case "set":
      return printSet(pattern.set);
    case "start":
      return "\\A";
    case "end":
      return "\\Z";
    case "boundary":
      return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
    case "inside":
      return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
    case "sequence":
      return pattern.parts.map((part) => (part.kind === "choice" ? `(?:${print(part)})` : print(part))).join("") || "(?:)";
    case "choice":
      return pattern.parts.map((part) => print(part)).join("|");
    case "repeat":
      return printRepeat(pattern);
  }
}

function printRepeat({ part, least, most }: Extract<Pattern, { kind: "repeat" }>): string {
  return `(?:${print(part)}){${least},${most ?? ""}}`;
}

/** U+0000 is in no text of PostgreSQL and cannot be written there. */
function printSet(set: CharacterSet): string {
  const ranges = set.map(([from, to]) => [Math.max(1, from), to] as const).filter(([from, to]) => from <= to);
  // What is in no set of characters is never found.
  if (ranges.length === 0) return "(?!)";
  return `[${ranges.map(([from, to]) => (from === to ? escaped(from) : `${escaped(from)}-${escaped(to)}`)).join("")}]`;
}
