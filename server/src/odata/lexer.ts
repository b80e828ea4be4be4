import { syntaxProblem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";
import type { Expression } from "./expression.ts";
import { isDigit } from "./literal.ts";

/** What a text may cost before it is refused. */
export interface Limits {
  /** How deep parentheses, functions, lambdas and nested options may lie in each other. */
  readonly depth: number;
  /** How many nodes the trees of one option may have. */
  readonly nodes: number;
  /** How many characters one option may have. */
  readonly length: number;
}

/** The limits that hold where no others are given. */
export const defaultLimits: Limits = { depth: 100, nodes: 2000, length: 8192 };

/** Reads an expression at the lexer's position; handed down so that the readers of parts need not import it. */
export type ReadExpression = (lexer: Lexer) => Expression;

const leading = /[\p{L}\p{Nl}]/u;
const following = /[\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]/u;
const shown = /\$?\w{1,30}|./suy;
const longestIdentifier = 128;

function isNameStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

/** A position in one decoded option text, with the reading of names, space and punctuation, and the counting of limits. */
export class Lexer {
  readonly text: string;
  /** Named in refusals: `$filter`, `path`, `@p`. */
  readonly place: string;
  readonly limits: Limits;
  /** Added to positions in refusals: where the text begins in what the caller wrote. */
  readonly origin: number;
  /** Positions of semicolons that were percent-encoded; a search word may hold these (ABNF `searchWord`). */
  encodedSemicolons: readonly number[] = [];
  at = 0;
  #nodes = 0;
  #depth = 0;

  constructor(text: string, place: string, limits: Limits = defaultLimits, origin = 0) {
    this.text = text;
    this.place = place;
    this.limits = limits;
    this.origin = origin;
    if (text.length > limits.length) throw this.refuse(`longer than ${limits.length} characters, which is the limit,`, limits.length);
  }

  /** The code unit at the position, NaN at the end. */
  get code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** A refusal that says what was expected here and what was found. */
  expected(what: string, at = this.at): Problem {
    shown.lastIndex = at;
    const found = shown.exec(this.text)?.[0];
    return this.refuse(`expected ${what}, found ${found === undefined ? "the end" : `'${found}'`}`, at);
  }

  /** Any other refusal of this text. */
  refuse(what: string, at = this.at): Problem {
    return syntaxProblem(this.place, at + this.origin, what);
  }

  /** Counts a node that begins at `at` and gives `at` back. */
  node(at: number): number {
    if (++this.#nodes > this.limits.nodes) throw this.refuse(`more than ${this.limits.nodes} parts, which is the limit,`, at);
    return at;
  }

  enter(): void {
    if (++this.#depth > this.limits.depth) throw this.refuse(`nested deeper than ${this.limits.depth} levels, which is the limit,`);
  }

  leave(): void {
    this.#depth--;
  }

  /** ABNF `BWS`: skips spaces and tabs; true when there was one. */
  space(): boolean {
    const start = this.at;
    while (this.code === 0x20 || this.code === 0x09) this.at++;
    return this.at > start;
  }

  /** Steps over `text` when it stands here. */
  take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Steps over `text`, which must stand here. */
  need(text: string): void {
    if (!this.take(text)) throw this.expected(`'${text}'`);
  }

  /** Steps over a word in any case when it stands here and is not the beginning of a longer name. */
  takeWord(word: string): boolean {
    const end = this.at + word.length;
    if (this.text.slice(this.at, end).toLowerCase() !== word || this.isNamePart(end)) return false;
    this.at = end;
    return true;
  }

  /** Steps over `,` with space around it, or `)` with space before it; true for the comma. */
  more(): boolean {
    this.space();
    if (this.take(")")) return false;
    if (!this.take(",")) throw this.expected("',' or ')'");
    this.space();
    return true;
  }

  /** Nothing but space may follow. */
  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.expected("the end");
  }

  isNamePart(at: number): boolean {
    const code = this.text.charCodeAt(at);
    if (code < 0x80) return isNameStart(code) || isDigit(code);
    return code >= 0x80 && following.test(String.fromCodePoint(this.text.codePointAt(at) ?? 0));
  }

  isNameHere(): boolean {
    const code = this.code;
    if (code < 0x80) return isNameStart(code);
    return code >= 0x80 && leading.test(String.fromCodePoint(this.text.codePointAt(this.at) ?? 0));
  }

  /** ABNF `odataIdentifier`; `what` is said when none stands here. */
  identifier(what: string): string {
    if (!this.isNameHere()) throw this.expected(what);
    const start = this.at;
    do this.at += (this.text.codePointAt(this.at) ?? 0) > 0xffff ? 2 : 1;
    while (this.isNamePart(this.at));
    if (this.at - start > longestIdentifier) throw this.refuse(`a name longer than ${longestIdentifier} characters`, start);
    return this.text.slice(start, this.at);
  }

  /** An identifier with any number of `.identifier` behind it. */
  qualifiedName(what: string): string {
    const start = this.at;
    this.identifier(what);
    while (this.code === 0x2e) {
      this.at++;
      this.identifier("a name");
    }
    return this.text.slice(start, this.at);
  }

  /** ABNF `stringLiteral` behind whose opening quote the position stands: its text, with `''` read as `'`. */
  quoted(): string {
    const start = this.at;
    let end = this.text.indexOf("'", start);
    let doubled = false;
    while (end >= 0 && this.text.charCodeAt(end + 1) === 0x27) {
      doubled = true;
      end = this.text.indexOf("'", end + 2);
    }
    if (end < 0) throw this.expected(`the closing quote of the string that begins at position ${start - 1 + this.origin}`, this.text.length);
    this.at = end + 1;
    const value = this.text.slice(start, end);
    return doubled ? value.replaceAll("''", "'") : value;
  }
}
