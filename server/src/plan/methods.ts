import { problem, type Problem } from "../base/errors.ts";
import type { Place } from "../edm/model.ts";
import type { Verb } from "../edm/resource.ts";
import type { Target } from "./resolvePath.ts";

/** What a method asks of a kind of target; the place must have that verb. */
const wanted: Readonly<Record<"collection" | "entity" | "count" | "delta" | "property" | "media", Readonly<Record<string, Verb>>>> = {
  collection: { GET: "list", HEAD: "list", POST: "create" },
  entity: { GET: "get", HEAD: "get", PATCH: "update", DELETE: "delete" },
  count: { GET: "list", HEAD: "list" },
  delta: { GET: "list", HEAD: "list" },
  property: { GET: "get", HEAD: "get", PATCH: "update", PUT: "update", DELETE: "update" },
  media: { GET: "get", HEAD: "get", PUT: "update", DELETE: "update" },
};

/** Pure OData has more of them: PUT of entities, PATCH of collections, and POST to collections of values. */
const inPure: typeof wanted = {
  ...wanted,
  collection: { ...wanted.collection, PATCH: "update" },
  entity: { ...wanted.entity, PUT: "update" },
  property: { ...wanted.property, POST: "update" },
};

/** Targets that have verbs of a place. */
type PlacedTarget = Exclude<Target, { kind: "root" | "operation" | "ref" | "call" }>;

function placeOf(target: PlacedTarget): Place {
  switch (target.kind) {
    case "collection":
    case "entity":
      return target.place;
    case "count":
    case "delta":
    case "media":
      return target.of.place;
    case "property":
      return target.of.entity.place;
  }
}

/** 405 with `Allow` (R12): the methods that this target has. */
export function methodNotAllowed(allowed: readonly string[]): Problem {
  const methods = allowed.join(", ");
  return problem("methodNotAllowed", { allowed: methods || "none" }, { headers: { Allow: methods } });
}

/** The verb that the method means here; `pure`: in the `odata` profile. Throws 405 with the methods that the place's verbs allow. */
export function verbOf(method: string, target: PlacedTarget, pure = false): Verb {
  if (target.kind === "delta" && target.whole === true) return hubVerb(method);
  const place = placeOf(target);
  const methods = (pure ? inPure : wanted)[target.kind];
  const table = target.kind === "entity" && place.definition.hub === "home" ? { ...methods, POST: "create" as const } : methods;
  const isAllowed = ([name, verb]: readonly [string, Verb]): boolean => place.verbs.has(verb) && fits(name, verb, { target, pure });
  const verb = Object.hasOwn(table, method) ? table[method] : undefined;
  if (verb !== undefined && isAllowed([method, verb])) return verb;
  throw methodNotAllowed(
    Object.entries(table)
      .filter(isAllowed)
      .map(([name]) => name),
  );
}

/** A hub can be followed wherever it can be read. */
function hubVerb(method: string): Verb {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(["GET", "HEAD"]);
  return "get";
}

/** A count is not written, nor are the items of a derived type together; only a collection is added to, and it is not merged (OData Protocol 11.4.9.4). */
function fits(method: string, verb: Verb, { target, pure }: { readonly target: PlacedTarget; readonly pure: boolean }): boolean {
  if (target.kind !== "property" || verb !== "update") return true;
  const { property, casts, steps } = target.of;
  const isCollection = property?.collection === true;
  if (target.form === "count" || (isCollection && casts?.at(-1)?.behind === steps.length)) return false;
  if (method === "PATCH" && pure && isCollection) return false;
  return method !== "POST" || (target.form === "json" && isCollection);
}
