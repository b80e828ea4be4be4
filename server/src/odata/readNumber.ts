import type { Lexer } from "./lexer.ts";

/** ABNF `1*DIGIT`, up to the largest safe integer. */
export function readNumber(lexer: Lexer): number {
  const start = lexer.at;
  while (lexer.code >= 0x30 && lexer.code <= 0x39) lexer.at++;
  const value = Number(lexer.text.slice(start, lexer.at));
  const fits = lexer.at > start && Number.isSafeInteger(value) && !lexer.isNamePart(lexer.at) && lexer.code !== 0x2e;
  if (!fits) throw lexer.expected("a whole number that is not negative", start);
  return value;
}
