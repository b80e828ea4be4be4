import { isObject, type Json, type JsonObject } from "../base/json.ts";
import type { ComplexType, EntityType } from "../edm/types.ts";

type Structured = EntityType | ComplexType;

/** What of a type matters here, found once. */
interface Outline {
  /** Undefined for a closed type. */
  readonly declared: ReadonlySet<string> | undefined;
  /** Members in which an open type may be met, by name. */
  readonly within: readonly (readonly [name: string, type: ComplexType])[];
}

const outlines = new WeakMap<Structured, Outline>();

function outlineOf(type: Structured): Outline {
  let outline = outlines.get(type);
  if (outline === undefined) {
    const declared = type.open ? new Set(type.allProperties.map(({ name }) => name)) : undefined;
    outline = { declared, within: complexMembers(type).filter(([, inner]) => meetsOpen(inner, new Set())) };
    outlines.set(type, outline);
  }
  return outline;
}

function complexMembers(type: Structured): (readonly [string, ComplexType])[] {
  return type.allProperties.flatMap((property) => (property.type.kind === "complex" ? [[property.name, property.type] as const] : []));
}

function meetsOpen(type: ComplexType, seen: Set<ComplexType>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return [type, ...type.derived].some((one) => one.open || complexMembers(one).some(([, inner]) => meetsOpen(inner, seen)));
}

/** The names in an entity that no type declares: those at its top as they are, those within open complex values as `type/name`, each once. */
export function dynamicNames(entity: JsonObject, type: EntityType): readonly string[] {
  const { declared, within } = outlineOf(type);
  if (declared === undefined && within.length === 0) return [];
  const names = new Set<string>();
  if (declared !== undefined) addUndeclared(entity, declared, "", names);
  for (const [name, inner] of within) addWithin(entity[name], inner, names);
  return [...names];
}

function addWithin(value: Json | undefined, type: ComplexType, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) addWithin(item as Json, type, names);
  } else if (isObject(value)) {
    const own = ownTypeOf(value, type);
    const { declared, within } = outlineOf(own);
    // Each open type that the value is of may be the one by which a path names it.
    for (let one: ComplexType | undefined = own; one !== undefined; one = one.base)
      if (one.open && declared !== undefined) addUndeclared(value, declared, `${one.name}/`, names);
    for (const [name, inner] of within) addWithin(value[name], inner, names);
  }
}

function ownTypeOf(value: JsonObject, type: ComplexType): ComplexType {
  return type.derived.length === 0 ? type : (type.derived.find(({ name }) => name === value["@odata.type"]) ?? type);
}

function addUndeclared(value: JsonObject, declared: ReadonlySet<string>, prefix: string, names: Set<string>): void {
  for (const name in value) if (!declared.has(name) && !name.includes("@")) names.add(prefix + name);
}
