import type { Lexer } from "./lexer.ts";
import type { ComputeItem } from "./options.ts";
import { readExpression } from "./readExpression.ts";
import { readItems } from "./readItems.ts";

/** ABNF `computeItem *( COMMA computeItem )`. */
export function readCompute(lexer: Lexer): ComputeItem[] {
  return readItems(lexer, readItem);
}

function readItem(lexer: Lexer): ComputeItem {
  const expression = readExpression(lexer);
  lexer.space();
  return { expression, name: readAs(lexer) };
}

/** `as` and the name behind it. */
export function readAs(lexer: Lexer): string {
  if (!lexer.takeWord("as")) throw lexer.expected("'as' and a name");
  lexer.space();
  return lexer.identifier("a name");
}
