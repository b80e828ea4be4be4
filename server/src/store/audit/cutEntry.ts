import { serverId } from "../../base/serverId.ts";
import type { AuditEntry } from "./auditEntry.ts";

/** What a trail says of records that were too old to be kept. */
export function cutEntry(removed: { readonly through: number; readonly seal: string }, now: string): AuditEntry {
  return { verb: "removeOldRecords", at: now, tenant: serverId, appId: serverId, user: null, category: "system", removed };
}
