import type { Json } from "../base/json.ts";
import { isObject } from "../base/json.ts";
import { isSearchable } from "./searchable.ts";
import { relationsOf } from "./links.ts";
import type { Model, Place } from "./model.ts";
import type { Verb } from "./resource.ts";
import type { Annotation, EntityType, NavigationProperty, Property } from "./types.ts";

/** What a place refuses, and that it takes an upsert, in terms of the Capabilities vocabulary. `leads`: whether a navigation property of a complex value does. */
export function capabilitiesOf(place: Place, leads: (place: Place, path: string) => boolean): readonly Annotation[] {
  const { kind, verbs, type, definition } = place;
  const annotations: Annotation[] = [...readRestrictions(kind, verbs)];
  if (kind === "set" && !verbs.has("create")) annotations.push({ term: "Capabilities.InsertRestrictions", value: { Insertable: false } });
  if (!verbs.has("update")) annotations.push({ term: "Capabilities.UpdateRestrictions", value: { Updatable: false } });
  else if (isUpsertTold({ kind, verbs, type, definition }))
    annotations.push({ term: "Capabilities.UpdateRestrictions", value: { Upsertable: verbs.has("upsert") } });
  if (kind === "set" && !verbs.has("delete")) annotations.push({ term: "Capabilities.DeleteRestrictions", value: { Deletable: false } });
  if (kind === "set" && verbs.has("list")) annotations.push({ term: "Capabilities.SearchRestrictions", value: { Searchable: isSearchable(type) } });
  const written = definition.annotations ?? [];
  return [
    ...annotations,
    ...unsupported(type, (path) => leads(place, path)).filter(({ term }) => kind === "set" && verbs.has("list") && !written.some((one) => one.term === term)),
  ];
}

/** An upsert is told of where it is promised, and where it is refused though it goes without saying. */
function isUpsertTold({ kind, verbs, type, definition }: Pick<Place, "kind" | "verbs" | "type" | "definition">): boolean {
  if (kind === "singleton") return definition.requiresKey === true && !verbs.has("upsert");
  return verbs.has("upsert") || (verbs.has("create") && keysAreGiven(type));
}

/** True where whoever makes an entity says its key, so that an URL may name one that is not there yet; content is made by POST. */
function keysAreGiven({ key, allProperties, hasStream }: EntityType): boolean {
  return !hasStream && key.every((name) => allProperties.find((one) => one.name === name)?.setBy !== "server");
}

/** True of the collections of a model of one's own whose changes can be followed, which are all that can be read and whose document does not say otherwise. */
export function isFollowed({ kind, verbs, definition }: Pick<Place, "kind" | "verbs" | "definition">): boolean {
  if (kind !== "set" || definition.requiresKey !== true || !verbs.has("list")) return false;
  return lookUp(definition.annotations?.find(({ term }) => term === "Capabilities.ChangeTracking")?.value, ["Supported"]) !== false;
}

/** Content and places on a map are neither filtered nor sorted by, and what complex values refer to in vain is not expanded. */
function unsupported({ allProperties, derived }: EntityType, leads: (path: string) => boolean): readonly Annotation[] {
  const all = new Set([...allProperties, ...derived.flatMap(({ properties }) => properties)]);
  const without = [...all].filter(({ type: { name } }) => /^Edm\.(?:Stream|Geo)/.test(name)).map(({ name }) => ({ $PropertyPath: name }));
  const inValues = withinValues([...all])
    .filter((path) => !leads(path))
    .map((path) => ({ $NavigationPropertyPath: path }));
  return [
    ...(without.length === 0
      ? []
      : [
          { term: "Capabilities.FilterRestrictions", value: { NonFilterableProperties: without } },
          { term: "Capabilities.SortRestrictions", value: { NonSortableProperties: without } },
        ]),
    ...(inValues.length === 0 ? [] : [{ term: "Capabilities.ExpandRestrictions", value: { NonExpandableProperties: inValues } }]),
  ];
}

/** Navigation properties of complex values, by their paths. */
function withinValues(properties: readonly Property[], above: readonly string[] = [], seen: readonly string[] = []): readonly string[] {
  return properties.flatMap(({ name, type }) => {
    if (type.kind !== "complex" || seen.includes(type.name)) return [];
    const path = [...above, name];
    const own = type.allNavigation.map((one) => [...path, one.name].join("/"));
    return [...own, ...withinValues(type.allProperties, path, [...seen, type.name])];
  });
}

