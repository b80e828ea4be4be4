import type { Aggregation, Expression } from "./expression.ts";
import type { Lexer, ReadExpression } from "./lexer.ts";

/** ABNF `aggregateExpr` without its alias: `$count`, a custom aggregate, or an expression with a method; then any number of `from`. */
export function readAggregation(lexer: Lexer, expression: ReadExpression): Aggregation {
  const at = lexer.node(lexer.at);
  const value = readValue(lexer, expression);
  const counted = endsInCount(value);
  const start = lexer.at;
  lexer.space();
  const method = counted ? undefined : readMethod(lexer);
  if (method === undefined && !counted && !isNames(value)) throw lexer.expected("'with' and a method of aggregation");
  const from: Aggregation["from"][number][] = [];
  for (; lexer.takeWord("from"); lexer.space()) {
    lexer.node(lexer.at);
    const keys = readKeys(lexer);
    const coarser = readMethod(lexer);
    if (coarser === undefined && (method !== undefined || counted)) throw lexer.expected("'with' and a method of aggregation");
    from.push({ keys, ...(coarser === undefined ? {} : { method: coarser }) });
  }
  if (method === undefined && from.length === 0) lexer.at = start;
  return { at, value, from, ...(method === undefined ? {} : { method }) };
}

function readValue(lexer: Lexer, expression: ReadExpression): Expression {
  const at = lexer.at;
  if (!lexer.text.startsWith("$count", at) || lexer.isNamePart(at + 6)) return expression(lexer);
  lexer.at += 6;
  return { kind: "path", segments: [{ kind: "count", at: lexer.node(at) }], at };
}

/** True for a path whose last step is `$count`: it has its method in itself. */
export function endsInCount(value: Expression): boolean {
  return value.kind === "path" && value.segments.at(-1)?.kind === "count";
}

/** What may be the path of a custom aggregate. */
function isNames(value: Expression): boolean {
  return value.kind === "path" && value.segments.every((step) => step.kind === "name" || step.kind === "call");
}

const methods = new Set(["sum", "min", "max", "average", "countdistinct"]);

/** `with` and a method; the names of standard ones in lower case. */
function readMethod(lexer: Lexer): string | undefined {
  lexer.space();
  if (!lexer.takeWord("with")) return undefined;
  lexer.space();
  const at = lexer.at;
  const what = "sum, min, max, average, countdistinct or the qualified name of a method";
  const name = lexer.qualifiedName(what);
  lexer.space();
  if (name.includes(".")) return name;
  if (!methods.has(name.toLowerCase())) throw lexer.expected(what, at);
  return name.toLowerCase();
}

function readKeys(lexer: Lexer): string[][] {
  const keys: string[][] = [];
  do {
    lexer.space();
    keys.push(readNames(lexer));
    lexer.space();
  } while (lexer.take(","));
  return keys;
}

/** Names and qualified types, joined by slashes. */
export function readNames(lexer: Lexer): string[] {
  const names: string[] = [];
  do {
    lexer.node(lexer.at);
    names.push(lexer.qualifiedName("the name of a property"));
  } while (takeSlash(lexer));
  return names;
}

/** Steps over a slash when a name stands behind it. */
function takeSlash(lexer: Lexer): boolean {
  if (!lexer.take("/")) return false;
  if (lexer.isNameHere()) return true;
  lexer.at--;
  return false;
}
