import { isObject } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { naturalKeyOf } from "../naturalKeyOf.ts";
import type { StoreSchema, Table } from "../schema.ts";
import type { HubGrant, StoreSystem } from "../store.ts";
import type { Connections, Step } from "./connections.ts";
import { DatabaseError } from "./databaseError.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import { forgetExpired } from "./forgetExpired.ts";
import { keepChangeLog } from "./keepChangeLog.ts";
import type { Directory } from "./hubDirectory.ts";
import type { DatabaseScope } from "./scope.ts";
import { cutTrail, eraseDetails, note, trailsIn } from "./trails.ts";

const { quote } = dialect;
const scope: DatabaseScope = { kind: "system" };

export interface SystemParts {
  readonly schema: StoreSchema;
  readonly connections: Connections;
  readonly directory: Directory;
  readonly now: () => string;
  readonly steadyNow: () => string;
}

const makeHub = `INSERT INTO "hubs" ("hub", "seq", "audits", "settings", "at") VALUES ($1, 0, 0, '{"uniqueKeys":false}', $2) ON CONFLICT ("hub") DO NOTHING`;
const putGrant = `INSERT INTO "hub_access" ("hub", "tenant", "role") VALUES ($1, $2, $3) ON CONFLICT ("hub", "tenant") DO UPDATE SET "role" = excluded."role"`;
const putValue = `INSERT INTO "system_values" ("name", "value") VALUES ($1, $2) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`;
const keepValue = `INSERT INTO "system_values" ("name", "value") VALUES ($1, $2) ON CONFLICT ("name") DO NOTHING`;
const readValue = `SELECT "value" FROM "system_values" WHERE "name" = $1`;
const lockHub = `SELECT "n", "settings" FROM "hubs" WHERE "hub" = $1 FOR UPDATE`;

/** Work without a caller. */
export function createSystem({ schema, connections, directory, now, steadyNow }: SystemParts): StoreSystem {
  const step = (sql: string, ...values: Step["values"]): Step => ({ scope, sql, values });
  const change = async (steps: readonly Step[]): Promise<void> => {
    await connections.transaction(scope, async () => ({ commit: steps, value: () => undefined }));
    directory.forget();
  };
  return {
    hubs: () => hubs(connections, schema),
    grants: () => grantsIn(connections),
    async setSettings(hub, settings) {
      await connections.transaction(scope, async ({ send }) => {
        const [, found] = await send([step(makeHub, hub, now()), step(lockHub, hub)]);
        const [n, before] = found!.rows[0] as readonly [number, string];
        const turned = (JSON.parse(before) as { uniqueKeys?: boolean }).uniqueKeys !== settings.uniqueKeys;
        if (turned) for (const table of schema.tables) await setNaturalKeys(send, table, { n, on: settings.uniqueKeys });
        return { commit: [step(`UPDATE "hubs" SET "settings" = $2 WHERE "hub" = $1`, hub, JSON.stringify(settings))], value: () => undefined };
      });
      directory.forget();
    },
    async grant({ tenant, hub, role }) {
      await change([step(makeHub, hub, now()), step(putGrant, hub, tenant, role)]).catch((error: unknown) => {
        if (error instanceof DatabaseError && error.constraint === "hub_access.home")
          throw new Error(`The tenant ${tenant} has another home hub.`, { cause: error });
        throw error;
      });
    },
    revoke: (tenant, hub) => change([step(`DELETE FROM "hub_access" WHERE "hub" = $1 AND "tenant" = $2`, hub, tenant)]),
    note: (hub, entries) => note(connections, hub, entries),
    trails: () => trailsIn(connections),
    cutTrail: (cut) => cutTrail(connections, cut),
    eraseDetails: (erasing) => eraseDetails(connections, erasing),
    async getValue(name) {
      const [result] = await connections.run(scope, [{ sql: `SELECT "value" FROM "system_values" WHERE "name" = $1`, values: [name] }]);
      const value = result!.rows[0]?.[0];
      return value === undefined ? undefined : String(value);
    },
    setValue: (name, value) => change([step(putValue, name, value)]),
    async keepValue(name, fresh) {
      const [, kept] = await connections.run(scope, [{ sql: keepValue, values: [name, fresh] }, { sql: readValue, values: [name] }]); // prettier-ignore
      return String(kept!.rows[0]![0]);
    },
    forgetExpired: (most) => forgetExpired(connections, steadyNow(), most),
    keepChangeLog: (kept) => keepChangeLog(connections, steadyNow(), kept),
  };
}

async function grantsIn(connections: Pick<Connections, "run">): Promise<HubGrant[]> {
  const [found] = await connections.run(scope, [{ sql: `SELECT "tenant", "hub", "role" FROM "hub_access" ORDER BY "hub", "tenant"`, values: [] }]);
  return found!.rows.map(([tenant, hub, role]) => ({ tenant, hub, role }) as HubGrant);
}

/** Every hub, who may reach it, and how many rows it has. */
export async function hubs(connections: Pick<Connections, "run">, schema: StoreSchema): Promise<{ id: string; tenants: HubGrant[]; rows: number }[]> {
  const counted = schema.tables.map(({ name }) => `SELECT t."hub" FROM ${quote(name)} AS t`).join(" UNION ALL ");
  const [ids, access] = await connections.run(scope, [
    { sql: `SELECT h."hub", count(t."hub") FROM "hubs" AS h LEFT JOIN (${counted}) AS t ON t."hub" = h."n" GROUP BY h."hub" ORDER BY h."hub"`, values: [] },
    { sql: `SELECT "tenant", "hub", "role" FROM "hub_access" ORDER BY "hub", "tenant"`, values: [] },
  ]);
  const grants = Map.groupBy(
    access!.rows.map(([tenant, hub, role]) => ({ tenant, hub, role }) as HubGrant),
    ({ hub }) => hub,
  );
  return ids!.rows.map(([id, rows]) => ({ id: String(id), tenants: grants.get(String(id)) ?? [], rows: Number(rows) }));
}

type Send = (steps: readonly Step[]) => Promise<readonly { readonly rows: readonly (readonly unknown[])[] }[]>;

/** Rows written before the setting was turned on take part too; of several with one key the newest holds it. */
async function setNaturalKeys(send: Send, table: Table, { n, on }: { readonly n: number; readonly on: boolean }): Promise<void> {
  const { unique } = table.place.definition;
  if (unique === undefined) return;
  const name = quote(table.name);
  await send([{ scope, sql: `UPDATE ${name} SET "natural" = NULL WHERE "hub" = $1 AND "natural" IS NOT NULL`, values: [n] }]);
  if (!on) return;
  const taken = new Set<string>();
  const put: Step[] = [];
  const [found] = await send([
    { scope, sql: `SELECT "n", "body", ${["hub", ...table.parents].map(quote).join(", ")} FROM ${name} WHERE "hub" = $1 ORDER BY "seq" DESC`, values: [n] },
  ]);
  for (const [row, body, ...owner] of found!.rows) {
    const entity = parseStored(String(body));
    const key = isObject(entity) ? naturalKeyOf(unique, entity) : null;
    const among = JSON.stringify([...owner.map(String), key]);
    if (key === null || taken.has(among)) continue;
    taken.add(among);
    put.push({ scope, sql: `UPDATE ${name} SET "natural" = $2 WHERE "n" = $1 AND "hub" = $3`, values: [row as number, key, n] });
  }
  for (let from = 0; from < put.length; from += 500) await send(put.slice(from, from + 500));
}
