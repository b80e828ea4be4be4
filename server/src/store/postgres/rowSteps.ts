import { keptNatural } from "../naturalOf.ts";
import type { EntityType } from "../../edm/types.ts";
import type { Scalar } from "../../plan/typed.ts";
import { linksOfRow } from "../linkWrites.ts";
import { rowOf } from "../rowOf.ts";
import type { StoreSchema, Table } from "../schema.ts";
import { insertInto, statementsOf } from "../statements.ts";
import type { RowWrite } from "../store.ts";
import type { Step } from "./connections.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import type { HubState, Numbered } from "./hubStates.ts";

const { quote } = dialect;

/** A row of a WriteSet, with its table and its place in the set. */
export interface Placed {
  readonly row: RowWrite;
  readonly index: number;
  readonly table: Table;
}

interface Texts {
  /** n, hub, parents, id, seq, type, natural, the typed columns, body. */
  readonly insert: string;
  readonly look: string;
  readonly next: string;
}

const kept = new WeakMap<Table, Texts>();

function textsOf(table: Table): Texts {
  let texts = kept.get(table);
  if (texts === undefined) {
    const key = ["hub", ...table.parents, "id"];
    const typed = table.columns.map(({ name }) => name);
    texts = {
      insert: insertInto(table.name, ["n", ...key, "seq", "type", "natural", ...typed, "body"], dialect),
      look: `SELECT "n", "seq" FROM ${quote(table.name)} WHERE ${key.map((column, index) => `${quote(column)} = $${index + 1}`).join(" AND ")} FOR UPDATE`,
      next: `SELECT nextval(pg_get_serial_sequence('${quote(table.name).replaceAll("'", "''")}', 'n'))`,
    };
    kept.set(table, texts);
  }
  return texts;
}

/** Hub, parents, id. */
export function keyOf({ row }: Placed, { n }: Numbered): Scalar[] {
  return [n, ...row.parents, row.id];
}

/** What has to be known of a row before it is written: that it is where it was decided on (it is locked), or the number it will have. */
export function lookStep(placed: Placed, hub: Numbered): Step {
  const texts = textsOf(placed.table);
  if (placed.row.expect === "absent") return { scope: hub.scope, sql: texts.next, values: [] };
  return { scope: hub.scope, sql: texts.look, values: keyOf(placed, hub) };
}

/** A row about to be written. */
export interface Writing extends Placed {
  readonly state: HubState;
  /** The row's number. */
  readonly n: Scalar;
  readonly seq: number;
}

/** The steps that put a row with its side rows, and the body it has then. */
export function putSteps(writing: Writing, put: NonNullable<RowWrite["put"]>, schema: StoreSchema): { readonly body: string; readonly steps: readonly Step[] } {
  const { row, table, state, n, seq } = writing;
  const { scope } = state;
  const type = entityTypeOf(schema, put.type);
  const stored = rowOf(table, type, put.entity, seq);
  const natural = keptNatural(table, state.settings, stored.natural);
  const values = [seq, type.name, natural, ...stored.values, stored.body];
  const texts = statementsOf(table, dialect);
  const write: Step = row.expect === "absent" ? insertOf(writing, values) : { scope, sql: texts.update, values: [n, ...values, row.expect, state.n] };
  const owner = [state.n, ...row.parents, n];
  const sides = texts.sides.flatMap((side, index): Step[] => [
    ...(row.expect === "absent" ? [] : [{ scope, sql: side.remove, values: owner }]),
    ...stored.sides[index]!.map((element) => ({ scope, sql: side.insert, values: [...owner, ...element] })),
  ]);
  const names = stored.dynamic.map((name): Step => ({ scope, sql: rememberName, values: [state.n, table.place.path, name] }));
  return { body: stored.body, steps: [write, ...sides, ...names] };
}

/** A row that no side row has to know gets its number by itself. */
function insertOf(writing: Writing, values: readonly Scalar[]): Step {
  const { table, state, n } = writing;
  const { scope } = state;
  if (n === null) return { scope, sql: statementsOf(table, dialect).insert, values: [...keyOf(writing, state), ...values] };
  return { scope, sql: textsOf(table).insert, values: [n, ...keyOf(writing, state), ...values] };
}

const rememberName = `INSERT INTO "dynamic_names" ("hub", "place", "name") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`;

function entityTypeOf(schema: StoreSchema, name: string): EntityType {
  const type = schema.model.findType(name);
  if (type?.kind !== "entity") throw new Error(`${name} is no entity type of the model.`);
  return type;
}

/** The steps that remove a row with its side rows and its relations. */
export function removeSteps({ row, table, state, n }: Writing, schema: StoreSchema): Step[] {
  if (row.expect === "absent") throw new Error("A row that shall not be there cannot be deleted.");
  const texts = statementsOf(table, dialect);
  const { scope } = state;
  const sides = texts.sides.map((side): Step => ({ scope, sql: side.remove, values: [state.n, ...row.parents, n] }));
  const links = linksOfRow(schema, table, { dialect, hub: state.n, n }).map((one): Step => ({ scope, ...one }));
  return [{ scope, sql: texts.remove, values: [n, row.expect, state.n] }, ...sides, ...links];
}
