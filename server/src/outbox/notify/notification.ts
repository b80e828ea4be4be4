import { etagOf } from "../../base/etag.ts";
import { derivedGuid } from "../../base/ids.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Entries, LogEntry, Row } from "../../store/store.ts";
import { encryptContent } from "./encryptContent.ts";
import type { Followed } from "./followed.ts";
import type { Watcher } from "./watcher.ts";

/** An event of a subscription itself (R157). */
export type LifecycleEvent = "missed" | "subscriptionRemoved" | "reauthorizationRequired";

const typeOf: Readonly<Record<string, string>> = { create: "created", update: "updated", delete: "deleted" };

function shared({ id, expires, clientState, caller }: Watcher): JsonObject {
  return { subscriptionId: id, subscriptionExpirationDateTime: expires, clientState, tenantId: caller.tenant };
}

/** How an entity's data are printed for a subscriber: as its `$select` says. */
export type PrintRow = (row: Row, followed: Followed) => string;

/**
 * True for a write that a subscriber is told of (R153). A row that a `$filter` does not let through is not told of; that one was deleted always is,
 * for what it was is gone.
 */
export function concerns(
  { verb, id }: LogEntry,
  { rows }: Pick<Entries, "rows">,
  { watcher, followed }: { readonly watcher: Watcher; readonly followed: Followed },
): boolean {
  if (!watcher.changeTypes.has(typeOf[verb] ?? "")) return false;
  return verb === "delete" || rows.has(id) || followed.permitted.plan.query.filter === undefined;
}

/** The notifications of a piece of the log (R153), oldest first. */
export function notificationsOf(found: Entries, watcher: Watcher, { followed, print }: Pick<About, "followed" | "print">): JsonObject[] {
  return found.entries
    .filter((entry) => concerns(entry, found, { watcher, followed }))
    .map((entry) => notification(entry, watcher, { followed, row: entry.verb === "delete" ? undefined : found.rows.get(entry.id), print }));
}

interface About {
  readonly followed: Followed;
  readonly row: Row | undefined;
  readonly print: PrintRow;
}

/** One notification; sent again, it has the same id. */
function notification({ id, seq, verb }: LogEntry, watcher: Watcher, { followed, row, print }: About): JsonObject {
  const resource = `${followed.path}/${encodeURIComponent(id)}`;
  const type = row?.type ?? followed.permitted.plan.target.place.type.name;
  return {
    id: derivedGuid("notification", `${watcher.id} ${seq}`),
    ...shared(watcher),
    changeType: typeOf[verb]!,
    resource,
    resourceData: { "@odata.type": `#${type}`, "@odata.id": resource, ...(row !== undefined && { "@odata.etag": etagOf(row) }), id },
    ...(watcher.contentKey !== undefined && row !== undefined && { encryptedContent: encryptContent(print(row, followed), watcher.contentKey) }),
  };
}

/** What is sent to the lifecycle endpoint. */
export function lifecycleNotification(event: LifecycleEvent, watcher: Watcher): JsonObject {
  return { ...shared(watcher), lifecycleEvent: event };
}
