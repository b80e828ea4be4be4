import { placeTerms, verbsFrom } from "./capabilities.ts";
import type { EntityDefinition, NavigationDefinition, Permissions, PlaceDefinition, TypeDefinition } from "./resource.ts";
import type { Annotation } from "./types.ts";

/** A child of the container, as it was read. */
export interface Root {
  readonly kind: PlaceDefinition["kind"];
  readonly path: string;
  readonly type: string;
  readonly annotations: readonly Annotation[];
  readonly bindings?: Readonly<Record<string, string>>;
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

/** How often a containment that comes back to a type is followed: a folder has folders, which have folders. */
const rounds = 3;
/** Places that containment may make; types that contain each other in all ways would make without end. */
const most = 3000;

/** The container's children and all that they contain; a containment that comes back to a type is followed so often and no further. */
export function readPlaces(ground: Ground): readonly PlaceDefinition[] {
  const entities = new Map(ground.types.flatMap((type) => (type.kind === "entity" ? [[type.name, type]] : [])));
  const walk: Walk = { ...ground, containments: containments(entities), keysAreGiven: (type) => keysAreGiven(type, entities), made: [] };
  for (const root of ground.roots) readPlace(root, [root.type], walk);
  return walk.made;
}

interface Walk extends Ground {
  readonly containments: (type: string) => readonly Containment[];
  readonly keysAreGiven: (type: string) => boolean;
  readonly made: PlaceDefinition[];
}

function readPlace({ path, kind, type, annotations, bindings }: Root, chain: readonly string[], walk: Walk): void {
  if (walk.made.length >= most) throw new Error(`${path}: what is contained makes more than ${most} collections`);
  const others = annotations.filter(({ term }) => !placeTerms.has(term));
  walk.made.push({
    path,
    kind,
    type,
    verbs: verbsFrom({ kind, keysAreGiven: walk.keysAreGiven(type), isContained: chain.length > 1 }, annotations),
    permissions: walk.permissions,
    clientId: true,
    requiresKey: true,
    ...(bindings !== undefined && { bindings }),
    ...(others.length > 0 && { annotations: others }),
  });
  const isAgain = (name: string): boolean => chain.filter((one) => one === name).length >= rounds;
  const taken = new Set<string>();
  for (const { owner, name, navigation } of walk.containments(type)) {
    if (isAgain(navigation.type)) continue;
    const bare = !taken.has(name);
    taken.add(name);
    const child: Root = {
      kind: navigation.collection === true ? "set" : "singleton",
      path: bare ? `${path}/${name}` : `${path}/${owner.includes(".") ? owner : `${walk.namespace}.${owner}`}/${name}`,
      type: navigation.type,
      annotations: walk.annotationsOf(`${owner}/${name}`),
      ...bindingsBelow(bindings, name),
    };
    readPlace(child, [...chain, child.type], walk);
  }
}

/** Bindings whose path goes through a containment are those of the contained place. */
function bindingsBelow(bindings: Root["bindings"], name: string): Pick<Root, "bindings"> {
  const below = Object.entries(bindings ?? {}).filter(([path]) => path.startsWith(`${name}/`));
  return below.length === 0 ? {} : { bindings: Object.fromEntries(below.map(([path, target]) => [path.slice(name.length + 1), target])) };
}

interface Containment {
  readonly owner: string;
  readonly name: string;
  readonly navigation: NavigationDefinition;
}

/** Finds the containment navigation properties of a type, of its bases and of the types derived from it. */
function containments(entities: ReadonlyMap<string, EntityDefinition>): Walk["containments"] {
  const bases = new Map([...entities.keys()].map((name) => [name, basesOf(name, entities)]));
  const holders = [...entities.values()].flatMap(({ name: owner, navigation = {} }) =>
    Object.entries(navigation).flatMap(([name, one]) => (one.containsTarget === true ? [{ owner, name, navigation: one }] : [])),
  );
  return (type) => holders.filter(({ owner }) => bases.get(owner)?.has(type) === true || bases.get(type)?.has(owner) === true);
}

/** True where clients say the whole key of new entities, and these have no content that comes first. */
function keysAreGiven(type: string, entities: ReadonlyMap<string, EntityDefinition>): boolean {
  const own = [...basesOf(type, entities)].flatMap((name) => entities.get(name) ?? []);
  const keys = own.flatMap(({ key = [] }) => key);
  return own.every(({ hasStream, properties }) => hasStream !== true && keys.every((name) => properties[name]?.setBy !== "server"));
}

/** The type and its base types; a circle is refused later, by name. */
function basesOf(name: string, entities: ReadonlyMap<string, EntityDefinition>): ReadonlySet<string> {
  const found = new Set<string>();
  for (let one: string | undefined = name; one !== undefined && !found.has(one); one = entities.get(one)?.base) found.add(one);
  return found;
}
