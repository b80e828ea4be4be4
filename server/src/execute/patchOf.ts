import { problem } from "../base/errors.ts";
import { textOf, type JsonObject } from "../base/json.ts";
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
    return mergeEntity(sent.type, before, withoutExtra(patch, place));
  };
  return { verb: "update", name: "update", next, sent: patch };
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
