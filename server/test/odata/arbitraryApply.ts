import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { AggregateItem, GroupKey, Hierarchy, NestItem, Sequence, Transformation } from "../../src/odata/apply.ts";
import { aggregation, at, keys, name, optional, pathOf, plainPath, qualified, search, steps, tree } from "./arbitraryTree.ts";

const whole = fc.nat();
const orderby = fc.array(fc.record({ expression: tree, descending: fc.boolean() }), { minLength: 1, maxLength: 2 });
const compute = fc.array(fc.record({ expression: tree, name }), { minLength: 1, maxLength: 2 });
const hierarchy: Arbitrary<Hierarchy> = fc.record({
  nodes: plainPath.map((names) => pathOf(["$root", ...names])),
  qualifier: name,
  path: plainPath,
});
const made = <Members extends object>(kind: Transformation["kind"], members: Arbitrary<Members>) =>
  members.map((found) => ({ kind, ...found, at }) as unknown as Transformation);

/** What must have an alias has one; so has a custom aggregate with groups, of which a comma would else be read as one more. */
const aggregateItem: Arbitrary<AggregateItem> = aggregation(tree).chain((of): Arbitrary<AggregateItem> => {
  const free = of.method === undefined && of.from.length === 0 && of.value.kind === "path" && of.value.segments.at(-1)?.kind !== "count";
  return free ? fc.record({ of: fc.constant(of), alias: name }, { requiredKeys: ["of"] }) : fc.record({ of: fc.constant(of), alias: name });
});

const sequenceTrees = fc.letrec<{ sequence: Sequence; transformation: Transformation; items: NestItem[] }>((tie) => ({
  sequence: fc.array(tie("transformation"), { minLength: 1, maxLength: 2 }),
  items: fc.array(fc.record({ sequence: tie("sequence"), alias: name }), { minLength: 1, maxLength: 2 }),
  transformation: fc.oneof(
    { maxDepth: 3 },
    fc.constant<Transformation>({ kind: "identity", at }),
    made("aggregate", fc.record({ items: fc.array(aggregateItem, { minLength: 1, maxLength: 2 }) })),
    made("filter", fc.record({ predicate: tree })),
    made("search", fc.record({ search })),
    made("compute", fc.record({ items: compute })),
    made("orderby", fc.record({ items: orderby })),
    fc.tuple(fc.constantFrom("top", "skip"), whole).map(([kind, number]) => ({ kind, count: number, at })),
    fc
      .tuple(fc.constantFrom("topcount", "topsum", "toppercent", "bottomcount", "bottomsum", "bottompercent"), tree, tree)
      .map(([kind, amount, by]) => ({ kind, amount, by, at })),
    made("concat", fc.record({ sequences: fc.array(tie("sequence"), { minLength: 2, maxLength: 3 }) })),
    made("nest", fc.record({ items: tie("items") })),
    made("addnested", fc.record({ path: steps, items: tie("items") })),
    fc
      .tuple(fc.constantFrom("join", "outerjoin"), steps, name, optional(tie("sequence"), "each"))
      .map(([kind, path, given, each]) => ({ kind, path, alias: given, ...each, at })),
    fc
      .tuple(fc.array(groupKey(tie("sequence")), { minLength: 1, maxLength: 2 }), optional(tie("sequence"), "each"))
      .map(([by, each]) => ({ kind: "groupby" as const, keys: by, ...each, at })),
    fc
      .tuple(fc.constantFrom("ancestors", "descendants"), hierarchy, tie("sequence"), optional(fc.integer({ min: 1, max: 9 }), "distance"), fc.boolean())
      .map(([kind, nodes, start, distance, keepStart]) => ({ kind, hierarchy: nodes, start, ...distance, keepStart, at })),
    fc
      .tuple(hierarchy, fc.constantFrom("preorder", "postorder"), optional(tie("sequence"), "start"), optional(orderby, "siblings"))
      .map(([nodes, order, start, siblings]) => ({ kind: "traverse" as const, hierarchy: nodes, order, ...start, ...siblings, at })),
    fc.tuple(qualified, keys).map(([found, parameters]) => ({ kind: "call" as const, name: found, parameters, at })),
  ),
}));

function groupKey(nodes: Arbitrary<Sequence>): Arbitrary<GroupKey> {
  return fc.oneof(
    plainPath.map((path): GroupKey => ({ kind: "path", path, at })),
    fc.array(steps, { minLength: 1, maxLength: 2 }).map((paths): GroupKey => ({ kind: "rollup", paths, at })),
    fc.tuple(hierarchy, optional(nodes, "nodes")).map(([found, more]) => ({ kind: "rolluprecursive" as const, hierarchy: found, ...more, at })),
  );
}

/** The value of `$apply`. */
export const apply: Arbitrary<Sequence> = sequenceTrees.sequence;
