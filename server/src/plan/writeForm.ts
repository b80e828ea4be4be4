import type { Json } from "../base/json.ts";
import type { PropertyTarget } from "./plan.ts";

/** The entity as a whole, in place of what was there; or the value of one property. */
export type WriteForm = "whole" | PlacedForm;

/** The value of one property: as a whole, merged into what is there, added to a collection, or an item taken out of one. */
export interface PlacedForm {
  readonly path: PropertyTarget["steps"];
  readonly as: "whole" | "merge" | "item" | "removed";
  readonly casts?: PropertyTarget["casts"];
  /** Where an item is put (`$index`); absent: at the end. */
  readonly index?: number;
  /** Behind an ordinal or a cast; else it is the one that the entity has at that path. */
  readonly value?: Json;
}
