import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { canonicalFunctions } from "../../src/odata/canonicalFunctions.ts";
import type { BinaryOperator, Expression, In, Literal, LiteralKind, NamedArgument, Path, PathStep, SearchExpression } from "../../src/odata/expression.ts";
import { isLiteral } from "../../src/odata/literal.ts";
import type { ExpandItem, QueryOptions, SelectItem } from "../../src/odata/options.ts";

/** Trees that a parser can yield, all positions 0. */
const at = 0;

const taken = /^(?:null|true|false|inf|nan|not)$/i;
export const name = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/).filter((text) => !taken.test(text)) },
  { weight: 1, arbitrary: fc.constantFrom("eq", "in", "and", "date", "contains", "desc", "as", "any", "\u00fcber", "a\u0301\u4e2d") },
);
const qualified = fc.array(name, { minLength: 2, maxLength: 3 }).map((parts) => parts.join("."));
const uncallable = (text: string) => !canonicalFunctions.has(text.toLowerCase()) && !/^(?:any|all|collection)$/i.test(text);
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

const search: Arbitrary<SearchExpression> = fc.letrec<{ tree: SearchExpression }>((tie) => ({
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

const operators: readonly BinaryOperator[] = ["or", "and", "eq", "ne", "gt", "ge", "lt", "le", "has", "add", "sub", "mul", "div", "divby", "mod"];
const functions = [...canonicalFunctions].filter(([found]) => !["case", "cast", "isof"].includes(found));
const step = (found: string): PathStep => ({ kind: "name", name: found, at });
const keys: Arbitrary<readonly NamedArgument[]> = fc.oneof(
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
        fc.constantFrom("$it", "$this").map((found) => [step(found)]),
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
    fc.tuple(fc.constantFrom("any" as const, "all" as const), name, tie("tree")).map(([kind, variable, predicate]) => [{ kind, variable, predicate, at }]),
    fc
      .tuple(fc.option(tie("tree")), fc.option(search))
      .map(([filter, words]) => [{ kind: "count" as const, at, ...(filter === null ? {} : { filter }), ...(words === null ? {} : { search: words }) }]),
  ),
})).tree;

const whole = fc.nat();
const steps = fc.array(fc.oneof(name, qualified), { minLength: 1, maxLength: 2 });
const aliases = fc.option(
  fc.dictionary(name, tree, { minKeys: 1, maxKeys: 2 }).map((found) => new Map(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)))),
);
const countOptions = { filter: tree, search };
const pageOptions = {
  ...countOptions,
  top: whole,
  skip: whole,
  count: fc.boolean(),
  orderby: fc.array(fc.record({ expression: tree, descending: fc.boolean() }), { minLength: 1, maxLength: 2 }),
};
const compute = fc.array(fc.record({ expression: tree, name }), { minLength: 1, maxLength: 2 });
const some = (record: Record<string, Arbitrary<unknown>>) => fc.record(record, { requiredKeys: [] }) as Arbitrary<QueryOptions>;
const hasAny = (options: QueryOptions) => Object.keys(options).length > 0;

const select: Arbitrary<readonly SelectItem[]> = fc.array(
  fc.oneof(
    fc.constant<SelectItem>({ at, star: true, path: [] }),
    fc.tuple(steps, some({ ...pageOptions, compute }), aliases).map(([path, options, given]) => ({
      at,
      star: false,
      path,
      ...(hasAny(options) || given !== null ? { options } : {}),
      ...(given === null ? {} : { aliases: given }),
    })),
  ),
  { minLength: 1, maxLength: 2 },
);

const expandItem = (nested: Arbitrary<QueryOptions>): Arbitrary<ExpandItem> =>
  fc.oneof(
    fc.record({
      at: fc.constant(at),
      star: fc.constant(true),
      path: fc.constant([]),
      options: some({ levels: fc.oneof(fc.constant("max"), fc.integer({ min: 1, max: 9 })) }),
    }),
    fc.record({ at: fc.constant(at), star: fc.constant(false), path: steps, suffix: fc.constant("ref" as const), options: some(pageOptions) }),
    fc.record({ at: fc.constant(at), star: fc.constant(false), path: steps, suffix: fc.constant("count" as const), options: some(countOptions) }),
    fc.tuple(steps, nested, aliases).map(([path, options, given]) => ({ at, star: false, path, options, ...(given === null ? {} : { aliases: given }) })),
  );
const expand = fc.array(
  expandItem(some({ ...pageOptions, select, compute, expand: fc.array(expandItem(some(pageOptions)), { minLength: 1, maxLength: 2 }) })),
  { minLength: 1, maxLength: 2 },
);

const token = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((found) => found.trim() === found && !found.includes("\0"));

export const options: Arbitrary<QueryOptions> = some({
  ...pageOptions,
  select,
  expand,
  compute,
  skiptoken: token,
  deltatoken: token,
  format: token,
  id: token,
  index: fc.integer(),
});
