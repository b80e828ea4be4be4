import type { ModelDefinition } from "./createModel.ts";
import { placeTerms } from "./capabilities.ts";
import { readPlaces } from "./readPlaces.ts";
import type { Root } from "./readPlaces.ts";
import { marksFrom } from "./propertyMarks.ts";
import { readAnnotations } from "./readAnnotations.ts";
import { childrenOf, readXml } from "./xmlNode.ts";
import type { XmlNode } from "./xmlNode.ts";
import type {
  ComplexDefinition,
  EntityDefinition,
  EnumDefinition,
  NavigationDefinition,
  OperationDefinition,
  ParameterDefinition,
  Permissions,
  PropertyDefinition,
} from "./resource.ts";
import type { Annotation } from "./types.ts";

/** What names mean in a document: the schema's namespace and aliases, what stands in `Annotations` elements, type definitions. */
interface Names {
  readonly shorten: (name: string) => string;
  readonly annotationsOn: (target: string, node: XmlNode) => readonly Annotation[];
  readonly underlying: ReadonlyMap<string, PropertyDefinition>;
}

/**
 * Reads CSDL XML 4.0 or 4.01 as a model definition: one schema with types, its container anywhere.
 * Places come from the container and its containment navigation properties, verbs from the Capabilities annotations;
 * everybody with one of `permissions` may use them. What has no place in a model (navigation bindings, unknown expressions) is left out.
 */
export function readCsdl(text: string, permissions: Permissions = { read: [], write: [] }): ModelDefinition {
  const services = childrenOf(readXml(text), "Edmx").flatMap((edmx) => childrenOf(edmx, "DataServices"));
  const schemas = services.flatMap((service) => childrenOf(service, "Schema"));
  const schema = schemaWithTypes(schemas);
  const { Namespace: namespace = "", Alias: alias } = schema.attributes;
  const names = namesOf(schemas, schema);
  const types = [
    ...childrenOf(schema, "EnumType").map((node) => readEnum(node, names)),
    ...childrenOf(schema, "ComplexType").map((node) => readStructured("complex", node, names)),
    ...childrenOf(schema, "EntityType").map((node) => readStructured("entity", node, names)),
  ];
  const container = schemas.flatMap((one) => childrenOf(one, "EntityContainer"))[0];
  const roots = container === undefined ? [] : readRoots(container, names);
  const operations = [
    ...childrenOf(schema, "Action").flatMap((node) => readOperation("action", node, names)),
    ...childrenOf(schema, "Function").flatMap((node) => readOperation("function", node, names)),
  ];
  const navigation = navigationAnnotations(schema, names);
  const places = readPlaces({ namespace, roots, types, permissions, annotationsOf: (target) => navigation.get(target) ?? [] });
  const resource = { name: namespace, types, places, operations };
  return { namespace, ...(alias !== undefined && { alias }), container: container?.attributes["Name"] ?? "Container", resources: [resource] };
}

function schemaWithTypes(schemas: readonly XmlNode[]): XmlNode {
  const withTypes = schemas.filter((schema) => ["EnumType", "ComplexType", "EntityType"].some((tag) => childrenOf(schema, tag).length > 0));
  const [schema, another] = withTypes;
  if (schema === undefined) throw new Error("The document has no schema with types");
  if (another !== undefined) throw new Error(`Types in two schemas (${schema.attributes["Namespace"]}, ${another.attributes["Namespace"]}) are not supported`);
  return schema;
}

function namesOf(schemas: readonly XmlNode[], schema: XmlNode): Names {
  const { Namespace: namespace = "", Alias: alias } = schema.attributes;
  const prefixes = [namespace, ...(alias === undefined ? [] : [alias])].map((prefix) => `${prefix}.`);
  const shorten = (name: string) => {
    const prefix = prefixes.find((one) => name.startsWith(one));
    return prefix === undefined || name.slice(prefix.length).includes(".") ? name : name.slice(prefix.length);
  };
  const outside = Map.groupBy(
    schemas.flatMap((one) => childrenOf(one, "Annotations")),
    (node) => shorten(node.attributes["Target"] ?? ""),
  );
  return {
    shorten,
    annotationsOn: (target, node) => [...readAnnotations(node), ...(outside.get(target) ?? []).flatMap(readAnnotations)],
    underlying: new Map(
      childrenOf(schema, "TypeDefinition").map(({ attributes }) => [
        attributes["Name"] ?? "",
        { type: attributes["UnderlyingType"] ?? "", ...facets(attributes) },
      ]),
    ),
  };
}

function readEnum(node: XmlNode, names: Names): EnumDefinition {
  const { Name: name = "", IsFlags: flags } = node.attributes;
  const members = childrenOf(node, "Member").map(({ attributes }, index) => [attributes["Name"] ?? "", Number(attributes["Value"] ?? index)] as const);
  return { kind: "enum", name, members: Object.fromEntries(members), ...(flags === "true" && { flags: true }), ...annotated(names.annotationsOn(name, node)) };
}

function annotated(annotations: readonly Annotation[]): { annotations?: readonly Annotation[] } {
  return annotations.length === 0 ? {} : { annotations };
}

