import type { Lexer } from "./lexer.ts";
import type { OrderbyItem } from "./options.ts";
import { readExpression } from "./readExpression.ts";
import { readItems } from "./readItems.ts";

/** ABNF `orderbyItem *( COMMA orderbyItem )`. */
export function readOrderby(lexer: Lexer): OrderbyItem[] {
  return readItems(lexer, readItem);
}

function readItem(lexer: Lexer): OrderbyItem {
  const expression = readExpression(lexer);
  lexer.space();
  const descending = lexer.takeWord("desc");
  if (!descending) lexer.takeWord("asc");
  return { expression, descending };
}
