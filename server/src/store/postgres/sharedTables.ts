import type { Definition } from "../ddl.ts";

/**
 * Tables that only servers which share a database need. `records`: what the built-in issuer remembers (`base/records.ts`);
 * `rates`: how full the buckets of throttled applications are, not worth a log, for a crash may fill them.
 */
export const sharedTables: readonly Definition[] = [
  { name: "lease_tokens", sql: `CREATE SEQUENCE IF NOT EXISTS "lease_tokens"` },
  {
    name: "records",
    sql: `CREATE TABLE IF NOT EXISTS "records" ("kind" text COLLATE "C" NOT NULL, "key" text COLLATE "C" NOT NULL, "alias" text COLLATE "C", "owner" text COLLATE "C", "value" text COLLATE "C" NOT NULL, "until" bigint, PRIMARY KEY ("kind", "key"))`,
  },
  {
    name: "rates",
    sql: `CREATE UNLOGGED TABLE IF NOT EXISTS "rates" ("tenant" text COLLATE "C" NOT NULL, "app" text COLLATE "C" NOT NULL, "kind" text COLLATE "C" NOT NULL, "full" double precision NOT NULL, PRIMARY KEY ("tenant", "app", "kind"))`,
  },
];

/** Their indexes. */
export const sharedIndexes: readonly Definition[] = [
  { name: "records.alias", sql: `CREATE UNIQUE INDEX IF NOT EXISTS "records.alias" ON "records" ("kind", "alias")` },
  { name: "records.owner", sql: `CREATE INDEX IF NOT EXISTS "records.owner" ON "records" ("kind", "owner")` },
  { name: "records.until", sql: `CREATE INDEX IF NOT EXISTS "records.until" ON "records" ("until")` },
];

/** What the role of the system may do with them; the others nothing. */
export function sharedGrants(systemRole: string): readonly string[] {
  return [`GRANT USAGE ON SEQUENCE "lease_tokens" TO ${systemRole}`, `GRANT SELECT, INSERT, UPDATE, DELETE ON "records", "rates" TO ${systemRole}`];
}
