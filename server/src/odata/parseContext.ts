import type { Context, ContextItem, ContextSegment, ContextSuffix } from "./context.ts";
import { contextSuffixes } from "./context.ts";
import { decodeText } from "./decodeText.ts";
import type { Expression } from "./expression.ts";
import { defaultLimits, Lexer } from "./lexer.ts";
import type { Limits } from "./lexer.ts";
import { readArguments, readKeyValue } from "./readArguments.ts";
import { readLiteral } from "./readLiteral.ts";

const place = "context";

/** Parses the fragment of a context URL, behind its `#`, as it stands there: only keys may be percent-encoded. No model is asked. */
export function parseContext(fragment: string, limits: Limits = defaultLimits): Context {
  const lexer = new Lexer(fragment, place, limits);
  const context = readContext(lexer);
  if (lexer.at < fragment.length) throw lexer.expected("the end");
  return context;
}

function readContext(lexer: Lexer): Context {
  if (lexer.take("$ref")) return { kind: "reference", collection: false };
  if (lexer.take("Collection($ref)")) return { kind: "reference", collection: true };
  if (lexer.take("Collection(")) {
    const type = lexer.qualifiedName("the name of a type");
    lexer.need(")");
    return { kind: "type", type, collection: true, ...readSelect(lexer) };
  }
  const start = lexer.at;
  const first = lexer.qualifiedName("the name of an entity set, singleton or type");
  if (first.includes(".")) return { kind: "type", type: first, collection: false, ...readSelect(lexer) };
  lexer.at = start;
  return readPlace(lexer);
}

function readPlace(lexer: Lexer): Context {
  const segments: ContextSegment[] = [];
  let suffix: ContextSuffix | undefined;
  do {
    suffix = segments.length === 0 ? undefined : readSuffix(lexer);
    if (suffix === undefined) segments.push(readSegment(lexer));
  } while (suffix === undefined && lexer.take("/"));
  if (suffix !== undefined) return { kind: "path", segments, suffix };
  const select = readSelect(lexer);
  if (select.select !== undefined && lexer.take("/")) suffix = readSuffix(lexer, true);
  return { kind: "path", segments, ...select, ...(suffix === undefined ? {} : { suffix }) };
}

/** `$entity` and its like, behind the slash; behind a select list nothing else may stand. */
function readSuffix(lexer: Lexer, needed = false): ContextSuffix | undefined {
  const at = lexer.at;
  const found = lexer.take("$") ? contextSuffixes.find((suffix) => lexer.takeWord(suffix.toLowerCase())) : undefined;
  if (found === undefined && (needed || lexer.at > at)) throw lexer.expected(`one of ${contextSuffixes.map((name) => `$${name}`).join(", ")}`, at);
  return found;
}

function readSegment(lexer: Lexer): ContextSegment {
  const at = lexer.node(lexer.at);
  const name = lexer.qualifiedName("a name");
  if (lexer.code !== 0x28 || !isKey(lexer)) return { at, name };
  lexer.at++;
  return { at, name, arguments: readArguments(lexer, readKeyValue).map((one) => ({ ...one, value: decoded(one.value) })) };
}

const name = "[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}\\p{Cf}]*";
const valued = new RegExp(`${name}(?:\\.${name})*['=]`, "uy");

/** In the parentheses of a key stands a literal or `name=`; in those of a select list, names. */
function isKey(lexer: Lexer): boolean {
  const start = lexer.at++;
  valued.lastIndex = lexer.at;
  const found = readLiteral(lexer) !== undefined || valued.test(lexer.text);
  lexer.at = start;
  return found;
}

function decoded(value: Expression): Expression {
  return value.kind === "literal" && value.literal === "string" ? { ...value, value: decodeText(value.value, place, value.at) } : value;
}

function readSelect(lexer: Lexer): { select?: ContextItem[] } {
  return lexer.take("(") ? { select: readItems(lexer) } : {};
}

function readItems(lexer: Lexer): ContextItem[] {
  const items: ContextItem[] = [];
  if (lexer.take(")")) return items;
  lexer.enter();
  do items.push(readItem(lexer));
  while (lexer.take(","));
  if (!lexer.take(")")) throw lexer.expected("',' or ')'");
  lexer.leave();
  return items;
}

function readItem(lexer: Lexer): ContextItem {
  const at = lexer.node(lexer.at);
  const path: string[] = [];
  do path.push(readStep(lexer));
  while (lexer.take("/"));
  const recursive = lexer.take("+");
  return { at, path, recursive, ...(lexer.take("(") ? { items: readItems(lexer) } : {}) };
}

/** `*`, `ns.*`, a name, a qualified name or an annotation. */
function readStep(lexer: Lexer): string {
  const start = lexer.at;
  if (lexer.take("*")) return "*";
  const annotation = lexer.take("@");
  lexer.identifier("a name or *");
  while (lexer.code === 0x2e) {
    lexer.at++;
    if (!annotation && lexer.take("*")) break;
    lexer.identifier("a name");
  }
  if (annotation && lexer.take("#")) lexer.identifier("a qualifier");
  return lexer.text.slice(start, lexer.at);
}
