import type { EntityType } from "../edm/types.ts";
import { shapeOf, type StoreSchema, type Table } from "./schema.ts";

/** What is recorded of the tables of a model: the shape of each, by its place, and its key. */
export function shapesOf({ tables }: StoreSchema): Readonly<Record<string, string>> {
  return Object.fromEntries(tables.flatMap((table) => [[table.place.path, shapeOf(table)], ...keyOf(table)]));
}

/** The key of the security graph goes without saying. */
function keyOf({ place: { path, type } }: Table): readonly (readonly [string, string])[] {
  const key = type.key.map((name) => `${name} ${typeName(type, name)}`).join(", ");
  return key === usualKey ? [] : [[`key of ${path}`, key]];
}

const usualKey = "id Edm.String";

function typeName({ allProperties }: EntityType, name: string): string {
  return allProperties.find((property) => property.name === name)?.type.name ?? "";
}

/**
 * Refuses, before anything is touched, data that were made for another model: none of their collections is in this one, or one has
 * another key, by which its rows would not be found. `recorded` is what `shapesOf` gave then.
 */
export function requireSameModel(recorded: Readonly<Record<string, string>>, schema: StoreSchema): void {
  const wanted = shapesOf(schema);
  const places = Object.keys(recorded).filter((name) => !name.startsWith("key of "));
  if (places.length > 0 && !places.some((place) => Object.hasOwn(wanted, place))) {
    throw new Error(
      `The data are those of another model (with ${places.slice(0, 3).join(", ")}), not of '${schema.model.namespace}'. Give the model that they were made for, or another place for the data.`,
    );
  }
  for (const place of places) {
    const name = `key of ${place}`;
    if (!Object.hasOwn(wanted, place) || recorded[name] === wanted[name]) continue;
    const [was, is] = [recorded[name] ?? usualKey, wanted[name] ?? usualKey];
    throw new Error(`The rows of ${place} are kept by the key (${was}), the model now says (${is}). A key cannot be changed.`);
  }
}

/** Refuses rows of types that the model no longer has. */
export function requireKnownTypes(types: readonly string[], table: Table): void {
  const known = new Set([table.place.type, ...table.place.type.derived].map(({ name }) => name));
  const lost = types.find((name) => !known.has(name));
  if (lost === undefined) return;
  throw new Error(`${table.place.path} has rows of type '${lost}', which the model no longer has there. Delete them, or give the type back.`);
}
