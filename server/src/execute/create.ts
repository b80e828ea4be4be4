import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import { completeEntity } from "../edm/completeEntity.ts";
import type { Stamp } from "../edm/rules.ts";
import type { Place } from "../edm/model.ts";
import type { Plan, SentEntity } from "../plan/plan.ts";
import { notFound } from "../auth/permit.ts";
import { parseStored } from "../base/parseJson.ts";
import type { Row, RowWrite, WriteSet } from "../store/store.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { attempt } from "./attempt.ts";
import type { Running } from "./decide.ts";
import { creation, type DeepSet, type Shown } from "./deepWrite.ts";
import { isImporter } from "./isImporter.ts";
import type { NewRow } from "./plainCreation.ts";
import { requireValue, sharedValues, touched } from "./linkChange.ts";
import { showRelated, type ShownRow, type WrittenRelation } from "./showRelated.ts";
import { newHub, type NewHub } from "./newHub.ts";
import { newKey } from "./newKey.ts";
import { placeholderNotes } from "./notes.ts";
import type { Outcome } from "./outcome.ts";
import { requireKnownNames, requireParents } from "./read.ts";
import { namesOf } from "./rowChange.ts";

type CreatePlan = Permitted<Extract<Plan, { readonly kind: "create" }>>;

/** POST to a collection (OData Protocol 11.4.2; R87-R97). */
export async function create(permitted: CreatePlan, context: ExecuteContext): Promise<Outcome> {
  const { plan } = permitted;
  const { target } = plan;
  await requireParents(permitted, target, context);
  await requireKnownNames(permitted, target, plan.query, context);
  const sent = plan.body.read(target.cast ?? target.place.type, { asCreate: true, importer: isImporter(permitted) });
  const running: Running = { permitted, context };
  let made: DeepSet | undefined;
  const rows = await attempt(permitted, context, async () => {
    const stamp = stampOf(permitted, context);
    const hub = target.place.definition.hub === "fleet" ? await newHub(sent, stamp, running) : undefined;
    if (hub !== undefined) return hubCreation(sent, hub, stamp, running);
    made = await relatedCreation({ target, sent, id: await newKey(target, sent, stamp, running), grants: [] }, stamp, running);
    return made;
  });
  return { kind: "created", ...shownOf(made, rows), notes: placeholderNotes(sent) };
}

/** The written entity as the answer shows it. */
export function shownOf(made: DeepSet | undefined, rows: readonly Row[]): ShownRow {
  if (made === undefined || made.shown.length === 0) return { row: rows[0]!, expand: [] };
  const written = new Map(made.rows.map((write, index) => [write, rows[index]!]));
  const relationOf = ({ relation: { navigation, place }, row, below }: Shown): WrittenRelation => ({
    navigation,
    place,
    row: written.get(row)!,
    below: below.map(relationOf),
  });
  return showRelated(rows[0]!, made.shown.map(relationOf));
}

/** A new row in a collection of related entities is related to the entity that the collection belongs to. */
async function relatedCreation(made: NewRow, stamp: Stamp, running: Running): Promise<DeepSet> {
  const { target, sent, id } = made;
  const { via } = target;
  if (via === undefined || via.link.to !== target.place) return creation(made, stamp, running);
  const { link, from } = via;
  const [owner] = await running.context.store.rowsOf(running.permitted, from.place, [from.key], from.parents);
  if (owner === undefined) throw notFound(from.key);
  requireValue(link, owner);
  if (link.relation.columns !== undefined) {
    return creation({ ...made, sent: { ...sent, entity: { ...sent.entity, ...sharedValues(link, parseStored(owner.body)) } } }, stamp, running);
  }
  const set = await creation(made, stamp, running);
  const write = { link, from: { place: link.from, parents: owner.parents, id: owner.id }, to: { place: link.to, parents: [], id } };
  return { ...set, rows: [...set.rows, touched(link, owner)], links: [...(set.links ?? []), write] };
}

/** A new hub and, in it, a row for each tenant that manages it: the owner sees them and can end that (DESIGN 2, Hub). */
async function hubCreation(sent: SentEntity, { id, owner, grants }: NewHub, stamp: Stamp, running: Running): Promise<WriteSet> {
  const { permitted, context } = running;
  const target = (permitted as CreatePlan).plan.target;
  const owned = { ...sent, entity: { ...sent.entity, azureTenantId: owner } };
  const made = await creation({ target, sent: owned, id, grants }, stamp, running);
  const place = context.model.places.find((one) => one.definition.managers === true);
  if (place === undefined) return made;
  const managers = grants.filter(({ role }) => role === "manager").map(({ tenant }) => managerRow(place, tenant, { owner, now: stamp.now }));
  return { ...made, rows: [...made.rows, ...managers] };
}

function managerRow(place: Place, tenant: string, { owner, now }: { readonly owner: string | null; readonly now: string }): RowWrite {
  const entity = completeEntity(place.type, { id: tenant, createdDateTime: now, homeTenantId: owner });
  return { place, parents: [], id: tenant, expect: "absent", put: { type: place.type.name, entity }, changed: namesOf(entity) };
}

/** Refuses a body whose key is not the one in the URL (Q20). */
export function requireSameKey(sent: SentEntity, key: string, place: Place): void {
  if (sent.id === undefined || sent.id === key || key === "") return;
  const name = place.type.key.join(",") || "id";
  throw problem("badRequest", { what: `Property '${name}': the body says '${sent.id}', the URL '${key}'. A key cannot be changed.` }, { target: name });
}
