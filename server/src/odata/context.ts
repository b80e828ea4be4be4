import type { Segment } from "./options.ts";

/** The fragment of a context URL (OData 4.01 protocol, section 10; ABNF `contextFragment`). */
export type Context =
  /** `$ref`, `Collection($ref)`. */
  | { readonly kind: "reference"; readonly collection: boolean }
  /** `Edm.String`, `Collection(ns.Address)(City)`. */
  | { readonly kind: "type"; readonly type: string; readonly collection: boolean; readonly select?: readonly ContextItem[] }
  /** `Customers('1')/Orders(ID,Items(Price))/$entity`. */
  | { readonly kind: "path"; readonly segments: readonly ContextSegment[]; readonly select?: readonly ContextItem[]; readonly suffix?: ContextSuffix };

export const contextSuffixes = ["entity", "delta", "deletedEntity", "link", "deletedLink"] as const;
export type ContextSuffix = (typeof contextSuffixes)[number];

/** A name or qualified type with the key behind it. */
export type ContextSegment = Pick<Segment, "at" | "name" | "arguments">;

/** One item of a select list: `*`, `ns.*`, `Address/City`, `Orders(ID)`, `DirectReports+(Name)`, `@ns.term#second`. */
export interface ContextItem {
  readonly at: number;
  readonly path: readonly string[];
  /** `+`: expanded recursively. */
  readonly recursive: boolean;
  readonly items?: readonly ContextItem[];
}
