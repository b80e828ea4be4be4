import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { canonicalFunctions } from "../../src/odata/canonicalFunctions.ts";
import type {
  Aggregation,
  BinaryOperator,
  Expression,
  In,
  Literal,
  LiteralKind,
  NamedArgument,
  Path,
  PathStep,
  SearchExpression,
} from "../../src/odata/expression.ts";
import { printExpression } from "../../src/odata/printExpression.ts";
import { endsInCount } from "../../src/odata/readAggregation.ts";
import { isLiteral } from "../../src/odata/literal.ts";

/** Trees that a parser can yield, all positions 0. */
export const at = 0;

const taken = /^(?:null|true|false|inf|nan|not)$/i;
export const name = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/).filter((text) => !taken.test(text)) },
  { weight: 1, arbitrary: fc.constantFrom("eq", "in", "and", "date", "contains", "desc", "as", "any", "\u00fcber", "a\u0301\u4e2d") },
);
export const qualified = fc.array(name, { minLength: 2, maxLength: 3 }).map((parts) => parts.join("."));
const uncallable = (text: string) => !canonicalFunctions.has(text.toLowerCase()) && !/^(?:any|all|aggregate|collection)$/i.test(text);
const callable = fc.oneof(name, qualified).filter(uncallable);
const text = fc.string({ unit: "grapheme", maxLength: 8 });

const plain = (kind: LiteralKind, value: Arbitrary<string>) => value.map((found): Literal => ({ kind: "literal", literal: kind, value: found, at }));
const typed = (kind: LiteralKind, type: Arbitrary<string>, value: Arbitrary<string>) =>
  fc.tuple(type, value).map(([found, lexical]): Literal => ({ kind: "literal", literal: kind, value: lexical, type: found, at }));
const two = (most: number, fewest = 0) => fc.integer({ min: fewest, max: most }).map((value) => String(value).padStart(2, "0"));
const date = fc
  .tuple(fc.integer({ min: -12000, max: 12000 }), two(12, 1), two(31, 1))
  .map(([year, month, day]) => `${year < 0 ? "-" : ""}${String(Math.abs(year)).padStart(4, "0")}-${month}-${day}`);
const time = fc
  .tuple(two(23), two(59), two(60), fc.option(fc.stringMatching(/^\d{1,12}$/)))
  .map(([hour, minute, second, fraction]) => `${hour}:${minute}:${second}${fraction === null ? "" : `.${fraction}`}`);
const zone = fc.oneof(
  fc.constant("Z"),
  fc.tuple(fc.constantFrom("+", "-"), two(23), two(59)).map(([sign, hour, minute]) => `${sign}${hour}:${minute}`),
);

export const literal: Arbitrary<Literal> = fc.oneof(
  plain("null", fc.constant("null")),
  plain("boolean", fc.constantFrom("true", "false")),
  plain("integer", fc.bigInt().map(String)),
  plain("decimal", fc.constantFrom("1.5", "-0.25", "1e5", "1E-7", "INF", "-INF", "NaN")),
  plain("string", text),
  plain("guid", fc.uuid()),
  plain(
    "date",
    date.filter((found) => isLiteral("date", found)),
  ),
  plain("timeOfDay", time),
  plain(
    "dateTimeOffset",
    fc
      .tuple(date, time, zone)
      .map(([day, clock, offset]) => `${day}T${clock}${offset}`)
      .filter((found) => isLiteral("dateTimeOffset", found)),
  ),
  plain("duration", fc.constantFrom("P1D", "-PT5M", "P1DT2H3M4.5S")),
  plain("binary", fc.constantFrom("", "Zg", "Zg==", "Zm9v", "-_8=")),
  typed("enum", qualified, fc.constantFrom("A", "A,B", "-5")),
  typed("geo", fc.constantFrom("geography", "geometry"), text),
);
const alias = name.map((found): Expression => ({ kind: "alias", name: found, at }));
const json = fc
  .oneof(fc.array(fc.jsonValue({ maxDepth: 2 })), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })))
  .map((value): Expression => ({ kind: "json", text: JSON.stringify(value), at }));

const list = fc.array(fc.oneof(literal, alias), { maxLength: 3 }).map((items): Expression => ({ kind: "list", items, at }));

export const search: Arbitrary<SearchExpression> = fc.letrec<{ tree: SearchExpression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc
      .stringMatching(/^[!#-&*-:<-~\u00a1-\u00ff][!#-'*-~\u00a1-\u00ff]{0,6}$/)
      .filter((word) => word !== "NOT")
      .map((word) => ({ kind: "word" as const, text: word, at })),
    text.filter((phrase) => phrase !== "").map((phrase) => ({ kind: "phrase" as const, text: phrase, at })),
    tie("tree").map((operand) => ({ kind: "not" as const, operand, at })),
    fc.tuple(fc.constantFrom("and" as const, "or" as const), tie("tree"), tie("tree")).map(([kind, left, right]) => ({ kind, left, right, at })),
  ),
})).tree;

/** A type, not an interface: letrec asks for an index signature. */
type Trees = {
  tree: Expression;
  path: Path;
  parameters: readonly NamedArgument[];
  middle: readonly PathStep[];
  last: readonly PathStep[];
};

