import type { Annotation } from "../edm/types.ts";

/** The query options that the published metadata promises for a type (Capabilities vocabulary). */
export const queryable: readonly Annotation[] = [
  { term: "Capabilities.CountRestrictions", value: { Countable: true } },
  { term: "Capabilities.FilterRestrictions", value: { Filterable: true } },
  { term: "Capabilities.SelectSupport", value: { Supported: true } },
  { term: "Capabilities.SkipSupported", value: true },
  { term: "Capabilities.SortRestrictions", value: { Sortable: true } },
  { term: "Capabilities.TopSupported", value: true },
];
