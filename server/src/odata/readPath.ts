import type { Aggregation, Alias, CallStep, CountStep, Expression, LambdaStep, NameStep, Path, PathStep, SearchExpression } from "./expression.ts";
import type { Lexer, ReadExpression } from "./lexer.ts";
import { readAggregation } from "./readAggregation.ts";
import { readArguments } from "./readArguments.ts";
import { readSearch } from "./readSearch.ts";

/** ABNF `firstMemberExpr`, `rootExpr`, `functionExpr`: a member path that begins with a name, `$it`, `$this`, `$these`, `$root`, `@annotation` or `@alias`; an alias alone is one. */
export function readPath(lexer: Lexer, expression: ReadExpression): Path | Alias {
  const { at, code } = lexer;
  if (code === 0x24) return readSteps(lexer, [readVariable(lexer)], expression);
  if (code !== 0x40) return readNamedPath(lexer, lexer.qualifiedName("an operand"), at, expression);
  const name = readAnnotation(lexer);
  const plain = !name.includes(".") && !name.includes("#");
  if (plain && lexer.code !== 0x2f) return { kind: "alias", name: name.slice(1), at: lexer.node(at) };
  return readSteps(lexer, [{ kind: "name", name, at: lexer.node(at) }], expression);
}

/** A member path whose first name, which began at `at`, is already read. */
export function readNamedPath(lexer: Lexer, name: string, at: number, expression: ReadExpression): Path {
  const steps: PathStep[] = [];
  pushName(lexer, steps, { kind: "name", name, at }, expression);
  return readSteps(lexer, steps, expression);
}

function readSteps(lexer: Lexer, segments: PathStep[], expression: ReadExpression): Path {
  let last = false;
  while (!last && lexer.code === 0x2f) {
    lexer.at++;
    last = readStep(lexer, segments, expression);
  }
  return { kind: "path", segments, at: segments[0]?.at ?? lexer.at };
}

/** Reads one step; true when nothing may follow it. */
function readStep(lexer: Lexer, steps: PathStep[], expression: ReadExpression): boolean {
  const { at, code } = lexer;
  if (code === 0x40) {
    steps.push({ kind: "name", name: readAnnotation(lexer), at: lexer.node(at) });
    return false;
  }
  if (code === 0x24) return readDollarStep(lexer, steps, expression);
  const name = lexer.qualifiedName("a name, $count, any or all");
  const kind = lexer.code === 0x28 ? name.toLowerCase() : "";
  if (kind === "any" || kind === "all") {
    steps.push(readLambda(lexer, { kind, at }, expression));
    return true;
  }
  if (kind === "aggregate") {
    steps.push({ kind, of: readAggregate(lexer, expression), at: lexer.node(at) });
    return true;
  }
  pushName(lexer, steps, { kind: "name", name, at }, expression);
  return false;
}

function pushName(lexer: Lexer, steps: PathStep[], step: NameStep, expression: ReadExpression): void {
  lexer.node(step.at);
  if (lexer.code !== 0x28) {
    steps.push(step);
    return;
  }
  lexer.at++;
  steps.push({ kind: "call", name: step.name, parameters: readArguments(lexer, expression), at: step.at });
  pushKey(lexer, steps, expression);
}

/** A second pair of parentheses is a key in what the first returned: a call without a name. */
function pushKey(lexer: Lexer, steps: PathStep[], expression: ReadExpression): void {
  const at = lexer.at;
  if (!lexer.take("(")) return;
  steps.push({ kind: "call", name: "", parameters: readArguments(lexer, expression), at: lexer.node(at) });
}

/** ABNF `annotationInQuery` or `parameterAlias`, with its `@` and qualifier. */
function readAnnotation(lexer: Lexer): string {
  const start = lexer.at;
  lexer.need("@");
  lexer.qualifiedName("the name of an alias or annotation");
  if (lexer.take("#")) lexer.identifier("a qualifier");
  return lexer.text.slice(start, lexer.at);
}

function readVariable(lexer: Lexer): NameStep {
  const at = lexer.node(lexer.at);
  lexer.need("$");
  for (const name of ["it", "this", "these", "root"]) {
    if (!lexer.takeWord(name)) continue;
    if (name === "root" && lexer.code !== 0x2f) throw lexer.expected("'/'");
    return { kind: "name", name: `$${name}`, at };
  }
  throw lexer.expected("$it, $this, $these or $root", at);
}

function readDollarStep(lexer: Lexer, steps: PathStep[], expression: ReadExpression): boolean {
  const at = lexer.node(lexer.at);
  lexer.need("$");
  if (lexer.takeWord("count")) {
    steps.push(readCount(lexer, at, expression));
    return true;
  }
  if (!lexer.takeWord("filter")) throw lexer.expected("$count or $filter", at);
  lexer.need("(");
  const value = nested(lexer, expression);
  const step: CallStep = { kind: "call", name: "$filter", parameters: [{ value }], at };
  steps.push(step);
  pushKey(lexer, steps, expression);
  return false;
}

function nested(lexer: Lexer, expression: ReadExpression): Expression {
  lexer.enter();
  lexer.space();
  const value = expression(lexer);
  lexer.space();
  lexer.need(")");
  lexer.leave();
  return value;
}

/** ABNF `aggregateFunctionExpr`, at the parenthesis. */
function readAggregate(lexer: Lexer, expression: ReadExpression): Aggregation {
  lexer.need("(");
  lexer.enter();
  lexer.space();
  const found = readAggregation(lexer, expression);
  lexer.space();
  lexer.need(")");
  lexer.leave();
  return found;
}

/** ABNF `anyExpr`, `allExpr`, at the parenthesis. */
function readLambda(lexer: Lexer, step: { kind: "any" | "all"; at: number }, expression: ReadExpression): LambdaStep {
  lexer.node(step.at);
  lexer.need("(");
  lexer.space();
  if (step.kind === "any" && lexer.take(")")) return step;
  const variable = lexer.identifier("the name of a variable");
  lexer.space();
  lexer.need(":");
  return { ...step, variable, predicate: nested(lexer, expression) };
}

/** ABNF `count [ OPEN expandCountOption *( SEMI expandCountOption ) CLOSE ]`, behind the name. */
function readCount(lexer: Lexer, at: number, expression: ReadExpression): CountStep {
  const step: { kind: "count"; at: number; filter?: Expression; search?: SearchExpression } = { kind: "count", at };
  if (!lexer.take("(")) return step;
  lexer.enter();
  do {
    const start = lexer.at;
    lexer.take("$");
    const name = lexer.takeWord("filter") ? "filter" : lexer.takeWord("search") ? "search" : undefined;
    if (name === undefined) throw lexer.expected("$filter or $search", start);
    if (step[name] !== undefined) throw lexer.refuse(`$${name} twice`, start);
    lexer.need("=");
    if (name === "filter") step.filter = expression(lexer);
    else step.search = readSearch(lexer);
  } while (lexer.take(";"));
  lexer.need(")");
  lexer.leave();
  return step;
}
