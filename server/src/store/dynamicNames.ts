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
  if (type.open) return true;
  if (seen.has(type)) return false;
  seen.add(type);
  return complexMembers(type).some(([, inner]) => meetsOpen(inner, seen));
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
    const { declared, within } = outlineOf(type);
    if (declared !== undefined) addUndeclared(value, declared, `${type.name}/`, names);
    for (const [name, inner] of within) addWithin(value[name], inner, names);
  }
}

function addUndeclared(value: JsonObject, declared: ReadonlySet<string>, prefix: string, names: Set<string>): void {
  for (const name in value) if (!declared.has(name) && !name.includes("@")) names.add(prefix + name);
}
