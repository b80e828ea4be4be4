import type { GroupKey, Transformation } from "../odata/apply.ts";
import type { BindSequence } from "./bindApply.ts";
import { bindConcat } from "./bindConcat.ts";
import { grouped } from "./bindAggregate.ts";
import { filtered, hasMember, keyOf, notServed, type Binding, type InputSet } from "./inputSet.ts";
import { keyed, type Wanted } from "./keyed.ts";
import type { Typed } from "./typed.ts";

type Groupby = Extract<Transformation, { readonly kind: "groupby" }>;

/** `groupby` (Data Aggregation 4.0, section 3.2.3): one set for each combination of levels of its rollups, one after the other. */
export function bindGroupby({ keys, each, at }: Groupby, set: InputSet, binding: Binding, bindSequence: BindSequence): InputSet {
  const combinations = keys.reduce<readonly (readonly Wanted[])[]>((so, key) => combine(so, levelsOf(key)), [[]]);
  const sets = combinations.flatMap((paths) =>
    partsOf(set, paths, binding).map((part) => {
      binding.spend(at);
      const inner = keyed(part.paths, part.set, binding);
      const result = each === undefined ? grouped(inner, inner.within, [], binding) : bindSequence(each, inner, binding);
      return without(result, set);
    }),
  );
  return sets.length === 1 ? sets[0]! : bindConcat(sets, set, binding);
}

interface Part {
  readonly set: InputSet;
  readonly paths: readonly Wanted[];
}

/** Rows that lack a property are grouped apart from those where it is null (section 3.1.2), by what they have. */
function partsOf(set: InputSet, paths: readonly Wanted[], binding: Binding): readonly Part[] {
  const { tell } = set;
  const present = set.shapes.map((shape) => paths.filter(({ path }) => hasMember(shape, path, binding)));
  const kinds = Map.groupBy(present.entries(), ([, own]) => own.map(({ path }) => keyOf(path)).join(","));
  if (tell === undefined || kinds.size === 1) return [{ set, paths }];
  return [...kinds.values()].map((shapes): Part => {
    const items = shapes.map(([index]): Typed => ({ kind: "literal", type: "int", value: index }));
    return { set: filtered(set, { kind: "in", type: "boolean", left: tell, items }), paths: shapes[0]![1] };
  });
}

/** Behind the first combinations, which keep all levels of the key, those that go without its finer ones. */
function combine(so: readonly (readonly Wanted[])[], levels: readonly (readonly Wanted[])[]): readonly (readonly Wanted[])[] {
  return so.flatMap((paths) => levels.map((level) => [...paths, ...level]));
}

/** A key's own path, or what its rollup keeps: all levels, all but the finest, and so on to the coarsest; behind `$all` none too. */
function levelsOf(key: GroupKey): readonly (readonly Wanted[])[] {
  const { at } = key;
  if (key.kind === "path") return [[{ path: key.path, at }]];
  if (key.kind === "rolluprecursive") throw notServed("'rolluprecursive'", at);
  const isWhole = key.paths[0]!.join("/") === "$all";
  const paths = (isWhole ? key.paths.slice(1) : key.paths).map((path): Wanted => ({ path, at }));
  if (paths.length < 2 && !isWhole) throw notServed(`rollup over a named hierarchy ('${key.paths[0]!.join("/")}'): name two levels or more`, at);
  return Array.from({ length: isWhole ? paths.length + 1 : paths.length }, (_, removed) => paths.slice(0, paths.length - removed));
}

/** A set behind the groups that it was computed in. */
function without(result: InputSet, { within, groups }: InputSet): InputSet {
  const { groups: _, ...rest } = result;
  return { ...rest, within, ...(groups === undefined ? {} : { groups }) };
}
