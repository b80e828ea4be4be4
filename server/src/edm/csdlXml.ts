import { isObject, isRawNumber } from "../base/json.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { containerAnnotationsOf } from "./capabilities.ts";
import { perModel } from "./perModel.ts";
import { annotationsOf } from "./propertyMarks.ts";
import { schemaAnnotationsOf } from "./schemaVersion.ts";
import { vocabularies } from "./vocabularies.ts";
import { element, printXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";
import { bindingsOf, declaresStream, ownFacets, partsOf, unqualified, type SchemaPart } from "./schemaParts.ts";
import { tellingOf, type Profile, type Telling } from "./telling.ts";
import type { BoundOperation, Model, OperationImport, Place } from "./model.ts";
import type { Annotation, ComplexType, EntityType, EnumType, NavigationProperty, Parameter, Property, TypeDefinition } from "./types.ts";

/**
 * The model as CSDL XML (what `$metadata` serves). Version 4.0, as in Graph and because clients refuse
 * others; full type names everywhere, since generators drop what is bound to an aliased name. In the `odata` profile it tells what that serves beyond Graph.
 */
export function csdlXml(model: Model, profile: Profile = "graph"): string {
  return written[profile](model);
}

const written = { graph: perModel((model) => printXml(edmx(model, "graph"))), odata: perModel((model) => printXml(edmx(model, "odata"))) };

function edmx(model: Model, profile: Profile): XmlElement {
  const references = vocabularies.map(({ uri, namespace, alias }) =>
    element("edmx:Reference", { Uri: uri }, [element("edmx:Include", { Namespace: namespace, Alias: alias })]),
  );
  const telling = tellingOf(model, profile);
  const schemas = partsOf(model).map((part) =>
    element("Schema", { Namespace: part.namespace, Alias: part.alias, xmlns: "http://docs.oasis-open.org/odata/ns/edm" }, schemaChildren(model, part, telling)),
  );
  return element("edmx:Edmx", { Version: "4.0", "xmlns:edmx": "http://docs.oasis-open.org/odata/ns/edmx" }, [
    ...references,
    element("edmx:DataServices", {}, schemas),
  ]);
}

function schemaChildren(model: Model, part: SchemaPart, telling: Telling): readonly XmlElement[] {
  const ofKind = <Kind extends string>(kind: Kind) => part.types.filter((type): type is Extract<typeof type, { kind: Kind }> => type.kind === kind);
  return [
    ...part.definitions.map(definitionElement),
    ...ofKind("enum").map(enumElement),
    ...ofKind("complex").map((type) => structuredElement("ComplexType", type, telling)),
    ...ofKind("entity").map((type) => structuredElement("EntityType", type, telling)),
    ...part.operations.map(operationElement),
    ...(part.hasContainer ? [containerElement(model, telling), ...annotationElements(schemaAnnotationsOf(model))] : []),
  ];
}

function definitionElement({ name, type, annotations, ...facets }: TypeDefinition): XmlElement {
  return element("TypeDefinition", { Name: unqualified(name), UnderlyingType: type.name, ...facetsOf(facets) }, annotationElements(annotations));
}

type Facets = Pick<Property, "maxLength" | "precision" | "scale" | "unicode" | "srid">;

function facetsOf({ maxLength, precision, scale, unicode, srid }: Facets): XmlElement["attributes"] {
  return { MaxLength: maxLength?.toString(), Precision: precision?.toString(), Scale: scale?.toString(), Unicode: unicode?.toString(), SRID: srid };
}

function when(flag: boolean): "true" | undefined {
  return flag ? "true" : undefined;
}

function typeName(type: { readonly name: string }, collection: boolean): string {
  return collection ? `Collection(${type.name})` : type.name;
}

function enumElement({ name, flags, members, annotations }: EnumType): XmlElement {
  const children = members.map((member) => element("Member", { Name: member.name, Value: String(member.value) }));
  return element("EnumType", { Name: unqualified(name), IsFlags: when(flags) }, [...children, ...annotationElements(annotations)]);
}

function structuredElement(tag: string, type: ComplexType | EntityType, telling: Telling): XmlElement {
  const { places, more } = telling;
  const key =
    type.kind === "entity" && type.declaresKey
      ? [
          element(
            "Key",
            {},
            type.key.map((name) => element("PropertyRef", { Name: name })),
          ),
        ]
      : [];
  const attributes = {
    Name: unqualified(type.name),
    BaseType: type.base?.name,
    Abstract: when(type.abstract),
    OpenType: when(type.open),
    HasStream: when(declaresStream(type)),
  };
  return element(tag, attributes, [
    ...key,
    ...type.properties.map((property) => propertyElement(property, more(property))),
    ...type.navigation.map((navigation) => navigationElement(navigation, places.get(navigation), telling)),
    ...annotationElements(type.annotations),
  ]);
}

function propertyElement(property: Property, more: readonly Annotation[]): XmlElement {
  const { name, type, collection, nullable, definition } = property;
  const attributes = {
    Name: name,
    Type: typeName(definition ?? type, collection),
    Nullable: nullable ? undefined : "false",
    ...facetsOf(ownFacets(property)),
    DefaultValue: defaultText(property.default),
  };
  return element("Property", attributes, annotationElements([...annotationsOf(property), ...more]));
}

function defaultText(value: Json | undefined): string | undefined {
  if (isRawNumber(value)) return value.rawJSON;
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

function navigationElement(navigation: NavigationProperty, place: Place | undefined, { capabilities }: Telling): XmlElement {
  const { name, type, collection, containsTarget, nullable, partner, constraints = [], onDelete, annotations } = navigation;
  const attributes = {
    Name: name,
    Type: typeName(type, collection),
    Nullable: nullable ? undefined : "false",
    Partner: partner,
    ContainsTarget: when(containsTarget),
  };
  return element("NavigationProperty", attributes, [
    ...constraints.map(({ property, referenced }) => element("ReferentialConstraint", { Property: property, ReferencedProperty: referenced })),
    ...(onDelete === undefined ? [] : [element("OnDelete", { Action: onDelete })]),
    ...annotationElements([...annotations, ...(place === undefined ? [] : capabilities(place))]),
  ]);
}

function operationElement({ kind, name, binding, parameters, returns, annotations, composable, entitySetPath }: BoundOperation): XmlElement {
  const result =
    returns &&
    element("ReturnType", { Type: typeName(returns.definition ?? returns.type, returns.collection), Nullable: returns.nullable ? undefined : "false" });
  return element(
    kind === "action" ? "Action" : "Function",
    { Name: name, IsBound: when(binding !== undefined), EntitySetPath: entitySetPath, IsComposable: when(composable) },
    [
      ...(binding === undefined ? [] : [parameterElement(binding)]),
      ...parameters.map(parameterElement),
      ...(result === undefined ? [] : [result]),
      ...annotationElements(annotations),
    ],
  );
}

function parameterElement(parameter: Parameter): XmlElement {
  const { name, type, collection, nullable, definition, annotations = [] } = parameter;
  const attributes = {
    Name: name,
    Type: typeName(definition ?? type, collection),
    Nullable: nullable ? undefined : "false",
    ...facetsOf(ownFacets(parameter)),
  };
  return element("Parameter", attributes, annotationElements(annotations));
}

function containerElement(model: Model, { capabilities }: Telling): XmlElement {
  const roots = model.places.filter((place) => place.parent === undefined);
  const [sets, singletons] = (["set", "singleton"] as const).map((kind) =>
    roots.filter((place) => place.kind === kind).map((place) => rootElement(place, capabilities(place))),
  );
  const imports = model.imports.map(importElement);
  return element("EntityContainer", { Name: model.container }, [...sets!, ...singletons!, ...imports, ...annotationElements(containerAnnotationsOf(model))]);
}

function rootElement(place: Place, capabilities: readonly Annotation[]): XmlElement {
  const isSet = place.kind === "set";
  const attributes = { Name: place.name, [isSet ? "EntityType" : "Type"]: place.type.name };
  const bindings = bindingsOf(place).map(([path, target]) => element("NavigationPropertyBinding", { Path: path, Target: target }));
  const annotations = [...capabilities, ...(place.definition.annotations ?? [])];
  return element(isSet ? "EntitySet" : "Singleton", attributes, [...bindings, ...annotationElements(annotations)]);
}

function importElement({ kind, name, operations, place, inServiceDocument, annotations }: OperationImport): XmlElement {
  const [tag, operation] = [kind === "action" ? "Action" : "Function", operations[0]!.qualifiedName];
  const attributes = { Name: name, [tag]: operation, EntitySet: place?.name, IncludeInServiceDocument: when(inServiceDocument) };
  return element(`${tag}Import`, attributes, annotationElements(annotations));
}

function annotationElements(annotations: readonly Annotation[]): readonly XmlElement[] {
  return annotations.map(({ term, value }) => {
    const [name, qualifier] = term.split("#");
    return valueElement("Annotation", { Term: name, Qualifier: qualifier }, value);
  });
}

/** An element that carries an annotation expression (CSDL 14): a constant as an attribute, else a child. */
function valueElement(name: string, attributes: XmlElement["attributes"], value: Json): XmlElement {
  const [constant, children] = expression(value);
  return element(name, { ...attributes, ...constant }, children);
}

function expression(value: Json): readonly [XmlElement["attributes"], readonly XmlElement[]] {
  if (value === null) return [{}, [element("Null")]];
  if (typeof value === "boolean") return [{ Bool: String(value) }, []];
  if (typeof value === "string") return [{ String: value }, []];
  if (typeof value === "number") return [{ [Number.isInteger(value) ? "Int" : "Float"]: String(value) }, []];
  if (isRawNumber(value)) return [{ Decimal: value.rawJSON }, []];
  if (isObject(value)) return record(value);
  return [{}, [element("Collection", {}, value.map(collectionItem))]];
}

function record(value: JsonObject): readonly [XmlElement["attributes"], readonly XmlElement[]] {
  const [first] = Object.entries(value);
  if (typeof first?.[1] === "string" && first[0].startsWith("$")) return [{ [first[0].slice(1)]: first[1] }, []];
  return [
    {},
    [
      element(
        "Record",
        {},
        Object.entries(value).map(([name, member]) => valueElement("PropertyValue", { Property: name }, member)),
      ),
    ],
  ];
}

function collectionItem(value: Json): XmlElement {
  const [constant, [child]] = expression(value);
  const [name, text] = Object.entries(constant)[0] ?? [];
  return name === undefined ? child! : { name, attributes: {}, children: [], text: text! };
}
