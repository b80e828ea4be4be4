import { Problem, problem } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import { jsonFault } from "./jsonFault.ts";
import { repeatedName } from "./repeatedName.ts";
import { withoutEtag } from "./storedBody.ts";

/** Bounds of a JSON text, so that a small body cannot cost much. */
export interface JsonLimits {
  readonly depth: number;
}

const defaults: JsonLimits = { depth: 64 };

/** A number of many digits or with an exponent, where a number may stand: GUIDs hold such texts everywhere. */
const longNumber = /(?:^|[:,[])\s*-?\d(?:[\d.]{15}|[\d.]*[eE])/;
const suspectText = /\\u0000|\\u[dD][89a-fA-F]|\0/;

/**
 * Reads a JSON text (RFC 8259) without loss: integers that a JavaScript number cannot hold stay as
 * their text. Refuses (`malformedJson`, 400) what is no JSON, repeated names (R93), U+0000 and lone
 * surrogates in strings, and nesting beyond the limit.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = defaults): Json {
  const text = decode(bytes);
  const { names, isLong } = survey(text, limits.depth);
  const value = parse(text, isLong);
  if (countParsedNames(value) !== names) throw malformed(`The name '${repeatedName(text)?.slice(0, 100)}' is repeated within one object.`);
  if (isSuspect(text)) refuseIllFormed(value);
  return value;
}

/** Reads a body that this product stored itself, without its etag: nothing to refuse, long numbers kept. */
export function parseStored(text: string): JsonObject {
  const entity = withoutEtag(text);
  return parse(entity, longNumber.test(entity)) as JsonObject;
}

function malformed(detail: string): Error {
  return problem("malformedJson", { detail });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed("The body is not UTF-8.");
  }
}

function parse(text: string, isLong: boolean): Json {
  try {
    return JSON.parse(text, isLong ? keepLongNumbers : undefined) as Json;
  } catch (error) {
    throw error instanceof Problem ? error : malformed(positionOf(error as Error, text));
  }
}

/** Where the text stops being JSON, by V8's own message or else found again. */
function positionOf(error: Error, text: string): string {
  const position = /at position (\d+)/.exec(error.message);
  const at = position === null ? jsonFault(text) : Number(position[1]);
  if (at >= text.length) return "The text ends too early.";
  const before = text.slice(0, at).split("\n");
  return `Unexpected character at line ${before.length}, column ${before.at(-1)!.length + 1}.`;
}

function keepLongNumbers(this: unknown, _name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  const digits = context.source.replaceAll(/[eE].*$|[^0-9]|^-?0\.0*/g, "").length;
  if (!Number.isFinite(value)) throw malformed(`The number ${context.source.slice(0, 40)} is too large.`);
  return digits > 15 ? JSON.rawJSON(context.source) : value;
}

/** What a text that may be JSON holds outside of its strings. */
interface Survey {
  /** Strings with the colon that makes them names. */
  readonly names: number;
  /** Whether there may be a number that JavaScript cannot hold: one of many digits or with an exponent. */
  readonly isLong: boolean;
}

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];

/** Goes through the text once, from string to string. */
function survey(text: string, depthLimit: number): Survey {
  let [names, depth, digits, isLong] = [0, 0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      if (isBeforeColon(text, at + 1)) names += 1;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > depthLimit) throw malformed(`It is nested deeper than ${depthLimit} levels.`);
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
    digits = isOfNumber(code) ? digits + 1 : 0;
    isLong ||= digits > 15 || (digits > 1 && (code | 0x20) === 0x65);
  }
  return { names, isLong };
}

/** Digits, points and exponents. */
function isOfNumber(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2e || (code | 0x20) === 0x65;
}

/** Where the string that begins at `from` ends: its closing quote, or the last character of a text that ends before. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length - 1 : end;
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 0;
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === colon;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Most texts hold no escape that needs a look. */
function isSuspect(text: string): boolean {
  return (text.includes("\\u") || text.includes("\0")) && suspectText.test(text);
}

function countParsedNames(value: Json): number {
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countParsedNames(item as Json), 0);
  let sum = 0;
  for (const member of Object.values(value)) sum += 1 + countParsedNames(member);
  return sum;
}

function refuseIllFormed(value: Json): void {
  if (typeof value === "string") {
    if (value.includes("\0")) throw malformed("A string holds U+0000, which cannot be stored.");
    if (!value.isWellFormed()) throw malformed("A string holds a lone surrogate.");
  } else if (Array.isArray(value)) {
    for (const item of value) refuseIllFormed(item as Json);
  } else if (typeof value === "object" && value !== null && !JSON.isRawJSON(value)) {
    for (const [name, member] of Object.entries(value)) {
      refuseIllFormed(name);
      refuseIllFormed(member);
    }
  }
}