function readStructured<Kind extends "complex" | "entity">(kind: Kind, node: XmlNode, names: Names): (ComplexDefinition | EntityDefinition) & { kind: Kind } {
  const { Name: name = "", BaseType: base, Abstract: abstract, OpenType: open } = node.attributes;
  const named = <T>(tag: string, read: (child: XmlNode, target: string) => T): Record<string, T> =>
    Object.fromEntries(childrenOf(node, tag).map((child) => [child.attributes["Name"] ?? "", read(child, `${name}/${child.attributes["Name"]}`)]));
  const key = childrenOf(node, "Key").flatMap((one) => childrenOf(one, "PropertyRef").map(({ attributes }) => attributes["Name"] ?? ""));
  const navigation = named("NavigationProperty", (child, target) => readNavigation(child, target, names));
  const definition = {
    kind,
    name,
    ...(base !== undefined && { base: names.shorten(base) }),
    ...(abstract === "true" && { abstract: true }),
    ...(open === "true" && { open: true }),
    ...(key.length > 0 && { key }),
    properties: named("Property", (child, target) => readProperty(child, target, names)),
    ...(Object.keys(navigation).length > 0 && { navigation }),
    ...annotated(names.annotationsOn(name, node)),
  };
  return definition as unknown as (ComplexDefinition | EntityDefinition) & { kind: Kind };
}

function readType(text: string, names: Names): { type: string; collection?: boolean } {
  const item = /^Collection\((.*)\)$/.exec(text)?.[1];
  return item === undefined ? { type: names.shorten(text) } : { type: names.shorten(item), collection: true };
}

function readProperty(node: XmlNode, target: string, names: Names): PropertyDefinition {
  const type = readType(node.attributes["Type"] ?? "Edm.String", names);
  const definition: PropertyDefinition = {
    ...type,
    ...names.underlying.get(type.type),
    ...facets(node.attributes),
    ...marksFrom(names.annotationsOn(target, node)),
  };
  const text = node.attributes["DefaultValue"];
  return text === undefined ? definition : { ...definition, default: defaultValue(definition.type, text) };
}

function facets({ Nullable, MaxLength, Precision, Scale, Unicode }: XmlNode["attributes"]): Omit<PropertyDefinition, "type"> {
  const count = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined);
  const [maxLength, precision, scale] = [count(MaxLength), count(Precision), count(Scale)];
  return {
    ...(Nullable === "false" && { nullable: false }),
    ...(maxLength !== undefined && { maxLength }),
    ...(precision !== undefined && { precision }),
    ...(scale !== undefined && { scale }),
    ...(Unicode !== undefined && { unicode: Unicode === "true" }),
  };
}

function defaultValue(type: string, text: string): string | number | boolean {
  if (type === "Edm.Boolean") return text === "true";
  return /^Edm\.(?:S?Byte|Int16|Int32|Int64|Single|Double|Decimal)$/.test(type) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function readNavigation(node: XmlNode, target: string, names: Names): NavigationDefinition {
  const { Type: type = "", ContainsTarget: contains, Nullable: nullable } = node.attributes;
  return {
    ...readType(type, names),
    ...(contains === "true" && { containsTarget: true }),
    ...(nullable === "false" && { nullable: false }),
    ...annotated(names.annotationsOn(target, node).filter(({ term }) => !placeTerms.has(term))),
  };
}

function navigationAnnotations(schema: XmlNode, names: Names): ReadonlyMap<string, readonly Annotation[]> {
  const properties = childrenOf(schema, "EntityType").flatMap((type) =>
    childrenOf(type, "NavigationProperty").map((node) => ({ node, target: `${type.attributes["Name"]}/${node.attributes["Name"]}` })),
  );
  return new Map(properties.map(({ node, target }) => [target, names.annotationsOn(target, node)]));
}

/** Bound operations alone: an import has no place in a model. */
function readOperation(kind: "action" | "function", node: XmlNode, names: Names): readonly OperationDefinition[] {
  const { Name: name = "", IsBound: bound } = node.attributes;
  const [binding, ...parameters] = childrenOf(node, "Parameter").map((child) => readParameter(child, names));
  if (bound !== "true" || binding === undefined) return [];
  const [returned] = childrenOf(node, "ReturnType");
  const returns = returned && {
    ...readType(returned.attributes["Type"] ?? "", names),
    ...(returned.attributes["Nullable"] === "false" && { nullable: false }),
  };
  const annotations = readAnnotations(node);
  return [{ kind, name, binding, ...(parameters.length > 0 && { parameters }), ...(returns !== undefined && { returns }), ...annotated(annotations) }];
}

function readParameter({ attributes }: XmlNode, names: Names): ParameterDefinition {
  const { Name: name = "", Type: type = "", Nullable: nullable, Unicode: unicode } = attributes;
  return { name, ...readType(type, names), ...(nullable === "false" && { nullable: false }), ...(unicode !== undefined && { unicode: unicode === "true" }) };
}

function readRoots(container: XmlNode, names: Names): readonly Root[] {
  const annotations = (node: XmlNode) => names.annotationsOn(`${container.attributes["Name"]}/${node.attributes["Name"]}`, node);
  const root = (kind: Root["kind"], type: string) => (node: XmlNode) => ({
    kind,
    path: node.attributes["Name"] ?? "",
    type: names.shorten(node.attributes[type] ?? ""),
    annotations: annotations(node),
  });
  return [...childrenOf(container, "EntitySet").map(root("set", "EntityType")), ...childrenOf(container, "Singleton").map(root("singleton", "Type"))];
}
