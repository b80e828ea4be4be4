import { isObject, textOf, type Json, type JsonObject } from "../base/json.ts";
import { bodyOf } from "../base/storedBody.ts";
import type { ComplexType, EntityType } from "../edm/types.ts";
import type { Scalar } from "../plan/typed.ts";
import { toColumnOf, type ToColumn } from "./columnValue.ts";
import { dynamicNames } from "./dynamicNames.ts";
import { naturalOf } from "./naturalOf.ts";
import { searchRows } from "./searchRows.ts";
import type { Column, SideTable, Table } from "./schema.ts";

/** An entity as its table stores it. */
export interface StoredRow {
  /** Complete wire form with its etag, as JSON text. */
  readonly body: string;
  /** In the order of the table's columns. */
  readonly values: readonly Scalar[];
  /** In the order of the table's side tables; each element: its ordinals, then the side table's columns. */
  readonly sides: readonly (readonly (readonly Scalar[])[])[];
  /** Names that no type declares: those at the top of the entity, and `type/name` for those within open complex values. */
  readonly dynamic: readonly string[];
  /** Makes the natural or alternate key, when the place has one. */
  readonly natural: () => string | null;
}

/** The one function that turns an entity into body, columns and side rows: writes, migrations and erasures all go through it. */
export function rowOf(table: Table, type: EntityType, entity: JsonObject, seq: number): StoredRow {
  const reader = readerOf(table, type);
  const values = Array.from(table.columns, (): Scalar => null);
  const sides = table.sides.map((): Scalar[][] => []);
  reader.shape.read(entity, values, { sides, ordinals: [] });
  const searched = table.sides.findIndex(({ search }) => search !== undefined);
  if (searched >= 0) sides[searched]!.push(...searchRows(table.sides[searched]!.search!, entity));
  return { body: bodyOf(entity, seq), values, sides, dynamic: dynamicNames(entity, type), natural: () => naturalOf(table, entity) };
}

interface Reader {
  readonly shape: Shape;
}

const readers = new WeakMap<Table, Map<EntityType, Reader>>();

function readerOf(table: Table, type: EntityType): Reader {
  let ofTable = readers.get(table);
  if (ofTable === undefined) readers.set(table, (ofTable = new Map()));
  let reader = ofTable.get(type);
  if (reader === undefined) {
    const columns = new Map(table.columns.filter((column) => column.types.has(type)).map((column) => [keyOf(column), at(table, column)]));
    reader = { shape: shapeOfType(type, { columns, table, steps: [], path: [] }) };
    ofTable.set(type, reader);
  }
  return reader;
}

/** Types derived from one may give a name different types. */
const keyOf = ({ steps, property }: Pick<Column, "steps" | "property">): string => `${steps.join("/")} ${property.type.name}`;

const at = (table: Table, column: Column): number => table.columns.indexOf(column);

interface Collected {
  readonly sides: Scalar[][][];
  readonly ordinals: readonly number[];
}

/** What to read of an object of one type, found once. */
interface Shape {
  readonly read: (object: JsonObject, values: Scalar[], collected: Collected) => void;
}

interface Place {
  /** Where the column of a path and type stands among the values. */
  readonly columns: ReadonlyMap<string, number>;
  readonly table: Table;
  /** From the row or the element to this object. */
  readonly steps: readonly string[];
  /** From the row to this object, through collections. */
  readonly path: readonly string[];
}

function shapeOfType(type: EntityType | ComplexType, place: Place): Shape {
  const members = type.allProperties.flatMap((property) => memberOf(property, place) ?? []);
  return {
    read(object, values, collected) {
      for (const { name, take } of members) if (Object.hasOwn(object, name)) take(object[name], values, collected);
    },
  };
}

/** What to read of a complex value: that of the type that it says it is of. */
function shapesOf(type: ComplexType, place: Place): (value: JsonObject) => Shape {
  const own = shapeOfType(type, place);
  if (type.derived.length === 0) return () => own;
  const derived = new Map(type.derived.map((one) => [one.name, shapeOfType(one, place)]));
  return (value) => derived.get(textOf(value["@odata.type"])) ?? own;
}

interface Member {
  readonly name: string;
  readonly take: (value: Json | undefined, values: Scalar[], collected: Collected) => void;
}

function memberOf(property: EntityType["allProperties"][number], place: Place): Member | undefined {
  const { name, type, collection } = property;
  const steps = [...place.steps, name];
  const path = [...place.path, name];
  if (collection) return collectionMember(property, { ...place, path });
  if (type.kind === "complex") {
    if (!reaches(place, steps, path)) return undefined;
    const shapeOf = shapesOf(type, { ...place, steps, path });
    return { name, take: (value, values, collected) => void (isObject(value) && shapeOf(value).read(value, values, collected)) };
  }
  const index = place.columns.get(keyOf({ steps, property }));
  if (index === undefined) return undefined;
  const read = toColumnOf(property);
  return { name, take: (value, values) => void (values[index] = read(value)) };
}

/** True when some column or side table lies below: ends the walk into a type that contains itself. */
function reaches({ columns, table }: Place, steps: readonly string[], path: readonly string[]): boolean {
  const below = `${steps.join("/")}/`;
  const sideBelow = `${path.join("/")}/`;
  return [...columns.keys()].some((key) => key.startsWith(below)) || table.sides.some((side) => side.path.join("/").startsWith(sideBelow));
}

function collectionMember(property: EntityType["allProperties"][number], place: Place): Member | undefined {
  const { name, type } = property;
  const path = place.path.join("/");
  const index = place.table.sides.findIndex((side) => side.path.join("/") === path && side.property.type === type);
  const side = place.table.sides[index];
  if (side === undefined) return undefined;
  const read = type.kind === "complex" ? complexElement(type, side, place) : scalarElement(toColumnOf(property));
  return {
    name,
    take(value, _values, { sides, ordinals }) {
      if (!Array.isArray(value)) return;
      for (const [ordinal, element] of (value as readonly Json[]).entries()) {
        const here = [...ordinals, ordinal];
        sides[index]!.push([...here, ...read(element, { sides, ordinals: here })]);
      }
    },
  };
}

type ReadElement = (element: Json, collected: Collected) => readonly Scalar[];

function scalarElement(read: ToColumn): ReadElement {
  return (element) => [read(element)];
}

function complexElement(type: ComplexType, side: SideTable, place: Place): ReadElement {
  const columns = new Map(side.columns.map((column, index) => [keyOf(column), index]));
  const shapeOf = shapesOf(type, { columns, table: place.table, steps: [], path: place.path });
  return (element, collected) => {
    const values = Array.from(side.columns, (): Scalar => null);
    if (isObject(element)) shapeOf(element).read(element, values, collected);
    return values;
  };
}
