import { canonicalFunctions } from "./canonicalFunctions.ts";
import type { Call, Expression, Path } from "./expression.ts";
import type { Lexer, ReadExpression } from "./lexer.ts";

/** ABNF `methodCallExpr`, `castExpr`, `isofExpr`: the position stands at the parenthesis behind `name` (lower case), which began at `at`. */
export function readCall(lexer: Lexer, name: string, at: number, expression: ReadExpression): Call {
  lexer.node(at);
  lexer.enter();
  lexer.need("(");
  const values = name === "case" ? readCases(lexer, expression) : readValues(lexer, name, expression);
  lexer.leave();
  const [fewest, most] = canonicalFunctions.get(name) ?? [0, Infinity];
  if (values.length < fewest || values.length > most) {
    const wanted = fewest === most ? `${fewest}` : `${fewest} or ${most}`;
    throw lexer.refuse(`expected ${wanted} argument${most === 1 ? "" : "s"} for ${name}, found ${values.length},`, at);
  }
  return { kind: "call", name, arguments: values, at };
}

function readValues(lexer: Lexer, name: string, expression: ReadExpression): Expression[] {
  const values: Expression[] = [];
  const typed = name === "cast" || name === "isof";
  lexer.space();
  if (lexer.take(")")) return values;
  do {
    const type = typed ? readType(lexer) : undefined;
    if (type !== undefined) {
      values.push(type);
      lexer.need(")");
      return values;
    }
    if (typed && values.length === 1) throw lexer.expected("the name of a type");
    values.push(expression(lexer));
  } while (lexer.more());
  if (typed) throw lexer.expected("the name of a type", lexer.at - 1);
  return values;
}

/** ABNF `caseMethodCallExpr`: condition, value, condition, value. */
function readCases(lexer: Lexer, expression: ReadExpression): Expression[] {
  const values: Expression[] = [];
  lexer.space();
  do {
    values.push(expression(lexer));
    lexer.space();
    lexer.need(":");
    lexer.space();
    values.push(expression(lexer));
  } while (lexer.more());
  return values;
}

/** ABNF `optionallyQualifiedTypeName` when it is the last argument; Graph's documentation writes it in quotes. */
function readType(lexer: Lexer): Path | undefined {
  const at = lexer.at;
  const name = lexer.isNameHere() ? typeName(lexer) : quotedName(lexer);
  lexer.space();
  if (name !== undefined && lexer.text.charCodeAt(lexer.at) === 0x29) {
    lexer.node(at);
    return { kind: "path", segments: [{ kind: "name", name, at }], at };
  }
  lexer.at = at;
  return undefined;
}

const quoted = /'([\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)+)'/uy;

function quotedName(lexer: Lexer): string | undefined {
  quoted.lastIndex = lexer.at;
  const found = quoted.exec(lexer.text);
  if (found === null) return undefined;
  lexer.at = quoted.lastIndex;
  return found[1];
}

function typeName(lexer: Lexer): string | undefined {
  const name = lexer.qualifiedName("a type");
  if (name !== "Collection" || !lexer.take("(")) return name;
  if (!lexer.isNameHere()) return undefined;
  const item = lexer.qualifiedName("a type");
  return lexer.take(")") ? `Collection(${item})` : undefined;
}
