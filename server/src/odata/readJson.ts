import type { Expression, JsonLiteral } from "./expression.ts";
import { printExpression } from "./printExpression.ts";
import type { Lexer, ReadExpression } from "./lexer.ts";

/** ABNF `arrayOrObject`: JSON whose values may also be expressions; its text is kept without needless space. */
export function readJson(lexer: Lexer, expression: ReadExpression): JsonLiteral {
  const at = lexer.node(lexer.at);
  return { kind: "json", text: readText(lexer, expression), at };
}

function readText(lexer: Lexer, expression: ReadExpression): string {
  const open = lexer.take("[") ? "[" : "{";
  const close = open === "[" ? "]" : "}";
  if (open === "{") lexer.need("{");
  lexer.enter();
  const parts: string[] = [];
  lexer.space();
  while (!lexer.take(close)) {
    if (parts.length > 0) {
      if (!lexer.take(",")) throw lexer.expected(`',' or '${close}'`);
      lexer.space();
    }
    parts.push(open === "[" ? readValue(lexer, expression) : readMember(lexer, expression));
    lexer.space();
  }
  lexer.leave();
  return open + parts.join(",") + close;
}

function readMember(lexer: Lexer, expression: ReadExpression): string {
  if (lexer.code !== 0x22) throw lexer.expected("a member name in double quotes");
  const name = readString(lexer);
  lexer.space();
  lexer.need(":");
  lexer.space();
  return `${name}:${readValue(lexer, expression)}`;
}

function readValue(lexer: Lexer, expression: ReadExpression): string {
  const { code, at } = lexer;
  lexer.node(at);
  if (code === 0x22) return readString(lexer);
  if (code === 0x5b || code === 0x7b) return readText(lexer, expression);
  const value = expression(lexer);
  return asJson(value) ?? printExpression(value);
}

const jsonString = /"(?:[^"\\]|\\.)*"/suy;

function readString(lexer: Lexer): string {
  jsonString.lastIndex = lexer.at;
  if (!jsonString.test(lexer.text)) throw lexer.expected("a closing double quote", lexer.text.length);
  const text = lexer.text.slice(lexer.at, jsonString.lastIndex);
  try {
    const value: unknown = JSON.parse(text);
    lexer.at = jsonString.lastIndex;
    return JSON.stringify(value);
  } catch {
    throw lexer.expected("a JSON string");
  }
}

function asJson(value: Expression): string | undefined {
  if (value.kind !== "literal") return undefined;
  if (value.literal === "string") return JSON.stringify(value.value);
  if (value.literal === "integer" || value.literal === "decimal") return value.value.replace(/^(-?)0+(?=\d)/, "$1");
  return undefined;
}
