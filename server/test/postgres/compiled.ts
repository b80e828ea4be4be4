import { Client } from "pg";
import type { JsonObject } from "../../src/base/json.ts";
import type { Scalar } from "../../src/plan/typed.ts";
import { compileQuery, type CompileTarget } from "../../src/store/compileQuery.ts";
import { fixedIndexes, fixedTables, indexDefinitions, ordinalsOf, sideDefinition, sideIndexDefinitions, tableDefinition } from "../../src/store/ddl.ts";
import { postgresDialect as dialect } from "../../src/store/postgres/dialect.ts";
import { functionDefinitions } from "../../src/store/postgres/functions.ts";
import { parameterText } from "../../src/store/postgres/parameterText.ts";
import { rowOf } from "../../src/store/rowOf.ts";
import { schemaOf, type Table } from "../../src/store/schema.ts";
import { runWith, valuesOf, type Run, type SqlText } from "../../src/store/sqlText.ts";
import { statementsOf } from "../../src/store/statements.ts";
import { items, model, queryOf } from "../store/fixture.ts";

export const schema = schemaOf(model);
export const table = schema.tableOf(items)!;
export const target: CompileTarget = { dialect, table, scope: "hub" };

/** A database with the tables of the test model and the functions that statements call, spoken to directly. */
export interface Compiled {
  readonly client: Client;
  readonly run: (text: SqlText, run?: Partial<Run>) => Promise<readonly (readonly (string | null)[])[]>;
  /** Writes rows of hub 1, as the typed statements do. */
  readonly load: (entities: readonly JsonObject[]) => Promise<void>;
  /** The ids that a query's options give, in their order. */
  readonly ids: (options: string) => Promise<string[]>;
  readonly plan: (text: SqlText, run?: Partial<Run>) => Promise<string[]>;
}

export async function openCompiled(url: string): Promise<Compiled> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const { sql } of definitions()) await client.query(sql);
  for (const sql of functionDefinitions()) await client.query(sql);
  const run: Compiled["run"] = async (text, given = {}) => {
    const values = valuesOf(text, runWith({ hub: 1, tenant: "t1", limit: 1000, now: "2026-01-01T00:00:00.0000000Z", ...given })).map(parameterText);
    const { rows } = await client.query({ text: text.sql, values, rowMode: "array", types: { getTypeParser: () => String } });
    return rows as (string | null)[][];
  };
  return {
    client,
    run,
    load: (entities) => load(client, entities),
    ids: async (options) => (await run(compileQuery(queryOf(options), target))).map((row) => row[0]!),
    async plan(text, given) {
      const rows = await run({ ...text, sql: `EXPLAIN ${text.sql}` }, given);
      return rows.map((row) => row[0]!.replaceAll(/ {2}\(cost.*/g, "").trim());
    },
  };
}

function definitions(): readonly { readonly sql: string }[] {
  const { tables } = schema;
  return [
    ...fixedTables(dialect),
    ...fixedIndexes(dialect),
    ...tables.flatMap((one) => [
      tableDefinition(one, dialect),
      ...indexDefinitions(one, dialect),
      ...one.sides.flatMap((side) => [sideDefinition(side, one, dialect), ...sideIndexDefinitions(side, one, dialect)]),
    ]),
  ];
}

async function load(client: Client, entities: readonly JsonObject[]): Promise<void> {
  for (const [index, entity] of entities.entries()) await loadOne(client, table, { entity, seq: index + 1 });
}

async function loadOne(client: Client, of: Table, { entity, seq }: { readonly entity: JsonObject; readonly seq: number }): Promise<void> {
  const type = model.findType("item");
  if (type?.kind !== "entity") throw new Error("no type");
  const row = rowOf(of, type, entity, seq);
  const texts = statementsOf(of, dialect);
  const run = async (text: string, values: readonly Scalar[]) => client.query(text, values.map(parameterText));
  const { rows } = await run(`${texts.insert} RETURNING "n"`, [1, entity["id"] as string, seq, type.name, null, ...row.values, row.body]);
  const { n } = rows[0] as { n: string };
  for (const [index, elements] of row.sides.entries()) {
    for (const element of elements) {
      if (element.length !== ordinalsOf(of.sides[index]!).length + of.sides[index]!.columns.length) throw new Error("wrong side row");
      await run(texts.sides[index]!.insert, [1, n, ...element]);
    }
  }
}
