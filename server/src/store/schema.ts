import { createHash } from "node:crypto";
import { relationsOf, type Relation } from "../edm/links.ts";
import type { Model, Place } from "../edm/model.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import { textKeyOf } from "../edm/keyText.ts";
import { columnKindOf } from "./columnValue.ts";
import { createNames, shortName, type Names } from "./names.ts";

/**
 * How a column stores: text, whole numbers of 64 bits, truth, binary floating point, whichever number fits (fifteen digits, a double, or a whole number of 64 bits), or
 * decimals of any length (`base/sortableDecimal.ts`).
 */
export type ColumnKind = "text" | "integer" | "boolean" | "real" | "numeric" | "decimal";

/** A typed column: a scalar property of the row's type or of one derived from it, flattened through complex properties. */
export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Names from the row (or the element of a side table) to the scalar. */
  readonly steps: readonly string[];
  readonly property: Property;
  readonly indexed: boolean;
  /** The entity types whose rows fill it: those that declare the property and all derived from them. */
  readonly types: ReadonlySet<EntityType>;
  /** Never null: the key. */
  readonly key: boolean;
  /** Never null either. */
  readonly filled?: true;
}

/** The members of a collection-valued property, one row for each element. */
export interface SideTable {
  readonly name: string;
  /** Names from the row to the collection, through the collections above it. */
  readonly path: readonly string[];
  /** How many ordinals tell an element: one for each collection on the way. */
  readonly ordinals: number;
  readonly property: Property;
  /** Members of the element; a scalar element is the column `value` with no steps. */
  readonly columns: readonly Column[];
  /** Of the words that `$search` looks at, one behind the other, a place left between texts: the paths of those texts. */
  readonly search?: readonly (readonly string[])[];
}

/** The rows of one place. */
export interface Table {
  readonly name: string;
  readonly place: Place;
  /** What the table is part of. */
  readonly schema: StoreSchema;
  /** Keys of rows above: columns `p1`, `p2`. */
  readonly parents: readonly string[];
  /** The typed columns, without those every table has (n, hub, parents, id, seq, type, natural, body). */
  readonly columns: readonly Column[];
  /** By path of steps; several where derived types give one name to different types. The key of text is the column `id`. */
  readonly byPath: ReadonlyMap<string, readonly Column[]>;
  readonly sides: readonly SideTable[];
  /** Type names for `type` are worth an index: the place is polymorphic. */
  readonly polymorphic: boolean;
  /** Order of a list without $orderby, where it is not the key alone. */
  readonly defaultOrder: readonly { readonly column: Column; readonly descending: boolean }[];
}

/** The rows of a relation: the numbers of the rows that it holds together. */
export interface LinkTable {
  readonly name: string;
  readonly relation: Relation;
  readonly source: Table;
  readonly target: Table;
}

export interface StoreSchema {
  readonly model: Model;
  readonly tables: readonly Table[];
  /** The place of the audit trail, where the model has one: a view over `audit`, which nobody writes through, and one for each of its collections. */
  readonly journals: readonly Table[];
  /** One for each relation without referential constraints. */
  readonly links: readonly LinkTable[];
  /** The table of a place; undefined for a virtual one. Both places of hubs lead to the same. */
  readonly tableOf: (place: Place) => Table | undefined;
}

/** Tables that every store has; a set of the same name gets another. */
export const fixedNames = [
  "hubs",
  "hub_access",
  "changes",
  "outbox",
  "audit",
  "idempotency",
  "dynamic_names",
  "leased_work",
  "system_values",
  "schema_versions",
] as const;

/** Derives the tables from the model. */
export function schemaOf(model: Model): StoreSchema {
  const names = createNames(fixedNames);
  const tables = new Map<string, Table>();
  const journals: Table[] = [];
  const whole = (): StoreSchema => schema;
  for (const place of model.places) {
    if (place.definition.virtual === true || place.definition.hub === "home") continue;
    if (place.definition.journal === true) {
      journals.push(tableFor(place, { names, schema: whole }));
      continue;
    }
    tables.set(place.path, tableFor(place, { names, schema: whole }));
  }
  const { hub } = model;
  const pathOf = (place: Place) => (place.definition.hub === "home" && hub !== undefined ? hub.fleet.path : place.path);
  const journalAt = (place: Place): Table | undefined => journals.find((table) => table.place === place);
  const tableOf = (place: Place): Table | undefined => tables.get(pathOf(place)) ?? journalAt(place);
  const links = relationsOf(model).flatMap((relation): LinkTable[] => {
    const [source, target] = [tableOf(relation.source), tableOf(relation.target)];
    if (relation.columns !== undefined || source === undefined || target === undefined) return [];
    return [{ name: names.take(shortName(`links.${relation.name.replaceAll("/", "_")}`)), relation, source, target }];
  });
  const schema: StoreSchema = { model, tables: [...tables.values()], journals, links, tableOf };
  return schema;
}

