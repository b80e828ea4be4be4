import type { Permitted } from "../auth/permitted.ts";
import { problem, type Problem } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { readVersionOf } from "../base/readVersion.ts";
import { completeEntity } from "../edm/completeEntity.ts";
import type { AlsoWrite, Decision, Draft, Found, Refusal, Rule, Stamp } from "../edm/rules.ts";
import { isRefusal } from "../edm/rules.ts";
import type { Row, RowWrite } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";

/** A refusal of a rule as the Problem that it is. */
export function refused({ refuse, parameters = {}, extras = {} }: Refusal): Problem {
  return problem(refuse, parameters, extras);
}

/** Runs a rule's declared reads, then the rule; without a rule the draft stands as it is. Throws its refusal. */
export async function decide(rule: Rule | undefined, draft: Draft, stamp: Stamp, { permitted, context }: Running): Promise<Decision> {
  if (rule === undefined) return { entity: draft.entity };
  const found = await findFor(rule, draft, stamp, { permitted, context });
  const confirmed = await confirm(rule, draft, stamp, { permitted, context });
  const decision = rule.decide(draft, { ...found, ...confirmed }, stamp);
  if (isRefusal(decision)) throw refused(decision);
  return decision;
}

/** Rounds of reads that depend on what was found before. */
const mostRounds = 4;

async function findFor(rule: Rule, draft: Draft, stamp: Stamp, { permitted, context }: Running): Promise<Found> {
  const reads = rule.reads?.(draft, stamp);
  let found: Found = reads === undefined ? {} : await context.store.ruleReads(permitted, reads);
  if (rule.further === undefined) return found;
  for (let round = 0; round < mostRounds; round += 1) {
    const asked = Object.entries(rule.further(draft, found, stamp));
    const more = asked.filter(([name]) => !Object.hasOwn(found, name));
    if (more.length === 0) break;
    found = { ...found, ...(await context.store.ruleReads(permitted, Object.fromEntries(more))) };
  }
  return found;
}

/** Asks what a rule wants to be confirmed, one thing after the other. */
async function confirm(rule: Rule, draft: Draft, stamp: Stamp, { permitted, context }: Running): Promise<Found> {
  const asked = rule.confirm?.(draft, stamp);
  if (asked === undefined) return {};
  if (isRefusal(asked)) throw refused(asked);
  const found: Record<string, Json> = {};
  for (const [name, one] of Object.entries(asked)) {
    if (context.confirm === undefined) throw problem("notImplemented", { what: "This server makes no outgoing calls, so it tells nobody of changes." });
    found[name] = await context.confirm(one, permitted);
  }
  return found;
}

/** What runs, and with what. */
export interface Running {
  readonly permitted: Permitted;
  readonly context: ExecuteContext;
}

/**
 * Turns the further rows of a decision into row writes, each with the version that was found or else that stands now: a
 * row that moves before the write is decided anew like any other.
 */
export async function alsoRows(also: readonly AlsoWrite[], running: Running): Promise<RowWrite[]> {
  const standing = await standingRows(also, running);
  return also.flatMap((one, index): RowWrite[] => {
    const { id, parents = [], entity } = one;
    const place = running.context.model.place(one.place);
    const row = standing[index];
    if (row === undefined && entity === null) return [];
    const type = one.type ?? row?.type ?? place.type.name;
    const put = entity === null ? null : { type, entity: row === undefined ? completed(type, entity, running) : entity };
    return [
      {
        place,
        parents,
        id,
        expect: one.isNew === true ? "absent" : ((entity === null ? undefined : readVersionOf(entity)) ?? row?.seq ?? "absent"),
        put,
        changed: entity === null ? [] : Object.keys(entity),
        ...(row === undefined ? {} : { before: row.body }),
      },
    ];
  });
}

/** A rule names what it knows of a new row; the other members are those of its type. */
function completed(name: string, entity: JsonObject, { context }: Running): JsonObject {
  const type = context.model.findType(name);
  return type?.kind === "entity" ? completeEntity(type, entity) : entity;
}

/** What stands where they are to be written: one read for each collection. */
async function standingRows(also: readonly AlsoWrite[], { permitted, context }: Running): Promise<readonly (Row | undefined)[]> {
  const keyOf = ({ place, parents = [] }: AlsoWrite): string => JSON.stringify([place, ...parents]);
  const found = new Map<string, Map<string, Row>>();
  for (const [key, group] of Map.groupBy(also, keyOf)) {
    const { place, parents = [] } = group[0]!;
    const ids = group.map(({ id }) => id);
    const rows = await context.store.rowsOf(permitted, context.model.place(place), ids, parents);
    found.set(key, new Map(rows.map((row) => [row.id, row])));
  }
  return also.map((one) => found.get(keyOf(one))?.get(one.id));
}
