import { bindingPower } from "./bindingPower.ts";
import { canonicalFunctions } from "./canonicalFunctions.ts";
import type { BinaryOperator, Expression, In, List } from "./expression.ts";
import type { Lexer } from "./lexer.ts";
import { readConstant } from "./readArguments.ts";
import { readCall } from "./readCall.ts";
import { readJson } from "./readJson.ts";
import { readLiteral, readPrefixed } from "./readLiteral.ts";
import { readNamedPath, readPath } from "./readPath.ts";

const tightest = 8;

/** ABNF `commonExpr` at the lexer's position. */
export function readExpression(lexer: Lexer): Expression {
  return climb(lexer, 0);
}

function climb(lexer: Lexer, least: number): Expression {
  const at = lexer.at;
  let left = readOperand(lexer);
  for (;;) {
    const end = lexer.at;
    lexer.space();
    const operator = peekOperator(lexer);
    const power = bindingPower.get(operator) ?? -1;
    if (power < least || operator === "") {
      lexer.at = end;
      return left;
    }
    lexer.at += operator.length;
    lexer.space();
    if (operator === "in") left = readIn(lexer, left, at);
    else left = { kind: "binary", operator: operator as BinaryOperator, left, right: climb(lexer, power + 1), at: lexer.node(at) };
  }
}

/** The operator that stands here, in lower case, or the empty text. */
function peekOperator(lexer: Lexer): string {
  const { text, at } = lexer;
  let end = at;
  while (end - at < 6 && isLetter(text.charCodeAt(end))) end++;
  if (end === at || lexer.isNamePart(end)) return "";
  const word = text.slice(at, end);
  if (bindingPower.has(word)) return word;
  const lower = word.toLowerCase();
  return bindingPower.has(lower) ? lower : "";
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

function readOperand(lexer: Lexer): Expression {
  const { at, code } = lexer;
  switch (code) {
    case 0x28:
      return readParentheses(lexer);
    case 0x5b:
    case 0x7b:
      return readJson(lexer, readExpression);
    case 0x24:
    case 0x40:
      return readPath(lexer, readExpression);
    default: {
      const literal = readLiteral(lexer);
      if (literal !== undefined) return literal;
      if (code === 0x2d) return readUnary(lexer, "negate", 1);
      return (code | 0x20) === 0x6e && isNot(lexer) ? readUnary(lexer, "not", 3) : readNamed(lexer, at);
    }
  }
}

function readParentheses(lexer: Lexer): Expression {
  lexer.enter();
  lexer.at++;
  lexer.space();
  const inner = readExpression(lexer);
  lexer.space();
  if (!lexer.take(")")) throw lexer.expected("an operator or ')'");
  lexer.leave();
  return inner;
}

/** `not` is a name only where a name goes on: `not/x`, `not.y`. */
function isNot(lexer: Lexer): boolean {
  const end = lexer.at + 3;
  if (lexer.text.slice(lexer.at, end).toLowerCase() !== "not" || lexer.isNamePart(end)) return false;
  const next = lexer.text.charCodeAt(end);
  return next !== 0x2f && next !== 0x2e && next !== 0x27;
}

function readUnary(lexer: Lexer, kind: "not" | "negate", length: number): Expression {
  const at = lexer.node(lexer.at);
  lexer.enter();
  lexer.at += length;
  lexer.space();
  const operand = climb(lexer, tightest);
  lexer.leave();
  return { kind, operand, at };
}

function readNamed(lexer: Lexer, at: number): Expression {
  const name = lexer.qualifiedName("an operand");
  if (lexer.code === 0x27) return readPrefixed(lexer, name, at);
  if (lexer.code === 0x28) {
    const lower = name.toLowerCase();
    if (canonicalFunctions.has(lower)) return readCall(lexer, lower, at, readExpression);
    if (lower === "any" || lower === "all" || lower === "aggregate")
      throw lexer.refuse(`${lower} needs a collection in front of it, as in tags/${lower}(...),`, at);
  }
  return readNamedPath(lexer, name, at, readExpression);
}

/** ABNF `inExpr`, behind the operator: a list of literals, or one operand that yields a collection. */
function readIn(lexer: Lexer, left: Expression, at: number): In {
  lexer.node(at);
  const start = lexer.at;
  const right = readList(lexer) ?? readOperand(lexer);
  if (right.kind === "list" || right.kind === "path" || right.kind === "alias" || right.kind === "json") return { kind: "in", left, right, at };
  throw lexer.expected("a list such as ('a','b'), or a path or alias of a collection", start);
}

/** ABNF `listExpr`, or undefined when the parentheses hold something else than literals and aliases. */
function readList(lexer: Lexer): List | undefined {
  const at = lexer.at;
  if (!lexer.take("(")) return undefined;
  lexer.space();
  const items: Expression[] = [];
  if (!lexer.take(")")) {
    do {
      const item = readConstant(lexer);
      if (item === undefined && items.length > 0) throw lexer.expected("a literal");
      if (item === undefined) {
        lexer.at = at;
        return undefined;
      }
      items.push(item);
    } while (lexer.more());
  }
  return { kind: "list", items, at: lexer.node(at) };
}
