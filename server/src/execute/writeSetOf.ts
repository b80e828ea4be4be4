import type { Decision, Stamp } from "../edm/rules.ts";
import type { ExecuteContext } from "./context.ts";
import type { AuditEntry } from "../store/audit/auditEntry.ts";
import type { HubGrant, RowWrite, WriteSet } from "../store/store.ts";
import { alsoRows, type Running } from "./decide.ts";
import { remembered } from "./once.ts";

interface Making {
  readonly stamp: Stamp;
  /** How the audit names it. */
  readonly verb: string;
  readonly grants?: readonly HubGrant[];
  readonly running: Running;
}

/** Who did what when and from where, as the audit keeps it. */
export function auditOf(
  { now, tenant, appId, user }: Stamp,
  verb: string,
  { origin, pseudonymOf }: Pick<ExecuteContext, "origin" | "pseudonymOf">,
): AuditEntry {
  return { verb, at: now, tenant, appId, user, origin, pseudonym: user === null ? undefined : pseudonymOf?.(user) };
}

/** Row, further rows, messages, audit and memory of one decision. */
export async function writeSetOf(row: RowWrite, decision: Decision, { stamp, running, verb, grants = [] }: Making): Promise<WriteSet> {
  const rows = [...(decision.keeps === true ? [] : [row]), ...(decision.also === undefined ? [] : await alsoRows(decision.also, running))];
  const answer = { value: decision.result, made: decision.made };
  return { rows, grants, messages: decision.messages ?? [], audit: auditOf(stamp, verb, running.context), ...remembered(running, rows, verb, answer) };
}
