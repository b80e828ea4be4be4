import type { Literal, LiteralKind } from "./expression.ts";
import type { Lexer } from "./lexer.ts";
import { dateEnd, dateTimeOffsetEnd, decimalEnd, guidEnd, integerEnd, isDigit, isLiteral, timeOfDayEnd } from "./literal.ts";
import type { LexicalKind } from "./literal.ts";

/** ABNF `primitiveLiteral` at the lexer's position, or undefined when something else stands there. */
export function readLiteral(lexer: Lexer): Literal | undefined {
  const code = lexer.code;
  if (code === 0x27) return readString(lexer);
  if (isDigit(code)) return readGuid(lexer) ?? readNumeric(lexer);
  if (code === 0x2d || code === 0x2b) return readSigned(lexer);
  return readGuid(lexer) ?? readWord(lexer);
}

function make(lexer: Lexer, literal: LiteralKind, end: number): Literal {
  const at = lexer.node(lexer.at);
  const value = lexer.text.slice(at, end);
  lexer.at = end;
  return { kind: "literal", literal, value, at };
}

function readString(lexer: Lexer): Literal {
  const at = lexer.node(lexer.at++);
  return { kind: "literal", literal: "string", value: lexer.quoted(), at };
}

function readGuid(lexer: Lexer): Literal | undefined {
  if (lexer.text.charCodeAt(lexer.at + 8) !== 0x2d) return undefined;
  const end = guidEnd(lexer.text, lexer.at);
  return end < 0 || lexer.isNamePart(end) ? undefined : make(lexer, "guid", end);
}

/** A minus sign is part of a literal only directly before a digit or INF; else it negates. */
function readSigned(lexer: Lexer): Literal | undefined {
  const { text, at } = lexer;
  if (isDigit(text.charCodeAt(at + 1))) return readNumeric(lexer);
  if (lexer.code === 0x2d && text.startsWith("INF", at + 1) && !lexer.isNamePart(at + 4)) return make(lexer, "decimal", at + 4);
  return undefined;
}

const looksLikeDate = /-?\d{4,}-\d\d-\d\d(?<time>T)?/iy;
const looksLikeTime = /\d\d:\d\d/y;

function readNumeric(lexer: Lexer): Literal {
  const { text, at } = lexer;
  const end = integerEnd(text, at);
  const next = text.charCodeAt(end);
  if (next === 0x2d) {
    looksLikeDate.lastIndex = at;
    const date = looksLikeDate.exec(text);
    if (date !== null) return readDate(lexer, date.groups?.["time"] !== undefined);
  }
  if (next === 0x3a) {
    looksLikeTime.lastIndex = at;
    if (looksLikeTime.test(text)) return readForm(lexer, "timeOfDay", timeOfDayEnd(text, at), "a time such as 23:59:59.999");
  }
  if (lexer.code === 0x2b) lexer.at++;
  const number = decimalEnd(text, lexer.at);
  return readForm(lexer, number === end ? "integer" : "decimal", number, "a number");
}

function readDate(lexer: Lexer, timed: boolean): Literal {
  const { text, at } = lexer;
  if (!timed) return readForm(lexer, "date", dateEnd(text, at), "a date such as 2020-12-31");
  const literal = readForm(lexer, "dateTimeOffset", dateTimeOffsetEnd(text, at), "a date and time with Z or an offset, such as 2020-12-31T23:59:59Z");
  return { ...literal, value: literal.value.toUpperCase() };
}

function readForm(lexer: Lexer, kind: LiteralKind, end: number, what: string): Literal {
  if (end < 0) throw lexer.expected(what);
  if (lexer.isNamePart(end) || lexer.text.charCodeAt(end) === 0x2e) throw lexer.expected(`the end of ${what}`, end);
  return make(lexer, kind, end);
}

const words: ReadonlyMap<string, LiteralKind> = new Map([
  ["null", "null"],
  ["true", "boolean"],
  ["false", "boolean"],
  ["NaN", "decimal"],
  ["INF", "decimal"],
]);
const word = /null|true|false|NaN|INF/iy;
const wordInitials = new Set([0x6e, 0x4e, 0x74, 0x54, 0x66, 0x46, 0x69, 0x49]);

function readWord(lexer: Lexer): Literal | undefined {
  const { text, at } = lexer;
  if (!wordInitials.has(lexer.code)) return undefined;
  word.lastIndex = at;
  if (!word.test(text) || lexer.isNamePart(word.lastIndex)) return undefined;
  const end = word.lastIndex;
  const found = text.slice(at, end);
  const next = text.charCodeAt(end);
  if (next === 0x2f || next === 0x28 || next === 0x2e || next === 0x27) return undefined;
  const kind = words.get(found) ?? words.get(found.toLowerCase());
  if (kind === undefined || (kind !== "boolean" && !words.has(found))) return undefined;
  const literal = make(lexer, kind, end);
  return kind === "boolean" ? { ...literal, value: found.toLowerCase() } : literal;
}

const prefixes: ReadonlyMap<string, LiteralKind> = new Map([
  ["duration", "duration"],
  ["binary", "binary"],
  ["geography", "geo"],
  ["geometry", "geo"],
]);

/** A literal with a prefix, `duration'P1D'` or `ns.Enum'Member'`; the position stands at the quote behind `prefix`, which began at `at`. */
export function readPrefixed(lexer: Lexer, prefix: string, at: number): Literal {
  const literal = prefixes.get(prefix.toLowerCase()) ?? (prefix.includes(".") ? "enum" : undefined);
  if (literal === undefined) {
    throw lexer.refuse(`expected duration, binary, geography, geometry or the qualified name of an enumeration before a quote, found '${prefix}'`, at);
  }
  const start = ++lexer.at;
  const value = lexer.quoted();
  if (literal === "duration" || literal === "binary") return checked(lexer, { kind: "literal", literal, value, at: lexer.node(at) }, start);
  if (literal === "enum" && !isLiteral("enum", value)) throw lexer.expected("the members of an enumeration", start);
  return { kind: "literal", literal, value, type: literal === "geo" ? prefix.toLowerCase() : prefix, at: lexer.node(at) };
}

const forms: Readonly<Record<string, string>> = { duration: "a duration such as P1DT2H", binary: "base64url text" };

function checked(lexer: Lexer, literal: Literal, start: number): Literal {
  if (!isLiteral(literal.literal as LexicalKind, literal.value)) throw lexer.expected(forms[literal.literal] ?? "", start);
  return literal.literal === "duration" ? { ...literal, value: literal.value.toUpperCase() } : literal;
}
