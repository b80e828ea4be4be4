import type { State } from "./conformanceLevels.ts";

/** What the specification leaves to a service to offer, of complex values and collections of values: where it stands, what, how, why not. */
export const ofValues: readonly (readonly [string, string, State, string])[] = [
  [
    "Protocol 11.4.9.4",
    "POST of one item to a collection of primitive, enumeration or complex values, PUT of all, DELETE of all",
    "yes",
    "Collections have at most 10,000 items. PATCH of a collection is 405. In the `graph` profile POST is 405: Graph has none.",
  ],
  ["Protocol 11.4.11", "`$index` of such a POST, negative too", "yes", "Elsewhere it is 400; a property with `Core.PositionalInsert` false takes none (400)."],
  [
    "Protocol 11.4.10, URL 4.12",
    "Items by their ordinal, negative too: GET, `/$value`, PUT, PATCH, DELETE, and what lies in them",
    "yes",
    "All collections of values keep their order: `$metadata` of the `odata` profile says `Core.Ordered` and `Core.PositionalInsert`. Where a model says `Core.Ordered` false, ordinals are 400. In `$filter` and other expressions ordinals are 400; in the `graph` profile everywhere.",
  ],
  [
    "URL 4.11",
    "Casts of complex values in paths, read and written; of a collection of them, the items of the type",
    "yes",
    "A value of another type is 404. The items of a type together are read, not written (405).",
  ],
  ["Protocol 11.4.9.3", "PATCH of a complex value without a type keeps the one that it has; with another type what both have in common stays", "yes", ""],
  [
    "URL 5.1.1.10.1, 5.1.1.15",
    "Casts of complex values and of collections of them in expressions, `any`, `all` and `$count` behind them; `cast` and `isof` of complex values, of single related entities and of the row",
    "yes",
    "A collection behind such a cast on a side of `in`, or as an argument of a function, is 501.",
  ],
  [
    "CSDL 8, URL 4.2, 5.1.1.15, 5.1.3, 5.1.4",
    "Navigation properties of complex values: in paths, expressions, `$expand` with every option and `$select`; `@odata.bind`, nested entities, `/$ref`; with referential constraints",
    "in part",
    "Of single values, nested ones too, without containment. 501: those of items of collections, which have no identity, those that a derived complex type adds, and behind casts. A value that becomes null is related to nothing any more. What is not expanded stands in `$metadata` as `NonExpandableProperties`.",
  ],
];