/** What shapes the stored rows of a table, as a hash: another one means that its rows are written anew. */
export function shapeOf(table: Table): string {
  const types = [table.place.type, ...table.place.type.derived];
  const columns = (list: readonly Column[]) =>
    list.map(({ name, kind, steps, property }) => [
      name,
      // What it was called when the first rows were written.
      kind === "boolean" ? "integer" : kind,
      steps,
      property.type.kind === "enum" ? property.type.members : property.type.name,
      property.default,
    ]);
  const sides = table.sides.map((side) => [side.name, side.path, columns(side.columns), ...(side.search === undefined ? [] : [side.search])]);
  const { definition, alternate } = table.place;
  const other = alternate === undefined ? [] : [alternate.parts.map(({ steps }) => steps)];
  const shape = [types.map((type) => type.name), columns(table.columns), sides, definition.unique, ...other];
  return createHash("sha256").update(JSON.stringify(shape)).digest("base64url").slice(0, 16);
}

const rowColumns = ["n", "hub", "id", "seq", "type", "body", "natural", "rowid", "oid", "_rowid_"];

function tableFor(place: Place, { names: tableNames, schema }: { readonly names: Names; readonly schema: () => StoreSchema }): Table {
  const name = tableNames.take(shortName(place.path.replaceAll("/", "_")));
  const parents = Array.from({ length: place.depth }, (_, index) => `p${index + 1}`);
  const isJournal = place.definition.journal === true;
  const growing = grow(place, createNames([...rowColumns, ...parents]));
  const sides = (isJournal ? growing.sides.filter(isReadFromBodies) : [...growing.sides, ...searchSide(place.type)]).map((side) => ({
    ...side,
    name: tableNames.take(shortName(`${name}.${side.path.join("_")}${markOf(side.columns)}`)),
  }));
  const byPath = Map.groupBy(growing.columns, (column) => column.steps.join("/"));
  const defaultOrder = (place.definition.defaultOrder ?? []).flatMap(({ path, descending = false }) => {
    const column = byPath.get(path)?.[0];
    return column === undefined || column.key ? [] : [{ column, descending }];
  });
  return {
    name,
    place,
    get schema() {
      return schema();
    },
    parents,
    columns: growing.columns.filter((column) => column.name !== "id"),
    byPath,
    sides,
    polymorphic: place.type.derived.length > 0,
    defaultOrder,
  };
}

/** Of a trail, whose collections are views too. */
function isReadFromBodies({ path, ordinals, property }: Omit<SideTable, "name">): boolean {
  return path.length === ordinals && property.type.kind === "complex";
}

/** What the words of searchable texts are kept as: the elements of a collection of texts that no type has. */
const words: Property = {
  name: "$search",
  type: { kind: "primitive", name: "Edm.String" },
  collection: true,
  nullable: true,
  setBy: "server",
  immutable: false,
  writeOnly: false,
  indexed: true,
  searchable: false,
  extension: false,
  annotations: [],
};

function searchSide(type: EntityType): Omit<SideTable, "name">[] {
  const paths = new Map([type, ...type.derived].flatMap((one) => [...textsOf(one)]).map((steps) => [steps.join("/"), steps]));
  const side = paths.size === 0 ? undefined : sideFor({ steps: [words.name], property: words, ordinals: 1 });
  return side === undefined ? [] : [{ ...side, search: [...paths.values()] }];
}

/** Searchable texts, and collections of them, reached through complex properties. */
function* textsOf(type: EntityType | ComplexType, steps: readonly string[] = [], above: readonly ComplexType[] = []): Generator<readonly string[]> {
  for (const property of type.allProperties) {
    const here = [...steps, property.name];
    if (property.type.kind !== "complex") {
      if (property.searchable) yield here;
    } else if (!above.includes(property.type)) {
      yield* textsOf(property.type, here, [...above, property.type]);
    }
  }
}

/** Stands behind the name of what holds long decimals, which were numbers once: servers of the versions before go on beside it with what they know. */
function markOf(columns: readonly { readonly kind: ColumnKind | undefined }[]): string {
  return columns.some(({ kind }) => kind === "decimal") ? "#" : "";
}

interface Growing {
  readonly columns: Column[];
  readonly sides: Omit<SideTable, "name">[];
}

