import type { StoreSchema } from "../schema.ts";
import { openBulkSession, type BulkSession } from "./bulkSession.ts";
import { connectionProblem, destinationOf, type Destination } from "./connectionProblem.ts";
import { isCurrent, isOutgrown, storeVersion } from "./migrate.ts";
import { roles } from "./scope.ts";
import { tablesOfHubs } from "./securityDdl.ts";
import { transferMarks, type Filling } from "./transferTarget.ts";

/** What a database is and what the login of a URL may do in it. */
export interface DatabaseFacts extends Destination {
  /** 150004 for 15.4. */
  readonly version: number;
  readonly encoding: string;
  /** The user as whom the server knows the login. */
  readonly user: string;
  /** May make tables here. */
  readonly mayCreate: boolean;
  /** Owns secgraph's tables, or has the rights of who does. */
  readonly owns: boolean;
  /** May serve: is a member of the three roles. */
  readonly serves: boolean;
  readonly superuser: boolean;
  /** The server is a standby: it takes no writes. */
  readonly standby: boolean;
  /** Is not held by row-level security as long as it acts as itself. */
  readonly bypasses: boolean;
  /** What is wrong with the wall between hubs: of the roles that serve, as sentences; and tables that row-level security is off for. */
  readonly strongRoles: readonly string[];
  readonly openTables: readonly string[];
  /** Version and model of secgraph's tables; absent: there are none. `store` is -1 where this login may not read it. */
  readonly recorded?: { readonly store: number; readonly model: string; readonly earlier: readonly string[] };
  /** Tables of somebody else. */
  readonly foreign: readonly string[];
  /** How many the database has in all. */
  readonly bytes: number;
  /** What it was begun to be filled with, and is not yet. */
  readonly filling?: Filling;
}

/** Connects and looks, without changing anything. Throws an Error of one line for a server that is not there or does not let this login in. */
export async function inspectDatabase(url: string): Promise<DatabaseFacts> {
  const to = destinationOf(url);
  let session;
  try {
    session = await openBulkSession(url);
  } catch (error) {
    throw connectionProblem(error, url);
  }
  try {
    return { ...to, ...(await look(session)) };
  } catch (error) {
    throw connectionProblem(error, url);
  } finally {
    await session.end();
  }
}

const member = `EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = wanted AND CASE WHEN current_setting('server_version_num')::int >= 160000 THEN pg_has_role(r.rolname, 'SET') ELSE pg_has_role(r.rolname, 'MEMBER') END)`;

const facts = `SELECT current_setting('server_version_num'), current_setting('server_encoding'), current_user,
  has_schema_privilege(coalesce(current_schema(), 'public'), 'CREATE'), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),
  (SELECT bool_and(${member}) FROM unnest($1::text[]) AS wanted),
  coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('"schema_versions"')), false),
  to_regclass('"schema_versions"') IS NOT NULL,
  CASE WHEN to_regclass('"${transferMarks}"') IS NOT NULL THEN coalesce(obj_description(to_regclass('"${transferMarks}"'), 'pg_class'), 'copy') END, pg_database_size(current_database()), pg_is_in_recovery()`;

const tables = `SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND s.nspname = current_schema()
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e') ORDER BY 1 LIMIT 20`;

async function look(session: BulkSession): Promise<Omit<DatabaseFacts, "server" | "database">> {
  const [row = []] = await session.rows(facts, [`{${Object.values(roles).join(",")}}`]);
  const [version, encoding, user, mayCreate, superuser, bypasses, serves, owns, ours, filling, bytes, standby] = row;
  const found = {
    version: Number(version),
    encoding: encoding!,
    user: user!,
    mayCreate: mayCreate === "t",
    superuser: superuser === "t",
    bypasses: bypasses === "t",
    serves: serves === "t" || superuser === "t",
    owns: owns === "t",
    ...(filling === null || filling === undefined ? {} : { filling: filling === "demo" ? ("demo" as const) : ("copy" as const) }),
    bytes: Number(bytes),
    standby: standby === "t",
  };
  if (ours === "t") return { ...found, foreign: [], ...(await wallsIn(session)), recorded: await recordedIn(session) };
  const others = (await session.rows(tables)).map(([name]) => name!).filter((name) => name !== transferMarks);
  return { ...found, foreign: others, strongRoles: [], openTables: [] };
}

const unheld = `SELECT r.rolname, r.rolsuper OR r.rolbypassrls FROM pg_roles AS r WHERE r.rolname = ANY ($1::text[]) AND (r.rolsuper OR r.rolbypassrls OR EXISTS (
  SELECT FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace AND pg_has_role(r.rolname, c.relowner, 'USAGE')))`;

async function wallsIn(session: BulkSession): Promise<Pick<DatabaseFacts, "strongRoles" | "openTables">> {
  const strong = await session.rows(unheld, [`{${Object.values(roles).join(",")}}`]);
  const open = await session.rows(
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND NOT relrowsecurity ORDER BY 1",
  );
  return {
    strongRoles: strong.map(([name, byItself]) => (byItself === "t" ? `the role ${name} is not held by row-level security` : `the role ${name} owns tables`)),
    openTables: open.map(([name]) => name!),
  };
}

