import { cutEntry } from "../audit/cutEntry.ts";
import { erasedBody, erasureEntry } from "../audit/eraseDetails.ts";
import type { AuditEntry, TrailCut, TrailEnd, TrailErasing } from "../audit/auditEntry.ts";
import type { StoreSystem, Tended } from "../store.ts";
import type { SqliteConnection } from "./driver.ts";
import type { RecentPages } from "./recentPages.ts";
import type { RecentRows } from "./recentRows.ts";
import type { Transaction } from "./runGroup.ts";
import { putRecord } from "./writeRecords.ts";
import type { Writer } from "./writer.ts";

const last = `SELECT max("seq") FROM "audit" AS b WHERE b."hub" = h."n" AND b."seal" IS NOT NULL`;
const ends = `SELECT h."hub", a."seq", a."seal", a."at" FROM "hubs" AS h JOIN "audit" AS a ON a."hub" = h."n" AND a."seq" = (${last}) ORDER BY h."n"`;
const through = `SELECT "seq", "seal" FROM "audit" WHERE "hub" = ?1 AND "seq" < ?2 AND "seal" IS NOT NULL AND "at" < ?3 ORDER BY "seq" DESC LIMIT 1`;
const remove = `DELETE FROM "audit" WHERE "hub" = ?1 AND "seq" <= ?2 AND "seq" IN (SELECT "seq" FROM "audit" WHERE "hub" = ?1 ORDER BY "seq" LIMIT ?3)`;
const look = `SELECT "body" FROM "audit" WHERE "hub" = ?1 AND "seq" = ?2 AND "body" IS NOT NULL`;
const erase = `UPDATE "audit" SET "body" = ?3, "user" = NULL WHERE "hub" = ?1 AND "seq" = ?2`;

/** What trails need of the store. */
interface TrailParts {
  readonly reader: SqliteConnection;
  readonly writer: Pick<Writer, "submit">;
  readonly pages: Pick<RecentPages, "forget">;
  readonly recent: Pick<RecentRows, "forgetAll">;
}

/** What the system does with trails. */
export function createTrails({ reader, writer, pages, recent }: TrailParts): Pick<StoreSystem, "note" | "trails" | "cutTrail" | "eraseDetails"> {
  const change = <T>(hub: string, task: (transaction: Transaction) => T): Promise<T> =>
    writer.submit((transaction) => {
      transaction.afterCommit(() => pages.forget(hub));
      return task(transaction);
    });
  const takeAway = <T>(hub: string, task: (transaction: Transaction) => T): Promise<T> =>
    change(hub, (transaction) => {
      transaction.afterCommit(() => recent.forgetAll());
      return task(transaction);
    });
  return {
    note: (hub, entries) => change(hub, (transaction) => note(transaction, hub, entries)),
    trails: async () => trailsIn(reader),
    cutTrail: (cut) => takeAway(cut.hub, (transaction) => cutTrail(transaction, cut)),
    eraseDetails: (erasing) => takeAway(erasing.hub, (transaction) => eraseDetails(transaction, erasing)),
  };
}

/** Adds records to the chain of a real hub. */
function note({ connection, hubs }: Transaction, hub: string, entries: readonly AuditEntry[]): boolean {
  const state = hubs.get(hub);
  if (!state.real) return false;
  for (const entry of entries) putRecord(connection, state, { entry, hub, first: null, last: null, resources: [] });
  return true;
}

/** Where the trails of all hubs end. */
function trailsIn(connection: SqliteConnection): TrailEnd[] {
  const rows = connection.prepare(ends).all([]);
  return rows.map(([hub, number, seal, at]) => ({ hub: String(hub), number: Number(number), seal: String(seal), at: String(at) }));
}

/** Removes the first records of a trail, in one go with the record that tells of it. */
function cutTrail({ connection, hubs }: Transaction, { hub, until, most, now, tell }: TrailCut): Exclude<Tended, "busy"> {
  const state = hubs.get(hub);
  const found = state.real ? connection.prepare(through).get([state.n, state.audits, until]) : undefined;
  if (found === undefined) return "kept";
  const removed = { through: Number(found[0]), seal: String(found[1]) };
  if (tell) putRecord(connection, state, { entry: cutEntry(removed, now), hub, first: null, last: null, resources: [] });
  const deleted = connection.prepare(remove).run([state.n, removed.through, most]);
  return deleted < most ? "kept" : "more";
}

/** Takes away the details of records, in one go with the record that tells of it. */
function eraseDetails({ connection, hubs }: Transaction, erasing: TrailErasing): number {
  const state = hubs.get(erasing.hub);
  if (!state.real) return 0;
  let done = 0;
  for (const number of erasing.numbers) {
    const body = connection.prepare(look).get([state.n, number])?.[0];
    const rest = typeof body === "string" ? erasedBody(body) : undefined;
    if (rest !== undefined) done += connection.prepare(erase).run([state.n, number, rest]);
  }
  if (erasing.told > 0) putRecord(connection, state, { entry: erasureEntry(erasing), hub: erasing.hub, first: null, last: null, resources: [] });
  return done;
}
