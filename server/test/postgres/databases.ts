import { createHash, randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import type { Model } from "../../src/edm/model.ts";
import { storeVersion } from "../../src/store/postgres/migrate.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";

/** A database of a test's own. */
export interface TestDatabase {
  /** Its URL, as superuser. */
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** Runs statements, one after the other, as the superuser of a server or database: the rows of the last. */
export async function asSuperuser(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: readonly Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** The URL of another database of the same server, of another user where one is named. */
export function urlOf(server: string, database: string, user?: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (user !== undefined) url.username = user;
  return url.href;
}

/** Makes an empty database, or a copy of a template to which nobody is connected, on the server of this run. */
export async function createDatabase(template = "template0"): Promise<TestDatabase> {
  const server = inject("postgres");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await asSuperuser(server, `CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY FILE_COPY`);
  return { url: urlOf(server, name), drop: async () => void (await asSuperuser(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)) };
}

/** Makes a database with the tables of a model: copied from one that is made at its first use on this server. */
export async function createModelDatabase(model: Model): Promise<TestDatabase> {
  const server = inject("postgres");
  const template = `model_${createHash("sha256").update(`${storeVersion} ${model.version}`).digest("hex").slice(0, 20)}`;
  if (!made.has(template)) await makeTemplate(server, template, model);
  made.add(template);
  return createDatabase(template);
}

const made = new Set<string>();

async function makeTemplate(server: string, template: string, model: Model): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    // Test files run side by side: one makes it, the others wait.
    await client.query("SELECT pg_advisory_lock(hashtext($1))", [template]);
    const { rows } = await client.query("SELECT datistemplate FROM pg_database WHERE datname = $1", [template]);
    if (rows[0]?.datistemplate === true) return;
    await client.query(`DROP DATABASE IF EXISTS "${template}" WITH (FORCE)`);
    await client.query(`CREATE DATABASE "${template}" TEMPLATE template0`);
    const store = await openPostgresStore({ url: urlOf(server, template), model });
    await store.close();
    await client.query(`ALTER DATABASE "${template}" IS_TEMPLATE true`);
  } finally {
    await client.end();
  }
}
