import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { completeEntity } from "../edm/completeEntity.ts";
import { keyMembers } from "../edm/keyText.ts";
import type { Stamp } from "../edm/rules.ts";
import type { Place } from "../edm/model.ts";
import type { CollectionTarget, EntityTarget, Plan, SentEntity } from "../plan/plan.ts";
import type { HubGrant, RowWrite, WriteSet } from "../store/store.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { attempt } from "./attempt.ts";
import { decide, type Running } from "./decide.ts";
import { newHub, type NewHub } from "./newHub.ts";
import { newKey } from "./newKey.ts";
import { placeholderNotes } from "./notes.ts";
import type { Outcome } from "./outcome.ts";
import { requireKnownNames, requireParents } from "./read.ts";
import { changedNames } from "./rowChange.ts";
import { writeSetOf } from "./writeSetOf.ts";

type CreatePlan = Permitted<Extract<Plan, { readonly kind: "create" }>>;

/** The role whose holder may send what the server otherwise sets. */
const importRole = "SecurityData.Import";

export function isImporter(permitted: Permitted): boolean {
  return permitted.caller.permissions.has(importRole);
}

/** Characters of a key: percent-encoded, it still fits into an URL and into the Location header that clients take. */
const longestKey = 512;

/** An entity in the order of its type: annotation, key, declared members, dynamic members. */
export function withKey(sent: SentEntity, id: string): JsonObject {
  const { "@odata.type": type = null, ...members } = sent.entity;
  return { "@odata.type": type, ...keyMembers(sent.type, id), ...members };
}

/** POST to a collection (OData Protocol 11.4.2; R87-R97). */
export async function create(permitted: CreatePlan, context: ExecuteContext): Promise<Outcome> {
  const { plan } = permitted;
  const { target } = plan;
  await requireParents(permitted, target, context);
  await requireKnownNames(permitted, target, plan.query, context);
  const sent = plan.body.read(target.cast ?? target.place.type, { asCreate: true, importer: isImporter(permitted) });
  const running: Running = { permitted, context };
  const rows = await attempt(permitted, context, async () => {
    const stamp = stampOf(permitted, context);
    const hub = target.place.definition.hub === "fleet" ? await newHub(sent, stamp, running) : undefined;
    if (hub !== undefined) return hubCreation(sent, hub, stamp, running);
    return creation({ target, sent, id: await newKey(target, sent, stamp, running), grants: [] }, stamp, running);
  });
  return { kind: "created", row: rows[0]!, notes: placeholderNotes(sent) };
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
  return { place, parents: [], id: tenant, expect: "absent", put: { type: place.type.name, entity }, changed: changedNames({}, entity) };
}

/** What is to be made. */
export interface NewRow {
  readonly target: CollectionTarget | EntityTarget;
  readonly sent: SentEntity;
  readonly id: string;
  readonly grants: readonly HubGrant[];
}

/** The WriteSet of a new row, decided by the place's rule. */
export async function creation(made: NewRow, stamp: Stamp, running: Running): Promise<WriteSet> {
  const { place, parents } = made.target;
  requireShortKey(made.id, place);
  const entity = withKey(made.sent, made.id);
  const draft = { verb: "create", type: made.sent.type.name, entity, sent: made.sent.entity, parents } as const;
  const decision = await decide(place.definition.rules?.create, draft, stamp, running);
  const row: RowWrite = {
    place,
    parents,
    id: made.id,
    expect: "absent",
    put: { type: made.sent.type.name, entity: decision.entity },
    changed: changedNames({}, decision.entity),
  };
  return writeSetOf(row, decision, { stamp, verb: "create", grants: made.grants, running });
}

function requireShortKey(id: string, place: Place): void {
  if (id.length <= longestKey) return;
  const name = place.type.key[0] ?? "id";
  throw problem("badRequest", { what: `Property '${name}': expected at most ${longestKey} characters, got ${id.length}.` }, { target: name });
}

/** Refuses a body whose key is not the one in the URL (Q20). */
export function requireSameKey(sent: SentEntity, key: string, place: Place): void {
  if (sent.id === undefined || sent.id === key || key === "") return;
  const name = place.type.key.join(",") || "id";
  throw problem("badRequest", { what: `Property '${name}': the body says '${sent.id}', the URL '${key}'. A key cannot be changed.` }, { target: name });
}
