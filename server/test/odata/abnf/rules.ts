import { decodeText } from "../../../src/odata/decodeText.ts";
import type { Expression, LiteralKind } from "../../../src/odata/expression.ts";
import { isLiteral } from "../../../src/odata/literal.ts";
import type { LexicalKind } from "../../../src/odata/literal.ts";
import type { OptionName } from "../../../src/odata/options.ts";
import { Lexer } from "../../../src/odata/lexer.ts";
import { parseContext } from "../../../src/odata/parseContext.ts";
import { parseExpression } from "../../../src/odata/parseExpression.ts";
import { parseHeader } from "../../../src/odata/parseHeader.ts";
import { parseOptions } from "../../../src/odata/parseOptions.ts";
import { parsePath } from "../../../src/odata/parsePath.ts";
import { parsePrefer } from "../../../src/odata/parsePrefer.ts";
import { parseUri } from "../../../src/odata/parseUri.ts";
import { requireTarget } from "../../../src/odata/requireTarget.ts";
import { Problem } from "../../../src/base/errors.ts";
import { Misfit, type Piece } from "./place.ts";
import type { SmallModel } from "./smallModel.ts";

/** Puts a text to this product's parsers and throws where they refuse it. */
export interface Rule {
  readonly parse: (input: string, model: SmallModel) => unknown;
  /** What positions in refusals count in. */
  readonly pieces: (input: string) => readonly Piece[];
}

function demand(condition: boolean, input: string): void {
  if (!condition) throw new Misfit("The text is something else than the rule.", { from: 0, to: input.length });
}

function expressionOf(input: string): Expression {
  return parseExpression(decodeText(input, "text"), "text");
}

const whole = (input: string): Piece[] => [{ target: "text", start: 0, raw: input }];
const inText = (parse: Rule["parse"]): Rule => ({ parse, pieces: whole });

const expression = inText((input, model) => model.checkExpression(expressionOf(input), input.length));
const literal = (...kinds: LiteralKind[]): Rule =>
  inText((input) => {
    const tree = expressionOf(input);
    demand(tree.kind === "literal" && (kinds.length === 0 || kinds.includes(tree.literal)), input);
  });
const kindOf = (...kinds: Expression["kind"][]): Rule => inText((input) => demand(kinds.includes(expressionOf(input).kind), input));
const value = (...kinds: LexicalKind[]): Rule =>
  inText((input) =>
    demand(
      kinds.some((kind) => isLiteral(kind, input)),
      input,
    ),
  );
const name = inText((input) => {
  const lexer = new Lexer(input, "text");
  lexer.identifier("a name");
  lexer.end();
});
const preference = inText((input) => demand(Object.keys(parsePrefer(input)).length > 0, input));
const number = literal("integer", "decimal");

/** The values of a query's options, each where it stands. */
function valuesOf(query: string, begin = 0): Piece[] {
  const pieces: Piece[] = [{ target: "query", start: begin, raw: query }];
  let start = begin;
  for (const parameter of query.split("&")) {
    const equals = parameter.indexOf("=");
    const key = equals < 0 ? parameter : parameter.slice(0, equals);
    const target = key.startsWith("@") ? key : `$${key.replace(/^\$/, "").toLowerCase()}`;
    pieces.push({ target, start: start + key.length + 1, raw: parameter.slice(key.length + 1) });
    start += parameter.length + 1;
  }
  return pieces;
}

/** Options are given once each (R18); the ABNF leaves that to the prose. */
export class TwiceGiven extends Error {}

function parseQuery(input: string, model: SmallModel) {
  try {
    const parsed = parseOptions(input);
    if (parsed.options.apply !== undefined) model.checkApply(parsed.options.apply);
    return parsed;
  } catch (error) {
    if (error instanceof Problem && error.message.endsWith("is given more than once.")) throw new TwiceGiven(error.message);
    throw error;
  }
}

const option = (...names: OptionName[]): Rule => ({
  parse: (input, model) => {
    const next = input.indexOf("&");
    if (next >= 0) throw new Misfit("Another option begins here.", { from: next, to: next });
    const { options } = parseQuery(input, model);
    demand(Object.keys(options).length === 1 && (names.length === 0 || names.some((one) => options[one] !== undefined)), input);
  },
  pieces: (input) => valuesOf(input),
});

function splitRelative(input: string): { path: string; query: string; fragment: string | undefined } {
  const hash = input.startsWith("$metadata#") ? input.indexOf("#") : -1;
  const rest = hash < 0 ? input : input.slice(0, hash);
  const mark = rest.indexOf("?");
  return {
    path: mark < 0 ? rest : rest.slice(0, mark),
    query: mark < 0 ? "" : rest.slice(mark + 1),
    fragment: hash < 0 ? undefined : input.slice(hash + 1),
  };
}

