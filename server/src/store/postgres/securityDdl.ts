import { postgresDialect as dialect } from "./dialect.ts";
import { auditViewNames } from "../audit/auditView.ts";
import type { StoreSchema } from "../schema.ts";
import { roles } from "./scope.ts";
import { sharedGrants } from "./sharedTables.ts";

const { quote } = dialect;

const current = (name: string, type = ""): string => `nullif(current_setting('secgraph.${name}', true), '')${type}`;

/** Which rows the scopes see, by the kind of table. An equality for one hub: the planner takes it for the query's own. */
const ofHub = { hub: `"hub" = ${current("hub", "::bigint")}`, fleet: `"hub" = ANY (${current("hubs", "::bigint[]")})` };
const ofKeys = { hub: `"hub" IN (${current("hub_id")}, ${current("tenant")})`, fleet: `"hub" = ${current("hub_id")}` };
const ofAccess = { hub: `"hub" = ${current("hub_id")}`, fleet: `"tenant" = ${current("tenant")}` };
const ofHubs = { hub: `"n" = ${current("hub", "::bigint")}`, fleet: `"hub" IN (SELECT a."hub" FROM "hub_access" AS a)` };

const byTable: Readonly<Record<string, typeof ofHub>> = { hubs: ofHubs, hub_access: ofAccess, idempotency: ofKeys, leased_work: ofKeys };

/** Tables that hold nothing of a hub: for the system alone. */
const ofSystem = ["system_values", "schema_versions"];

/** Every table that holds rows of hubs. */
export function tablesOfHubs(schema: StoreSchema): string[] {
  const fixed = ["hubs", "hub_access", "changes", "outbox", "audit", "idempotency", "dynamic_names", "leased_work"];
  const links = schema.links.map(({ name }) => name);
  return [...fixed, ...schema.tables.flatMap(({ name, sides }) => [name, ...sides.map((side) => side.name)]), ...links];
}

/**
 * Row-level security as statements, repeatable: who serves sees rows of the transaction's scope and no others, whatever
 * is asked. The owner of the tables is not held, so that it can migrate and dump; nobody serves as the owner.
 */
export function securityDefinitions(schema: StoreSchema): string[] {
  const all = Object.values(roles).join(", ");
  const held = tablesOfHubs(schema).flatMap((table) => policiesOf(table));
  const open = ofSystem.map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON ${quote(table)} TO ${roles.system}`);
  return [
    `DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO ${all}', current_schema()); END $$`,
    `DO $$ BEGIN EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO ${roles.hub}, ${roles.system}', current_schema()); END $$`,
    withoutOthers(tablesOfHubs(schema)),
    ...held,
    ...open,
    // Who serves requests adds to the trail, and changes nothing in it.
    `REVOKE UPDATE, DELETE, TRUNCATE ON "audit" FROM ${roles.hub}`,
    ...auditViewNames(schema).map((name) => `GRANT SELECT ON ${quote(name)} TO ${all}`),
    ...sharedGrants(roles.system),
  ];
}

/** Drops policies of somebody else: any one that lets a row through is enough. */
function withoutOthers(tables: readonly string[]): string {
  const texts = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");
  return `DO $$ DECLARE p record; BEGIN FOR p IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema()
    AND tablename IN (${texts(tables)}) AND policyname NOT IN (${texts(Object.values(roles))})
    LOOP EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename); END LOOP; END $$`;
}

/** The statements that hold a table to the scopes. */
export function policiesOf(table: string): string[] {
  const { hub, fleet } = byTable[table] ?? ofHub;
  const on = quote(table);
  const policy = (role: string, rest: string): string[] => [
    `DROP POLICY IF EXISTS ${role} ON ${on}`,
    `CREATE POLICY ${role} ON ${on} ${rest.replace("TO ?", `TO ${role}`)}`,
  ];
  return [
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${on} TO ${roles.hub}, ${roles.system}`,
    `GRANT SELECT ON ${on} TO ${roles.fleet}`,
    `ALTER TABLE ${on} ENABLE ROW LEVEL SECURITY`,
    ...policy(roles.hub, `TO ? USING (${hub})`),
    ...policy(roles.fleet, `FOR SELECT TO ? USING (${fleet})`),
    ...policy(roles.system, "TO ? USING (true)"),
  ];
}

/** Makes the roles where they are not there, and lets a login serve as them. `member` is the privilege that shows it may already. */
export function roleDefinitions(): string[] {
  return Object.values(roles).map(
    (role) =>
      `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
  );
}
