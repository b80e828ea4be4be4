import type { Aggregation, Expression, NamedArgument, Path, SearchExpression } from "./expression.ts";
import type { ComputeItem, OrderbyItem } from "./options.ts";

/** `$apply` (OData Extension for Data Aggregation 4.0, section 3): transformations from left to right, each applied to what the one before it gives. */
export type Sequence = readonly Transformation[];

/** One set transformation; `at` as in expressions. */
export type Transformation = { readonly at: number } & (
  | { readonly kind: "identity" }
  | { readonly kind: "aggregate"; readonly items: readonly AggregateItem[] }
  | { readonly kind: "groupby"; readonly keys: readonly GroupKey[]; readonly each?: Sequence }
  | { readonly kind: "filter"; readonly predicate: Expression }
  | { readonly kind: "search"; readonly search: SearchExpression }
  | { readonly kind: "compute"; readonly items: readonly ComputeItem[] }
  | { readonly kind: "orderby"; readonly items: readonly OrderbyItem[] }
  | { readonly kind: "top" | "skip"; readonly count: number }
  | { readonly kind: RankingKind; readonly amount: Expression; readonly by: Expression }
  | { readonly kind: "concat"; readonly sequences: readonly Sequence[] }
  | { readonly kind: "nest"; readonly items: readonly NestItem[] }
  | { readonly kind: "addnested"; readonly path: NamePath; readonly items: readonly NestItem[] }
  | { readonly kind: "join" | "outerjoin"; readonly path: NamePath; readonly alias: string; readonly each?: Sequence }
  | HierarchySearch
  | Traversal
  /** A bound function that takes and gives a collection: `ns.TopAndBalance(Count=1)`. */
  | { readonly kind: "call"; readonly name: string; readonly parameters: readonly NamedArgument[] }
);

export type RankingKind = "topcount" | "topsum" | "toppercent" | "bottomcount" | "bottomsum" | "bottompercent";

/** Property names and qualified types on the way to what is meant: `Customer/Country`. */
export type NamePath = readonly string[];

/** An aggregation and the name of its result; a custom aggregate may go without one. */
export interface AggregateItem {
  readonly of: Aggregation;
  readonly alias?: string;
}

export type GroupKey = { readonly at: number } & (
  | { readonly kind: "path"; readonly path: NamePath }
  /** Levels from the outermost to the innermost, or the qualifier of a levelled hierarchy alone. */
  | { readonly kind: "rollup"; readonly paths: readonly NamePath[] }
  | { readonly kind: "rolluprecursive"; readonly hierarchy: Hierarchy; readonly nodes?: Sequence }
);

export interface NestItem {
  readonly sequence: Sequence;
  readonly alias: string;
}

/** A recursive hierarchy: its nodes, the qualifier of its annotation, and the path from an instance to its node. */
export interface Hierarchy {
  readonly nodes: Path;
  readonly qualifier: string;
  readonly path: NamePath;
}

export interface HierarchySearch {
  readonly kind: "ancestors" | "descendants";
  readonly hierarchy: Hierarchy;
  /** Finds the nodes to start from. */
  readonly start: Sequence;
  readonly distance?: number;
  readonly keepStart: boolean;
}

export interface Traversal {
  readonly kind: "traverse";
  readonly hierarchy: Hierarchy;
  readonly order: "preorder" | "postorder";
  readonly start?: Sequence;
  /** The order of siblings. */
  readonly siblings?: readonly OrderbyItem[];
}
