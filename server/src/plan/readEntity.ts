import { problem, type Problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { absentValue } from "../edm/completeEntity.ts";
import { keyTextOf } from "../edm/keyText.ts";
import type { Model } from "../edm/model.ts";
import type { PropertyDefinition } from "../edm/resource.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { ReadMode, SentEntity, SentRelation } from "./plan.ts";
import { readRelated, type RelatedMember, type RelationRules } from "./readRelated.ts";
import { readScalar } from "./readValue.ts";

/** What a place and a root say about bodies. */
export interface BodyRules {
  readonly model: Model;
  /** Documentation placeholders count as absent (DESIGN 2). */
  readonly placeholders: boolean;
  /** Nothing is required (the root is for trying things out). */
  readonly lenient: boolean;
  /** Paths that a create must carry beside the model's non-nullable ones. */
  readonly required: readonly string[];
  /** Names that a patch may carry though the type does not declare them. */
  readonly patchOnly?: Readonly<Record<string, PropertyDefinition>>;
  /** The client's own key is kept. */
  readonly clientId: boolean;
  /** The odata profile. */
  readonly pure?: boolean;
  /** How related entities in a body are read; absent where a body has none. */
  readonly relations?: RelationRules;
}

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly target: string;
}

/** One reading: what it found wrong and what it took for a placeholder. */
interface Reading {
  readonly rules: BodyRules;
  readonly mode: ReadMode;
  readonly faults: Fault[];
  readonly placeholders: string[];
  readonly related: SentRelation[];
  /** The type of the entity; absent where a value is read alone. */
  readonly root?: EntityType;
}

const placeholderTexts = new Set(["String", "String (timestamp)", "Double", "Integer", "Int32", "Boolean"]);
/** What an undeclared property may be called. */
export const identifier = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}_\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]{0,127}$/u;

/**
 * Reads a JSON body as an entity of `type` or of the derived type that its `@odata.type` names
 * (OData JSON Format 4.6, 7; requirements R88-R94, R111-R116). Throws one Problem that lists every fault by path.
 */
export function readEntity(json: Json, type: EntityType, rules: BodyRules, mode: ReadMode): SentEntity {
  if (!isObject(json)) throw problem("malformedJson", { detail: "Expected a JSON object." });
  const actual = namedType(json, type, rules.model);
  const reading: Reading = { rules, mode, faults: [], placeholders: [], related: [], root: actual };
  const entity: Record<string, Json> = { "@odata.type": `#${actual.name}` };
  const sent = readMembers(json, actual, entity, { reading, path: "" });
  if (mode.asCreate && !rules.lenient && reading.placeholders.length === 0) requirePaths(entity, reading);
  const key = readKey(json, actual, reading);
  if (reading.faults.length > 0) throw faulty(reading.faults);
  const id = keyTextOf(actual, key);
  return { type: actual, ...(id === undefined || id === "" ? {} : { id }), key, entity, sent, placeholders: reading.placeholders, related: reading.related };
}

/** The first fault speaks; all stand in `details` (R38). */
export function faulty(faults: readonly Fault[]): Problem {
  const first = faults[0]!;
  return problem("badRequest", { what: first.message }, { target: first.target, details: faults });
}

/** The key properties that the body has. Where the server makes the key, what is none is passed over. */
function readKey(json: JsonObject, type: EntityType, reading: Reading): JsonObject {
  const found: Record<string, Json> = {};
  for (const name of type.key) {
    const property = type.allProperties.find((one) => one.name === name)!;
    const value = Object.hasOwn(json, name) ? json[name]! : null;
    if (value === null || isDropped(property, reading.mode)) continue;
    const read = readScalar(value, property, { asCreate: true });
    if (!("expected" in read)) found[name] = read.value;
    else if (reading.rules.clientId) wrong(value, read.expected, { reading, path: name });
  }
  return found;
}

