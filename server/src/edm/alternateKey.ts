import { createHash } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { literalOf } from "./keyText.ts";
import type { Annotation, ComplexType, EntityType, Property } from "./types.ts";

/** Another key of the rows of a place, beside the primary one (`Core.AlternateKeys`, OData URL Conventions 4.3.5). */
export interface AlternateKey {
  readonly parts: readonly AlternatePart[];
}

/** One property of an alternate key: the name it has in key predicates, and the way to it within the row. */
export interface AlternatePart {
  readonly name: string;
  readonly steps: readonly string[];
  readonly property: Property;
}

/** The first alternate key that can be one, of a place's own annotation or of its type's; undefined where none is declared. */
export function alternateKeyOf(type: EntityType, annotations: readonly Annotation[] = []): AlternateKey | undefined {
  for (let owner: EntityType | undefined, one: readonly Annotation[] = annotations; ; one = owner.annotations) {
    const value = one.find(({ term }) => term === "Core.AlternateKeys")?.value;
    for (const declared of Array.isArray(value) ? (value as readonly Json[]) : []) {
      const parts = partsOf(type, declared);
      if (parts !== undefined) return { parts };
    }
    owner = owner === undefined ? type : owner.base;
    if (owner === undefined) return undefined;
  }
}

function partsOf(type: EntityType, declared: Json): readonly AlternatePart[] | undefined {
  const key = isObject(declared) ? declared["Key"] : undefined;
  const parts = Array.isArray(key) ? (key as readonly Json[]).map((one) => partOf(type, one)) : [];
  const names = new Set(parts.map((part) => part?.name.toLowerCase()));
  const isPrimary = parts.every((part) => part !== undefined && type.key.some((name) => name.toLowerCase() === part.name.toLowerCase()));
  if (parts.length === 0 || isPrimary || names.size < parts.length) return undefined;
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

function partOf(type: EntityType, declared: Json): AlternatePart | undefined {
  if (!isObject(declared)) return undefined;
  const { Name: path, Alias: alias } = declared;
  const written = isObject(path) ? (path["$PropertyPath"] ?? path["$Path"]) : path;
  if (typeof written !== "string") return undefined;
  const steps = written.split("/");
  const property = propertyAt(type, steps);
  const name = typeof alias === "string" ? alias : written;
  return property === undefined || name.includes("/") ? undefined : { name, steps, property };
}

const kinds = /^Edm\.(?:String|Guid|Boolean|S?Byte|Int\d\d|Decimal|Date|DateTimeOffset|TimeOfDay|Duration)$/;

function propertyAt(type: EntityType, steps: readonly string[]): Property | undefined {
  let within: EntityType | ComplexType | undefined = type;
  let found: Property | undefined;
  for (const step of steps) {
    found = within?.allProperties.find(({ name }) => name === step);
    if (found === undefined || found.collection) return undefined;
    within = found.type.kind === "complex" ? found.type : undefined;
  }
  return found?.type.kind === "primitive" && kinds.test(found.type.name) ? found : undefined;
}

/** What an index of texts takes on every engine, with room to spare. */
const longest = 500;

/** The text by which a row is known by its alternate key: one value has one text. Null where a part has no value: such a row is not found by it. */
export function alternateText({ parts }: AlternateKey, valueOf: (part: AlternatePart) => Json): string | null {
  const literals: string[] = [];
  for (const part of parts) {
    const value = valueOf(part);
    if (value === null) return null;
    literals.push(`${part.steps.join("/")}=${literalOf(part.property, typeof value === "string" ? value : JSON.stringify(value))}`);
  }
  const text = literals.join(",");
  return text.length <= longest ? text : `#${createHash("sha256").update(text).digest("base64url")}`;
}

/** The same of a row in wire form. */
export function alternateTextOf(alternate: AlternateKey, entity: JsonObject): string | null {
  return alternateText(alternate, ({ steps }) => {
    let value: Json = entity;
    for (const step of steps) value = isObject(value) && Object.hasOwn(value, step) ? value[step]! : null;
    return value;
  });
}
