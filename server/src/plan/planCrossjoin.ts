import { problem } from "../base/errors.ts";
import type { Budgets } from "../base/limits.ts";
import type { Model } from "../edm/model.ts";
import type { ODataRequest } from "../odata/request.ts";
import { bindCrossjoin, crossedSets } from "./bindCrossjoin.ts";
import { methodNotAllowed } from "./methods.ts";
import type { Plan, Query } from "./plan.ts";

/** What planning a join needs beside the request. */
export interface Joining {
  readonly model: Model;
  readonly settings: { readonly budgets: Budgets; readonly profile: "graph" | "odata" };
  /** Queries bound before, by a text of what they were bound from. */
  readonly kept: { readonly get: (key: string) => Query | undefined; readonly set: (key: string, query: Query) => unknown };
}

/** The plan of `$crossjoin(A,B)`, a list of the first set's rows with those of the others; undefined for any other path. Throws 501 in the graph profile, which has no such thing, 405 and 400. */
export function planCrossjoin(
  { segments, method, query: text, options, aliases, preferences }: ODataRequest,
  { model, settings, kept }: Joining,
): Plan | undefined {
  const [segment, behind] = segments;
  if (segment?.name.toLowerCase() !== "$crossjoin") return undefined;
  const { budgets, profile } = settings;
  if (profile === "graph") {
    const what = "$crossjoin is not implemented in the graph profile: read the sets one by one, or relate them by $expand.";
    throw problem("notImplemented", { what }, { target: segment.raw });
  }
  if (behind !== undefined) throw problem("unknownSegment", { segment: behind.raw }, { target: behind.raw });
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(["GET", "HEAD"]);
  const sets = crossedSets(segment, { model });
  const { maxPageSize } = preferences;
  const key = `crossjoin ${sets.map(({ place }) => place.path).join(",")} ${maxPageSize ?? ""} ${text}`;
  const context = { model, aliases, budgets, pure: true, ...(maxPageSize === undefined ? {} : { maxPageSize }) };
  const query = kept.get(key) ?? bindCrossjoin(sets, options, context);
  if (text.length < 2000) kept.set(key, query);
  return { kind: "list", target: sets[0]!, query };
}
