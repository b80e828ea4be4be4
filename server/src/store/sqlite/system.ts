import { isObject } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { naturalKeyOf } from "../naturalKeyOf.ts";
import type { StoreSchema, Table } from "../schema.ts";
import type { HubGrant, StoreSystem } from "../store.ts";
import { putGrant } from "./applyWriteSet.ts";
import type { SqliteConnection } from "./driver.ts";
import type { Transaction } from "./runGroup.ts";
import { createTrails } from "./trails.ts";
import { createChangeKeeper } from "./keepChangeLog.ts";
import type { RecentPages } from "./recentPages.ts";
import type { RecentRows } from "./recentRows.ts";
import { forgetAnswers } from "./writeRecords.ts";
import type { Writer } from "./writer.ts";

const { quote } = dialect;

/** What the door for the system needs. */
export interface SystemParts {
  /** The instant by a clock that is never set anew. */
  readonly steadyNow: () => string;
  readonly schema: StoreSchema;
  readonly reader: SqliteConnection;
  readonly writer: Writer;
  readonly pages: Pick<RecentPages, "forget">;
  readonly recent: Pick<RecentRows, "forgetAll">;
  /** Called when hubs or grants have changed. */
  readonly forget: () => void;
}

export function createSystem({ schema, reader, writer, pages, recent, forget, steadyNow: instant }: SystemParts): StoreSystem {
  const change = (task: (transaction: Transaction) => void): Promise<void> =>
    writer.submit((transaction) => {
      transaction.afterCommit(forget);
      task(transaction);
    });
  const keeper = createChangeKeeper(reader, writer);
  return {
    hubs: async () => hubsWith(reader, schema),
    grants: async () => grantsWith(reader),
    setSettings: (hub, settings) =>
      change((transaction) => {
        const state = transaction.hubs.get(hub);
        const turned = state.settings.uniqueKeys !== settings.uniqueKeys;
        state.real = true;
        state.settings = settings;
        if (turned) for (const table of schema.tables) setNaturalKeys(transaction.connection, table, { hub: state.n, on: settings.uniqueKeys });
      }),
    grant: (grant) =>
      change((transaction) => {
        transaction.hubs.get(grant.hub).real = true;
        if (!putGrant(transaction, grant)) throw new Error(`The tenant ${grant.tenant} has another home hub.`);
      }),
    revoke: (tenant, hub) =>
      change(({ connection }) => void connection.prepare(`DELETE FROM "hub_access" WHERE "hub" = ?1 AND "tenant" = ?2`).run([hub, tenant])),
    ...createTrails({ reader, writer, pages, recent }),
    async getValue(name) {
      const row = reader.prepare(`SELECT "value" FROM "system_values" WHERE "name" = ?1`).get([name]);
      return row === undefined ? undefined : String(row[0]);
    },
    setValue: (name, value) =>
      change(
        ({ connection }) =>
          void connection
            .prepare(`INSERT INTO "system_values" VALUES (?1, ?2) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`)
            .run([name, value]),
      ),
    keepValue: (name, fresh) =>
      writer.submit(({ connection }) => {
        connection.prepare(`INSERT INTO "system_values" VALUES (?1, ?2) ON CONFLICT DO NOTHING`).run([name, fresh]);
        return String(connection.prepare(`SELECT "value" FROM "system_values" WHERE "name" = ?1`).get([name])![0]);
      }),
    forgetExpired: (most) => writer.submit(({ connection, steadyNow }) => forgetAnswers(connection, steadyNow, most)),
    keepChangeLog: (kept) => keeper(instant(), kept),
  };
}

function grantsWith(reader: SqliteConnection): HubGrant[] {
  const rows = reader.prepare(`SELECT "tenant", "hub", "role" FROM "hub_access"`).all([]);
  return rows.map(([tenant, hub, role]) => ({ tenant, hub, role }) as HubGrant);
}

/** Every hub that a connection sees. */
export function hubsWith(reader: SqliteConnection, schema: StoreSchema): { id: string; tenants: HubGrant[]; rows: number }[] {
  const grants = grantsWith(reader);
  const rows = new Map<string, number>();
  for (const { name } of schema.tables) {
    for (const [hub, count] of reader.prepare(`SELECT h."hub", count(*) FROM ${quote(name)} AS t JOIN "hubs" AS h ON h."n" = t."hub" GROUP BY t."hub"`).all([]))
      rows.set(String(hub), (rows.get(String(hub)) ?? 0) + Number(count));
  }
  const ids = reader
    .prepare(`SELECT "hub" FROM "hubs" ORDER BY "hub"`)
    .all([])
    .map(([hub]) => String(hub));
  return ids.map((id) => ({ id, tenants: grants.filter((grant) => grant.hub === id), rows: rows.get(id) ?? 0 }));
}

/** Rows written before the setting was turned on take part too; of several with one key the newest holds it. */
function setNaturalKeys(connection: SqliteConnection, table: Table, { hub, on }: { readonly hub: number; readonly on: boolean }): void {
  const { unique } = table.place.definition;
  if (unique === undefined) return;
  connection.prepare(`UPDATE ${quote(table.name)} SET "natural" = NULL WHERE "hub" = ?1`).run([hub]);
  if (!on) return;
  const put = connection.prepare(`UPDATE OR IGNORE ${quote(table.name)} SET "natural" = ?2 WHERE "n" = ?1`);
  for (const [n, body] of connection.prepare(`SELECT "n", "body" FROM ${quote(table.name)} WHERE "hub" = ?1 ORDER BY "seq" DESC`).all([hub])) {
    const entity = parseStored(String(body));
    if (isObject(entity)) put.run([n!, naturalKeyOf(unique, entity)]);
  }
}
