import { placeTerms } from "./capabilities.ts";
import { annotated, byName, nameOf, type CsdlNames } from "./csdlNames.ts";
import { childrenOf } from "./csdlNode.ts";
import type { CsdlNode } from "./csdlNode.ts";
import { defaultValue, facets, flag, typeOf } from "./readFacets.ts";
import { marksFrom } from "./propertyMarks.ts";
import type { ComplexDefinition, EntityDefinition, EnumDefinition, NamedScalar, NavigationDefinition, PropertyDefinition, TypeDefinition } from "./resource.ts";
import type { OnDelete } from "./types.ts";

/** The types of a schema: enumerations, complex and entity types. Throws naming what cannot be read. */
export function readTypes(schema: CsdlNode, names: CsdlNames): readonly TypeDefinition[] {
  return [
    ...childrenOf(schema, "EnumType").map((node) => readEnum(node, names)),
    ...childrenOf(schema, "ComplexType").map((node) => readStructured("complex", node, names)),
    ...childrenOf(schema, "EntityType").map((node) => readStructured("entity", node, names)),
  ];
}

/** The type definitions of a schema (CSDL 11). */
export function readDefinitions(schema: CsdlNode, names: CsdlNames): readonly NamedScalar[] {
  return childrenOf(schema, "TypeDefinition").map((node) => {
    const { name, place } = namedIn(node, "TypeDefinition", names);
    const type = node.attributes["UnderlyingType"];
    if (type === undefined) throw new Error(`${place}: a type definition has an UnderlyingType`);
    const { nullable: _, srid: __, ...more } = facets(node, place);
    return { name, type, ...more, ...annotated(names.annotationsOn(place, node)) };
  });
}

interface Named {
  /** As the model knows it. */
  readonly name: string;
  /** Qualified, for messages and annotations. */
  readonly place: string;
}

function namedIn(node: CsdlNode, tag: string, { namespace, shorten }: CsdlNames): Named {
  const place = `${namespace}.${nameOf(node, tag, namespace)}`;
  return { name: shorten(place), place };
}

function readEnum(node: CsdlNode, names: CsdlNames): EnumDefinition {
  const { name, place } = namedIn(node, "EnumType", names);
  const members = childrenOf(node, "Member").map((child, index) => {
    const member = nameOf(child, "Member", place);
    const text = child.attributes["Value"] ?? String(index);
    if (!/^-?\d{1,19}$/.test(text) || !Number.isSafeInteger(Number(text)))
      throw new Error(`${place}/${member}: expected a whole number of at most 53 bits, got '${text}'`);
    return [member, Number(text)] as const;
  });
  const flags = flag(node, "IsFlags", place);
  return { kind: "enum", name, members: byName(members, place), ...(flags && { flags }), ...annotated(names.annotationsOn(place, node)) };
}

function readStructured(kind: "complex" | "entity", node: CsdlNode, names: CsdlNames): ComplexDefinition | EntityDefinition {
  const { name, place } = namedIn(node, kind === "entity" ? "EntityType" : "ComplexType", names);
  const members = <T>(tag: string, read: (child: CsdlNode, target: string) => T): Record<string, T> =>
    byName(
      childrenOf(node, tag).map((child) => {
        const member = nameOf(child, tag, place);
        return [member, read(child, `${place}/${member}`)] as const;
      }),
      place,
    );
  const { BaseType: base } = node.attributes;
  const navigation = members("NavigationProperty", (child, target) => readNavigation(child, target, names));
  const shared = {
    name,
    ...(base !== undefined && { base: names.shorten(base) }),
    ...(flag(node, "Abstract", place) && { abstract: true }),
    ...(flag(node, "OpenType", place) && { open: true }),
    properties: members("Property", (child, target) => readProperty(child, target, names)),
    ...(Object.keys(navigation).length > 0 && { navigation }),
    ...annotated(names.annotationsOn(place, node)),
  };
  if (kind === "complex") return { kind, ...shared };
  const key = readKey(node, place);
  return { kind, ...shared, ...(key.length > 0 && { key }), ...(flag(node, "HasStream", place) && { hasStream: true }) };
}

function readKey(node: CsdlNode, place: string): readonly string[] {
  const references = childrenOf(node, "Key").flatMap((one) => childrenOf(one, "PropertyRef"));
  return references.map((reference) => {
    const name = nameOf(reference, "PropertyRef", place);
    if (name.includes("/") || reference.attributes["Alias"] !== undefined)
      throw new Error(`${place}: the key '${name}' lies within a complex property, which is not supported`);
    return name;
  });
}

function readProperty(node: CsdlNode, target: string, names: CsdlNames): PropertyDefinition {
  const type = typeOf(node, target, names);
  const definition: PropertyDefinition = { ...type, ...facets(node, target), ...marksFrom(names.annotationsOn(target, node)) };
  const text = node.attributes["DefaultValue"];
  return text === undefined ? definition : { ...definition, default: defaultValue(definition.type, text) };
}

const onDeletes: readonly string[] = ["Cascade", "None", "SetNull", "SetDefault"];

function readNavigation(node: CsdlNode, target: string, names: CsdlNames): NavigationDefinition {
  const { Partner: partner, Nullable: nullable } = node.attributes;
  const constraints = childrenOf(node, "ReferentialConstraint").map(({ attributes: { Property: property = "", ReferencedProperty: referenced = "" } }) => {
    if (property === "" || referenced === "") throw new Error(`${target}: a ReferentialConstraint has a Property and a ReferencedProperty`);
    return { property, referenced };
  });
  const onDelete = childrenOf(node, "OnDelete")[0]?.attributes["Action"];
  if (onDelete !== undefined && !onDeletes.includes(onDelete)) throw new Error(`${target}: OnDelete '${onDelete}' is none of ${onDeletes.join(", ")}`);
  return {
    ...typeOf(node, target, names),
    ...(flag(node, "ContainsTarget", target) && { containsTarget: true }),
    ...(nullable === "false" && { nullable: false }),
    ...(partner !== undefined && { partner }),
    ...(constraints.length > 0 && { constraints }),
    ...(onDelete !== undefined && { onDelete: onDelete as OnDelete }),
    ...annotated(names.annotationsOn(target, node).filter(({ term }) => !placeTerms.has(term))),
  };
}
