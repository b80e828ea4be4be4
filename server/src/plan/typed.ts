import type { Link } from "../edm/links.ts";
import type { Place } from "../edm/model.ts";
import type { ComplexType, EntityType, EnumType, PrimitiveType, Property } from "../edm/types.ts";

/**
 * A value as the store compares it: text, number, or boolean as 0/1; an enum member is its number; an
 * instant is fixed-width UTC text (`base/instant.ts`); a whole number beyond 2^53 is a bigint, and a decimal of
 * any length its digits in an expression, a text that sorts (`base/sortableDecimal.ts`) in a row.
 */
export type Scalar = string | number | bigint | null;

/** What a typed expression yields; `null` is the type of the null literal, `untyped` that of a dynamic property. */
export type ScalarType =
  | "string" | "boolean" | "int" | "double" | "decimal" | "dateTimeOffset" | "date" | "timeOfDay"
  | "duration" | "guid" | "binary" | "enum" | "null" | "untyped"; // prettier-ignore

/** Where a path starts: the row itself, or the element of a lambda. Level 0 is the row, 1 the outermost lambda. */
export interface Origin {
  readonly level: number;
}

/** A declared or dynamic scalar reached from an origin through complex properties: `vendorInformation/provider`. */
export interface ScalarPath {
  readonly origin: Origin;
  /** Complex properties on the way, then the scalar; names as declared. */
  readonly steps: readonly string[];
  readonly property?: Property;
  /** An undeclared name of an open type, read from the stored body. */
  readonly dynamic: boolean;
  readonly type: ScalarType;
  /** The derived type through which it was reached (cast segment). */
  readonly cast?: EntityType;
}

/** A collection-valued property reached from an origin: `controlScores`, `processes`, `logonUsers/logonTypes`. */
export interface CollectionPath {
  readonly origin: Origin;
  readonly steps: readonly string[];
  readonly property: Property;
  /** `value` for elements that are scalars. */
  readonly element: ComplexType | "scalar";
  readonly elementType: ScalarType | "complex";
  readonly cast?: EntityType;
}

/**
 * Rows reached from a row: of a contained place; by a link; or, in the same hub, by a path from the root (`at`), or the one that the request's path leads
 * to and below which the row is expanded (`outer`). Those of one type alone when they are cast.
 */
export interface RowsPath {
  readonly origin: Origin;
  readonly place: Place;
  readonly link?: Link;
  /** Keys of the rows above, and of the row itself where the path names one. */
  readonly at?: { readonly parents: readonly string[]; readonly key?: string };
  readonly outer?: true;
  readonly cast?: EntityType;
}

/** The typed, bound form of an expression; what the SQL compiler visits. */
export type Typed =
  | { readonly kind: "literal"; readonly type: ScalarType; readonly value: Scalar }
  | { readonly kind: "path"; readonly type: ScalarType; readonly path: ScalarPath }
  /** The element itself of a collection of scalars. */
  | { readonly kind: "element"; readonly type: ScalarType; readonly level: number }
  /** A complex property compared with null. */
  | { readonly kind: "complexIsNull"; readonly type: "boolean"; readonly path: ComplexPath }
  | { readonly kind: "not" | "negate"; readonly type: ScalarType; readonly operand: Typed }
  | { readonly kind: "binary"; readonly type: ScalarType; readonly operator: TypedOperator; readonly left: Typed; readonly right: Typed }
  | { readonly kind: "in"; readonly type: "boolean"; readonly left: Typed; readonly items: readonly Typed[] }
  | { readonly kind: "call"; readonly type: ScalarType; readonly name: FunctionName; readonly arguments: readonly Typed[] }
  | { readonly kind: "any" | "all"; readonly type: "boolean"; readonly source: CollectionPath | RowsPath; readonly level: number; readonly predicate?: Typed }
  | { readonly kind: "count"; readonly type: "int"; readonly source: CollectionPath | RowsPath; readonly level: number; readonly predicate?: Typed }
  /** A value of the one row that a path leads to; null where there is none. */
  | { readonly kind: "related"; readonly type: ScalarType; readonly source: RowsPath; readonly level: number; readonly value: Typed }
  /** The value of the first branch whose condition is true; null when none is. */
  | { readonly kind: "case"; readonly type: ScalarType; readonly branches: readonly { readonly when: Typed; readonly gives: Typed }[] }
  | { readonly kind: "isOf"; readonly type: "boolean"; readonly entity: EntityType; readonly level: number }
  | { readonly kind: "converted"; readonly type: ScalarType; readonly operand: Typed; readonly by: Conversion }
  /** True when these words stand one behind the other in a searchable text of the row. */
  | { readonly kind: "search"; readonly type: "boolean"; readonly terms: readonly string[]; readonly level: number }
  /** True when the items of the second list stand in the first one in their order, others between them. */
  | { readonly kind: "subsequence"; readonly type: "boolean"; readonly whole: ItemList; readonly part: ItemList; readonly level: number }
  /** A value that a transformation of `$apply` made; its id is that of its column. */
  | { readonly kind: "column"; readonly type: ScalarType; readonly id: string; readonly value: PrimitiveType | EnumType };

/** A list of scalars: literals, or the elements of a collection. */
export type ItemList = { readonly items: readonly Typed[] } | { readonly source: CollectionPath };

export interface ComplexPath {
  readonly origin: Origin;
  readonly steps: readonly string[];
  readonly complex: ComplexType;
}

export type TypedOperator =
  | "or" | "and" | "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "has"
  | "add" | "sub" | "mul" | "div" | "divby" | "mod"; // prettier-ignore

/** Canonical functions that the compiler knows; the table of their types is `plan/functions.ts`. */
export type FunctionName =
  | "contains" | "startswith" | "endswith" | "length" | "indexof" | "substring" | "concat" | "tolower" | "toupper" | "trim"
  | "year" | "month" | "day" | "hour" | "minute" | "second" | "fractionalseconds" | "date" | "time"
  | "now" | "mindatetime" | "maxdatetime" | "round" | "floor" | "ceiling"
  | "totalseconds" | "totaloffsetminutes" | "matchespattern"; // prettier-ignore

/** What a value is made into by `cast` (and by what an expression needs): each is one step that both engines take alike. */
export type Conversion =
  /** A number of another kind; its whole part within the bounds, else null. */
  | { readonly to: "whole"; readonly least: bigint; readonly most: bigint }
  | { readonly to: "decimal" | "double" }
  /** The text of a number, an instant, a time of day or a duration, as URLs and payloads write it. */
  | { readonly to: "text" }
  /** What a text says, null when it says no such value. */
  | { readonly to: "parsed"; readonly as: "int" | "decimal" | "double" | "boolean" | "dateTimeOffset" | "date" | "timeOfDay" | "duration" | "guid" }
  /** A date as the instant at which it begins in UTC. */
  | { readonly to: "midnight" }
  /** The same value under another type. */
  | { readonly to: "same" };
