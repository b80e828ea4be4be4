import { parseStored } from "../base/parseJson.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { valueAt } from "../base/valueAt.ts";
import { linksWithin, withinOf } from "../edm/links.ts";
import type { Draft, Rule, Stamp } from "../edm/rules.ts";
import type { Place } from "../edm/model.ts";
import type { LinkWrite, Row, RowWrite, WriteSet } from "../store/store.ts";
import type { Decision } from "../edm/rules.ts";
import { decide, type Running } from "./decide.ts";
import { writeSetOf } from "./writeSetOf.ts";

/** A change of a row that stands: what it was decided on and what it shall become. */
export interface RowChange {
  readonly place: Place;
  readonly row: Row;
  /** The version that it was decided on; "absent" for a row that is only imagined yet. */
  readonly expect: number | "absent";
  readonly verb: Exclude<Draft["verb"], "create">;
  /** How the audit names it: the verb, or the action. */
  readonly name: string;
  /** The entity that the rule starts from, given the stored one. Default: the stored one itself. */
  readonly next?: (before: JsonObject) => JsonObject;
  readonly sent: JsonObject;
  readonly rule: Rule | undefined;
}

/** The WriteSet of a change to a row that stands, decided by its rule. */
export async function rowChange(change: RowChange, stamp: Stamp, running: Running): Promise<WriteSet> {
  return changeSetOf(change, await decideChange(change, stamp, running), stamp, running);
}

/** What the rule says of a change. */
export async function decideChange(change: RowChange, stamp: Stamp, running: Running): Promise<Decision> {
  const { row, verb, sent } = change;
  const before = parseStored(row.body);
  const entity = change.next?.(before) ?? before;
  return decide(change.rule, { verb, type: row.type, entity, before, sent, parents: row.parents }, stamp, running);
}

/** True where a rule leaves everything as it is. */
export function writesNothing({ keeps, also = [], messages = [] }: Decision): boolean {
  return keeps === true && also.length === 0 && messages.length === 0;
}

/** The WriteSet of a change that is decided. */
export async function changeSetOf(change: RowChange, decision: Decision, stamp: Stamp, running: Running): Promise<WriteSet> {
  const { place, row, verb } = change;
  const { parents } = row;
  const before = parseStored(row.body);
  const isDelete = verb === "delete";
  const write: RowWrite = {
    place,
    parents,
    id: row.id,
    expect: change.expect,
    put: isDelete ? null : { type: row.type, entity: decision.entity },
    changed: isDelete ? [] : changedNames(before, decision.entity),
    ...(change.expect === "absent" ? {} : { before: isDelete ? row.body : before }),
  };
  const set = await writeSetOf(write, decision, { stamp, verb: change.name, running });
  const lost = isDelete || decision.keeps === true ? [] : lostLinks(change, decision.entity, before, running);
  return lost.length === 0 ? set : { ...set, links: [...(set.links ?? []), ...lost] };
}

/** What complex values were related to that are null from now on. */
function lostLinks({ place, row }: RowChange, after: JsonObject, before: JsonObject, { context }: Running): LinkWrite[] {
  const from = { place, parents: row.parents, id: row.id };
  return linksWithin(context.model, place).flatMap((link): LinkWrite[] => {
    const path = withinOf(link.navigation);
    const isLost = link.relation.columns === undefined && isObject(valueAt(before, path)) && !isObject(valueAt(after, path));
    return isLost ? [{ link, from, removed: true }] : [];
  });
}

/** Names of the properties of a new entity. */
export function namesOf(entity: JsonObject): string[] {
  return Object.keys(entity).filter((name) => !name.startsWith("@"));
}

/** Names of top-level properties whose values differ. */
export function changedNames(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !name.startsWith("@") && differ(before[name], after[name]));
}

function differ(a: Json | undefined, b: Json | undefined): boolean {
  return a !== b && (typeof a !== "object" || typeof b !== "object" || JSON.stringify(a) !== JSON.stringify(b));
}
