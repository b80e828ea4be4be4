import type { Permitted } from "../auth/permitted.ts";
import type { EntityType } from "../edm/types.ts";
import type { CollectionTarget, EntityTarget } from "../plan/plan.ts";
import type { Dialect } from "./dialect.ts";
import { ownRows, type Condition } from "./reading.ts";
import type { StoreSchema, Table } from "./schema.ts";
import type { Row } from "./store.ts";

/** Where a row lies: its table, its hub, and the keys of the rows that contain it. */
export interface RowPlace {
  readonly table: Table;
  readonly hub: string;
  readonly parents: readonly string[];
}

/** A row that is asked for by its key. */
export interface WantedRow {
  readonly place: RowPlace;
  /** Undefined: the one that a singleton has. */
  readonly id: string | undefined;
  readonly owned: Condition;
  readonly cast: EntityType | undefined;
}

/** What an entity target, or a singleton, asks for; undefined where nothing can be there. */
export function wantedRow(
  permitted: Permitted,
  { schema, dialect }: { readonly schema: StoreSchema; readonly dialect: Dialect },
  target: CollectionTarget | EntityTarget,
): WantedRow | undefined {
  if (target.kind !== "entity") throw new Error("A collection is no row.");
  const table = schema.tableOf(target.place);
  const { scope } = permitted;
  if (table === undefined || scope.kind === "fleet") return undefined;
  const hub = scope.hub.id;
  const { kind, definition } = target.place;
  const key = kind === "singleton" && definition.hub === "home" ? hub : target.key;
  const id = kind === "singleton" && key === "" ? undefined : key;
  const owned = ownRows(permitted, table, { dialect, n: target.parents.length + (id === undefined ? 2 : 3) });
  return { place: { table, hub, parents: target.parents }, id, owned, cast: target.cast };
}

/** The row, unless it is of another type than asked for. */
export function ofCast(row: Row | undefined, { cast }: WantedRow): Row | undefined {
  return row === undefined || (cast !== undefined && !isOfType(row.type, cast)) ? undefined : row;
}

function isOfType(name: string, type: EntityType): boolean {
  return name === type.name || type.derived.some((derived) => derived.name === name);
}

const texts = new WeakMap<Dialect, WeakMap<Table, readonly [byId: string, any: string]>>();

/** The statement of a wanted row: id, seq, type and body. Its values are the number of the hub, the parents, the id where there is one, and those of `owned`. */
export function rowText({ place: { table }, id, owned }: WantedRow, dialect: Dialect): string {
  let ofDialect = texts.get(dialect);
  if (ofDialect === undefined) texts.set(dialect, (ofDialect = new WeakMap()));
  let found = ofDialect.get(table);
  if (found === undefined) ofDialect.set(table, (found = makeTexts(table, dialect)));
  const text = found[id === undefined ? 1 : 0];
  return owned.sql === "" ? text : `${text}${owned.sql}`;
}

function makeTexts(table: Table, { quote, parameter }: Dialect): readonly [string, string] {
  const where = (keys: readonly string[]) => keys.map((key, index) => `${quote(key)} = ${parameter(index + 1)}`).join(" AND ");
  const select = `SELECT ${["id", "seq", "type", "body"].map(quote).join(", ")} FROM ${quote(table.name)} WHERE `;
  return [`${select}${where(["hub", ...table.parents, "id"])}`, `${select}${where(["hub", ...table.parents])}`];
}