/** The key that the body of a nested entity carries, when it carries one. */
export function idIn(json: JsonObject, type: EntityType): string | undefined {
  const key = type.key.flatMap((name): [string, Json][] => {
    const property = type.allProperties.find((one) => one.name === name)!;
    const read = readScalar(Object.hasOwn(json, name) ? json[name]! : null, property, { asCreate: true });
    return "expected" in read || read.value === null ? [] : [[name, read.value]];
  });
  const id = key.length < type.key.length ? undefined : keyTextOf(type, Object.fromEntries(key));
  return id === "" ? undefined : id;
}

/** The type that `@odata.type` names, with or without `#`, any case (R89); it must be `type` or derived from it. */
function namedType(json: JsonObject, type: EntityType, model: Model): EntityType {
  const name = json["@odata.type"] ?? json["@type"];
  if (name === undefined) {
    if (!type.abstract) return type;
    throw problem("badRequest", { what: `The body must name its type in '@odata.type': '${type.name}' is abstract.` }, { target: "@odata.type" });
  }
  const found = typeof name === "string" ? model.findType(name) : undefined;
  if (found?.kind === "entity" && !found.abstract && (found === type || type.derived.includes(found))) return found;
  throw problem("badRequest", { what: `'@odata.type': expected '#${type.name}' or a type derived from it, got ${shown(name)}.` }, { target: "@odata.type" });
}

interface Place {
  readonly reading: Reading;
  readonly path: string;
}

function readMembers(json: JsonObject, type: EntityType | ComplexType, out: Record<string, Json>, at: Place): Set<string> {
  const sent = new Set<string>();
  const { members, declared } = membersOf(type);
  for (const { property, isKey, isStream } of members) {
    const { faults } = at.reading;
    const before = faults.length;
    const value = isKey ? undefined : given(json, property, at);
    if (isStream) continue;
    if (value !== undefined) {
      out[property.name] = value;
      sent.add(property.name);
    } else if (at.reading.mode.asCreate && !isKey) {
      // What is wrong is there: it is not missing too.
      out[property.name] = faults.length > before ? null : absent(property, at);
    }
  }
  for (const name of Object.keys(json)) {
    if (declared.has(name) || name.startsWith("@")) continue;
    const value = readUndeclared(name, json[name]!, type, at);
    if (value === undefined) continue;
    Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
    sent.add(name);
  }
  return sent;
}

/** What of a type matters here, found once. */
interface Members {
  readonly members: readonly { readonly property: Property; readonly isKey: boolean; readonly isStream: boolean }[];
  readonly declared: ReadonlySet<string>;
}

const known = new WeakMap<EntityType | ComplexType, Members>();

function membersOf(type: EntityType | ComplexType): Members {
  let found = known.get(type);
  if (found === undefined) {
    const isKey = ({ name }: Property): boolean => type.kind === "entity" && type.key.includes(name);
    const members = type.allProperties.map((property) => ({ property, isKey: isKey(property), isStream: property.type.name === "Edm.Stream" }));
    found = { members, declared: new Set(type.allProperties.map(({ name }) => name)) };
    known.set(type, found);
  }
  return found;
}

/** Set by the server, the token or (at a create) the connector: dropped before its type is looked at. */
function isDropped(property: Property, mode: ReadMode): boolean {
  switch (property.setBy) {
    case "server":
    case "token":
      return true;
    case "serverDefault":
      return !mode.importer;
    case "connector":
      return mode.asCreate;
    case "client":
    case "clientDefault":
      return false;
  }
}

/** Reads one value as a property of an entity is read, defaults of complex values included where it is created. Throws one Problem that lists every fault by path. */
export function readMember(value: Json, property: Property, rules: BodyRules, mode: ReadMode = { asCreate: true, importer: true }): Json {
  const reading: Reading = { rules, mode, faults: [], placeholders: [], related: [] };
  const read = given({ [property.name]: value }, property, { reading, path: "" });
  if (reading.faults.length > 0) throw faulty(reading.faults);
  return read ?? null;
}

