import type { ColumnKind } from "./schema.ts";
import type { Parameters } from "./sqlText.ts";

/**
 * What differs between the SQL of the engines. Everything that is compiled goes through it, so that
 * PostgreSQL is another object of this type; values never enter the text, they are parameters.
 */
export interface Dialect {
  readonly name: string;
  /** An identifier, quoted. */
  readonly quote: (name: string) => string;
  /** The n-th parameter, counted from 1; may stand several times in a text. */
  readonly parameter: (n: number, kind?: ValueKind) => string;
  /** So many parameters, from the first on, each of which stands here alone. */
  readonly parameters: (count: number) => string;
  readonly columnTypes: Readonly<Record<ColumnKind, string>>;
  /** The type of a column that numbers the rows of its table by itself. */
  readonly rowNumber: string;
  /** The columns of the key that a row's number belongs to; none where the number alone is it. */
  readonly rowKey: readonly string[];
  /** Appended to a table that is stored in the order of its primary key. */
  readonly clustered: string;
  /** Appended to a table that is divided by the values of a column; nothing where tables are not. */
  readonly dividedBy: (column: string) => string;
  /** Stands behind the name of a view: its reader's rights count, not its maker's. */
  readonly viewOptions: string;
  /** A member of a JSON object that is text in a column, as text. */
  readonly bodyText: (column: string, name: string) => string;
  /** The elements of an array in a JSON object that is text in a column, none where it has none: an item of a FROM clause with the column `value`, and the place of an element, counted from 0. */
  readonly bodyElements: (column: string, name: string, alias: string) => { readonly from: string; readonly place: string };
  readonly yes: string;
  readonly no: string;
  /** No value, of a kind. */
  readonly nothing: (kind: ValueKind) => string;
  /** A number as one of another kind, without loss; a decimal of any length as the number nearest to it. */
  readonly convert: (value: string, from: ValueKind, to: ValueKind) => string;
  /** Equality for which null equals null: never unknown. */
  readonly same: (left: string, right: string) => string;
  readonly different: (left: string, right: string) => string;
  /** 1-based place of `part` in `text`, 0 when it is not there. */
  readonly position: (text: string, part: string) => string;
  readonly lower: (text: string) => string;
  readonly upper: (text: string) => string;
  /** Text without the given characters at both ends. */
  readonly trim: (text: string, characters: string) => string;
  /** Digits as a whole number, and as a floating-point one. */
  readonly toInteger: (text: string) => string;
  readonly toReal: (text: string) => string;
  /** Characters from a place on (counted from 0, from the end when it is negative), all or so many; `fromStart`: the place is known not to be negative. */
  readonly substring: (text: string, part: { readonly start: string; readonly length?: string; readonly fromStart: boolean }) => string;
  /** Whether a pattern (`base/pattern/parsePattern.ts`), which is a value of the query, is found in the text. */
  readonly matches: (text: string, source: string, parameters: Parameters) => string;
  /** An instant or a date so many units of 100 ns later; null outside of the years 1 to 9999. */
  readonly moved: (text: string, duration: string) => string;
  /** Units of 100 ns from the second instant or date to the first. */
  readonly between: (later: string, earlier: string) => string;
  /** A duration times a number, or divided by one, towards zero; null beyond 64 bits. */
  readonly scaled: (duration: string, factor: string, divides: boolean) => string;
  /** Minutes of the offset in the text of an instant as it was sent; null for other text. */
  readonly offset: (text: string) => string;
  /** A decimal of any length as `within` and `spelled` take it, without loss. */
  readonly exactly: (decimal: string) => string;
  /** The whole part of a number of the kind `numeric`; null when it is not within the bounds. */
  readonly within: (value: string, least: string, most: string) => string;
  /** A number of the kind `numeric` rounded to a double, still of that kind. */
  readonly rounding: (value: string) => string;
  /** Numbers of the kind `numeric`, and durations, as text. */
  readonly spelled: (what: "decimal" | "double" | "duration", value: string) => string;
  /** What a text says; null when it says no such value. */
  readonly parsed: (as: Parsed, text: string) => string;
  /** The parameter of a whole number as one to calculate with, whatever type the driver gives it. */
  readonly wholeNumber: (parameter: string) => string;
  /** Two numbers of the kind `numeric` combined; null where that has no value. */
  readonly arithmetic: (operator: Arithmetic, operands: Operands) => string;
  readonly negate: (value: string) => string;
  /** A number of the kind `numeric`, made whole. */
  readonly rounded: (how: "round" | "floor" | "ceiling", value: string) => string;
  /** The path to a member of a stored body, whose last step is the member: names, and expressions of places in arrays. */
  readonly bodyPath: (steps: readonly BodyStep[], parameters: Parameters) => string;
  /** A member of a stored body as a value of the wanted type, null when it is of another; `path` is what `bodyPath` gave. */
  readonly bodyMember: (body: string, path: string, wanted: BodyType) => string;
  /** The elements of a parameter that holds a JSON array of texts, as a subquery of one column. */
  readonly listOf: (parameter: string) => string;
  /** The elements of a parameter that holds a JSON array of arrays, as the table `p` of a FROM clause. */
  readonly elements: (parameter: string) => string;
  /** The place of the element in that array, counted from 0. */
  readonly elementKey: string;
  /** A member of the element, by its place; below 0 counted from the end. */
  readonly elementMember: (index: number, kind: ValueKind) => string;
  /** Subqueries of a FROM clause may look at what stands before them. */
  readonly lateral: boolean;
  /** A column as a value that no index serves, where reading in the order of an index would be a detour. */
  readonly plainly: (column: string) => string;
  /** Values of a group put together (Data Aggregation 4.0, section 3.2.1.3); over a window where one is given. */
  readonly aggregate: (value: string, how: Aggregating) => string;
  /** What to append to a term of an order so that nulls sort lowest. */
  readonly nullsLowest: (descending: boolean) => string;
  /** An index gives its order only to who asks for the whole of it: terms that stand still are left in. */
  readonly wholeOrder: boolean;
}

/** What an expression yields; `any`: a value of whatever type, which can only be compared with others of its kind. */
export type ValueKind = ColumnKind | "any";

/** How values of a kind are put together. `double`: the result is a floating-point number whatever it is. */
export interface Aggregating {
  readonly method: "sum" | "min" | "max" | "average" | "countdistinct";
  readonly kind: ValueKind;
  readonly double?: boolean;
  /** Whole numbers of 32 bits at most. */
  readonly short?: boolean;
  /** ` OVER (...)` */
  readonly over?: string;
}

export type Arithmetic = "add" | "sub" | "mul" | "div" | "divby" | "mod";

/** What is calculated with. */
export interface Operands {
  readonly left: string;
  readonly right: string;
  /** Whole numbers of 64 bits; exact decimals; doubles; or whatever the values are, where no type says it. */
  readonly mode: "whole" | "decimal" | "real" | "any";
}

/** What texts are read as. */
export type Parsed = "int" | "decimal" | "double" | "boolean" | "dateTimeOffset" | "date" | "timeOfDay" | "duration" | "guid";

/** A step of a path in a stored body: a name, or an expression that yields a place in an array. */
export type BodyStep = { readonly name: string } | { readonly place: string };

/** What a comparison wants of a dynamic property. */
export type BodyType = "text" | "number" | "boolean" | "instant" | "any";
