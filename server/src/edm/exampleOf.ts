import type { Json, JsonObject } from "../base/json.ts";
import { forGeo } from "./primitives.ts";
import type { ComplexType, EntityType, Property, PrimitiveName, ValueType } from "./types.ts";

/** Texts for what only its name tells; the first that matches is taken. */
const texts: readonly (readonly [RegExp, string])[] = [
  [/tenantId$/i, "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d"],
  [/(?:^|[a-z])Id$|^id$/, "0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01"],
  [/principalName$|assignedTo|creator$|^user$|author/i, "adele@contoso.com"],
  [/^vendor$/, "Contoso"],
  [/provider$/i, "Contoso Shield"],
  [/version$/i, "1.0"],
  [/^notificationUrl$|^lifecycleNotificationUrl$/, "https://client.contoso.com/notify"],
  [/url$/i, "https://contoso.com/page"],
  [/^changeType$/, "updated"],
  [/^resource$/, "security/alerts"],
  [/^secret$/, "an example of a secret that nobody uses"],
  [/^externalReference$/, "SEC-4711"],
  [/ipv6/i, "2001:db8::7"],
  [/cidr/i, "203.0.113.0/24"],
  [/ip(?:v4|address)?$|^address$/i, "203.0.113.7"],
  [/fqdn|domain/i, "host.contoso.com"],
  [/email|address$/i, "someone@contoso.com"],
  [/hash(?:value)?$/i, "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"],
  [/riskScore/i, "40"],
];

const scalars: Readonly<Record<PrimitiveName, Json>> = {
  "Edm.String": "text",
  "Edm.Boolean": true,
  "Edm.Byte": 1,
  "Edm.SByte": 1,
  "Edm.Int16": 1,
  "Edm.Int32": 1,
  "Edm.Int64": 1,
  "Edm.Single": 1.5,
  "Edm.Double": 12.5,
  "Edm.Decimal": 12.5,
  "Edm.Guid": "0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01",
  "Edm.Date": "2026-01-15",
  "Edm.TimeOfDay": "08:30:00",
  "Edm.DateTimeOffset": "2026-01-15T08:30:00Z",
  "Edm.Duration": "PT1H",
  "Edm.Binary": "c2VjZ3JhcGg",
  "Edm.Stream": "c2VjZ3JhcGg",
  "Edm.Untyped": null,
  ...forGeo<Json>({ type: "Point", coordinates: [8.5, 47.4] }),
};

/** An example of a type: what an answer shows (`answer`), or what a client may send in a create (`request`). Always the same. */
export function exampleOf(type: ComplexType | EntityType, purpose: "answer" | "request"): JsonObject {
  const shown = type.allProperties.filter((property) => purpose === "answer" || isSent(property, type));
  return {
    ...(type.kind === "entity" && { "@odata.type": `#${type.name}` }),
    ...Object.fromEntries(shown.map((property) => [property.name, propertyExample(property, purpose)])),
  };
}

/** What this product adds to a create for special ends is left out: each asks for something that stands by itself. */
function isSent({ setBy, name, extension, immutable }: Property, type: ComplexType | EntityType): boolean {
  const isSpecial = extension && immutable;
  return (setBy === "client" || setBy === "clientDefault") && !isSpecial && !(type.kind === "entity" && type.key.includes(name));
}

function propertyExample(property: Property, purpose: "answer" | "request"): Json {
  if (property.writeOnly && purpose === "answer") return null;
  if (property.example !== undefined) return property.example;
  const value = property.default ?? valueExample(property.name, property.type, purpose);
  return property.collection ? [value] : value;
}

function valueExample(name: string, type: ValueType, purpose: "answer" | "request"): Json {
  if (type.kind === "complex") return exampleOf(type, purpose);
  if (type.kind === "enum") return (type.members[1] ?? type.members[0])?.name ?? null;
  if (type.name !== "Edm.String") return scalars[type.name];
  return texts.find(([pattern]) => pattern.test(name))?.[1] ?? humanised(name);
}

/** `actionReason` as "Action reason". */
function humanised(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
