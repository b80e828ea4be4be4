import { primitives } from "./primitives.ts";
import { requireName } from "./requireName.ts";
import { finderOf } from "./finderOf.ts";
import { qualify } from "./qualify.ts";
import type { Schema } from "./model.ts";
import type { NamedScalar } from "./resource.ts";
import type { TypeDefinition } from "./types.ts";

/** The type definitions of a model (CSDL 11) and the lookup by name. Throws for one whose underlying type is not primitive, or whose name is taken. */
export function resolveDefinitions(
  written: readonly NamedScalar[],
  schemas: readonly Schema[],
  isTaken: (name: string) => boolean,
): { readonly definitions: readonly TypeDefinition[]; readonly findDefinition: (name: string) => TypeDefinition | undefined } {
  const byName = new Map<string, TypeDefinition>();
  for (const { name: short, type: underlying, annotations = [], ...facets } of written) {
    const name = qualify(short, schemas[0]!.namespace);
    requireName(name.slice(name.lastIndexOf(".") + 1), name);
    const type = primitives.get(underlying.toLowerCase());
    if (type === undefined) throw new Error(`${name}: '${underlying}' is no primitive type`);
    if (byName.has(name.toLowerCase()) || isTaken(name.toLowerCase())) throw new Error(`${name}: this type is defined twice`);
    byName.set(name.toLowerCase(), { ...facets, name, type, annotations });
  }
  return { definitions: [...byName.values()], findDefinition: finderOf(byName, schemas) };
}
