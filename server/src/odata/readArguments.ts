import type { Expression, NamedArgument } from "./expression.ts";
import type { Lexer, ReadExpression } from "./lexer.ts";
import { readLiteral, readPrefixed } from "./readLiteral.ts";

/**
 * ABNF `keyPredicate` and `functionParameters`, behind the opening parenthesis: nothing, one nameless
 * value, or `name=value` pairs whose values `value` reads.
 */
export function readArguments(lexer: Lexer, value: ReadExpression): NamedArgument[] {
  const found: NamedArgument[] = [];
  lexer.enter();
  lexer.space();
  if (lexer.take(")")) {
    lexer.leave();
    return found;
  }
  do {
    const name = readName(lexer);
    if (name === undefined && found.length > 0) throw lexer.expected("'name=value'");
    found.push(name === undefined ? { value: readKeyValue(lexer) } : { name, value: value(lexer) });
    lexer.space();
    if (name === undefined && lexer.code !== 0x29) throw lexer.expected("')'");
  } while (lexer.more());
  lexer.leave();
  return found;
}

function readName(lexer: Lexer): string | undefined {
  const start = lexer.at;
  if (!lexer.isNameHere()) return undefined;
  const name = lexer.identifier("a name");
  if (lexer.take("=")) return name;
  lexer.at = start;
  return undefined;
}

/** ABNF `keyPropertyValue` or `parameterAlias`: a literal or `@name`. */
export function readKeyValue(lexer: Lexer): Expression {
  const value = readConstant(lexer);
  if (value === undefined) throw lexer.expected("a value, such as 'text', 42, a GUID or @alias");
  return value;
}

/** A literal of any kind or an alias; undefined, with the position unchanged, when something else stands here. */
export function readConstant(lexer: Lexer): Expression | undefined {
  const at = lexer.at;
  if (lexer.take("@")) {
    const name = lexer.identifier("the name of an alias");
    return { kind: "alias", name, at: lexer.node(at) };
  }
  const literal = readLiteral(lexer);
  if (literal !== undefined || !lexer.isNameHere()) return literal;
  const prefix = lexer.qualifiedName("a value");
  if (lexer.code === 0x27) return readPrefixed(lexer, prefix, at);
  lexer.at = at;
  return undefined;
}
