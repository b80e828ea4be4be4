import type { AggregateItem, GroupKey, Hierarchy, HierarchySearch, NamePath, NestItem, Sequence, Transformation, Traversal } from "./apply.ts";
import type { OrderbyItem } from "./options.ts";
import { printAggregation, printArguments, printExpression } from "./printExpression.ts";
import { printCompute, printOrderby } from "./printItems.ts";
import { printSearch } from "./printSearch.ts";
import { isSequence } from "./readHierarchy.ts";

/** Prints transformations as the value of `$apply`, without needless space. Parsing it gives the same trees. */
export function printApply(sequence: Sequence): string {
  return sequence.map(printTransformation).join("/");
}

function printTransformation(one: Transformation): string {
  if (one.kind === "identity") return "identity";
  if (one.kind === "call") return one.name + printArguments(one.parameters);
  return `${one.kind}(${printParameters(one)})`;
}

function printParameters(one: Exclude<Transformation, { kind: "identity" | "call" }>): string {
  switch (one.kind) {
    case "aggregate":
      return one.items.map(printItem).join(",");
    case "groupby":
      return `(${one.keys.map(printKey).join(",")})${further(one.each)}`;
    case "filter":
      return printExpression(one.predicate);
    case "search":
      return printSearch(one.search);
    case "compute":
      return printCompute(one.items);
    case "orderby":
      return printOrderby(one.items);
    case "top":
    case "skip":
      return String(one.count);
    case "concat":
      return one.sequences.map(printApply).join(",");
    case "nest":
      return one.items.map(printNested).join(",");
    case "addnested":
      return [printPath(one.path), ...one.items.map(printNested)].join(",");
    case "join":
    case "outerjoin":
      return `${printPath(one.path)} as ${one.alias}${further(one.each)}`;
    case "ancestors":
    case "descendants":
      return printHierarchySearch(one);
    case "traverse":
      return printTraversal(one);
    default:
      return `${printExpression(one.amount)},${printExpression(one.by)}`;
  }
}

function printPath(path: NamePath): string {
  return path.join("/");
}

function further(sequence: Sequence | undefined): string {
  return sequence === undefined ? "" : `,${printApply(sequence)}`;
}

function printItem({ of, alias }: AggregateItem): string {
  return printAggregation(of) + (alias === undefined ? "" : ` as ${alias}`);
}

function printNested({ sequence, alias }: NestItem): string {
  return `${printApply(sequence)} as ${alias}`;
}

function printKey(key: GroupKey): string {
  if (key.kind === "path") return printPath(key.path);
  if (key.kind === "rollup") return `rollup(${key.paths.map(printPath).join(",")})`;
  return `rolluprecursive(${printHierarchy(key.hierarchy)}${further(key.nodes)})`;
}

function printHierarchy({ nodes, qualifier, path }: Hierarchy): string {
  return `${printExpression(nodes)},${qualifier},${printPath(path)}`;
}

function printHierarchySearch({ hierarchy, start, distance, keepStart }: HierarchySearch): string {
  const last = [...(distance === undefined ? [] : [String(distance)]), ...(keepStart ? ["keep start"] : [])];
  return [printHierarchy(hierarchy), printApply(start), ...last].join(",");
}

function printTraversal({ hierarchy, order, start, siblings }: Traversal): string {
  return `${printHierarchy(hierarchy)},${order}${further(start)}${siblings === undefined ? "" : `,${printSiblings(siblings)}`}`;
}

/** Parentheses keep a first item from being read as a sequence of transformations. */
function printSiblings(items: readonly OrderbyItem[]): string {
  const text = printOrderby(items);
  if (!isSequence(`${text})`, 0)) return text;
  const [first, ...others] = items;
  const { expression, descending } = first!;
  return [`(${printExpression(expression)})${descending ? " desc" : ""}`, ...others.map((item) => printOrderby([item]))].join(",");
}
