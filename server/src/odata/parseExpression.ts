import type { Expression } from "./expression.ts";
import { defaultLimits, Lexer } from "./lexer.ts";
import type { Limits } from "./lexer.ts";
import { readExpression } from "./readExpression.ts";

/**
 * Parses a decoded text as an OData common expression (ABNF `commonExpr`). Syntax errors name `place`,
 * which is the option (`$filter`), and a 0-based position in the text.
 */
export function parseExpression(text: string, place: string, limits: Limits = defaultLimits): Expression {
  const lexer = new Lexer(text, place, limits);
  const expression = readExpression(lexer);
  lexer.space();
  if (lexer.at < text.length) throw lexer.expected("an operator");
  return expression;
}