async function recordedIn(session: BulkSession): Promise<DatabaseFacts["recorded"] & {}> {
  await session.rows("BEGIN READ ONLY");
  try {
    await session.rows(
      `SELECT set_config('role', r.rolname, true) FROM pg_roles AS r WHERE r.rolname = '${roles.system}' AND pg_has_role(r.rolname, 'MEMBER')`,
    );
    const [row, ...before] = await session.rows('SELECT "store", "model" FROM "schema_versions" ORDER BY "number" DESC');
    return { store: Number(row?.[0] ?? 0), model: row?.[1] ?? "", earlier: before.map(([, model]) => model ?? "") };
  } catch (error) {
    if ((error as { readonly state?: string }).state === "42501") return { store: -1, model: "", earlier: [] };
    throw error;
  } finally {
    await session.rows("ROLLBACK");
  }
}

/** Whether the tables are those of this program and model. */
export function isCurrentVersion({ recorded }: DatabaseFacts, schema: StoreSchema): boolean {
  return isCurrent(recorded, schema);
}

const numbered = (version: number): string => `${Math.floor(version / 10_000)}.${version % 10_000}`;

/** Throws an Error of one line unless the database can hold secgraph's data, or be made to. */
export function requireUsable(found: DatabaseFacts, purpose: "serve" | "fill" = "serve"): void {
  const { server, database, version, encoding, standby, foreign, recorded, filling } = found;
  if (version < 150_000) throw new Error(`PostgreSQL 15 or newer is needed; ${server} is ${numbered(version)}.`);
  if (standby) throw new Error(`${server} is a standby and takes no writes: use the URL of the primary. Standbys go into SECGRAPH_REPLICA_URLS.`);
  if (encoding !== "UTF8") {
    throw new Error(`The database '${database}' has the encoding ${encoding}; UTF8 is needed: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0.`);
  }
  if (foreign.length > 0) {
    const some = `${foreign.slice(0, 3).join(", ")}${foreign.length > 3 ? ", ..." : ""}`;
    throw new Error(`The database '${database}' on ${server} holds tables of something else (${some}): give secgraph a database of its own.`);
  }
  if (recorded !== undefined && recorded.store > storeVersion) {
    throw new Error(
      `The data in '${database}' on ${server} were written by a newer secgraph (store version ${recorded.store}; this program knows ${storeVersion}): start that version.`,
    );
  }
  if (filling !== undefined && purpose === "serve")
    throw new Error(`A copy into '${database}' on ${server} was begun and is not finished: run it again, to its end.`);
}

/** What is wrong with the wall between hubs, as sentences: roles that nothing holds, and tables that let everybody see everything. */
export function wallFaults({ strongRoles, openTables }: DatabaseFacts, schema: StoreSchema): string[] {
  const ofHubs = new Set(tablesOfHubs(schema));
  return [...strongRoles, ...openTables.filter((name) => ofHubs.has(name)).map((name) => `row-level security is off for the table ${name}`)];
}

const mends = "Take BYPASSRLS, SUPERUSER and memberships from the roles, and run 'secgraph migrate' as the owner";

/** Throws an Error of one line unless the wall between hubs stands, as far as the catalogue tells. */
export function requireWalls(found: DatabaseFacts, schema: StoreSchema): void {
  // What an older program has not made yet is made by the migration.
  const faults = isCurrentVersion(found, schema) || isOutgrown(found.recorded, schema) ? wallFaults(found, schema) : found.strongRoles;
  const some = `${faults.slice(0, 3).join("; ")}${faults.length > 3 ? "; ..." : ""}`;
  if (faults.length > 0) throw new Error(`The wall between hubs in '${found.database}' on ${found.server} is open: ${some}. ${mends}.`);
}

/** Throws an Error of one line where a login that is to serve apart from the owner could do what only the owner may. */
export function requireApart({ user, database, superuser, bypasses, owns }: DatabaseFacts): void {
  const what = superuser
    ? "is a superuser"
    : bypasses
      ? "bypasses row-level security"
      : owns
        ? `has the rights of the owner of the tables of '${database}'`
        : "";
  if (what === "") return;
  throw new Error(
    `The user '${user}' of DATABASE_URL ${what}: beside SECGRAPH_DATABASE_OWNER_URL it has to be one that owns nothing (CREATE USER ... NOSUPERUSER NOBYPASSRLS), or leave that setting out.`,
  );
}

/** Throws an Error of one line unless there are tables that this login may work with, be they of this program's version or not. */
export function requireTables(found: DatabaseFacts): void {
  requireUsable(found);
  const { user, server, database, recorded, owns, serves } = found;
  if (recorded === undefined) throw new Error(`The database '${database}' on ${server} has no tables yet: start the server, or run 'secgraph migrate'.`);
  if (!owns && !serves) {
    throw new Error(`The user '${user}' may not serve the database '${database}'. As its owner: GRANT ${Object.values(roles).join(", ")} TO "${user}".`);
  }
}

/** Throws an Error of one line, with what to do, unless this login may serve the database as it is, or may bring it to this program's tables. */
export function requireServable(found: DatabaseFacts, schema: StoreSchema): void {
  const { user, database, recorded, owns, mayCreate } = found;
  const byOwner = "Run 'secgraph migrate' with the URL of the database's owner in SECGRAPH_DATABASE_OWNER_URL";
  if (recorded === undefined) {
    requireUsable(found);
    if (mayCreate) return;
    throw new Error(
      `The database '${database}' has no tables yet and the user '${user}' may not make them. ${byOwner}, or as its owner: GRANT CREATE ON SCHEMA public TO "${user}".`,
    );
  }
  requireTables(found);
  requireWalls(found, schema);
  if (!isCurrentVersion(found, schema) && !isOutgrown(recorded, schema) && !owns) {
    throw new Error(`The tables of '${database}' are of an older secgraph and the user '${user}' may not change them. ${byOwner}.`);
  }
}
