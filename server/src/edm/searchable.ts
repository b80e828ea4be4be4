import type { ComplexType, EntityType } from "./types.ts";

/** True when some text of the type's rows is declared to be searchable, at the top or within complex values. */
export function isSearchable(type: EntityType): boolean {
  return [type, ...type.derived].some((one) => hasSearchable(one, []));
}

function hasSearchable({ allProperties }: EntityType | ComplexType, above: readonly ComplexType[]): boolean {
  return allProperties.some(
    ({ type, searchable }) => searchable || (type.kind === "complex" && !above.includes(type) && hasSearchable(type, [...above, type])),
  );
}
