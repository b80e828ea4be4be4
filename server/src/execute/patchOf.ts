import { problem } from "../base/errors.ts";
import { textOf, type Json, type JsonObject } from "../base/json.ts";
import { mediaNameOf } from "../base/media.ts";
import type { Place } from "../edm/model.ts";
import type { EntityType } from "../edm/types.ts";
import { mergeEntity } from "../plan/mergeEntity.ts";
import type { SentEntity } from "../plan/plan.ts";
import type { PlacedForm } from "../plan/writeForm.ts";
import { valueAt } from "../base/valueAt.ts";
import { placeValue } from "./placeValue.ts";
import type { RowChange } from "./rowChange.ts";

/** A patch as the change of a row that it is: merged into what is stored, which it may not contradict where that is immutable. */
export function patchOf(sent: SentEntity, place: Place): Pick<RowChange, "verb" | "name" | "next" | "sent"> {
  const { "@odata.type": _, ...patch } = sent.entity;
  const next = (before: JsonObject): JsonObject => {
    requireSameType(sent, before);
    if (typeof sent.form !== "object") requireImmutable(sent, before);
    const after = written(sent, before, withoutExtra(patch, place));
    if (typeof sent.form === "object") requireKept(sent.type, sent.form, before, after);
    return { ...contentsOf(sent, before), ...after };
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
  const value = form.value === undefined ? sentValue(patch, form) : form.value;
  return value === undefined ? before : placeValue(type, before, { ...form, value });
}

/** An item is read as the only one of its collection; what counts as absent leaves everything as it is. */
function sentValue(patch: JsonObject, { path, as }: PlacedForm): Json | undefined {
  return valueAt(patch, as === "item" ? [...path, "0"] : path);
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
    requireSame(property.name, before, mergeEntity(sent.type, before, { [property.name]: sent.entity[property.name] ?? null }));
  }
}

function requireKept(type: EntityType, { path: [top] }: PlacedForm, before: JsonObject, after: JsonObject): void {
  if (type.allProperties.some(({ name, immutable }) => immutable && name === top)) requireSame(top!, before, after);
}

function requireSame(name: string, before: JsonObject, after: JsonObject): void {
  if (JSON.stringify(after[name]) === JSON.stringify(before[name])) return;
  throw problem("badRequest", { what: `Property '${name}' cannot be changed after the entity was created.` }, { target: name });
}
