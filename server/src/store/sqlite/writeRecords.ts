import { describeWrites, type WrittenRow } from "../audit/describeWrites.ts";
import { firstSeal, sealRecord, type Recording } from "../audit/sealRecord.ts";
import { cutoff } from "../cutoff.ts";
import { sqliteDialect } from "./dialect.ts";
import type { Applying } from "./applyWriteSet.ts";
import type { SqliteConnection } from "./driver.ts";
import type { HubState } from "./hubStates.ts";
import type { Transaction } from "./runGroup.ts";

/** Deletes kept answers that are too old to be given, the oldest first; answers how many. */
export function forgetAnswers(connection: SqliteConnection, now: string, most: number): number {
  const oldest = `SELECT "hub", "app", "path", "key" FROM "idempotency" WHERE "at" < ?1 ORDER BY "at" LIMIT ?2`;
  return connection.prepare(`DELETE FROM "idempotency" WHERE ("hub", "app", "path", "key") IN (${oldest})`).run([cutoff(now), most]);
}

/** The rows that a WriteSet wrote, and the change sequence of their hub before it. */
export interface Written {
  readonly rows: readonly WrittenRow[];
  readonly before: number;
}

const insertRecord = `INSERT INTO "audit" VALUES (${sqliteDialect.parameters(11)})`;

/** Adds a record to the chain of its hub; answers its number. */
export function putRecord(connection: SqliteConnection, state: HubState, recording: Omit<Recording, "number" | "previousSeal">): number {
  const { entry, hub, first, last } = recording;
  const number = (state.audits += 1);
  const { body, seal } = sealRecord({ ...recording, number, previousSeal: state.seal ?? firstSeal(hub) });
  state.seal = seal;
  const { at, tenant, appId, user, verb } = entry;
  connection.prepare(insertRecord).run([state.n, number, at, tenant, appId, user, verb, first, last, seal, body]);
  return number;
}

/** Writes what goes with the rows of a WriteSet: audit row (over every change of it, asked for or by the way), outbox messages, the kept answer. */
export function writeRecords({ connection, hubs, now, steadyNow }: Transaction, { permitted, writeSet }: Applying, { rows, before }: Written): void {
  const { scope } = permitted;
  const hub = rows[0]?.hub ?? (scope.kind === "hub" ? scope.hub.id : undefined);
  if (hub === undefined) throw new Error("A WriteSet without rows needs the scope of one hub.");
  const state = hubs.get(hub);
  const seqs = rows.map(({ seq }) => seq);
  const [first, last] = state.seq > before ? [before + 1, state.seq] : [null, null];
  const number = putRecord(connection, state, { entry: writeSet.audit, hub, first, last, resources: describeWrites(writeSet, rows) });
  for (const [index, { kind, payload }] of writeSet.messages.entries()) {
    connection.prepare(`INSERT INTO "outbox" VALUES (?1, ?2, ?3, ?4, ?5, ?6)`).run([state.n, number, index, kind, JSON.stringify(payload), now]);
  }
  const { idempotency } = writeSet;
  if (idempotency === undefined) return;
  // More go than come; the rest is deleted by and by, where no request waits.
  forgetAnswers(connection, steadyNow, 2);
  connection
    .prepare(
      `INSERT INTO "idempotency" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET "hash" = excluded."hash", "outcome" = excluded."outcome", "at" = excluded."at"`,
    )
    .run([
      scope.kind === "hub" ? scope.hub.id : scope.tenant,
      idempotency.appId,
      idempotency.path,
      idempotency.key,
      idempotency.hash,
      idempotency.outcome(seqs),
      steadyNow,
    ]);
}
