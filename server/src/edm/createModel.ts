import { modelVersion } from "./modelVersion.ts";
import { resolveOperations } from "./resolveOperations.ts";
import { resolvePlaces } from "./resolvePlaces.ts";
import { resolveTypes } from "./resolveTypes.ts";
import type { Model } from "./model.ts";
import type { Resource } from "./resource.ts";

/** A whole model, written down. */
export interface ModelDefinition {
  readonly namespace: string;
  readonly alias?: string;
  /** Name of the entity container, unqualified. */
  readonly container: string;
  readonly resources: readonly Resource[];
}

/** Resolves a model once, at start. Whatever does not fit together is an error that names the type, property or place. */
export function createModel({ namespace, alias, container, resources }: ModelDefinition): Model {
  const { types, findType } = resolveTypes(
    resources.flatMap((resource) => resource.types),
    namespace,
    alias,
  );
  const { places, roots, hub } = resolvePlaces(
    resources.flatMap((resource) => resource.places ?? []),
    findType,
  );
  const operations = resolveOperations(
    resources.flatMap((resource) => resource.operations ?? []),
    { namespace, alias, findType },
  );
  const byPath = new Map(places.map((place) => [place.path, place]));
  return {
    namespace,
    ...(alias !== undefined && { alias }),
    container,
    version: modelVersion(types, places),
    types,
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
  };
}
