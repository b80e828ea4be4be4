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

/** Every string (with the colon that makes it a name) and every bracket, in order. */
const structure = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[[\]{}]/g;
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
  const names = countNames(text, limits.depth);
  const value = parse(text);
  if (countParsedNames(value) !== names) throw malformed(`The name '${repeatedName(text)?.slice(0, 100)}' is repeated within one object.`);
  if (suspectText.test(text)) refuseIllFormed(value);
  return value;
}

/** Reads a body that this product stored itself, without its etag: nothing to refuse, long numbers kept. */
export function parseStored(text: string): JsonObject {
  return parse(withoutEtag(text)) as JsonObject;
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

function parse(text: string): Json {
  try {
    return JSON.parse(text, longNumber.test(text) ? keepLongNumbers : undefined) as Json;
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

function countNames(text: string, depthLimit: number): number {
  let names = 0;
  let depth = 0;
  structure.lastIndex = 0;
  for (let match = structure.exec(text); match !== null; match = structure.exec(text)) {
    const first = match[0].charCodeAt(0);
    if (first === 0x22) {
      if (match[1] !== undefined) names += 1;
    } else if (first === 0x7b || first === 0x5b) {
      depth += 1;
      if (depth > depthLimit) throw malformed(`It is nested deeper than ${depthLimit} levels.`);
    } else {
      depth -= 1;
    }
  }
  return names;
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
