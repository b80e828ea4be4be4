import { isObject, textOf, type Json, type JsonObject } from "../../src/base/json.ts";
import type { Model } from "../../src/edm/model.ts";
import type { ComplexType, EntityType, Property } from "../../src/edm/types.ts";

/**
 * Where what was stored is not what was sent; undefined when it is, but for what the product documents: computed members
 * are the server's, members of enumerations are spelled as declared, instants have at most seven digits, annotations and
 * documentation placeholders do not count.
 */
export function readBackFault(sent: JsonObject, stored: JsonObject, model: Model): string | undefined {
  const type = model.findType(textOf(stored["@odata.type"]));
  return type?.kind === "entity" ? ofMembers(sent, stored, { type, model, path: "" }) : `stored without a type: ${JSON.stringify(stored)}`;
}

interface Place {
  readonly type: EntityType | ComplexType;
  readonly model: Model;
  readonly path: string;
}

function ofMembers(sent: JsonObject, stored: JsonObject, { type, model, path }: Place): string | undefined {
  for (const [name, value] of Object.entries(sent)) {
    const property = type.allProperties.find((one) => one.name === name);
    if (name.includes("@") || (type.kind === "entity" && type.key.includes(name))) continue;
    if (
      property !== undefined &&
      (property.setBy === "server" || property.setBy === "token" || property.setBy === "serverDefault" || property.setBy === "connector")
    )
      continue;
    const here = path === "" ? name : `${path}/${name}`;
    const found = Object.hasOwn(stored, name) ? stored[name] : undefined;
    const fault = property === undefined ? ofUndeclared(value, found, here) : ofProperty(value, found, { property, model, path: here });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

interface Declared {
  readonly property: Property;
  readonly model: Model;
  readonly path: string;
}

function ofProperty(value: Json, found: Json | undefined, { property, model, path }: Declared): string | undefined {
  if (!property.collection) return ofOne(value, found, { property, model, path });
  if (!Array.isArray(value) || !Array.isArray(found) || value.length !== found.length) return differ(value, found, path);
  for (const [index, item] of (value as readonly Json[]).entries()) {
    const fault = ofOne(item, found[index] as Json, { property, model, path: `${path}[${index}]` });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function ofOne(value: Json, found: Json | undefined, { property, model, path }: Declared): string | undefined {
  const { type } = property;
  if (value === null) return found === null || found === property.default ? undefined : differ(value, found, path);
  if (type.kind === "complex") {
    if (!isObject(value) || !isObject(found)) return differ(value, found, path);
    const named = model.findType(textOf(found["@odata.type"]));
    return ofMembers(value, found, { type: named?.kind === "complex" ? named : type, model, path });
  }
  if (type.kind === "enum") {
    const member = type.members.find((one) => one.value === value || (typeof value === "string" && one.name.toLowerCase() === value.toLowerCase()));
    // What a later version may know says nothing to this one: a patch passes over it.
    if (member?.name === "unknownFutureValue") return undefined;
    return found === member?.name ? undefined : differ(value, found, path);
  }
  if (typeof value === "string" && typeof found === "number")
    return String(found) === value || BigInt(value) === BigInt(found) || Number(value) === found ? undefined : differ(value, found, path);
  if (type.name === "Edm.DateTimeOffset" && typeof value === "string")
    return found === value.replace(/(\.\d{7})\d+/, "$1") ? undefined : differ(value, found, path);
  return value === found ? undefined : differ(value, found, path);
}

/** What nobody declared is kept as it is. */
function ofUndeclared(value: Json, found: Json | undefined, path: string): string | undefined {
  return canonical(value) === canonical(found ?? null) ? undefined : differ(value, found, path);
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_, one: unknown) => (Object.is(one, -0) ? 0 : one));
}

function differ(sent: Json, found: Json | undefined, path: string): string {
  return `${path}: sent was ${JSON.stringify(sent).slice(0, 200)}, stored is ${(JSON.stringify(found) ?? "nothing").slice(0, 200)}`;
}
