import { readInstant } from "../base/instant.ts";
import { isRawNumber, type Json, type JsonObject } from "../base/json.ts";
import type { EntityType, Property } from "./types.ts";

/**
 * The text by which a row is known in its collection, whatever its key: a single key of type Edm.String is that text itself; any
 * other single key is its literal in an URL (`-5`, `2026-01-31`, `duration'PT1H'`); a key of several properties is all of them in
 * their order (`Pier='A',Number=4`). One value has one text: GUIDs in lower case, instants in UTC, no zeros that say nothing.
 * Undefined when a property of the key is missing; values are those of the wire, valid for their types.
 */
export function keyTextOf({ key, allProperties }: EntityType, members: JsonObject): string | undefined {
  const values = key.map((name) => ({
    property: allProperties.find((one) => one.name === name)!,
    value: Object.hasOwn(members, name) ? members[name]! : null,
  }));
  if (values.length === 0 || values.some(({ value }) => value === null)) return undefined;
  const [only] = values;
  if (values.length === 1 && only!.property.type.name === "Edm.String") return textOfValue(only!.value);
  const literals = values.map(({ property, value }) => literalOf(property, textOfValue(value)));
  return values.length === 1 ? literals[0] : literals.map((literal, index) => `${key[index]!}=${literal}`).join(",");
}

/** What stands behind a collection in an URL to lead to a row: `('x')`, `(-5)`, `(Pier='A',Number=4)`. */
export function keyPredicate(type: EntityType, id: string): string {
  if (textKeyOf(type) !== undefined) return `('${encodeURIComponent(id.replaceAll("'", "''"))}')`;
  return `(${encodeURIComponent(id).replaceAll("%3D", "=").replaceAll("%2C", ",").replaceAll("%3A", ":")})`;
}

/** The key properties of a row, as its body has them. */
export function keyMembers(type: EntityType, id: string): JsonObject {
  const { key, allProperties } = type;
  if (textKeyOf(type) !== undefined || key.length === 0) return { [key[0] ?? "id"]: id };
  const literals = key.length === 1 ? [id] : splitKey(id, key);
  const members = key.map(
    (name, index) =>
      [
        name,
        valueOf(
          allProperties.find((one) => one.name === name)!,
          literals[index] ?? "",
        ),
      ] as const,
  );
  return Object.fromEntries(members);
}

/** The literal of one value of a key, given as plain text: `x` is `'x'`, `PT1H` is `duration'PT1H'`. */
export function literalOf({ type }: Property, text: string): string {
  if (type.kind === "enum") return `${type.name}'${text}'`;
  switch (type.name) {
    case "Edm.String":
      return `'${text.replaceAll("'", "''")}'`;
    case "Edm.Duration":
      return `duration'${text.toUpperCase()}'`;
    case "Edm.Binary":
      return `binary'${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}'`;
    case "Edm.Guid":
    case "Edm.Boolean":
      return text.toLowerCase();
    case "Edm.DateTimeOffset":
      return (readInstant(text.toUpperCase()) ?? text).replace(/\.?0+Z$/, "Z");
    case "Edm.TimeOfDay":
      return (text.length === 5 ? `${text}:00` : text).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    case "Edm.Decimal":
      return decimalText(text);
    case "Edm.Date":
      return text;
    default:
      return BigInt(text).toString();
  }
}

const textKeys = new WeakMap<EntityType, string | false>();

/** The name of a single key of type Edm.String, which is the id itself; undefined for any other key. */
export function textKeyOf(type: EntityType): string | undefined {
  let known = textKeys.get(type);
  if (known === undefined) textKeys.set(type, (known = findTextKey(type)));
  return known === false ? undefined : known;
}

function findTextKey({ key, allProperties }: EntityType): string | false {
  const property = key.length === 1 ? allProperties.find(({ name }) => name === key[0]) : undefined;
  return property?.type.name === "Edm.String" ? property.name : false;
}

function textOfValue(value: Json): string {
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `007.50` as `7.5`, `-0.0` as `0`. */
function decimalText(text: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^([-+]?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  const digits = fraction === "" ? whole : `${whole}.${fraction}`;
  return sign === "-" && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/** The literals of a key of several properties; quotes are doubled within. */
function splitKey(id: string, key: readonly string[]): readonly string[] {
  const found = [...id.matchAll(/(?:^|,)[^=,']*=((?:'(?:[^']|'')*'|[^',])*)/g)].map((match) => match[1]!);
  return key.map((_, index) => found[index] ?? "");
}

function valueOf({ type }: Property, literal: string): Json {
  const quoted = /^[^']*'(.*)'$/s.exec(literal)?.[1]?.replaceAll("''", "'") ?? literal;
  switch (type.name) {
    case "Edm.Boolean":
      return literal === "true";
    case "Edm.Byte":
    case "Edm.SByte":
    case "Edm.Int16":
    case "Edm.Int32":
    case "Edm.Int64":
    case "Edm.Decimal":
      return String(Number(literal)) === literal ? Number(literal) : JSON.rawJSON(literal);
    default:
      return quoted;
  }
}
