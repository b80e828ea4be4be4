import { problem } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { keyMembers } from "../edm/keyText.ts";
import type { Place } from "../edm/model.ts";
import type { Stamp } from "../edm/rules.ts";
import type { CollectionTarget, EntityTarget, SentEntity } from "../plan/plan.ts";
import type { HubGrant, RowWrite, WriteSet } from "../store/store.ts";
import { decide, type Running } from "./decide.ts";
import { namesOf } from "./rowChange.ts";
import { writeSetOf } from "./writeSetOf.ts";

/** Characters of a key: percent-encoded, it still fits into an URL and into the Location header that clients take. */
const longestKey = 512;

/** An entity in the order of its type: annotation, key, declared members, dynamic members. */
function withKey(sent: SentEntity, id: string): JsonObject {
  const { "@odata.type": type = null, ...members } = sent.entity;
  return { "@odata.type": type, ...keyMembers(sent.type, id), ...members };
}

/** What is to be made. */
export interface NewRow {
  readonly target: CollectionTarget | EntityTarget;
  readonly sent: SentEntity;
  readonly id: string;
  readonly grants: readonly HubGrant[];
}

/** The WriteSet of a new row without what its body nests, decided by the place's rule. */
export async function plainCreation(made: NewRow, stamp: Stamp, running: Running): Promise<WriteSet> {
  const { place, parents } = made.target;
  requireFitKey(made.id, place);
  const entity = withKey(made.sent, made.id);
  const draft = { verb: "create", type: made.sent.type.name, entity, sent: made.sent.entity, parents } as const;
  const decision = await decide(place.definition.rules?.create, draft, stamp, running);
  const row: RowWrite = {
    place,
    parents,
    id: made.id,
    expect: "absent",
    put: { type: made.sent.type.name, entity: decision.entity },
    changed: namesOf(decision.entity),
  };
  return writeSetOf(row, decision, { stamp, verb: "create", grants: made.grants, running });
}

/** A key by which the entity can be found again: a segment of an URL that is empty names nothing. */
function requireFitKey(id: string, place: Place): void {
  if (id.length <= longestKey && id !== "") return;
  const name = place.type.key[0] ?? "id";
  throw problem("badRequest", { what: `Property '${name}': expected 1 to ${longestKey} characters, got ${id.length}.` }, { target: name });
}
