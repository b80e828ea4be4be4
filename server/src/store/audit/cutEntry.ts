import type { AuditEntry } from "./auditEntry.ts";

const server = "00000000-0000-0000-0000-000000000000";

/** What a trail says of records that were too old to be kept. */
export function cutEntry(removed: { readonly through: number; readonly seal: string }, now: string): AuditEntry {
  return { verb: "removeOldRecords", at: now, tenant: server, appId: server, user: null, category: "system", removed };
}