const step = (found: string): PathStep => ({ kind: "name", name: found, at });
const count: PathStep = { kind: "count", at };
export const plainPath = fc.array(name, { minLength: 1, maxLength: 2 });
const method = fc.oneof(fc.constantFrom("sum", "min", "max", "average", "countdistinct"), qualified);
const coarser = fc.array(fc.record({ keys: fc.array(plainPath, { minLength: 1, maxLength: 2 }), method }), { maxLength: 2 });
export const pathOf = (names: readonly string[], more: readonly PathStep[] = []): Path => ({ kind: "path", segments: [...names.map(step), ...more], at });

/** What is aggregated: by a method, by counting, or as a custom aggregate says. */
export const aggregation = (value: Arbitrary<Expression>): Arbitrary<Aggregation> =>
  fc.oneof(
    fc.record({ at: fc.constant(at), value: value.filter((found) => !endsInCount(found)), method, from: coarser }),
    fc.record({ at: fc.constant(at), value: fc.array(name, { maxLength: 2 }).map((names) => pathOf(names, [count])), from: coarser }),
    fc.record({
      at: fc.constant(at),
      value: plainPath.map((names) => pathOf(names)),
      from: fc.array(fc.record({ keys: fc.array(plainPath, { minLength: 1, maxLength: 2 }), method }, { requiredKeys: ["keys"] }), { maxLength: 2 }),
    }),
  );

const operators: readonly BinaryOperator[] = ["or", "and", "eq", "ne", "gt", "ge", "lt", "le", "has", "add", "sub", "mul", "div", "divby", "mod"];
const functions = [...canonicalFunctions].filter(([found]) => !["case", "cast", "isof"].includes(found));
export const keys: Arbitrary<readonly NamedArgument[]> = fc.oneof(
  fc.constant([]),
  fc.oneof(literal, alias).map((value) => [{ value }]),
);

export const tree: Arbitrary<Expression> = fc.letrec<Trees>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    literal,
    tie("path"),
    alias,
    json,
    fc.array(tie("path"), { maxLength: 2 }).map((paths): Expression => ({ kind: "json", text: `[${paths.map(printExpression).join(",")}]`, at })),
    fc.tuple(fc.constantFrom("not" as const, "negate" as const), tie("tree")).map(([kind, operand]): Expression => ({ kind, operand, at })),
    fc
      .tuple(fc.constantFrom(...operators), tie("tree"), tie("tree"))
      .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right, at })),
    fc.tuple(tie("tree"), fc.oneof(list, tie("path"), alias, json)).map(([left, right]): Expression => ({ kind: "in", left, right: right as In["right"], at })),
    fc
      .constantFrom(...functions)
      .chain(([found, [fewest]]) =>
        fc.array(tie("tree"), { minLength: fewest, maxLength: fewest }).map((values): Expression => ({ kind: "call", name: found, arguments: values, at })),
      ),
    fc
      .array(fc.tuple(tie("tree"), tie("tree")), { minLength: 1, maxLength: 2 })
      .map((cases): Expression => ({ kind: "call", name: "case", arguments: cases.flat(), at })),
    fc
      .tuple(
        fc.constantFrom("cast", "isof"),
        fc.option(tie("tree")),
        fc.oneof(
          qualified,
          qualified.map((found) => `Collection(${found})`),
        ),
      )
      .map(([found, value, type]): Expression => ({
        kind: "call",
        name: found,
        arguments: [...(value === null ? [] : [value]), { kind: "path", segments: [step(type)], at }],
        at,
      })),
  ),
  path: fc
    .tuple(
      fc.oneof(
        name.map((found) => [step(found)]),
        name.map((found) => [step("$root"), step(found)]),
        fc.tuple(fc.oneof(name, qualified), name).map(([term, found]) => [step(`@${term}`), step(found)]),
        fc.constantFrom("$it", "$this", "$these").map((found) => [step(found)]),
      ),
      fc.array(tie("middle"), { maxLength: 2 }),
      tie("last"),
    )
    .map(([first, middle, last]): Path => ({ kind: "path", segments: [...first, ...middle.flat(), ...last], at })),
  parameters: fc.oneof(
    keys,
    fc.array(fc.tuple(name, tie("tree")), { minLength: 1, maxLength: 2 }).map((pairs) => pairs.map(([found, value]) => ({ name: found, value }))),
  ),
  middle: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(name, qualified).map((found) => [step(found)]),
    fc
      .tuple(callable, tie("parameters"), fc.option(keys))
      .map(([found, parameters, key]) => [
        { kind: "call" as const, name: found, parameters, at },
        ...(key === null ? [] : [{ kind: "call" as const, name: "", parameters: key, at }]),
      ]),
    tie("tree").map((value) => [{ kind: "call" as const, name: "$filter", parameters: [{ value }], at }]),
  ),
  last: fc.oneof(
    { maxDepth: 3 },
    fc.constant([]),
    fc.constant([{ kind: "any" as const, at }]),
    aggregation(tie("tree")).map((of) => [{ kind: "aggregate" as const, of, at }]),
    fc.tuple(fc.constantFrom("any" as const, "all" as const), name, tie("tree")).map(([kind, variable, predicate]) => [{ kind, variable, predicate, at }]),
    fc
      .tuple(fc.option(tie("tree")), fc.option(search))
      .map(([filter, words]) => [{ kind: "count" as const, at, ...(filter === null ? {} : { filter }), ...(words === null ? {} : { search: words }) }]),
  ),
})).tree;

/** Names on the way to a property, types among them. */
export const steps = fc.array(fc.oneof(name, qualified), { minLength: 1, maxLength: 2 });

/** A member that may be absent. */
export const optional = <Value>(found: Arbitrary<Value>, member: string) => fc.option(found).map((value) => (value === null ? {} : { [member]: value }));