function parseRelative(input: string, model: SmallModel): void {
  const { path, query, fragment } = splitRelative(input);
  const segments = parsePath(path);
  const { options } = parseQuery(query, model);
  requireTarget(segments, options);
  model.checkPath(segments);
  if (fragment !== undefined) model.checkContext(parseContext(fragment));
}

const relative: Rule = {
  parse: parseRelative,
  pieces: (input) => {
    const { path, query } = splitRelative(input);
    return [{ target: "path", start: 0, raw: path }, ...valuesOf(query, path.length + 1)];
  },
};

/** Where the service root ends only the service knows: some end must do. */
const absolute: Rule = {
  parse: (input, model) => {
    const { path } = parseUri(input);
    const begin = input.indexOf(path, input.indexOf("//") + 2);
    for (let end = begin; end >= begin && end < begin + path.length; end = input.indexOf("/", end + 1)) {
      try {
        return parseRelative(input.slice(end + 1), model);
      } catch {
        // The next slash.
      }
    }
    throw new Misfit("No part of the path is a resource path.", { from: begin, to: input.length });
  },
  pieces: (input) => [{ target: "URI", start: 0, raw: input }],
};

const path: Rule = {
  parse: (input, model) => model.checkPath(parsePath(input)),
  pieces: (input) => [{ target: "path", start: 0, raw: input }],
};

/** How each rule of the ABNF is put to the parsers. */
export const rules: Readonly<Record<string, Rule>> = {
  anyExpr: inText((input) => expressionOf(`tags/${input}`)),
  binaryLiteral: literal("binary"),
  boolCommonExpr: expression,
  boolcommonExpr: expression,
  boolean: literal("boolean"),
  booleanValue: value("boolean"),
  byteValue: value("integer"),
  commonExpr: expression,
  compute: option("compute"),
  context: {
    parse: (input, model) => {
      demand(input.startsWith("#"), input);
      model.checkContext(parseContext(input.slice(1)));
    },
    pieces: (input) => [{ target: "context", start: 1, raw: input.slice(1) }],
  },
  customQueryOption: { parse: (input) => demand(parseOptions(input).custom.size === 1, input), pieces: (input) => valuesOf(input) },
  date: value("date"),
  dateTimeOffsetLiteral: literal("dateTimeOffset"),
  dateTimeOffsetValue: value("dateTimeOffset"),
  dateTimeOffsetValueInUrl: literal("dateTimeOffset"),
  dateValue: value("date"),
  decimalLiteral: number,
  decimalValue: value("decimal"),
  deltatoken: option("deltatoken"),
  doubleLiteral: number,
  doubleValue: value("decimal"),
  durationLiteral: literal("duration", "string"),
  durationValue: value("duration"),
  entitySetName: name,
  enumLiteral: literal("enum", "string"),
  enumValue: value("enum"),
  expand: option("expand"),
  filter: option("filter"),
  firstMemberExpr: kindOf("path"),
  functionParameter: { parse: (input) => parsePath(`f(${input})`), pieces: (input) => [{ target: "path", start: -2, raw: `f(${input})` }] },
  guid: value("guid"),
  header: inText((input) => {
    const colon = input.indexOf(":");
    demand(parseHeader(input.slice(0, colon), input.slice(colon + 1)) !== undefined, input);
  }),
  includeAnnotationsPreference: preference,
  int16Literal: number,
  int16Value: value("integer"),
  int32Literal: number,
  int32Value: value("integer"),
  int64Literal: number,
  int64Value: value("integer"),
  isofExpr: kindOf("call"),
  maxpagesizePreference: preference,
  notExpr: kindOf("not"),
  null: literal("null"),
  odataIdentifier: name,
  odataRelativeUri: relative,
  odataUri: absolute,
  orderBy: option("orderby"),
  orderby: option("orderby"),
  prefer: inText((input, model) => preference.parse(input.replace(/^Prefer:/, ""), model)),
  preference,
  primitiveLiteral: literal(),
  primitiveValue: value("boolean", "guid", "duration", "dateTimeOffset", "date", "timeOfDay", "enum", "decimal", "integer", "binary"),
  propertyPathExpr: kindOf("path"),
  queryOptions: { parse: parseQuery, pieces: (input) => valuesOf(input) },
  "request-id": inText((input) => parseHeader("Content-ID", input)),
  resourcePath: path,
  sbyteLiteral: number,
  sbyteValue: value("integer"),
  search: option("search"),
  searchExpr: { parse: (input) => parseOptions(`$search=${input}`), pieces: (input) => [{ target: "$search", start: 0, raw: input }] },
  select: option("select"),
  singleLiteral: number,
  singleValue: value("decimal"),
  skiptoken: option("skiptoken"),
  stringInUrl: inText((input) => expressionOf(`[${input}]`)),
  stringLiteral: literal("string"),
  systemQueryOption: option(),
  timeOfDayLiteral: literal("timeOfDay"),
  timeOfDayValue: value("timeOfDay"),
};
