import type { JsonObject } from "../base/json.ts";
import { forGeo } from "./primitives.ts";
import type { AnyType, ComplexType, EntityType, EnumType, PrimitiveName, Property } from "./types.ts";

const scalars: Readonly<Record<PrimitiveName, JsonObject>> = {
  "Edm.String": { type: "string" },
  "Edm.Boolean": { type: "boolean" },
  "Edm.Byte": { type: "integer", minimum: 0, maximum: 255 },
  "Edm.SByte": { type: "integer", minimum: -128, maximum: 127 },
  "Edm.Int16": { type: "integer", format: "int16" },
  "Edm.Int32": { type: "integer", format: "int32" },
  "Edm.Int64": { type: "integer", format: "int64" },
  "Edm.Single": { type: "number", format: "float" },
  "Edm.Double": { type: "number", format: "double" },
  "Edm.Decimal": { type: "number" },
  "Edm.Guid": { type: "string", format: "uuid" },
  "Edm.Date": { type: "string", format: "date" },
  "Edm.TimeOfDay": { type: "string", format: "time" },
  "Edm.DateTimeOffset": { type: "string", format: "date-time" },
  "Edm.Duration": { type: "string", format: "duration" },
  "Edm.Binary": { type: "string", contentEncoding: "base64url" },
  "Edm.Stream": { type: "string", contentEncoding: "base64url" },
  "Edm.Untyped": {},
  ...forGeo<JsonObject>({ type: "object", description: "GeoJSON" }),
};

/** The JSON Schema (2020-12) of a type of the model, for `components/schemas`. */
export function jsonSchema(type: EnumType | ComplexType | EntityType): JsonObject {
  if (type.kind === "enum") return { title: type.name, type: "string", enum: type.members.map(({ name }) => name) };
  const navigation = type.allNavigation.map(({ name, type: target, collection }) => [name, { ...reference(target, collection), readOnly: true }]);
  return {
    title: type.name,
    type: "object",
    properties: {
      "@odata.type": { type: "string" },
      ...Object.fromEntries(type.allProperties.map((property) => [property.name, propertySchema(property)])),
      ...(Object.fromEntries(navigation) as JsonObject),
    },
    ...(type.open ? {} : { patternProperties: { "@": {} }, additionalProperties: false }),
  };
}

/** The schema of one property, with what is known of who sets it. */
function propertySchema(property: Property): JsonObject {
  const { setBy, description, maxLength } = property;
  return {
    ...valueSchema(property),
    ...(maxLength !== undefined && { maxLength }),
    ...(property.default !== undefined && { default: property.default }),
    ...((setBy === "server" || setBy === "token") && { readOnly: true }),
    ...(description !== undefined && { description }),
  };
}

function valueSchema({ type, collection, nullable }: Property): JsonObject {
  if (collection || !nullable) return reference(type, collection);
  const schema = reference(type, false);
  return "type" in schema ? { ...schema, type: [schema["type"]!, "null"] } : { anyOf: [schema, { type: "null" }] };
}

/** The schema of a value or a collection of values; types of the model by reference. */
export function reference(type: AnyType, collection: boolean): JsonObject {
  const item: JsonObject = type.kind === "primitive" ? scalars[type.name] : { $ref: `#/components/schemas/${type.name}` };
  return collection ? { type: "array", items: item } : item;
}

/** The schema of what stands where a type is declared: the type itself, or one of those derived from it, told apart by `@odata.type`. */
export function familyReference(type: EntityType): JsonObject {
  if (type.derived.length === 0) return reference(type, false);
  const family = [type, ...type.derived];
  const mapping = Object.fromEntries(family.map(({ name }) => [`#${name}`, `#/components/schemas/${name}`]));
  return { anyOf: family.map((one) => reference(one, false)), discriminator: { propertyName: "@odata.type", mapping } };
}