function readRestrictions(kind: Place["kind"], verbs: ReadonlySet<Verb>): readonly Annotation[] {
  const get = verbs.has("get");
  if (kind === "singleton") return get ? [] : [{ term: "Capabilities.ReadRestrictions", value: { Readable: false } }];
  if (verbs.has("list")) return get ? [] : [{ term: "Capabilities.ReadRestrictions", value: { ReadByKeyRestrictions: { Readable: false } } }];
  return [{ term: "Capabilities.ReadRestrictions", value: get ? { Readable: false, ReadByKeyRestrictions: { Readable: true } } : { Readable: false } }];
}

/** What verbs follow from beside annotations. */
export interface VerbGround {
  readonly kind: Place["kind"];
  /** An URL may name an entity that is not there yet. */
  readonly keysAreGiven: boolean;
  /** The entity is part of another one, which stays without it. */
  readonly isContained: boolean;
}

/** The way back: the verbs that annotations leave to a place. Where clients give the keys, an upsert may be refused, elsewhere it has to be promised. */
export function verbsFrom({ kind, keysAreGiven: given, isContained }: VerbGround, annotations: readonly Annotation[]): readonly Verb[] {
  const ask = (term: string, ...path: readonly string[]) => lookUp(annotations.find((one) => one.term === `Capabilities.${term}`)?.value, path);
  const readable = ask("ReadRestrictions", "Readable") !== false;
  const readableByKey = ask("ReadRestrictions", "ReadByKeyRestrictions", "Readable") ?? readable;
  const updatable = ask("UpdateRestrictions", "Updatable") !== false;
  const upserted = ask("UpdateRestrictions", "Upsertable");
  const deletable = ask("DeleteRestrictions", "Deletable") !== false;
  if (kind === "singleton") {
    const written = updatable ? (["update", ...(upserted === false ? [] : ["upsert" as const])] as const) : [];
    return [...(readable ? ["get" as const] : []), ...written, ...(isContained && deletable ? ["delete" as const] : [])];
  }
  const insertable = ask("InsertRestrictions", "Insertable") !== false;
  const answers: Readonly<Record<Verb, boolean>> = {
    list: readable,
    get: readableByKey === true,
    create: insertable,
    update: updatable,
    upsert: updatable && (upserted === true || (upserted === undefined && insertable && given)),
    delete: deletable,
  };
  return (Object.keys(answers) as Verb[]).filter((verb) => answers[verb]);
}

/** True when annotations promise that a place can be searched. */
export function promisesSearch(annotations: readonly Annotation[]): boolean {
  return lookUp(annotations.find(({ term }) => term === "Capabilities.SearchRestrictions")?.value, ["Searchable"]) === true;
}

function lookUp(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, name) => (isObject(found) ? found[name] : undefined), value);
}

const applied: Annotation = {
  term: "Aggregation.ApplySupportedDefaults",
  value: {
    Transformations: [
      "aggregate",
      "groupby",
      "concat",
      "identity",
      "filter",
      "search",
      "compute",
      "orderby",
      "top",
      "skip",
      "topcount",
      "topsum",
      "toppercent",
      "bottomcount",
      "bottomsum",
      "bottompercent",
      "join",
      "outerjoin",
    ],
    From: true,
  },
};

const versions: Annotation = { term: "Core.ODataVersions", value: "4.0 4.01" };

const deep: readonly Annotation[] = ["DeepInsertSupport", "DeepUpdateSupport"].map((name) => ({
  term: `Capabilities.${name}`,
  value: { Supported: true, ContentIDSupported: false },
}));

/**
 * What holds for all collections of a container: which transformations `$apply` has (Data Aggregation 4.0, section 5.3), and in a model with
 * relations, that entities are written with the one that nests them. A model's own word on it is not repeated.
 */
export function containerAnnotationsOf(model: Pick<Model, "containerAnnotations" | "places">): readonly Annotation[] {
  const ours = relationsOf(model).length > 0 ? [versions, applied, ...deep] : [versions, applied];
  return [...model.containerAnnotations.filter(({ term }) => !ours.some((one) => one.term === term)), ...ours];
}

/** Terms that `capabilitiesOf` writes. */
export const placeTerms: ReadonlySet<string> = new Set(["Read", "Insert", "Update", "Delete", "Search"].map((verb) => `Capabilities.${verb}Restrictions`));

/** The place to which each containment navigation property leads, where it leads to one. */
export function placesByNavigation(model: Model): ReadonlyMap<NavigationProperty, Place> {
  const found = new Map<NavigationProperty, Place>();
  for (const { type, children } of model.places) {
    for (const owner of [type, ...type.derived]) {
      for (const navigation of owner.allNavigation) {
        const place = children.get(`${owner.name}/${navigation.name}`.toLowerCase()) ?? children.get(navigation.name.toLowerCase());
        if (place?.type === navigation.type && !found.has(navigation)) found.set(navigation, place);
      }
    }
  }
  return found;
}
