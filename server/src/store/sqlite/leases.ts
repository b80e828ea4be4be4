import { sqliteDialect as dialect } from "./dialect.ts";
import type { Lease, Leases, NewWork, Taking, WorkFigures, WorkKey } from "../leases.ts";
import { workStatements } from "../workStatements.ts";
import type { SqliteConnection } from "./driver.ts";
import type { Transaction } from "./runGroup.ts";
import type { Writer } from "./writer.ts";

const texts = workStatements(dialect, (moment) => moment);
const due = `"kind" IN ${dialect.listOf("?1")} AND "ready" <= ?2 ORDER BY "ready", "hub", "key" LIMIT ?3`;
const take = `UPDATE "leased_work" SET "owner" = ?4, "ready" = ?5, "token" = ?6, "attempts" = "attempts" + 1 WHERE "hub" = ?1 AND "kind" = ?2 AND "key" = ?3 RETURNING "attempts", "payload"`;
const lastToken = `SELECT "value" FROM "system_values" WHERE "name" = 'lease token'`;
const putToken = `INSERT INTO "system_values" VALUES ('lease token', ?1) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`;

/** What the table of leases needs. */
export interface LeaseParts {
  readonly reader: SqliteConnection;
  readonly writer: Writer;
  /** Milliseconds since 1970, by a clock that is never set anew. */
  readonly steady: () => number;
}

/** The lease table of a file, which one process has: leases that were held when it ended are free at once. */
export function createLeases({ reader, writer, steady }: LeaseParts): Leases {
  const hints = new Set<() => void>();
  const former = tokenIn(reader);
  let freed = false;
  const hint = (): void => hints.forEach((call) => call());
  const change = (lease: Lease, text: string, values: readonly (string | number)[]): Promise<boolean> =>
    writer.submit((transaction) => {
      const { hub, kind, key, owner, token } = lease;
      transaction.afterCommit(hint);
      return transaction.connection.prepare(text).run([hub, kind, key, owner, token, ...values]) > 0;
    });
  return {
    put: (work) =>
      writer.submit((transaction) => {
        transaction.afterCommit(hint);
        putWork(transaction, work);
      }),
    take: (taking) =>
      writer.submit((transaction) => {
        if (!freed) freeLeases(transaction, former);
        transaction.afterCommit(() => void (freed = true));
        return takeDue(transaction, taking);
      }),
    extend: (lease, life) => change(lease, texts.extend, [steady() + life]),
    complete: (lease) =>
      writer.submit(({ connection, afterCommit }) => {
        const { hub, kind, key, owner, token } = lease;
        const finished = connection.prepare(texts.finish).run([hub, kind, key, owner, token]) > 0;
        if (finished) connection.prepare(texts.remove).run([hub, kind, key]);
        afterCommit(hint);
        return finished;
      }),
    later: (lease, delay, failed) =>
      failed === undefined ? change(lease, texts.later, [steady() + delay]) : change(lease, texts.fail, [steady() + delay, failed]),
    giveUp: (lease, why) => change(lease, texts.giveUp, [why]),
    async nextDue(kinds) {
      // To be taken at once, which frees it.
      if (!freed && isHeld(reader, kinds, former)) return 0;
      const row = reader.prepare(`SELECT min("ready") FROM "leased_work" WHERE "kind" IN ${dialect.listOf("?1")}`).get([JSON.stringify(kinds)]);
      const ready = row?.[0] ?? null;
      return ready === null ? undefined : Math.max(0, Number(ready) - steady());
    },
    listen(call) {
      hints.add(call);
      return () => void hints.delete(call);
    },
    ...noOthers,
    figures: async () => new Map(reader.prepare(texts.figures).all([]).map(figuresOf)),
  };
}

/** A file has one process. */
const noOthers: Pick<Leases, "tell" | "hear"> = { tell: () => undefined, hear: () => () => undefined };

const heldBefore = `"owner" IS NOT NULL AND "token" <= ?2`;

function isHeld(connection: SqliteConnection, kinds: readonly string[], former: number): boolean {
  return (
    connection.prepare(`SELECT 1 FROM "leased_work" WHERE "kind" IN ${dialect.listOf("?1")} AND ${heldBefore} LIMIT 1`).get([JSON.stringify(kinds), former]) !==
    undefined
  );
}

/** Frees what a process before held, whose tokens these were: it has ended, for a file is locked by one. */
function freeLeases({ connection, steadyNow }: Transaction, former: number): void {
  connection.prepare(`UPDATE "leased_work" SET "ready" = ?1, "owner" = NULL WHERE ${heldBefore}`).run([Date.parse(steadyNow), former]);
}

function tokenIn(connection: SqliteConnection): number {
  return Number(connection.prepare(lastToken).get([])?.[0] ?? 0);
}

function putWork({ connection, steadyNow }: Transaction, work: readonly NewWork[]): void {
  const now = Date.parse(steadyNow);
  for (const { hub, kind, key, dueIn = 0, payload } of work) connection.prepare(texts.put).run([hub, kind, key, now + dueIn, payload ?? null]);
}

function takeDue({ connection, steadyNow }: Transaction, { owner, kinds, most, life }: Taking): readonly Lease[] {
  const now = Date.parse(steadyNow);
  const found = connection.prepare(`SELECT "hub", "kind", "key" FROM "leased_work" WHERE ${due}`).all([JSON.stringify(kinds), now, most]);
  if (found.length === 0) return [];
  let token = tokenIn(connection);
  const taken = found.map(([hub, kind, key]): Lease => {
    token += 1;
    const work: WorkKey = { hub: String(hub), kind: String(kind), key: String(key) };
    const [attempts, payload] = connection.prepare(take).get([hub!, kind!, key!, owner, now + life, token])!;
    return { ...work, owner, token, attempts: Number(attempts), payload: String(payload) };
  });
  connection.prepare(putToken).run([String(token)]);
  return taken;
}

function figuresOf([kind, waiting, held, givenUp]: readonly unknown[]): [string, WorkFigures] {
  return [String(kind), { waiting: Number(waiting), held: Number(held), givenUp: Number(givenUp) }];
}
