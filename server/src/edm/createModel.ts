import { modelVersion } from "./modelVersion.ts";
import { resolveImports, resolveOperations } from "./resolveOperations.ts";
import { resolvePlaces } from "./resolvePlaces.ts";
import { resolveTypes } from "./resolveTypes.ts";
import type { Model, Schema } from "./model.ts";
import type { Resource } from "./resource.ts";
import type { Annotation } from "./types.ts";

/** A whole model, written down. */
export interface ModelDefinition {
  readonly namespace: string;
  readonly alias?: string;
  /** Further namespaces: names of their types and operations are written qualified. */
  readonly schemas?: readonly Schema[];
  /** Name of the entity container, unqualified. */
  readonly container: string;
  /** The namespace of the container, where it is not the model's own. */
  readonly containerNamespace?: string;
  readonly containerAnnotations?: readonly Annotation[];
  /** Of the schema with the container; `Core.SchemaVersion` among them is what `$schemaversion` asks for. */
  readonly schemaAnnotations?: readonly Annotation[];
  readonly resources: readonly Resource[];
}

/** Resolves a model once, at start. Whatever does not fit together is an error that names the type, property or place. */
export function createModel(definition: ModelDefinition): Model {
  const { namespace, alias, container, resources } = definition;
  const own: Schema = { namespace, ...(alias !== undefined && { alias }) };
  const schemas = [own, ...(definition.schemas ?? []).filter((schema) => schema.namespace !== namespace)];
  const all = <T>(part: (resource: Resource) => readonly T[] | undefined): readonly T[] => resources.flatMap((resource) => part(resource) ?? []);
  const { types, definitions, findType, findDefinition } = resolveTypes({
    types: all((one) => one.types),
    definitions: all((one) => one.definitions),
    schemas,
  });
  const { places, roots, hub } = resolvePlaces(
    all((resource) => resource.places),
    findType,
  );
  const operations = resolveOperations(
    all((resource) => resource.operations),
    { namespace, schemas, findType, findDefinition },
  );
  const imports = resolveImports(
    all((resource) => resource.imports),
    { operations: operations.operations, roots, namespace },
  );
  const byPath = new Map(places.map((place) => [place.path, place]));
  return {
    ...own,
    schemas,
    container,
    containerNamespace: definition.containerNamespace ?? namespace,
    containerAnnotations: definition.containerAnnotations ?? [],
    schemaAnnotations: definition.schemaAnnotations ?? [],
    version: modelVersion(types, places),
    types,
    definitions,
    findType,
    places,
    findRoot: (name) => roots.get(name.toLowerCase()),
    place(path) {
      const place = byPath.get(path);
      if (place === undefined) throw new Error(`${path}: the model has no such place`);
      return place;
    },
    ...(hub !== undefined && { hub }),
    ...operations,
    ...imports,
  };
}
