import { setTimeout as sleep } from "node:timers/promises";
import { instantOf } from "../../base/instant.ts";
import { requireKnownTypes, requireSameModel, shapesOf } from "../requireSameModel.ts";
import type { StoreSchema, Table } from "../schema.ts";
import type { StoreEvents } from "../store.ts";
import { bringSchema } from "./bringSchema.ts";
import { divideChanges, partitionDefinitions } from "./changePartitions.ts";
import { postgresDialect } from "./dialect.ts";
import { DatabaseError } from "./databaseError.ts";
import { lateRows } from "./lateRows.ts";
import { rewriteRows } from "./rewriteRows.ts";
import { roles } from "./scope.ts";
import { roleDefinitions, securityDefinitions } from "./securityDdl.ts";
import type { Session } from "./session.ts";

/** Version of the tables that do not come from the model. */
export const storeVersion = 5;

/** What happens while a database is brought forward. */
export interface MigrationEvents extends Pick<StoreEvents, "migrated"> {
  readonly rewritten?: (place: string, done: number, all: number) => void;
}

/** What a database says of the tables in it. */
export interface Recorded {
  readonly number: number;
  readonly store: number;
  readonly model: string;
  readonly shapes: Readonly<Record<string, string>>;
  /** The models that it had before. */
  readonly earlier: readonly string[];
}

/** The newest version that a database was brought to; undefined for one without our tables. Throws a plain Error for one that cannot serve. */
export async function recordedVersion(session: Session): Promise<Recorded | undefined> {
  const [[version, encoding, there] = []] = await session.rows(
    "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'), to_regclass('schema_versions') IS NOT NULL",
  );
  if (Number(version) < 15) throw new Error(`PostgreSQL 15 or newer is needed; this server is ${String(version)}.`);
  if (encoding !== "UTF8")
    throw new Error(`The database's encoding is ${String(encoding)}; it has to be UTF8 (CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0).`);
  return there === true ? asSystem(session, () => recordedIn(session)) : undefined;
}

/** True when nothing is to be done. */
export function isCurrent(recorded: Pick<Recorded, "store" | "model"> | undefined, schema: StoreSchema): boolean {
  return recorded !== undefined && recorded.store === storeVersion && recorded.model === schema.model.version;
}

/** True for a program whose model the database had once, before a newer one brought it forward: it serves beside that one and changes no table. */
export function isOutgrown(recorded: Pick<Recorded, "store" | "model" | "earlier"> | undefined, schema: StoreSchema): boolean {
  return recorded !== undefined && recorded.store === storeVersion && !isCurrent(recorded, schema) && recorded.earlier.includes(schema.model.version);
}

/** Runs as who serves; as the login itself where it may not (an owner who is no member yet). */
async function asSystem<T>(session: Session, work: () => Promise<T>): Promise<T> {
  return session.transaction(async () => {
    await session.rows(`SELECT set_config('role', rolname, true) FROM pg_roles WHERE rolname = $1 AND pg_has_role(rolname, 'MEMBER')`, [roles.system]);
    return work();
  });
}

export interface MigrationOptions {
  readonly schema: StoreSchema;
  readonly events?: MigrationEvents;
  /** The login that will serve, when it is another. */
  readonly serving?: string;
  /** Makes anew what somebody took away of a database of this version: row-level security, policies, indexes. */
  readonly mend?: boolean;
}

/** What keeps two programs from migrating at the same time. */
const lock = "SELECT pg_advisory_xact_lock(7305808868236254823), set_config('idle_in_transaction_session_timeout', '0', true)";

/**
 * Brings a database to the tables of this program and model, as the owner: tables, columns and indexes in one transaction, which only
 * adds, so that servers of the version before go on; then the rows that the model shapes anew, some at a time. Of several that come
 * at once one does it, and the others wait until it is done.
 */
export async function migrate(session: Session, options: MigrationOptions): Promise<void> {
  await requireRights(session);
  // A transaction of its own holds the lock all the while, behind a pooler too.
  const gate = await session.beside();
  try {
    await gate.transaction(async () => {
      await gate.rows(lock);
      await migrateAlone(session, options);
    });
  } finally {
    await gate.end();
  }
}

async function migrateAlone(session: Session, { schema, events = {}, serving, mend = false }: MigrationOptions): Promise<void> {
  const from = performance.now();
  await divideChanges(session);
  const { last, shapes } = await inTurns(session, async () => {
    const before = await recordedIn(session);
    if (before !== undefined) requireSameModel(before.shapes, schema);
    if (mend || !isCurrent(before, schema)) await bringForward(session, schema);
    await grantRoles(session, serving);
    const wanted = shapesOf(schema);
    if (before === undefined) await record(session, { number: 0, schema, shapes: wanted });
    return { last: before, shapes: wanted };
  });
  if (last === undefined || isCurrent(last, schema)) return;
  const reshaped = schema.tables.filter(({ place: { path } }) => last.shapes[path] !== undefined && last.shapes[path] !== shapes[path]);
  for (const table of reshaped) await requireTypes(session, table);
  for (const table of reshaped) await rewriteRows({ session, schema, rewritten: events.rewritten }, table);
  await session.transaction(async () => {
    await record(session, { number: last.number, schema, shapes });
    const later = lateRows(schema, reshaped);
    for (const { sql, values } of later) await session.rows(sql, values);
  });
  events.migrated?.(performance.now() - from);
}

