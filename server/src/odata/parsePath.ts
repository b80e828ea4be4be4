import { syntaxProblem } from "../base/errors.ts";
import { decodeText } from "./decodeText.ts";
import type { Expression, NamedArgument } from "./expression.ts";
import { defaultLimits, Lexer } from "./lexer.ts";
import type { Limits } from "./lexer.ts";
import type { Segment } from "./options.ts";
import { readArguments, readKeyValue } from "./readArguments.ts";
import { readExpression } from "./readExpression.ts";
import { readJson } from "./readJson.ts";

const place = "path";

/**
 * Parses the raw, still percent-encoded path behind a service root (ABNF `resourcePath`, no model asked).
 * Splits at `/`, then decodes, then reads parentheses. A second pair of parentheses gives a segment
 * whose name is empty. A trailing slash is ignored, an empty segment refused.
 */
export function parsePath(rawPath: string, limits: Limits = defaultLimits): Segment[] {
  const segments: Segment[] = [];
  let at = rawPath.startsWith("/") ? 1 : 0;
  while (at < rawPath.length) {
    const end = segmentEnd(rawPath, at);
    if (end === at) throw syntaxProblem(place, at, "expected a segment, found '/'");
    readSegment(decodeText(rawPath.slice(at, end), place, at), at, segments, limits);
    at = end + 1;
  }
  return segments;
}

const dollar = 0x24;
const percent = 0x25;
const slashable = /^(?:\$|%24)filter(?:\(|%28)/i;

/** The next slash; those in the expression of a `$filter(...)` segment do not count. */
function segmentEnd(rawPath: string, at: number): number {
  let end = rawPath.indexOf("/", at);
  if (end < 0) return rawPath.length;
  const first = rawPath.charCodeAt(at);
  if ((first !== dollar && first !== percent) || !slashable.test(rawPath.slice(at, at + 20))) return end;
  while (end < rawPath.length && open(rawPath.slice(at, end))) {
    const next = rawPath.indexOf("/", end + 1);
    end = next < 0 ? rawPath.length : next;
  }
  return end;
}

/** True when a parenthesis or a quote is still open. */
function open(raw: string): boolean {
  let depth = 0;
  let quoted = false;
  for (const [mark] of raw.matchAll(/'|%27|\(|%28|\)|%29/gi)) {
    if (mark === "'" || mark === "%27") quoted = !quoted;
    else if (!quoted) depth += mark === "(" || mark === "%28" ? 1 : -1;
  }
  return quoted || depth > 0;
}

const called = /^\$?[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*(?:\.[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*)*(?=\()/u;

function readSegment(raw: string, at: number, segments: Segment[], limits: Limits): void {
  const name = raw.includes("(") ? called.exec(raw)?.[0] : undefined;
  if (name === undefined) {
    segments.push({ at, name: raw, raw });
    return;
  }
  const lexer = new Lexer(raw, place, limits, at);
  lexer.at = name.length + 1;
  segments.push({ at, name, arguments: readSegmentArguments(lexer, name.toLowerCase()), raw });
  const next = lexer.at;
  if (lexer.take("(")) segments.push({ at: at + next, name: "", arguments: readArguments(lexer, readValue), raw: raw.slice(next) });
  if (lexer.at < raw.length) throw lexer.expected("'/' or the end of the path");
}

function readSegmentArguments(lexer: Lexer, name: string): NamedArgument[] {
  if (name !== "$filter" && name !== "$crossjoin") return readArguments(lexer, readValue);
  const values: NamedArgument[] = [];
  lexer.space();
  do values.push({ value: readExpression(lexer) });
  while (lexer.more());
  return values;
}

/** The value of a key or parameter in a path: a literal, an alias, or JSON. */
function readValue(lexer: Lexer): Expression {
  if (lexer.code === 0x5b || lexer.code === 0x7b) return readJson(lexer, readExpression);
  return readKeyValue(lexer);
}
