import { isObject } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { completeEntity } from "../../edm/completeEntity.ts";
import type { EntityType } from "../../edm/types.ts";
import type { Scalar } from "../../plan/typed.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { heldKeys, heldText, type HeldKeys } from "../heldKeys.ts";
import { rowOf } from "../rowOf.ts";
import type { StoreSchema, Table } from "../schema.ts";
import { statementsOf } from "../statements.ts";
import type { SqliteConnection } from "./driver.ts";
import { writeSides } from "./writeSides.ts";

interface Work {
  readonly connection: SqliteConnection;
  readonly schema: StoreSchema;
  readonly events: { readonly rewritten?: (place: string, done: number, all: number) => void };
}

const step = 500;

/** Writes body, columns and side rows of every row of a table anew: members that the model has gained are there as null or their default. Runs inside the caller's transaction. */
export function rewriteRows({ connection, schema, events }: Work, table: Table): void {
  const { quote } = dialect;
  const keys = ["hub", ...table.parents];
  const all = Number(connection.prepare(`SELECT count(*) FROM ${quote(table.name)}`).get([])?.[0] ?? 0);
  const next = connection.prepare(
    `SELECT "n", "natural", "type", "body", "seq", ${keys.map(quote).join(", ")} FROM ${quote(table.name)} WHERE "n" > ?1 ORDER BY "n" LIMIT ${step}`,
  );
  const held = table.place.alternate === undefined ? undefined : heldKeys(connection.prepare(heldText(table, quote)).all([]));
  let done = 0;
  for (let rows = next.all([0]); rows.length > 0; rows = next.all([rows.at(-1)![0]!])) {
    for (const row of rows) rewriteRow(connection, table, { type: typeOf(schema, table, String(row[2])), row, held });
    done += rows.length;
    events.rewritten?.(table.place.path, done, all);
  }
}

function typeOf(schema: StoreSchema, table: Table, name: string): EntityType {
  const type = schema.model.findType(name);
  return type?.kind === "entity" ? type : table.place.type;
}

interface Rewriting {
  readonly type: EntityType;
  readonly row: readonly Scalar[];
  readonly held: HeldKeys | undefined;
}

function rewriteRow(connection: SqliteConnection, table: Table, { type, row, held }: Rewriting): void {
  const [n, natural, , body, seq, ...owner] = row as [number, Scalar, Scalar, Scalar, number, ...Scalar[]];
  const entity = parseStored(String(body));
  if (!isObject(entity)) throw new Error(`A stored body of ${table.place.path} is no JSON object.`);
  const stored = rowOf(table, type, completeEntity(type, entity), seq);
  const kept = held === undefined ? natural && stored.natural() : held.take({ n, owner }, stored.natural());
  connection.prepare(statementsOf(table, dialect).rewrite).run([n, kept, ...stored.values, stored.body]);
  writeSides(connection, table, { key: [...owner, n], sides: stored.sides, fresh: false });
}
