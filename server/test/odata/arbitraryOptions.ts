import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { ExpandItem, QueryOptions, SelectItem } from "../../src/odata/options.ts";
import { apply } from "./arbitraryApply.ts";
import { at, name, qualified, search, steps, tree } from "./arbitraryTree.ts";

const whole = fc.nat();
const selectSteps = fc.oneof(
  steps,
  qualified.map((found) => [`${found}.*`]),
  fc.tuple(qualified, name).map(([found, parameter]) => [`${found}(${parameter})`]),
  fc.tuple(steps, qualified).map(([found, term]) => [...found, `@${term}#q`]),
);
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

const levels = fc.oneof(fc.constant("max" as const), fc.integer({ min: 1, max: 9 }));

const select: Arbitrary<readonly SelectItem[]> = fc.array(
  fc.oneof(
    fc.constant<SelectItem>({ at, star: true, path: [] }),
    fc.tuple(selectSteps, some({ ...pageOptions, compute }), aliases).map(([path, options, given]) => ({
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
      path: fc.oneof(fc.constant([]), steps),
      options: some({ levels }),
    }),
    fc.record({
      at: fc.constant(at),
      star: fc.constant(true),
      path: fc.oneof(fc.constant([]), steps),
      suffix: fc.constant("ref" as const),
      options: some(pageOptions),
    }),
    fc.record({ at: fc.constant(at), star: fc.constant(false), path: steps, suffix: fc.constant("ref" as const), options: some(pageOptions) }),
    fc.record({ at: fc.constant(at), star: fc.constant(false), path: steps, suffix: fc.constant("count" as const), options: some(countOptions) }),
    fc.tuple(steps, nested, aliases).map(([path, options, given]) => ({ at, star: false, path, options, ...(given === null ? {} : { aliases: given }) })),
  );
const expand = fc.array(
  expandItem(some({ ...pageOptions, select, compute, levels, apply, expand: fc.array(expandItem(some(pageOptions)), { minLength: 1, maxLength: 2 }) })),
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
  schemaversion: fc.constantFrom("*", "1.0", "second"),
  apply,
  index: fc.integer(),
});
