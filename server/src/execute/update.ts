import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import { textOf, type JsonObject } from "../base/json.ts";
import type { Place } from "../edm/model.ts";
import type { EntityType } from "../edm/types.ts";
import { mergeEntity } from "../plan/mergeEntity.ts";
import type { Conditions, EntityTarget, Plan, SentBody, SentEntity, UpdateMode } from "../plan/plan.ts";
import type { Row, WriteSet } from "../store/store.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { etagOf } from "../base/etag.ts";
import { requireConditions } from "../plan/conditions.ts";
import { creation, isImporter, requireSameKey } from "./create.ts";
import type { Running } from "./decide.ts";
import { placeholderNotes } from "./notes.ts";
import type { Outcome } from "./outcome.ts";
import { requireKnownNames, requireParents } from "./read.ts";
import { rowChange, type RowChange } from "./rowChange.ts";
import { virtualRow } from "./virtualRow.ts";

type UpdatePlan = Permitted<Extract<Plan, { readonly kind: "update" }>>;
type SetPropertyPlan = Permitted<Extract<Plan, { readonly kind: "setProperty" }>>;

/** PATCH of an entity (OData Protocol 11.4.3), upsert and insert included (R94-R102). */
export async function update(permitted: UpdatePlan, context: ExecuteContext): Promise<Outcome> {
  const { target, body, mode, conditions, query } = permitted.plan;
  await requireKnownNames(permitted, target, query, context);
  return change({ target, body, mode, conditions }, { permitted, context });
}

/** A write of one property: a patch of its entity. */
export async function setProperty(permitted: SetPropertyPlan, context: ExecuteContext): Promise<Outcome> {
  const { target, body, conditions } = permitted.plan;
  return change({ target: target.entity, body, mode: "update", conditions }, { permitted, context });
}

interface Change {
  readonly target: EntityTarget;
  readonly body: SentBody;
  readonly mode: UpdateMode;
  readonly conditions: Conditions;
}

async function change(asked: Change, running: Running): Promise<Outcome> {
  const { permitted, context } = running;
  let isNew = false;
  let sent: SentEntity | undefined;
  const rows = await attempt(permitted, context, async () => {
    const stored = await context.store.get(permitted);
    const row = stored ?? virtualRow(permitted, asked.target);
    isNew = row === undefined;
    if (row === undefined) {
      sent = await sentForInsert(asked, running);
      return creation({ target: asked.target, sent, id: asked.target.key, grants: [] }, stampOf(permitted, context), running);
    }
    requireConditions(asked.conditions, etagOf(row));
    sent = asked.body.read(typeOf(row, context), { asCreate: false, importer: isImporter(permitted) });
    return updated({ row, isStored: stored !== undefined, sent }, asked, running);
  });
  return { kind: isNew ? "created" : "updated", row: rows[0]!, notes: sent === undefined ? [] : placeholderNotes(sent) };
}

async function sentForInsert(asked: Change, { permitted, context }: Running): Promise<SentEntity> {
  const { target, mode, conditions } = asked;
  if (mode === "update" || conditions.ifMatch !== undefined) throw notFound(target.key);
  await requireParents(permitted, target, context);
  const sent = asked.body.read(target.cast ?? target.place.type, { asCreate: true, importer: isImporter(permitted) });
  requireSameKey(sent, target.key, target.place);
  return sent;
}

/** The type of a stored row. */
export function typeOf(row: Row, context: ExecuteContext): EntityType {
  const type = context.model.findType(row.type);
  if (type?.kind !== "entity") throw new Error(`The store holds a row of the unknown type ${row.type}.`);
  return type;
}

interface Found {
  readonly row: Row;
  readonly isStored: boolean;
  readonly sent: SentEntity;
}

async function updated({ row, isStored, sent }: Found, asked: Change, running: Running): Promise<WriteSet> {
  const { permitted, context } = running;
  const { place, key } = asked.target;
  requireSameKey(sent, key, place);
  const asPatch = {
    place: place.definition.hub === "home" ? (context.model.hub?.fleet ?? place) : place,
    row,
    expect: isStored ? row.seq : "absent",
    rule: place.definition.rules?.update,
    ...patchOf(sent, place),
  } as const;
  return rowChange(asPatch, stampOf(permitted, context), running);
}

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
