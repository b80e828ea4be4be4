import { notFound } from "../auth/permit.ts";
import { problem } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { isRefusal, type CollectionRule, type Stamp } from "../edm/rules.ts";
import type { CollectionTarget, SentEntity } from "../plan/plan.ts";
import type { WriteSet } from "../store/store.ts";
import type { ActionPlan } from "./action.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { creation } from "./deepWrite.ts";
import { isImporter } from "./isImporter.ts";
import { newKey } from "./newKey.ts";
import { alsoRows, refused, type Running } from "./decide.ts";
import { remembered } from "./once.ts";
import type { Outcome } from "./outcome.ts";
import { rowChange } from "./rowChange.ts";
import { patchOf } from "./patchOf.ts";
import { auditOf } from "./writeSetOf.ts";

/**
 * An action on a collection: all of it or nothing. Entities sent in its body are created or patched by the
 * place's own rules; anything else is decided by the action's rule.
 */
export async function bulkAction(permitted: ActionPlan, context: ExecuteContext): Promise<Outcome> {
  const { operation, body, target } = permitted.plan;
  const { values, entities } = body.read({ importer: isImporter(permitted) });
  const running: Running = { permitted, context };
  const { collectionRule } = operation.definition;
  if (collectionRule !== undefined) return byRule(collectionRule, values, running);
  const [[name, sent]] = [...entities] as [[string, readonly SentEntity[]]];
  const isUpdate = operation.definition.parameters?.find((one) => one.name === name)?.bodies === "update";
  const rows = await attempt(permitted, context, async () => {
    const stamp = stampOf(permitted, context);
    const sets: WriteSet[] = [];
    for (const one of sent) {
      sets.push(isUpdate ? await patched(one, stamp, running) : await created(target as CollectionTarget, one, stamp, running));
    }
    return joined(sets, stamp, running);
  });
  return { kind: "actedOn", rows: rows.slice(0, sent.length) };
}

async function created(target: CollectionTarget, sent: SentEntity, stamp: Stamp, running: Running): Promise<WriteSet> {
  return creation({ target, sent, id: await newKey(target, sent, stamp, running), grants: [] }, stamp, running);
}

async function patched(sent: SentEntity, stamp: Stamp, running: Running): Promise<WriteSet> {
  const { permitted, context } = running;
  const { place, parents } = (permitted as ActionPlan).plan.target;
  const [row] = await context.store.rowsOf(permitted, place, [sent.id ?? ""], parents);
  if (row === undefined) throw notFound(sent.id ?? "");
  return rowChange({ place, row, expect: row.seq, rule: place.definition.rules?.update, ...patchOf(sent, place) }, stamp, running);
}

/** One WriteSet of several, the rows that were asked for first. One row may stand in it once: its version can be expected once. */
function joined(sets: readonly WriteSet[], stamp: Stamp, running: Running): WriteSet {
  const rows = [...sets.flatMap((set) => set.rows.slice(0, 1)), ...sets.flatMap((set) => set.rows.slice(1))];
  const seen = new Set<string>();
  for (const { place, id } of rows) {
    const key = `${place.path} ${id}`;
    if (seen.has(key)) throw problem("badRequest", { what: `The object with the id '${id}' stands twice in this request.` }, { target: id });
    seen.add(key);
  }
  const { name } = (running.permitted as ActionPlan).plan.operation;
  const messages = sets.flatMap((set) => set.messages);
  return {
    rows,
    links: sets.flatMap((set) => set.links ?? []),
    grants: [],
    messages,
    audit: auditOf(stamp, name, running.context),
    ...remembered(running, rows, name),
  };
}

async function byRule(rule: CollectionRule, sent: JsonObject, running: Running): Promise<Outcome> {
  const { permitted, context } = running;
  let result: Json = null;
  await attempt(permitted, context, async () => {
    const stamp = stampOf(permitted, context);
    const reads = rule.reads?.(sent, stamp);
    const found = reads === undefined ? {} : await context.store.ruleReads(permitted, reads);
    const decision = rule.decide(sent, found, stamp);
    if (isRefusal(decision)) throw refused(decision);
    result = decision.result.kind === "value" ? decision.result.value : [...decision.result.ids];
    const rows = await alsoRows(decision.writes, running);
    return {
      rows,
      grants: [],
      messages: decision.messages ?? [],
      audit: auditOf(stamp, (permitted as ActionPlan).plan.operation.name, context),
      ...remembered(running, rows, "value", { value: result }),
    };
  });
  return { kind: "value", value: result };
}
