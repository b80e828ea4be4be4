import type { EntityDefinition, EnumDefinition, PropertyDefinition } from "../../src/edm/resource.ts";
import { entityType as derivedType, type Facets } from "../../src/edm/define.ts";

export { boolean, collectionOf, complexType, contains, double, instant, int32, int64, of, set, singleton, string, strings } from "../../src/edm/define.ts";

/** A property of any primitive type. */
export const typed =
  (type: string) =>
  (facets: Facets = {}): PropertyDefinition => ({ type, ...facets });

export function entityType(name: string, more: Omit<EntityDefinition, "kind" | "name">): EntityDefinition {
  const { base, ...rest } = derivedType(name, more);
  return "base" in more && more.base === undefined ? rest : ({ ...rest, base } as EntityDefinition);
}

export function enumType(name: string, members: EnumDefinition["members"], flags = false): EnumDefinition {
  return { kind: "enum", name, members, flags };
}
