import { problem, type Problem } from "../base/errors.ts";
import type { OptionName, QueryOptions } from "../odata/options.ts";

/** The kinds of answer that options shape. */
export type Shape =
  | "list"
  | "count"
  | "get"
  | "property"
  | "value"
  | "length"
  | "write"
  | "effect"
  | "addition"
  | "document"
  | "batch"
  | "each"
  | "expanded"
  | "expandedOne"
  | "references"
  | "crossjoin"
  | "delta"
  | "feed"
  | "link";

const reading: readonly OptionName[] = ["select", "expand", "compute", "format"];

/** Which system query options each kind of request honours (OData URL Conventions 5.1, table of the product). */
const legal: Readonly<Record<Shape, ReadonlySet<OptionName>>> = {
  list: new Set([...reading, "filter", "search", "orderby", "top", "skip", "count", "skiptoken", "apply"]),
  delta: new Set(["select", "filter", "top", "format", "deltatoken", "skiptoken"]),
  feed: new Set(["top", "format", "deltatoken", "skiptoken"]),
  link: new Set(["format", "deltatoken", "skiptoken"]),
  expanded: new Set(["select", "expand", "compute", "filter", "search", "orderby", "top", "skip", "count", "levels"]),
  expandedOne: new Set(["select", "expand", "compute", "levels"]),
  crossjoin: new Set(["filter", "orderby", "select", "expand", "top", "skip", "count", "skiptoken", "format"]),
  references: new Set(["filter", "search", "orderby", "top", "skip", "count", "skiptoken", "format"]),
  count: new Set(["filter", "search", "apply"]),
  get: new Set(reading),
  property: new Set(["format"]),
  value: new Set(["format"]),
  length: new Set(["format"]),
  write: new Set(["select", "expand", "compute", "format"]),
  effect: new Set(["format"]),
  addition: new Set(["format", "index"]),
  document: new Set(["format"]),
  batch: new Set(),
  each: new Set(["filter", "search", "orderby", "top", "skip"]),
};

/** Options of the language that this version does not serve anywhere: 501 rather than 400. */
const later = new Set<OptionName>(["apply", "levels"]);

/** Why `$index` stands elsewhere in vain (OData 4.01 Protocol 11.4.11). */
const notPlaced = "it says where a POST to a collection of values puts its item. An item is read by its place in the path, as in 'tags/0'.";

/** Goes with any request: which version it is, was asked before. */
const everywhere: OptionName = "schemaversion";

const shapeNames: Readonly<Record<Shape, string>> = {
  list: "a collection",
  delta: "delta",
  feed: "delta of a whole hub, whose sets have properties of their own",
  link: "a link of delta, which carries the options of the first request",
  expanded: "an expanded collection",
  expandedOne: "an expanded entity",
  references: "references",
  crossjoin: "$crossjoin",
  count: "/$count",
  get: "a single entity",
  property: "a property",
  value: "/$value",
  length: "/$count of a property",
  write: "a create or an update",
  effect: "a request that answers no entity",
  addition: "a new item of a collection",
  document: "a document of the service",
  batch: "$batch, whose answer has the form of the request",
  each: "$each",
};

/** Refuses every option that the request would have to ignore: 501 for what is not served anywhere, else 400. `resource` is what the path names; `pure`: in the `odata` profile, which has no words of Graph. */
export function requireLegal(options: QueryOptions, shape: Shape, resource: string, pure = false): void {
  for (const name of Object.keys(options) as OptionName[]) {
    if (legal[shape].has(name) || (name === everywhere && shape !== "batch")) continue;
    const target = { target: `$${name}` };
    if (name === "search" && !pure) throw notSearched(resource);
    if (later.has(name) && (name !== "apply" || shape === "expanded"))
      throw problem("notImplemented", { what: `The query option $${name} is not implemented.` }, target);
    const why = name === "index" ? `: ${notPlaced}` : ".";
    throw problem("badRequest", { what: `The query option $${name} cannot be applied to ${shapeNames[shape]}${why}` }, target);
  }
}

/** What Graph says of collections that it does not search (R72). */
export function notSearched(resource: string): Problem {
  return problem("badRequest", { what: `The parameter $search is not currently supported on the ${resource} resource.` }, { target: "$search" });
}
