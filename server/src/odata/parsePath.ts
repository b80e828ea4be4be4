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
    const last = segments.at(-1);
    if (last !== undefined && last.name.charCodeAt(0) === dollar) requireFollower(last, at, rawPath);
    readSegment(decodeText(rawPath.slice(at, end), place, at), at, segments, limits);
    at = end + 1;
  }
  return segments;
}

/** Behind these stands nothing but `$query`, whatever the model says (ABNF `resourcePath`). */
const final = new Set(["$count", "$value", "$ref", "$metadata", "$batch", "$query"]);

function requireFollower({ name }: Segment, at: number, rawPath: string): void {
  if (!final.has(name.toLowerCase()) || /^(?:\$|%24)query\/?$/i.test(rawPath.slice(at))) return;
  throw syntaxProblem(place, at - 1, `expected the end of the path behind '${name}', found '/'`);
}

const ofService = new Set(["$metadata", "$batch", "$entity", "$all", "$crossjoin"]);

/** What begins no path, and what nothing but the service root may stand before. */
function requirePlace({ at, name, raw, arguments: values }: Segment, isFirst: boolean): void {
  if (isFirst && values === undefined && raw.includes("(")) {
    const begin = nameOf.exec(raw)?.[0].length ?? 0;
    throw syntaxProblem(place, at + begin, `expected the name of an entity set, singleton or operation, found '${raw[begin]}'`);
  }
  if (!isFirst && name.charCodeAt(0) === dollar && ofService.has(name.toLowerCase())) {
    throw syntaxProblem(place, at, `expected '${name}' directly behind the service root`);
  }
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

const nameOf = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*/u;
const called = /^\$?[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*(?:\.[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*)*(?=\()/u;

function readSegment(raw: string, at: number, segments: Segment[], limits: Limits): void {
  const name = raw.includes("(") ? called.exec(raw)?.[0] : undefined;
  if (name === undefined) {
    const segment = { at, name: raw, raw };
    requirePlace(segment, segments.length === 0);
    segments.push(segment);
    return;
  }
  const lexer = new Lexer(raw, place, limits, at);
  lexer.at = name.length + 1;
  const segment = { at, name, arguments: readSegmentArguments(lexer, name.toLowerCase()), raw };
  requirePlace(segment, segments.length === 0);
  segments.push(segment);
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