function grow(place: Place, names: Names): Growing {
  const growing: Growing = { columns: [], sides: [] };
  const textKey = textKeyOf(place.type);
  const seen = new Map<string, { readonly property: Property; readonly types: Set<EntityType> }>();
  for (const type of [place.type, ...place.type.derived]) {
    for (const found of scalarsOf(type)) {
      const key = `${found.steps.join("/")} ${found.property.type.name}`;
      const types = seen.get(key)?.types ?? new Set([type]);
      types.add(type);
      if (seen.has(key)) continue;
      seen.set(key, { property: found.property, types });
      const isId = textKey !== undefined && found.steps.length === 1 && found.steps[0] === textKey;
      const filled = place.definition.journal === true && place.definition.defaultOrder?.[0]?.path === found.steps.join("/") ? { filled: true as const } : {};
      const mark = markOf([{ kind: columnKindOf(found.property) }]);
      const name = isId ? "id" : names.take(shortName(`${found.steps.join("_")}${mark}`));
      growing.columns.push({ ...filled, ...columnFor(found, name, { types, keys: place.type.key }) });
    }
    for (const side of sidesOf(type, [], 0)) {
      if (!growing.sides.some((one) => one.path.join("/") === side.path.join("/") && one.property.type === side.property.type)) growing.sides.push(side);
    }
  }
  return growing;
}

interface Found {
  readonly steps: readonly string[];
  readonly property: Property;
}

function columnFor({ steps, property }: Found, name: string, { types, keys }: { types: ReadonlySet<EntityType>; keys: readonly string[] }): Column {
  const key = steps.length === 1 && keys.includes(steps[0]!);
  return { name, kind: columnKindOf(property)!, steps, property, indexed: property.indexed || key, types, key };
}

/** Scalars reached through complex properties; a complex type within itself ends the walk. */
function* scalarsOf(type: EntityType | ComplexType, steps: readonly string[] = [], above: readonly ComplexType[] = []): Generator<Found> {
  for (const property of type.allProperties) {
    if (property.collection) continue;
    const here = [...steps, property.name];
    if (property.type.kind !== "complex") {
      if (columnKindOf(property) !== undefined) yield { steps: here, property };
    } else if (!above.includes(property.type)) {
      for (const one of familyOf(property.type)) yield* scalarsOf(one, here, [...above, property.type]);
    }
  }
}

/** A complex type and those derived from it: a value may be of any of them. */
function familyOf(type: ComplexType): readonly ComplexType[] {
  return [type, ...type.derived];
}

interface FoundCollection extends Found {
  readonly ordinals: number;
}

function* collectionsOf(type: EntityType | ComplexType, steps: readonly string[], above: readonly ComplexType[]): Generator<Found> {
  for (const property of type.allProperties) {
    const here = [...steps, property.name];
    if (property.collection) yield { steps: here, property };
    else if (property.type.kind === "complex" && !above.includes(property.type)) {
      for (const one of familyOf(property.type)) yield* collectionsOf(one, here, [...above, property.type]);
    }
  }
}

function* sidesOf(
  type: EntityType | ComplexType,
  steps: readonly string[],
  ordinals: number,
  above: readonly ComplexType[] = [],
): Generator<Omit<SideTable, "name">> {
  for (const { steps: path, property } of collectionsOf(type, steps, above)) {
    const side = sideFor({ steps: path, property, ordinals: ordinals + 1 });
    if (side !== undefined) yield side;
    if (property.type.kind !== "complex" || above.includes(property.type)) continue;
    for (const one of familyOf(property.type)) yield* sidesOf(one, path, ordinals + 1, [...above, property.type]);
  }
}

function sideFor({ steps, property, ordinals }: FoundCollection): Omit<SideTable, "name"> | undefined {
  const names = createNames([...rowColumns, ...Array.from({ length: 9 }, (_, index) => [`p${index + 1}`, `o${index + 1}`]).flat()]);
  const owner = { types: new Set<EntityType>(), keys: [] };
  if (property.type.kind !== "complex") {
    if (columnKindOf(property) === undefined) return undefined;
    return { path: steps, ordinals, property, columns: [columnFor({ steps: [], property }, "value", owner)] };
  }
  const found = familyOf(property.type).flatMap((type) => [...scalarsOf(type, [], [property.type as ComplexType])]);
  const distinct = new Map(found.map((one) => [`${one.steps.join("/")} ${one.property.type.name}`, one]));
  const columns = [...distinct.values()].map((one) => columnFor(one, names.take(shortName(one.steps.join("_"))), owner));
  return { path: steps, ordinals, property, columns };
}
