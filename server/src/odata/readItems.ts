import type { Lexer } from "./lexer.ts";

/** One or more items with commas between them and space around each. */
export function readItems<Item>(lexer: Lexer, read: (lexer: Lexer) => Item): Item[] {
  const items: Item[] = [];
  do {
    lexer.space();
    items.push(read(lexer));
    lexer.space();
  } while (lexer.take(","));
  return items;
}
