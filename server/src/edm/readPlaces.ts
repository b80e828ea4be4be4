import { verbsFrom } from "./capabilities.ts";
import type { EntityDefinition, NavigationDefinition, Permissions, PlaceDefinition, TypeDefinition } from "./resource.ts";
import type { Annotation } from "./types.ts";

/** A child of the container, as it was read. */
export interface Root {
  readonly kind: PlaceDefinition["kind"];
  readonly path: string;
  readonly type: string;
  readonly annotations: readonly Annotation[];
}

/** What the places of a document are made from. */
export interface Ground {
  readonly namespace: string;
  readonly roots: readonly Root[];
  readonly types: readonly TypeDefinition[];
  /** The annotations of a navigation property by `type/name`. */
  readonly annotationsOf: (target: string) => readonly Annotation[];
  readonly permissions: Permissions;
}

/** The container's children and all that they contain; a containment that comes back to a type is followed once. */
export function readPlaces(ground: Ground): readonly PlaceDefinition[] {
  const entities = ground.types.filter((type) => type.kind === "entity");
  return ground.roots.flatMap((root) => readPlace(root, [root.type], { ...ground, entities }));
}

type Walk = Ground & { readonly entities: readonly EntityDefinition[] };

function readPlace({ path, kind, type, annotations }: Root, chain: readonly string[], walk: Walk): readonly PlaceDefinition[] {
  const place: PlaceDefinition = { path, kind, type, verbs: verbsFrom(kind, annotations), permissions: walk.permissions };
  const contained = containmentsOf(type, walk).filter(({ navigation }) => !chain.includes(navigation.type));
  const taken = new Set<string>();
  const children = contained.map(({ owner, name, navigation }): Root => {
    const bare = !taken.has(name);
    taken.add(name);
    return {
      kind: navigation.collection === true ? "set" : "singleton",
      path: bare ? `${path}/${name}` : `${path}/${walk.namespace}.${owner}/${name}`,
      type: navigation.type,
      annotations: walk.annotationsOf(`${owner}/${name}`),
    };
  });
  return [place, ...children.flatMap((child) => readPlace(child, [...chain, child.type], walk))];
}

interface Containment {
  readonly owner: string;
  readonly name: string;
  readonly navigation: NavigationDefinition;
}

/** The containment navigation properties of a type, of its bases and of the types derived from it. */
function containmentsOf(type: string, { entities }: Walk): readonly Containment[] {
  const owners = entities.filter(({ name }) => basesOf(name, entities).includes(type) || basesOf(type, entities).includes(name));
  return owners.flatMap(({ name: owner, navigation = {} }) =>
    Object.entries(navigation).flatMap(([name, one]) => (one.containsTarget === true ? [{ owner, name, navigation: one }] : [])),
  );
}

/** The type and its base types. */
function basesOf(name: string, entities: readonly EntityDefinition[]): readonly string[] {
  const base = entities.find((one) => one.name === name)?.base;
  return base === undefined || base === name ? [name] : [name, ...basesOf(base, entities)];
}
