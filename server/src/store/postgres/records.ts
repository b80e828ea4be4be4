import { setTimeout as sleep } from "node:timers/promises";
import { problem } from "../../base/errors.ts";
import { AliasTaken } from "../../base/records.ts";
import type { RecordKind, Records, RecordSet } from "../../base/records.ts";
import type { Scalar } from "../../plan/typed.ts";
import { Unanswered, type Connections } from "./connections.ts";
import { failureOf, refusalOf } from "./failure.ts";

const system = { kind: "system" } as const;
const now = `(extract(epoch FROM statement_timestamp()) * 1000)::bigint`;
const isLive = `("until" IS NULL OR "until" > ${now})`;
const find = `SELECT "value" FROM "records" WHERE "kind" = $1 AND "key" = $2 AND ${isLive}`;
const findByAlias = `SELECT "value" FROM "records" WHERE "kind" = $1 AND "alias" = $2 AND ${isLive}`;
const all = `SELECT "value" FROM "records" WHERE "kind" = $1 AND ${isLive} ORDER BY "key"`;
const count = `SELECT count(*) FROM "records" WHERE "kind" = $1 AND "owner" = $2 AND ${isLive}`;
/** kind, key, alias, owner, value, life. What has outlived itself gives way, under this key and under this alias. */
const clear = `DELETE FROM "records" WHERE "kind" = $1 AND ("key" = $2 OR "alias" = $3) AND NOT ${isLive}`;
const insert = `INSERT INTO "records" ("kind", "key", "alias", "owner", "value", "until") VALUES ($1, $2, $3, $4, $5, ${now} + $6::bigint) ON CONFLICT ("kind", "key") DO NOTHING`;
/** kind, key, alias, owner, value, life or null, then the value that it was decided on. */
const update = `UPDATE "records" SET "alias" = $3, "owner" = $4, "value" = $5, "until" = coalesce(${now} + $6::bigint, "until") WHERE "kind" = $1 AND "key" = $2 AND "value" = $7 AND ${isLive}`;
const remove = `DELETE FROM "records" WHERE "kind" = $1 AND "key" = $2 AND "value" = $3`;
/** A change is tried again when another was faster; somebody always succeeds, so this many do not fail. */
const attempts = 100;

/** Makes records that all servers of a database share. Lives are measured by the database's clock. Throws `unavailable` while it cannot be asked. */
export function createRecords(connections: Pick<Connections, "run" | "transaction">): Records {
  return (kind) => createSet(kind, connections);
}

function createSet<T extends object>(kind: RecordKind<T>, connections: Pick<Connections, "run" | "transaction">): RecordSet<T> {
  const { name } = kind;
  const read = async (sql: string, ...values: readonly Scalar[]): Promise<readonly Scalar[]> => {
    const [result] = await told(connections.run(system, [{ sql, values: [name, ...values] }]));
    return result!.rows.map(([first]) => first ?? null);
  };
  const parse = (text: Scalar | undefined): T | undefined => (typeof text === "string" ? (JSON.parse(text) as T) : undefined);
  return {
    find: async (key) => parse((await read(find, key))[0]),
    findByAlias: async (alias) => parse((await read(findByAlias, alias))[0]),
    all: async () => (await read(all)).map((text) => parse(text)!),
    count: async (owner) => Number((await read(count, owner))[0]),
    async change(key, change) {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const [text] = await read(find, key);
        const known = parse(text);
        const next = change(known);
        if (next === known || (await put(connections, kind, { key, text, next }))) return next;
        await sleep(Math.random() * Math.min(attempt, 20));
      }
      throw problem("unavailable", { what: "Too many change the same at present. Try again." }, { headers: { "Retry-After": "1" } });
    },
  };
}

interface Change<T> {
  readonly key: string;
  /** What it was decided on. */
  readonly text: Scalar | undefined;
  readonly next: T | undefined;
}

/** False when the record has changed meanwhile. */
async function put<T>(
  connections: Pick<Connections, "transaction">,
  { name, life, aliasOf, ownerOf }: RecordKind<T>,
  { key, text, next }: Change<T>,
): Promise<boolean> {
  if (next === undefined) return (await alter(connections, [{ sql: remove, values: [name, key, text!] }])) > 0;
  const alias = aliasOf?.(next) ?? null;
  const values = [name, key, alias, ownerOf?.(next) ?? null, JSON.stringify(next)];
  const milliseconds = life?.milliseconds ?? null;
  if (text !== undefined) return (await alter(connections, [{ sql: update, values: [...values, life?.since === "changed" ? milliseconds : null, text] }])) > 0;
  return (await alter(connections, [{ sql: insert, values: [...values, milliseconds] }], { sql: clear, values: [name, key, alias] })) > 0;
}

interface Statement {
  readonly sql: string;
  readonly values: readonly Scalar[];
}

/** Runs statements as one transaction in one round trip: how many rows the first changed, before which another may run. */
function alter(connections: Pick<Connections, "transaction">, statements: readonly Statement[], before?: Statement): Promise<number> {
  const commit = before === undefined ? statements : [before, ...statements];
  return told(connections.transaction(system, async () => ({ commit, value: (results) => results.at(before === undefined ? 0 : 1)!.count })));
}

/** What the database refuses becomes what callers are told. */
async function told<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const failure = error instanceof Unanswered ? "unreachable" : failureOf(error);
    if (failure === undefined) throw error;
    if (failure === "unique") throw new AliasTaken();
    const refusal = refusalOf(failure === "time" ? "busy" : failure);
    if (refusal === undefined) throw error;
    refusal.cause = error;
    throw refusal;
  }
}