async function requireTypes(session: Session, table: Table): Promise<void> {
  const rows = await session.rows(`SELECT DISTINCT "type" FROM ${postgresDialect.quote(table.name)}`);
  requireKnownTypes(
    rows.map(([type]) => String(type)),
    table,
  );
}

const mostTurns = 30;
/** A deadlock, and a lock that was not to be had. */
const again = new Set(["40P01", "55P03"]);

/** A transaction that changes tables beside those who use them: whoever waits for a table makes all others wait, so not for long, and again. */
async function inTurns<T>(session: Session, work: () => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await session.transaction(async () => {
        await session.rows("SELECT set_config('lock_timeout', '2s', true)");
        return work();
      });
    } catch (error) {
      if (turn === mostTurns || !(error instanceof DatabaseError) || !again.has(error.state ?? "")) throw error;
      await sleep(500);
    }
  }
}

/** Every write begins with the counter of its hub: whoever holds that table off meets no write half way through the others, which would end in a deadlock. */
async function holdWrites(session: Session): Promise<void> {
  const [[isThere] = []] = await session.rows("SELECT to_regclass('hubs') IS NOT NULL");
  if (isThere === true) await session.rows(`LOCK TABLE "hubs" IN SHARE ROW EXCLUSIVE MODE`);
}

async function bringForward(session: Session, schema: StoreSchema): Promise<void> {
  await holdWrites(session);
  for (const sql of roleDefinitions()) await session.rows(sql);
  await bringSchema(session, schema);
  for (const sql of [...securityDefinitions(schema), ...partitionDefinitions()]) await session.rows(sql);
}

/** Throws for a database that a newer program has written. */
async function recordedIn(session: Session): Promise<Recorded | undefined> {
  const [[there] = []] = await session.rows("SELECT to_regclass('schema_versions') IS NOT NULL");
  if (there !== true) return undefined;
  const [row] = await session.rows(
    `SELECT "number", "store", "model", "shapes", (SELECT string_agg(b."model", ' ') FROM "schema_versions" AS b WHERE b."number" < v."number")
     FROM "schema_versions" AS v ORDER BY "number" DESC LIMIT 1`,
  );
  if (row === undefined) return undefined;
  const [number, store, model, shapes, earlier] = row as readonly [unknown, unknown, string, string, string | null];
  const before = { earlier: earlier?.split(" ") ?? [], shapes: JSON.parse(shapes) as Record<string, string> };
  const recorded = { number: Number(number), store: Number(store), model, ...before };
  if (recorded.store > storeVersion) {
    throw new Error(
      `The database was written by a newer version of secgraph (its tables are version ${recorded.store}, this program knows ${storeVersion}). Start that version.`,
    );
  }
  return recorded;
}

interface Recording {
  readonly number: number;
  readonly schema: StoreSchema;
  readonly shapes: Readonly<Record<string, string>>;
}

async function record(session: Session, { number, schema, shapes }: Recording): Promise<void> {
  await session.rows('INSERT INTO "schema_versions" ("number", "store", "model", "shapes", "at") VALUES ($1, $2, $3, $4, $5)', [
    number + 1,
    storeVersion,
    schema.model.version,
    JSON.stringify(shapes),
    instantOf(Date.now()),
  ]);
}

/** Says before anything is touched what the login lacks. */
async function requireRights(session: Session): Promise<void> {
  const [[user, database, mayCreate, roleMaker, missing] = []] = await session.rows(
    `SELECT current_user, current_database(), has_schema_privilege(current_schema(), 'CREATE'),
      (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user),
      (SELECT count(*) FROM unnest($1::text[]) AS wanted WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted))`,
    [Object.values(roles)],
  );
  const wants = `migrate as the database's owner: 'secgraph migrate' with the owner's URL`;
  if (mayCreate !== true) throw new Error(`The user '${String(user)}' may not make tables in the database '${String(database)}': ${wants}.`);
  if (roleMaker !== true && Number(missing) > 0) {
    const list = Object.values(roles).map((role) => `CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO "${String(user)}";`);
    throw new Error(`The user '${String(user)}' may not make the roles that secgraph serves as. Let an administrator run: ${list.join(" ")}`);
  }
}

/** Lets the owner, and the login that serves, act as the serving roles. */
async function grantRoles(session: Session, serving: string | undefined): Promise<void> {
  for (const role of Object.values(roles)) {
    for (const login of ["CURRENT_USER", ...(serving === undefined ? [] : [serving])]) {
      const [[is] = []] = await session.rows(
        `SELECT CASE WHEN current_setting('server_version_num')::int >= 160000 THEN pg_has_role(login, $2, 'SET') ELSE pg_has_role(login, $2, 'MEMBER') END
         FROM (SELECT CASE $1 WHEN 'CURRENT_USER' THEN current_user ELSE $1::name END AS login) AS l`,
        [login, role],
      );
      if (is !== true) await session.rows(`GRANT ${role} TO ${login === "CURRENT_USER" ? login : `"${login.replaceAll('"', '""')}"`}`);
    }
  }
}
