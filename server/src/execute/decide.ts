import type { Permitted } from "../auth/permitted.ts";
import { problem, type Problem } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { AlsoWrite, Decision, Draft, Found, Refusal, Rule, Stamp } from "../edm/rules.ts";
import { isRefusal } from "../edm/rules.ts";
import type { RowWrite } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";

/** A refusal of a rule as the Problem that it is. */
export function refused({ refuse, parameters = {}, extras = {} }: Refusal): Problem {
  return problem(refuse, parameters, extras);
}

/** Runs a rule's declared reads, then the rule; without a rule the draft stands as it is. Throws its refusal. */
export async function decide(rule: Rule | undefined, draft: Draft, stamp: Stamp, { permitted, context }: Running): Promise<Decision> {
  if (rule === undefined) return { entity: draft.entity };
  const reads = rule.reads?.(draft, stamp);
  const found: Found = reads === undefined ? {} : await context.store.ruleReads(permitted, reads);
  const confirmed = await confirm(rule, draft, stamp, { permitted, context });
  const decision = rule.decide(draft, { ...found, ...confirmed }, stamp);
  if (isRefusal(decision)) throw refused(decision);
  return decision;
}

/** Asks what a rule wants to be confirmed, one thing after the other. */
async function confirm(rule: Rule, draft: Draft, stamp: Stamp, { permitted, context }: Running): Promise<Found> {
  const asked = rule.confirm?.(draft, stamp);
  if (asked === undefined) return {};
  if (isRefusal(asked)) throw refused(asked);
  if (context.confirm === undefined) throw problem("notImplemented", { what: "This server makes no outgoing calls, so it tells nobody of changes." });
  const found: Record<string, Json> = {};
  for (const [name, one] of Object.entries(asked)) found[name] = await context.confirm(one, permitted);
  return found;
}

/** What runs, and with what. */
export interface Running {
  readonly permitted: Permitted;
  readonly context: ExecuteContext;
}

/**
 * Turns the further rows of a decision into row writes, each with the version that stands now: a row that
 * moves before the write is decided anew like any other.
 */
export async function alsoRows(also: readonly AlsoWrite[], { permitted, context }: Running): Promise<RowWrite[]> {
  const writes: RowWrite[] = [];
  for (const one of also) {
    const place = context.model.place(one.place);
    const parents = one.parents ?? [];
    const [row] = await context.store.rowsOf(permitted, place, [one.id], parents);
    if (row === undefined && one.entity === null) continue;
    writes.push({
      place,
      parents,
      id: one.id,
      expect: row?.seq ?? "absent",
      put: one.entity === null ? null : { type: one.type ?? row?.type ?? place.type.name, entity: one.entity },
      changed: one.entity === null ? [] : Object.keys(one.entity),
    });
  }
  return writes;
}
