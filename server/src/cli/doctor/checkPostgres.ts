import { openBulkSession } from "../../store/postgres/bulkSession.ts";
import type { BulkSession } from "../../store/postgres/bulkSession.ts";
import { postgresDialect } from "../../store/postgres/dialect.ts";
import type { DatabaseFacts } from "../../store/postgres/inspectDatabase.ts";
import { isOutgrown } from "../../store/postgres/migrate.ts";
import { roles } from "../../store/postgres/scope.ts";
import { tablesOfHubs } from "../../store/postgres/securityDdl.ts";
import { schemaOf } from "../../store/schema.ts";
import type { StoreSchema } from "../../store/schema.ts";
import type { Configuration } from "../configuration.ts";
import { readServedModel } from "../loadModel.ts";
import { requireDatabase } from "../requireDatabase.ts";
import { checkReplicas } from "./checkReplicas.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

const check = "database";
const guide = "docs/how-to/postgresql.md says how.";
const usualConnections = 10;

/** The database answers, is of this program, keeps what it promises, and its walls between hubs stand. */
export async function checkPostgres(configuration: Configuration): Promise<readonly Finding[]> {
  const { databaseUrl, databaseConnections = usualConnections, replicaUrls = [] } = configuration;
  const schema = schemaOf(readServedModel(configuration));
  let facts: DatabaseFacts;
  try {
    facts = await requireDatabase(configuration, schema);
  } catch (error) {
    return [fail(check, (error as Error).message, guide)];
  }
  const session = await openBulkSession(databaseUrl!);
  try {
    return [
      versionFound(facts, schema),
      loginFound(facts),
      ...(await checkClock(session)),
      ...(await checkDurability(session)),
      await checkBudget(session, databaseConnections),
      ...(facts.recorded === undefined ? [] : await checkWalls(session, schema)),
      ...(await checkReplicas(replicaUrls)),
    ];
  } finally {
    await session.end();
  }
}

function versionFound({ version, server, database, user, recorded }: DatabaseFacts, schema: StoreSchema): Finding {
  const says = `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000} on ${server}, database '${database}', as '${user}'`;
  if (recorded === undefined) return ok(check, `${says}: no tables yet, the first start makes them.`);
  if (isOutgrown(recorded, schema))
    return warn(
      check,
      `${says}: a newer version of secgraph has brought its tables forward; this one serves beside it.`,
      "Start the newer version on every server.",
    );
  if (recorded.model !== schema.model.version)
    return warn(check, `${says}: its tables are of an older version.`, "The next start, or secgraph migrate, brings them to this one.");
  return ok(check, `${says}: store version ${recorded.store}.`);
}

function loginFound({ superuser, bypasses, owns, user }: DatabaseFacts): Finding {
  if (bypasses && !superuser) return warn("rights", `'${user}' bypasses row-level security.`, `ALTER ROLE "${user}" NOBYPASSRLS; ${guide}`);
  if (superuser) return warn("rights", `'${user}' is a superuser of PostgreSQL.`, `Serve as a login that owns nothing; ${guide}`);
  if (owns) return ok("rights", `'${user}' owns the tables, and serves as roles that own nothing.`);
  return ok("rights", `'${user}' owns nothing and may act as the roles that serve.`);
}

/** Leases and sessions end by the database's clock, tokens by this machine's. */
async function checkClock(session: BulkSession): Promise<readonly Finding[]> {
  const before = Date.now();
  const [[told] = []] = await session.rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");
  const after = Date.now();
  const off = Math.round(Number(told) - (before + after) / 2);
  const says = `The database's clock is ${Math.abs(off)} ms ${off < 0 ? "behind" : "ahead of"} this machine's.`;
  const remedy = "Let a time service (chrony, systemd-timesyncd) set both clocks.";
  if (Math.abs(off) >= 60_000) return [fail("clock", says, remedy)];
  return [Math.abs(off) >= 1000 + (after - before) ? warn("clock", says, remedy) : ok("clock", says)];
}

const durable: Readonly<Record<string, string>> = {
  fsync: "after a crash of the machine the database may be damaged as a whole",
  full_page_writes: "after a crash of the machine pages may be torn",
  synchronous_commit: "writes that were acknowledged can be lost in a crash",
};

async function checkDurability(session: BulkSession): Promise<readonly Finding[]> {
  const rows = await session.rows("SELECT name, setting FROM pg_settings WHERE name = ANY ($1::text[])", [`{${Object.keys(durable).join(",")}}`]);
  const off = rows.filter(([, setting]) => setting === "off");
  if (off.length === 0) return [ok("durability", "fsync, full_page_writes and synchronous_commit are on.")];
  return off.map(([name]) => warn("durability", `${name} is off: ${durable[name!]}.`, `ALTER SYSTEM SET ${name} = on`));
}

/** Every server of the installation keeps its connections. */
async function checkBudget(session: BulkSession, wanted: number): Promise<Finding> {
  const [row = []] = await session.rows(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
     (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), (SELECT datconnlimit FROM pg_database WHERE datname = current_database())`,
  );
  const [all, used, ofRole, ofDatabase] = row.map(Number);
  // Beside those for requests: two of the issuer, one that listens.
  const needed = wanted + 3;
  const limits = [all!, ...[ofRole!, ofDatabase!].filter((limit) => limit >= 0)];
  const most = Math.min(...limits);
  const says = `A server keeps up to ${needed} connections; ${most} may be open, ${used} are.`;
  if (needed > most)
    return fail("connections", says, "Raise max_connections (or the limit of the role or the database), or lower SECGRAPH_DATABASE_CONNECTIONS.");
  if (needed > all! - used!)
    return warn("connections", says, "If these are not this server's own, raise max_connections or lower SECGRAPH_DATABASE_CONNECTIONS.");
  return ok("connections", says);
}

/** What the catalogue tells of the wall has stopped nobody (`requireWalls`). Asks every table, as who serves, for rows of a hub that there is none of: row-level security has to give nothing. */
async function checkWalls(session: BulkSession, schema: StoreSchema): Promise<readonly Finding[]> {
  const faults = (await openTables(session, tablesOfHubs(schema))).map((table) => `the table ${table} shows rows to a hub that they are not of`);
  if (faults.length === 0) return [ok("walls", "Row-level security gives nothing of other hubs, in any table, and nobody who serves can get round it.")];
  return [
    fail(
      "walls",
      `The wall between hubs is open: ${faults.slice(0, 5).join("; ")}.`,
      "Run secgraph migrate as the owner; if this stays, stop the servers and report it.",
    ),
  ];
}

async function openTables(session: BulkSession, tables: readonly string[]): Promise<string[]> {
  await session.rows("BEGIN READ ONLY");
  try {
    await session.rows(`SET LOCAL ROLE ${roles.hub}`);
    await session.rows("SELECT set_config('secgraph.hub', '0', true), set_config('secgraph.hub_id', '', true), set_config('secgraph.tenant', '', true)");
    const open: string[] = [];
    for (const table of tables) {
      const [[seen] = []] = await session.rows(`SELECT EXISTS (SELECT FROM ${postgresDialect.quote(table)})`);
      if (seen === "t") open.push(table);
    }
    return open;
  } finally {
    await session.rows("ROLLBACK");
  }
}
