import type { Place } from "../edm/model.ts";
import type { ComplexType, EnumType, PrimitiveType } from "../edm/types.ts";
import type { OrderItem } from "./plan.ts";
import type { CollectionPath, Typed } from "./typed.ts";

/** `$apply`, bound (OData Extension for Data Aggregation 4.0): what the store compiles, and how the rows that come of it look. */
export interface Apply {
  readonly stage: Stage;
  /** Values that are read of each row, in order. */
  readonly columns: readonly Typed[];
  /** One for each structure that rows of the result may have. */
  readonly shapes: readonly ResultShape[];
  /** Which shape a row has; absent where there is one. */
  readonly tell?: Typed;
  /** Collections that are joined: they ask for their own permissions. */
  readonly places: readonly Place[];
  /** The select list of the context URL; empty where the rows are plain entities. */
  readonly selectList: string;
  /** Rows that may be made at most. */
  readonly most: number;
  /** Rows of the place come out of it, at least some. */
  readonly entities: boolean;
}

/** A type of single values. */
export type Leaf = PrimitiveType | EnumType;

/** The structure of rows: their members behind those of the stored entity, where they are one. */
export interface ResultShape {
  readonly entity: boolean;
  readonly members: readonly ResultMember[];
  /** Elements of collections of the stored entity, each by the name that a join gave it. */
  readonly elements: readonly ResultElement[];
}

export interface ResultElement {
  readonly alias: string;
  /** Names from the entity to the collection. */
  readonly steps: readonly string[];
  readonly type: ComplexType;
  /** The element's place in the collection, among `Apply.columns`; null for a row without elements. */
  readonly column: number;
}

export interface ResultMember {
  /** Names from the row to the value: `vendorInformation`, `provider`. */
  readonly path: readonly string[];
  /** Its place among `Apply.columns`. */
  readonly column: number;
  readonly type: Leaf;
  /** An alias: no property of this name is declared. */
  readonly dynamic: boolean;
}

/** A column that a stage makes; ids are unique in one `$apply`. */
export interface Computed {
  readonly id: string;
  readonly value: Typed;
}

/** `only`: the one value that a group has of it (or none). */
export type Method = "sum" | "min" | "max" | "average" | "countdistinct" | "count" | "only";

export interface AggregateColumn {
  readonly id: string;
  readonly method: Method;
  /** Absent for `count`. */
  readonly value?: Typed;
  /** A group without a value counts 0. */
  readonly orZero?: boolean;
}

/** A set of rows as relational algebra; expressions stand over the rows of `of`. */
export type Stage =
  /** The rows that the path and its filters name. */
  | { readonly kind: "rows" }
  | { readonly kind: "filter"; readonly of: Stage; readonly predicate: Typed }
  | { readonly kind: "compute"; readonly of: Stage; readonly columns: readonly Computed[] }
  | { readonly kind: "group"; readonly of: Stage; readonly keys: readonly Computed[]; readonly aggregates: readonly AggregateColumn[] }
  | Slice
  | Rank
  | Concat
  | Join;

/** Rows `skip` to `skip + top` of each part in an order. */
export interface Slice {
  readonly kind: "slice";
  readonly of: Stage;
  /** What tells the parts. */
  readonly within: readonly Typed[];
  readonly order: readonly OrderItem[];
  readonly skip: number;
  readonly top?: number;
  /** A column to number the rows by. */
  readonly id: string;
}

/** The first rows of each part in an order whose values add up to a sum, or to a percentage of the part's sum. */
export interface Rank {
  readonly kind: "rank";
  readonly of: Stage;
  readonly within: readonly Typed[];
  readonly order: readonly OrderItem[];
  readonly by: Typed;
  readonly until: "sum" | "percent";
  readonly amount: Typed;
  /** Columns to add up in. */
  readonly ids: readonly [string, string, string, string];
}

/** Rows of several stages one after the other. */
export interface Concat {
  readonly kind: "concat";
  readonly branches: readonly Branch[];
  readonly ids: readonly string[];
  /** Some branch gives rows of the place: the others have nothing in their columns. */
  readonly rows: boolean;
  /** The columns of the branch's number, of the place in it, and of the shape. */
  readonly place: readonly [string, string, string];
}

export interface Branch {
  readonly of: Stage;
  /** One for each of `ids`: undefined where the branch has none. */
  readonly values: readonly (Typed | undefined)[];
  readonly order: readonly OrderItem[];
  readonly rows: boolean;
  /** Shapes before those of this branch, and the column that tells its own. */
  readonly firstShape: number;
  readonly tell?: Typed;
}

/** Each row with each element of a collection of its own; `outer`: a row without elements stays. */
export interface Join {
  readonly kind: "join";
  readonly of: Stage;
  readonly outer: boolean;
  /** A collection of the row's body, whose elements are at level 1 of expressions, or rows that it contains, which are at level 0. */
  readonly from: CollectionPath | Place;
  readonly columns: readonly Computed[];
  /** What elements have to fulfil. */
  readonly predicate?: Typed;
  /** Columns of the elements' places. */
  readonly ordinal: string;
}
