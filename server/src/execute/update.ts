import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { Conditions, EntityTarget, Plan, SentBody, SentEntity, UpdateMode } from "../plan/plan.ts";
import type { Row } from "../store/store.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { requireConditions } from "../plan/conditions.ts";
import { requireSameKey, shownOf } from "./create.ts";
import { isImporter } from "./isImporter.ts";
import { typeOf } from "./typeOf.ts";
import { creation, deepChange, type DeepSet } from "./deepWrite.ts";
import type { Running } from "./decide.ts";
import { newKey } from "./newKey.ts";
import { etagOfContent } from "./media.ts";
import { placeholderNotes } from "./notes.ts";
import type { Outcome } from "./outcome.ts";
import { requireKnownNames, requireParents } from "./read.ts";
import { virtualRow } from "./virtualRow.ts";

type UpdatePlan = Permitted<Extract<Plan, { readonly kind: "update" }>>;
type SetPropertyPlan = Permitted<Extract<Plan, { readonly kind: "setProperty" }>>;

/** PATCH of an entity (OData Protocol 11.4.3), upsert and insert included (R94-R102). */
export async function update(permitted: UpdatePlan, context: ExecuteContext): Promise<Outcome> {
  const { target, body, mode, conditions, query, isWhole = false } = permitted.plan;
  await requireKnownNames(permitted, target, query, context);
  return change({ target, body, mode, conditions, isWhole, media: permitted.plan.media }, { permitted, context });
}

/** A write of one property: a patch of its entity. */
export async function setProperty(permitted: SetPropertyPlan, context: ExecuteContext): Promise<Outcome> {
  const { target, body, conditions } = permitted.plan;
  return change({ target: target.entity, body, mode: "update", conditions, isWhole: false, media: undefined }, { permitted, context });
}

interface Change {
  readonly target: EntityTarget;
  readonly body: SentBody;
  readonly mode: UpdateMode;
  readonly conditions: Conditions;
  readonly isWhole: boolean;
  /** The content that is written. */
  readonly media: string | undefined;
}

async function change(asked: Change, running: Running): Promise<Outcome> {
  const { permitted, context } = running;
  let isNew = false;
  let sent: SentEntity | undefined;
  let made: DeepSet | undefined;
  const rows = await attempt(permitted, context, async () => {
    const stored = await context.store.get(permitted);
    const row = stored ?? virtualRow(permitted, asked.target);
    isNew = row === undefined;
    if (row === undefined) {
      sent = await sentForInsert(asked, running);
      const stamp = stampOf(permitted, context);
      const id = asked.target.place.kind === "singleton" ? await newKey(asked.target, sent, stamp, running) : asked.target.key;
      made = await creation({ target: asked.target, sent, id, grants: [] }, stamp, running);
      return made;
    }
    requireConditions(asked.conditions, etagOfContent(row, asked.media));
    const read = asked.body.read(typeOf(row, context), { asCreate: asked.isWhole, importer: isImporter(permitted) });
    sent = asked.isWhole ? { ...read, form: "whole" } : read;
    made = await updated({ row, isStored: stored !== undefined, sent }, asked, running);
    return made;
  });
  return { kind: isNew ? "created" : "updated", ...shownOf(made, rows), notes: sent === undefined ? [] : placeholderNotes(sent) };
}

async function sentForInsert(asked: Change, { permitted, context }: Running): Promise<SentEntity> {
  const { target, mode, conditions } = asked;
  if (mode === "update" || conditions.ifMatch !== undefined) throw notFound(target.key);
  await requireParents(permitted, target, context);
  const sent = asked.body.read(target.cast ?? target.place.type, { asCreate: true, importer: isImporter(permitted) });
  requireSameKey(sent, target.key, target.place);
  return sent;
}

interface Found {
  readonly row: Row;
  readonly isStored: boolean;
  readonly sent: SentEntity;
}

async function updated({ row, isStored, sent }: Found, asked: Change, running: Running): Promise<DeepSet> {
  const { permitted, context } = running;
  const { key, place: at } = asked.target;
  requireSameKey(sent, key === "" && at.definition.requiresKey === true ? row.id : key, at);
  const place = asked.target.place.definition.hub === "home" ? (context.model.hub?.fleet ?? asked.target.place) : asked.target.place;
  return deepChange({ place, row, sent, more: {}, expect: isStored ? row.seq : "absent" }, stampOf(permitted, context), running);
}
