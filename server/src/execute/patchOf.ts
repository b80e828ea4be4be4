import { problem } from "../base/errors.ts";
import { isObject, textOf, type Json, type JsonObject } from "../base/json.ts";
import { mediaNameOf } from "../base/media.ts";
import type { Place } from "../edm/model.ts";
import { mergeEntity } from "../plan/mergeEntity.ts";
import type { SentEntity } from "../plan/plan.ts";
import type { RowChange } from "./rowChange.ts";

/** A patch as the change of a row that it is: merged into what is stored, which it may not contradict where that is immutable. */
export function patchOf(sent: SentEntity, place: Place): Pick<RowChange, "verb" | "name" | "next" | "sent"> {
  const { "@odata.type": _, ...patch } = sent.entity;
  const next = (before: JsonObject): JsonObject => {
    requireSameType(sent, before);
    requireImmutable(sent, before);
    return { ...contentsOf(sent, before), ...written(sent, before, withoutExtra(patch, place)) };
  };
  return { verb: "update", name: "update", next, sent: patch };
}

/** Content stays where the JSON beside it is replaced. */
function contentsOf({ type, form }: SentEntity, before: JsonObject): JsonObject {
  if (form !== "whole" || !type.streams) return {};
  return Object.fromEntries(Object.entries(before).filter(([name]) => mediaNameOf(name) !== undefined));
}

function written({ form, type, sent }: SentEntity, before: JsonObject, patch: JsonObject): JsonObject {
  if (form === undefined) return mergeEntity(type, before, patch);
  if (form === "whole") return replaced({ type, sent }, before, patch);
  const { path, as } = form;
  if (as === "item") return mergeEntity(type, before, setAt(patch, path, appended(before, patch, path)));
  // Where nothing is, a value stands as a whole.
  return mergeEntity(type, setAt(before, path, null), patch);
}

/** What a PUT leaves: the client's values and defaults, and what clients do not set (OData Protocol 11.4.3). */
function replaced({ type, sent }: Pick<SentEntity, "type" | "sent">, before: JsonObject, given: JsonObject): JsonObject {
  const next: Record<string, Json> = { "@odata.type": before["@odata.type"] ?? null };
  for (const { name, setBy, immutable } of type.allProperties) {
    const isClients = setBy === "client" || setBy === "clientDefault";
    const isKept = type.key.includes(name) || (!sent.has(name) && (!isClients || immutable));
    next[name] = (isKept ? before[name] : given[name]) ?? null;
  }
  const others = Object.entries(given).filter(([name]) => !Object.hasOwn(next, name));
  return { ...next, ...Object.fromEntries(others) };
}

function valueAt(entity: JsonObject, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, name) => (isObject(value) ? value[name] : undefined), entity);
}

function setAt(entity: JsonObject, [name = "", ...rest]: readonly string[], value: Json): JsonObject {
  const inner = entity[name];
  if (rest.length === 0) return { ...entity, [name]: value };
  return isObject(inner) ? { ...entity, [name]: setAt(inner, rest, value) } : entity;
}

/** Elements that a collection may have: each is a row beside its entity. */
const longest = 10_000;

function appended(before: JsonObject, patch: JsonObject, path: readonly string[]): Json {
  const [standing, more] = [valueAt(before, path), valueAt(patch, path)];
  const all = [...(Array.isArray(standing) ? (standing as readonly Json[]) : []), ...(Array.isArray(more) ? (more as readonly Json[]) : [])];
  if (all.length <= longest) return all;
  throw problem("badRequest", { what: `Property '${path.join("/")}' has ${longest} elements already, which is the limit.` }, { target: path.join("/") });
}

/** Names that only the rule reads are not merged into the entity. */
function withoutExtra(patch: JsonObject, { definition: { patchOnly } }: Place): JsonObject {
  if (patchOnly === undefined) return patch;
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !Object.hasOwn(patchOnly, name)));
}

/** An entity stays of its type (OData Protocol 11.4.3): a derived one's members have no place in it. Throws 400. */
function requireSameType(sent: SentEntity, before: JsonObject): void {
  const type = textOf(before["@odata.type"]);
  if (type === "" || type === `#${sent.type.name}`) return;
  const what = `'@odata.type': the entity is a '${type}' and cannot become a '#${sent.type.name}'.`;
  throw problem("badRequest", { what }, { target: "@odata.type" });
}

/** `Core.Immutable`: may be sent again as it is, not changed. Throws 400. */
function requireImmutable(sent: SentEntity, before: JsonObject): void {
  for (const property of sent.type.allProperties) {
    if (!property.immutable || !sent.sent.has(property.name)) continue;
    const merged = mergeEntity(sent.type, before, { [property.name]: sent.entity[property.name] ?? null });
    if (JSON.stringify(merged[property.name]) === JSON.stringify(before[property.name])) continue;
    throw problem("badRequest", { what: `Property '${property.name}' cannot be changed after the entity was created.` }, { target: property.name });
  }
}
