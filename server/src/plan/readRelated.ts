import { problem, Problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import type { Link } from "../edm/links.ts";
import type { Place } from "../edm/model.ts";
import type { EntityType, NavigationProperty } from "../edm/types.ts";
import type { CollectionTarget, EntityTarget, SentBody, SentItem, SentRelation } from "./plan.ts";

/** A navigation property as a body's reader finds it. */
export interface RelatedPlace {
  readonly navigation: NavigationProperty;
  readonly place: Place;
  /** Absent: the entities are contained. */
  readonly link?: Link;
}

/** How related entities in a body are read. */
export interface RelationRules {
  /** Where a navigation property leads, by its name or its path through complex values; undefined where bodies have none of it. */
  readonly find: (type: EntityType, name: string) => RelatedPlace | undefined;
  /** The body of an entity of a place. */
  readonly body: (json: JsonObject, place: Place) => SentBody;
  /** The entity that an id names. */
  readonly reference: (id: string, to: Place, where: string) => EntityTarget;
  /** The key in an entity's body. */
  readonly keyOf: (type: EntityType, json: JsonObject) => string | undefined;
}

/** A member of a body that says something of a navigation property: related entities, ids of those that are there, or changes. */
export interface RelatedMember {
  readonly name: string;
  readonly form: "nested" | "bind" | "delta";
}

interface Reading {
  readonly type: EntityType;
  readonly relations: RelationRules;
  readonly asCreate: boolean;
}

/** So many related entities may one body say something of, at each of its levels. */
const most = 1000;

/**
 * Reads what a body says of a navigation property: nested entities (deep insert and update), entity references, `@odata.bind` and `@odata.delta`
 * (OData JSON Format 4.5.3, 8.5, 8.6, 14; Protocol 11.4.2.1, 11.4.2.2, 11.4.3.1). Undefined where bodies have none of it. Throws 400.
 */
export function readRelated({ name, form }: RelatedMember, value: Json, reading: Reading): SentRelation | undefined {
  const found = reading.relations.find(reading.type, name);
  if (found === undefined) return undefined;
  const path = form === "nested" ? name : `${name}@odata.${form}`;
  const at: At = { ...reading, found, path };
  const shared = { ...found, path };
  if (form === "bind") return { ...shared, items: bound(value, at), isDelta: found.navigation.collection };
  if (form === "delta") return { ...shared, items: changes(value, at), isDelta: true };
  if (found.navigation.collection) return { ...shared, items: listed(value, at).map((item, index) => entity(item, at, `${path}[${index}]`)), isDelta: false };
  return { ...shared, items: value === null ? nothing(at) : [entity(value, at, path)], isDelta: false };
}

interface At extends Reading {
  readonly found: RelatedPlace;
  readonly path: string;
}

function wrong(path: string, expected: string): Problem {
  return problem("badRequest", { what: `'${path}': expected ${expected}.` }, { target: path });
}

function listed(value: Json, { path }: At): readonly Json[] {
  if (!Array.isArray(value)) throw wrong(path, "an array");
  if (value.length > most) throw wrong(path, `at most ${most} elements, got ${value.length}`);
  return value as readonly Json[];
}

function nothing({ found: { navigation }, path, asCreate }: At): [] {
  if (navigation.nullable || asCreate) return [];
  throw wrong(path, "an entity, not null");
}

function bound(value: Json, at: At): SentItem[] {
  const { found, path } = at;
  if (found.link === undefined) throw wrong(path, "nothing here, for its entities are contained: they cannot be bound");
  if (!found.navigation.collection && value === null) return nothing(at);
  const ids = found.navigation.collection ? listed(value, at) : [value];
  return ids.map((id, index) => {
    const where = found.navigation.collection ? `${path}[${index}]` : path;
    if (typeof id !== "string") throw wrong(where, "the id of an entity");
    return { kind: "reference", to: at.relations.reference(id, found.place, where), path: where };
  });
}

function changes(value: Json, at: At): SentItem[] {
  if (at.asCreate) throw wrong(at.path, "nothing here, for the entity is new: nest what it is related to");
  if (!at.found.navigation.collection) throw wrong(at.path, "nothing here, for it leads to one entity");
  return listed(value, at).map((item, index) => change(item, at, `${at.path}[${index}]`));
}

/** The items of a delta payload for a whole collection (OData JSON Format 15). */
export function readChanges(json: Json, { place }: CollectionTarget, relations: RelationRules): readonly SentItem[] {
  const value = isObject(json) ? json["value"] : undefined;
  if (value === undefined) throw wrong("value", "a delta payload: an object with the array 'value'");
  const at: At = { type: place.type, relations, asCreate: false, found: { place, navigation: wholeOf(place) }, path: "value" };
  return listed(value, at).map((item, index) => change(item, at, `value[${index}]`));
}

/** A collection as the navigation property that it would be of what contains it. */
export function wholeOf({ name, type }: Place): NavigationProperty {
  return { name, type, collection: true, containsTarget: true, nullable: true, extension: false, annotations: [] };
}

function change(item: Json, at: At, path: string): SentItem {
  const removed = isObject(item) ? (item["@odata.removed"] ?? item["@removed"]) : undefined;
  if (removed === undefined || !isObject(item)) return entity(item, at, path);
  const id = idIn(item, path);
  const key = id === undefined ? at.relations.keyOf(at.found.navigation.type, item) : at.relations.reference(id, at.found.place, path).key;
  if (key === undefined || key === "") throw wrong(path, "'@odata.id' or the key of what is removed");
  const reason = isObject(removed) ? removed["reason"] : undefined;
  return { kind: "removed", id: key, isDeleted: reason === "deleted" || at.found.link === undefined, path };
}

function idIn(item: JsonObject, path: string): string | undefined {
  const id = item["@odata.id"] ?? item["@id"];
  if (id === undefined || typeof id === "string") return id;
  throw wrong(path, "the id of an entity in '@odata.id'");
}

function textIn(item: JsonObject, name: string): string | undefined {
  const value = item[`@odata.${name}`] ?? item[`@${name}`];
  return typeof value === "string" ? value : undefined;
}

/** A nested entity; one with an id and nothing beside it but control information is a reference. */
function entity(item: Json, { found, relations }: At, path: string): SentItem {
  const { place, link, navigation } = found;
  if (!isObject(item)) throw wrong(path, `an object of type ${navigation.type.name}`);
  const id = idIn(item, path);
  const to = id === undefined || (link === undefined && place.depth > 0) ? undefined : relations.reference(id, place, path);
  if (to !== undefined && link !== undefined && Object.keys(item).every((name) => name.startsWith("@"))) return { kind: "reference", to, path };
  const key = to?.key ?? relations.keyOf(navigation.type, item);
  const etag = textIn(item, "etag");
  return { kind: "entity", body: within(relations.body(item, place), path), path, ...(key !== undefined && { id: key }), ...(etag !== undefined && { etag }) };
}

/** A nested body, whose faults say where it stands. */
function within(body: SentBody, path: string): SentBody {
  return {
    read(type, mode) {
      try {
        return body.read(type, mode);
      } catch (error) {
        throw error instanceof Problem ? placed(error, path) : error;
      }
    },
  };
}

function placed({ key, message, extras }: Problem, path: string): Problem {
  const { target, details } = extras;
  const at = (name: string): string => `${path}/${name}`;
  return new Problem(key, `${path}: ${message}`, {
    ...extras,
    target: target === undefined ? path : at(target),
    ...(details !== undefined && { details: details.map((one) => ({ ...one, message: `${path}: ${one.message}`, target: at(one.target ?? "") })) }),
  });
}