/** The value that the client gives a declared property; undefined when it gives none that counts. */
function given(json: JsonObject, property: Property, at: Place): Json | undefined {
  if (!Object.hasOwn(json, property.name) || isDropped(property, at.reading.mode)) return undefined;
  const path = at.path === "" ? property.name : `${at.path}/${property.name}`;
  const here: Place = { reading: at.reading, path };
  const value = json[property.name]!;
  if (!property.collection) return readOne(value, property, here);
  if (!Array.isArray(value)) return wrong(showable(value, property), "an array", here);
  if (value.length > longestCollection) return tooLong(value.length, here);
  // Elements are always whole: a patch replaces a collection, it does not merge into it.
  const reading = { ...at.reading, mode: { ...at.reading.mode, asCreate: true } };
  const items: Json[] = [];
  for (const [index, item] of (value as readonly Json[]).entries()) {
    const read = readItem(item, property, { reading, path: `${path}[${index}]` });
    if (read !== undefined) items.push(read);
  }
  return items;
}

/** Every element is a row beside its entity: a body that fits the limit could still hold the server up for seconds. */
const longestCollection = 10_000;

function tooLong(length: number, here: Place): undefined {
  const message = `Property '${here.path}': expected at most ${longestCollection} elements, got ${length}.`;
  here.reading.faults.push({ code: "BadRequest", message, target: here.path });
  return undefined;
}

function readItem(item: Json, property: Property, here: Place): Json | undefined {
  if (item === null) return wrong(item, "a value, not null", here);
  return readOne(item, property, here);
}

function readOne(value: Json, property: Property, here: Place): Json | undefined {
  if (value === null) return property.nullable ? null : wrong(value, "a value, not null", here);
  if (isPlaceholder(value, property, here)) return undefined;
  if (property.type.kind === "complex")
    return isObject(value) ? readComplex(value, property.type, here) : wrong(showable(value, property), `an object of type ${property.type.name}`, here);
  const { asCreate } = here.reading.mode;
  const read = readScalar(value, property, { asCreate, pure: here.reading.rules.pure === true });
  if ("expected" in read) return wrong(showable(value, property), read.expected, here);
  return !asCreate && read.value === "unknownFutureValue" ? undefined : read.value;
}

function isPlaceholder(value: Json, property: Property, here: Place): boolean {
  if (!here.reading.rules.placeholders || property.type.name === "Edm.String") return false;
  const isBare = isObject(value) && Object.keys(value).every((name) => name === "@odata.type" || name === "@type");
  const isWord = typeof value === "string" && property.type.kind !== "complex" && placeholderTexts.has(value);
  if (isBare || isWord) here.reading.placeholders.push(here.path);
  return isBare || isWord;
}

function readComplex(value: JsonObject, declared: ComplexType, here: Place): Json | undefined {
  const name = value["@odata.type"] ?? value["@type"];
  const named = typeof name === "string" ? here.reading.rules.model.findType(name) : undefined;
  if (name !== undefined && !isOrDerives(named, declared)) {
    return wrong(name, `'@odata.type' ${declared.name}`, here);
  }
  const type = named?.kind === "complex" ? named : declared;
  if (type.abstract) return wrong(name ?? null, `'@odata.type' with a type derived from ${type.name}, which is abstract`, here);
  // A patch that names no type is one of what is there, whatever that is.
  const isKept = name === undefined && !here.reading.mode.asCreate;
  const out: Record<string, Json> = isKept ? {} : { "@odata.type": type.name };
  readMembers(value, type, out, here);
  return out;
}

function isOrDerives(type: { readonly kind: string } | undefined, from: ComplexType): boolean {
  for (let one = type as ComplexType | undefined; one?.kind === "complex"; one = one.base) if (one === from) return true;
  return false;
}

/** What a create stores where the client gave nothing. */
function absent(property: Property, at: Place): Json {
  if (property.collection || property.default !== undefined) return absentValue(property);
  const { rules, placeholders } = at.reading;
  const isRequired = !property.nullable && property.setBy === "client" && !rules.lenient;
  if (isRequired && placeholders.length === 0) {
    const path = at.path === "" ? property.name : `${at.path}/${property.name}`;
    at.reading.faults.push({ code: "BadRequest", message: `Property '${path}' is required.`, target: path });
  }
  return null;
}

