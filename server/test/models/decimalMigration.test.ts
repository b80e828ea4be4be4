import { join } from "node:path";
import { expect, test } from "vitest";
import { indexDefinitions, sideDefinition, sideIndexDefinitions, type Definition } from "../../src/store/ddl.ts";
import { postgresDialect } from "../../src/store/postgres/dialect.ts";
import { shapesOf } from "../../src/store/requireSameModel.ts";
import { schemaOf, shapeOf, type Column, type SideTable, type Table } from "../../src/store/schema.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { sqliteDialect } from "../../src/store/sqlite/dialect.ts";
import { databaseOf, engine, storedRows } from "../engine.ts";
import { ledgerModel, openLedger } from "./ledger.ts";

const dialect = engine === "sqlite" ? sqliteDialect : postgresDialect;
const { quote, columnTypes } = dialect;
const model = ledgerModel();
const schema = schemaOf(model);

const oldName = (name: string): string => name.replace("#", "");

/** What columns of decimals were before: numbers that were rounded. */
const asNumbers = (columns: readonly Column[]): Column[] =>
  columns.map((column) => (column.kind === "decimal" ? { ...column, name: oldName(column.name), kind: "numeric" } : column));
const before = (side: SideTable): SideTable => ({ ...side, name: oldName(side.name), columns: asNumbers(side.columns) });

async function execute(file: string, statements: readonly string[]): Promise<void> {
  if (engine === "postgres") {
    const { asSuperuser } = await import("../postgres/databases.ts");
    await asSuperuser((await databaseOf(file, model)).url, ...statements);
    return;
  }
  const connection = nodeSqlite.open(file);
  for (const sql of statements) connection.exec(sql);
  connection.close();
}

/** PostgreSQL's objects tell by a comment what made them. */
async function marked(kind: "TABLE" | "INDEX", { name, sql }: Definition): Promise<string[]> {
  if (engine === "sqlite") return [sql];
  const { markOf } = await import("../../src/store/postgres/bringSchema.ts");
  return [sql, `COMMENT ON ${kind} ${quote(name)} IS '${markOf(sql)}'`];
}

/** Lays a table and its sides out as they were, with the numbers that stood there. */
async function layOutAsBefore(table: Table): Promise<string[]> {
  const old = { ...table, columns: asNumbers(table.columns), sides: table.sides.map(before) };
  const on = `ALTER TABLE ${quote(table.name)}`;
  const statements = indexDefinitions(table, dialect).map(({ name }) => `DROP INDEX ${quote(name)}`);
  for (const { name } of table.columns.filter((column) => column.kind === "decimal")) {
    const was = oldName(name);
    const stored = engine === "sqlite" ? `"body" ->> '$.${was}'` : `("body"::json ->> '${was}')::double precision::numeric`;
    statements.push(`${on} DROP COLUMN ${quote(name)}`, `${on} ADD COLUMN ${quote(was)} ${columnTypes.numeric}`);
    statements.push(`UPDATE ${quote(table.name)} SET ${quote(was)} = ${stored}`);
  }
  for (const index of indexDefinitions(old, dialect)) statements.push(...(await marked("INDEX", index)));
  for (const [at, side] of table.sides.entries()) {
    if (side.name === old.sides[at]!.name) continue;
    statements.push(`DROP TABLE ${quote(side.name)}`, ...(await marked("TABLE", sideDefinition(old.sides[at]!, table, dialect))));
    for (const index of sideIndexDefinitions(old.sides[at]!, table, dialect)) statements.push(...(await marked("INDEX", index)));
  }
  return statements;
}

const oldShape = (table: Table): string => shapeOf({ ...table, columns: asNumbers(table.columns), sides: table.sides.map(before) });

test("columns of decimals that were numbers are made anew from the bodies, with all digits, and nothing else is", async () => {
  const hub = await openLedger();
  const file = join(hub.folder, "hub.sqlite");
  const values = ["12345678901234567890123456.7891", "12345678901234567890123456.7892", "-0.1", "0.30", "null"];
  for (const [index, value] of values.entries())
    await hub.send("POST", "/v1.0/Rows", {
      body: `{"Id":${index},"Amount":${value},"Few":1.5,"Many":[${value === "null" ? 0 : value}],"Lines":[{"Price":${value}}]}`,
    });
  for (const size of values.slice(0, 2)) await hub.send("POST", "/v1.0/Parts", { body: `{"Size":${size}}` });
  await hub.store.close();

  const shapes = JSON.stringify({ ...shapesOf(schema), ...Object.fromEntries(schema.tables.map((table) => [table.place.path, oldShape(table)])) });
  const statements = (await Promise.all(schema.tables.map(layOutAsBefore))).flat();
  await execute(file, [...statements, `UPDATE "schema_versions" SET "model" = 'before', "shapes" = '${shapes}'`]);
  const [[amount] = []] = await storedRows(file, `SELECT count(DISTINCT "Amount") FROM "Rows" WHERE "Amount" > 1000`);
  expect(Number(amount)).toBe(1);

  const again = await hub.reopen(model);
  const ids = async (options: string): Promise<number[]> => (await again.get(`/v1.0/Rows?${options}`)).json.value.map(({ Id }: { Id: number }) => Id);
  expect(await ids(`$filter=Amount eq ${values[1]}`)).toEqual([1]);
  expect(await ids(`$filter=Many/any(m:m gt ${values[0]})`)).toEqual([1]);
  expect(await ids(`$filter=Lines/any(l:l/Price eq ${values[0]})`)).toEqual([0]);
  expect(await ids(`$filter=Part/Size eq ${values[0]} and Few eq 1.5`)).toEqual([0]);
  expect(await ids("$orderby=Amount desc")).toEqual([1, 0, 3, 2, 4]);
  expect((await again.get("/v1.0/Rows(1)")).text).toContain(`"Amount":${values[1]}`);
  // On PostgreSQL the old ones stay, for servers of the version before.
  const columns =
    engine === "sqlite"
      ? `SELECT name || ' ' || lower(type) FROM pragma_table_info('Rows')`
      : `SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '"Rows"'::regclass`;
  const found = (await storedRows(file, columns)).map(([text]) => String(text)).filter((text) => /^(?:Amount|Few)/.test(text));
  expect(new Set(found)).toEqual(new Set(["Amount# text", "Few numeric", ...(engine === "sqlite" ? [] : ["Amount numeric"])]));
  await again.close();
});
