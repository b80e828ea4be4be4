import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createModel } from "../server/src/edm/createModel.ts";
import { securityGraph } from "../server/src/graph/securityGraph.ts";
import { schemaOf, type Table } from "../server/src/store/schema.ts";
import { collection, commonControl, entity, rareControl, seeds } from "./entity.ts";
import { openService } from "./openService.ts";

/**
 * Builds a data file with so many rows. The first 10,000 are posted through `handle`, 250 at a time; the rest are
 * copies of those made in SQL, with ids, moments and sequences of their own in body, columns, side rows and change log.
 */
export async function buildData(file: string, rows: number): Promise<void> {
  for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
  await postSeeds(file, Math.min(rows, seeds));
  if (rows > seeds) copySeeds(file, Math.round(rows / seeds) - 1);
}

async function postSeeds(file: string, rows: number): Promise<void> {
  const { service, store, token } = await openService(file);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const post = async (n: number): Promise<void> => {
    const { status, body } = await service.handle({
      method: "POST",
      target: collection,
      headers,
      baseUrl: "http://bench.example",
      body: Buffer.from(entity(n)),
    });
    if (status !== 201) throw new Error(`A seed was answered ${status}: ${String(body)}`);
  };
  for (let n = 0; n < rows; n += 250) await Promise.all(Array.from({ length: Math.min(250, rows - n) }, (_, index) => post(n + index)));
  await store.close();
}

/** Sequences of one copy begin this far behind those of the copy before. */
const stride = 2 * seeds;
/** A copy is older by the time that the seeds span, and its ids are later. */
const span = seeds * 60_000;

function copySeeds(file: string, copies: number): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY");
  database.function(
    "copied_id",
    { deterministic: true },
    (id, k) => (Number.parseInt(String(id).slice(0, 8), 16) + Number(k)).toString(16).padStart(8, "0") + String(id).slice(8),
  );
  database.function(
    "copied_moment",
    { deterministic: true },
    (at, k) => `${new Date(Date.parse(String(at)) - Number(k) * span).toISOString().slice(0, 23)}0000Z`,
  );
  const indexes = database.prepare(`SELECT "name", "sql" FROM "sqlite_schema" WHERE "type" = 'index' AND "sql" LIKE '%"security_secureScores%'`).all();
  for (const { name } of indexes) database.exec(`DROP INDEX "${String(name)}"`);
  const statements = copyStatements(database).map((sql) => database.prepare(sql));
  const { last } = database.prepare(`SELECT max("seq") AS "last" FROM "changes"`).get() as { last: number };
  database.exec("BEGIN");
  for (let k = 1; k <= copies; k += 1) for (const statement of statements) statement.run(k, last);
  database.exec(`UPDATE "hubs" SET "seq" = (SELECT max("seq") FROM "changes"), "audits" = (SELECT max("seq") FROM "audit")`);
  // Sorted once, an index is made in a fraction of the time that it takes to grow.
  for (const { sql } of indexes) database.exec(String(sql));
  database.exec("COMMIT; PRAGMA journal_mode = WAL");
  database.close();
}

function copyStatements(database: DatabaseSync): string[] {
  const model = createModel(securityGraph);
  const table = schemaOf(model).tableOf(model.place("security/secureScores"))!;
  const copied: Readonly<Record<string, string>> = {
    n: `"n" + ?1 * ${stride}`,
    id: "copied_id(id, ?1)",
    seq: `seq + ?1 * ${stride}`,
    createdDateTime: `copied_moment("createdDateTime", ?1)`,
    controlName: `replace("controlName", '${rareControl}', '${commonControl}')`,
    body: `replace(replace(replace(replace(body, '"W/\\"' || "seq" || '\\""', '"W/\\"' || ("seq" + ?1 * ${stride}) || '\\""'), id, copied_id(id, ?1)), "createdDateTime", copied_moment("createdDateTime", ?1)), '"${rareControl}"', '"${commonControl}"')`,
  };
  return [
    copyOf(database, table.name, copied, `"seq" <= ?2`),
    ...table.sides.map((side) => copyOf(database, side.name, copied, ofSeeds(table))),
    copyOf(database, "changes", copied, `"seq" <= ?2 AND "id" IN (SELECT "id" FROM "${table.name}" WHERE "seq" <= ?2)`),
  ];
}

/** Side rows have no sequence of their own. */
function ofSeeds({ name }: Table): string {
  return `"n" IN (SELECT "n" FROM "${name}" WHERE "seq" <= ?2)`;
}

function copyOf(database: DatabaseSync, table: string, copied: Readonly<Record<string, string>>, where: string): string {
  const columns = (database.prepare(`SELECT name FROM pragma_table_info(?)`).all(table) as { name: string }[]).map(({ name }) => name);
  const values = columns.map((column) => copied[column] ?? `"${column}"`);
  return `INSERT INTO "${table}" (${columns.map((column) => `"${column}"`).join(", ")}) SELECT ${values.join(", ")} FROM "${table}" WHERE ${where}`;
}
