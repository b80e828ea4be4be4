import type { SearchExpression } from "./expression.ts";
import type { Lexer } from "./lexer.ts";

/** ABNF `searchExpr` (OData 4.01 URL conventions 5.1.8): NOT binds tightest, then AND (written or not), then OR. The three words are operators only where operands follow. */
export function readSearch(lexer: Lexer): SearchExpression {
  lexer.enter();
  let left = readAnd(lexer);
  while (takeOperator(lexer, "OR")) left = { kind: "or", left, right: readAnd(lexer), at: lexer.node(left.at) };
  lexer.leave();
  return left;
}

function readAnd(lexer: Lexer): SearchExpression {
  let left = readTerm(lexer);
  for (;;) {
    const start = lexer.at;
    const joined = takeOperator(lexer, "AND") || (lexer.space() && startsTerm(lexer) && !isOperator(lexer, "OR"));
    if (!joined) {
      lexer.at = start;
      return left;
    }
    left = { kind: "and", left, right: readTerm(lexer), at: lexer.node(left.at) };
  }
}

function readTerm(lexer: Lexer): SearchExpression {
  const at = lexer.at;
  if (takeUnary(lexer)) {
    lexer.enter();
    const operand = readTerm(lexer);
    lexer.leave();
    return { kind: "not", operand, at: lexer.node(at) };
  }
  if (lexer.take("(")) {
    lexer.space();
    const inner = readSearch(lexer);
    lexer.space();
    lexer.need(")");
    return inner;
  }
  if (lexer.code === 0x22) return readPhrase(lexer);
  if (lexer.code === 0x27) return readQuoted(lexer);
  return readWord(lexer);
}

const phrase = /"((?:[^"\\]|\\.)+)"/suy;

function readPhrase(lexer: Lexer): SearchExpression {
  const at = lexer.node(lexer.at);
  phrase.lastIndex = at;
  const found = phrase.exec(lexer.text)?.[1];
  if (found === undefined) {
    if (lexer.text.startsWith('""', at)) throw lexer.expected("a word between the double quotes", at + 1);
    throw lexer.expected("a closing double quote", lexer.text.length);
  }
  lexer.at = phrase.lastIndex;
  return { kind: "phrase", text: found.replaceAll(/\\(.)/gsu, "$1"), at };
}

function readQuoted(lexer: Lexer): SearchExpression {
  const at = lexer.node(lexer.at++);
  const text = lexer.quoted();
  if (text === "") throw lexer.expected("a word between the quotes", at + 1);
  return { kind: "phrase", text, at };
}

/** ABNF `searchWord`: no space, parenthesis, double quote or plain semicolon. */
function readWord(lexer: Lexer): SearchExpression {
  const at = lexer.at;
  while (isWordPart(lexer)) lexer.at++;
  if (lexer.at === at) throw lexer.expected("a word or phrase");
  return { kind: "word", text: lexer.text.slice(at, lexer.at), at: lexer.node(at) };
}

function isWordPart(lexer: Lexer): boolean {
  const { code } = lexer;
  if (code === 0x3b) return lexer.encodedSemicolons.includes(lexer.at);
  return code > 0x20 && code !== 0x22 && code !== 0x28 && code !== 0x29;
}

function startsTerm(lexer: Lexer): boolean {
  return lexer.code === 0x28 || lexer.code === 0x22 || isWordPart(lexer);
}

/** True when `word` stands here in capitals with space and an operand behind it; the position does not move. */
function isOperator(lexer: Lexer, word: string): boolean {
  const start = lexer.at;
  const found = lexer.take(word) && (lexer.space() || lexer.code === 0x28) && startsTerm(lexer);
  lexer.at = start;
  return found;
}

function takeOperator(lexer: Lexer, word: string): boolean {
  const start = lexer.at;
  lexer.space();
  if (isOperator(lexer, word)) {
    lexer.at += word.length;
    lexer.space();
    return true;
  }
  lexer.at = start;
  return false;
}

function takeUnary(lexer: Lexer): boolean {
  if (!isOperator(lexer, "NOT")) return false;
  lexer.at += 3;
  lexer.space();
  return true;
}
