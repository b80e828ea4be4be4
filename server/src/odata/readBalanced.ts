import type { Lexer } from "./lexer.ts";

/** Text up to the `;` or `)` that ends it, or to the end, with parentheses and quotes in pairs. */
export function readBalanced(lexer: Lexer): string {
  const start = lexer.at;
  let depth = 0;
  for (; lexer.at < lexer.text.length; lexer.at++) {
    const { code } = lexer;
    if (code === 0x27) {
      lexer.at++;
      lexer.quoted();
      lexer.at--;
    } else if (code === 0x28) depth++;
    else if (code === 0x29 && depth-- === 0) break;
    else if (code === 0x3b && depth === 0) break;
  }
  if (depth > 0) throw lexer.expected("')'");
  if (lexer.at === start) throw lexer.expected("a value");
  return lexer.text.slice(start, lexer.at);
}
