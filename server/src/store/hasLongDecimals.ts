import type { StoreSchema } from "./schema.ts";

const known = new WeakMap<StoreSchema, boolean>();

/** Whether some column of a model holds decimals of any length. */
export function hasLongDecimals(schema: StoreSchema): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    found = schema.tables.some(({ columns, sides }) => [columns, ...sides.map((side) => side.columns)].flat().some(({ kind }) => kind === "decimal"));
    known.set(schema, found);
  }
  return found;
}
