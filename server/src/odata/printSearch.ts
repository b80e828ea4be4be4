import type { SearchExpression } from "./expression.ts";

/** Stands for a semicolon of a search word, which must be percent-encoded in a query; U+0000 occurs in no parsed text. */
export const wordSemicolon = "\0";

const power = { or: 1, and: 2, not: 3, word: 4, phrase: 4 } as const;

/** Prints a `$search` tree (ABNF `searchExpr`), AND written out; semicolons of words come as `wordSemicolon`. */
export function printSearch(search: SearchExpression): string {
  switch (search.kind) {
    case "word":
      return search.text === "NOT" ? '"NOT"' : search.text.replaceAll(";", wordSemicolon);
    case "phrase":
      return `"${search.text.replaceAll(/["\\]/g, "\\$&")}"`;
    case "not":
      return `NOT ${printOperand(search.operand, power.not)}`;
    default: {
      const own = power[search.kind];
      return `${printOperand(search.left, own)} ${search.kind.toUpperCase()} ${printOperand(search.right, own + 1)}`;
    }
  }
}

function printOperand(search: SearchExpression, least: number): string {
  const text = printSearch(search);
  return power[search.kind] < least ? `(${text})` : text;
}
