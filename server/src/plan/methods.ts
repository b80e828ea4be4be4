import { problem, type Problem } from "../base/errors.ts";
import type { Place } from "../edm/model.ts";
import type { Verb } from "../edm/resource.ts";
import type { Target } from "./resolvePath.ts";

/** What a method asks of a kind of target; the place must have that verb. */
const wanted: Readonly<Record<"collection" | "entity" | "count" | "delta" | "property", Readonly<Record<string, Verb>>>> = {
  collection: { GET: "list", HEAD: "list", POST: "create" },
  entity: { GET: "get", HEAD: "get", PATCH: "update", DELETE: "delete" },
  count: { GET: "list", HEAD: "list" },
  delta: { GET: "list", HEAD: "list" },
  property: { GET: "get", HEAD: "get", PATCH: "update", PUT: "update", DELETE: "update" },
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

/** The verb that the method means here. Throws 405 with the methods that the place's verbs allow. */
export function verbOf(method: string, target: PlacedTarget): Verb {
  if (target.kind === "delta" && target.whole === true) return hubVerb(method);
  const place = placeOf(target);
  const table = target.kind === "entity" && place.definition.hub === "home" ? { ...wanted.entity, POST: "create" as const } : wanted[target.kind];
  const verb = Object.hasOwn(table, method) ? table[method] : undefined;
  if (verb !== undefined && place.verbs.has(verb) && !(target.kind === "property" && isReadOnlyForm(target, verb))) return verb;
  const allowed = Object.entries(table).filter(([, one]) => place.verbs.has(one) && !(target.kind === "property" && isReadOnlyForm(target, one)));
  throw methodNotAllowed(allowed.map(([name]) => name));
}

/** A hub can be followed wherever it can be read. */
function hubVerb(method: string): Verb {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(["GET", "HEAD"]);
  return "get";
}

function isReadOnlyForm(target: Extract<Target, { kind: "property" }>, verb: Verb): boolean {
  return verb === "update" && target.form === "count";
}