function readUndeclared(name: string, value: Json, type: EntityType | ComplexType, at: Place): Json | undefined {
  const path = at.path === "" ? name : `${at.path}/${name}`;
  const { patchOnly = {} } = at.reading.rules;
  if (at.path === "" && !at.reading.mode.asCreate && Object.hasOwn(patchOnly, name)) return readPatchOnly(name, value, { reading: at.reading, path });
  if (name.includes("@")) return annotation(name, value, at);
  if (type.allNavigation.some((navigation) => navigation.name === name)) {
    if (takeRelated({ name, form: "nested" }, value, at)) return undefined;
    throw problem(
      "notImplemented",
      { what: `Property '${path}': writing related entities within a body is not implemented; POST them to their own collection.` },
      { target: path },
    );
  }
  if (!type.open) return unknownMember(name, type, at, path);
  if (!identifier.test(name)) return wrong(name, "a property name of letters, digits and underscores", { ...at, path });
  return value;
}

/** What stands behind the name of a navigation property and says something of it, with and without the prefix that 4.01 left away. */
const relationForms: ReadonlyMap<string, RelatedMember["form"]> = new Map([
  ["odata.bind", "bind"],
  ["bind", "bind"],
  ["odata.delta", "delta"],
  ["delta", "delta"],
]);

/** Control information other than that of related entities is ignored on input (OData JSON Format 4.6). */
function annotation(name: string, value: Json, at: Place): undefined {
  const mark = name.indexOf("@");
  const form = relationForms.get(name.slice(mark + 1));
  if (form === undefined || takeRelated({ name: name.slice(0, mark), form }, value, at)) return undefined;
  const target = at.path === "" ? name : `${at.path}/${name}`;
  throw problem("notImplemented", { what: `'${target}': binding related entities is not implemented.` }, { target });
}

/** Takes what is said of a navigation property of the entity or of a complex value of it; false where bodies of this place have none, as for items of collections. */
function takeRelated(member: RelatedMember, value: Json, { path, reading }: Place): boolean {
  const { relations } = reading.rules;
  const { root: type } = reading;
  if (relations === undefined || type === undefined || path.includes("[")) return false;
  const name = path === "" ? member.name : `${path}/${member.name}`;
  const found = readRelated({ ...member, name }, value, { type, relations, asCreate: reading.mode.asCreate });
  if (found === undefined) return false;
  reading.related.push(found);
  return true;
}

function unknownMember(name: string, type: EntityType | ComplexType, at: Place, path: string): undefined {
  const message = `Could not find a property named '${name}' on type '${type.name}'.`;
  at.reading.faults.push({ code: "BadRequest", message, target: path });
  return undefined;
}

function readPatchOnly(name: string, value: Json, here: Place): Json | undefined {
  if (value === null || typeof value === "string") return value;
  return wrong(value, `a string for '${name}'`, here);
}

function wrong(value: Json, expected: string, here: Place): undefined {
  const message = `Property '${here.path}': expected ${expected}, got ${shown(value)}.`;
  here.reading.faults.push({ code: "BadRequest", message, target: here.path });
  return undefined;
}

/** What a refusal may repeat of a value: nothing of what is never given back. */
function showable(value: Json, { type, writeOnly }: Property): Json {
  const isSecret = writeOnly || (type.kind === "complex" && type.allProperties.some((one) => one.writeOnly));
  return isSecret ? "(not shown)" : value;
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77).toWellFormed()}...` : text;
}

function requirePaths(entity: JsonObject, reading: Reading): void {
  const found = reading.faults.map(({ target }) => target);
  const isFaulty = (path: string): boolean => found.some((target) => path === target || path.startsWith(`${target}/`));
  for (const required of reading.rules.required) {
    const paths = required.split("|");
    if (paths.some((path) => isFaulty(path) || !isMissing(entity, path))) continue;
    const [target = ""] = paths;
    reading.faults.push({ code: "BadRequest", message: `Property '${target}' is required.`, target });
  }
}

function isMissing(entity: JsonObject, path: string): boolean {
  let value: Json | undefined = entity;
  for (const name of path.split("/")) value = isObject(value) ? value[name] : undefined;
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
