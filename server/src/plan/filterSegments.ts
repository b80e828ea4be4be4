import { problem } from "../base/errors.ts";
import type { Segment } from "../odata/options.ts";
import type { Target } from "./resolvePath.ts";

/** A path without the `$filter(...)` segments (OData URL Conventions 4.12) that stand at its end or before its `$count` or `$ref`; others stay, and are refused. */
export function splitFilters(segments: readonly Segment[]): { readonly segments: readonly Segment[]; readonly filters: readonly Segment[] } {
  const first = segments.findIndex(isFilter);
  if (first < 0) return { segments, filters: [] };
  const tail = segments.slice(first);
  const last = tail.at(-1)!;
  const end = ["$count", "$ref"].includes(last.name.toLowerCase()) ? [last] : [];
  const filters = tail.slice(0, tail.length - end.length);
  return filters.every(isFilter) ? { segments: [...segments.slice(0, first), ...end], filters } : { segments, filters: [] };
}

function isFilter({ name, arguments: values }: Segment): boolean {
  return name.toLowerCase() === "$filter" && values?.length === 1;
}

/** Refuses a filter of what is no collection (400), and what is not done to filtered ones (501). */
export function requireFilterable(target: Target, method: string, { at, raw }: Segment): void {
  if ((target.kind === "ref" ? target.of : target).kind !== "collection" && target.kind !== "count") {
    throw problem("badRequest", { what: `path: '$filter' needs a collection in front of it (position ${at}).` }, { target: raw });
  }
  if (method === "GET" || method === "HEAD") return;
  throw problem("notImplemented", { what: `The path segment '$filter' is not implemented (position ${at}) for other methods than GET.` }, { target: raw });
}
