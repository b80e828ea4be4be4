import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

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
  await asSuperuser(server, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  return { url: urlOf(server, name), drop: async () => void (await asSuperuser(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)) };
}
