import { isObject, isRawNumber } from "../base/json.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { capabilitiesOf, placesByNavigation } from "./capabilities.ts";
import { perModel } from "./perModel.ts";
import { annotationsOf } from "./propertyMarks.ts";
import { vocabularies } from "./vocabularies.ts";
import { element, printXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";
import type { BoundOperation, Model, Place } from "./model.ts";
import type { Annotation, AnyType, ComplexType, EntityType, EnumType, NavigationProperty, Parameter, Property } from "./types.ts";

/**
 * The model as CSDL XML (what `$metadata` serves). Version 4.0, as in Graph and because clients refuse
 * others; full type names everywhere, since generators drop what is bound to an aliased name.
 */
export const csdlXml: (model: Model) => string = perModel((model) => printXml(edmx(model)));

function edmx(model: Model): XmlElement {
  const references = vocabularies.map(({ uri, namespace, alias }) =>
    element("edmx:Reference", { Uri: uri }, [element("edmx:Include", { Namespace: namespace, Alias: alias })]),
  );
  const schema = element("Schema", { Namespace: model.namespace, Alias: model.alias, xmlns: "http://docs.oasis-open.org/odata/ns/edm" }, schemaChildren(model));
  return element("edmx:Edmx", { Version: "4.0", "xmlns:edmx": "http://docs.oasis-open.org/odata/ns/edmx" }, [
    ...references,
    element("edmx:DataServices", {}, [schema]),
  ]);
}

function schemaChildren(model: Model): readonly XmlElement[] {
  const places = placesByNavigation(model);
  const ofKind = <Kind extends string>(kind: Kind) => model.types.filter((type): type is Extract<typeof type, { kind: Kind }> => type.kind === kind);
  return [
    ...ofKind("enum").map(enumElement),
    ...ofKind("complex").map((type) => structuredElement("ComplexType", type, places)),
    ...ofKind("entity").map((type) => structuredElement("EntityType", type, places)),
    ...model.operations.map(operationElement),
    containerElement(model),
  ];
}

function unqualified(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function when(flag: boolean): "true" | undefined {
  return flag ? "true" : undefined;
}

function typeName(type: AnyType, collection: boolean): string {
  return collection ? `Collection(${type.name})` : type.name;
}

function enumElement({ name, flags, members, annotations }: EnumType): XmlElement {
  const children = members.map((member) => element("Member", { Name: member.name, Value: String(member.value) }));
  return element("EnumType", { Name: unqualified(name), IsFlags: when(flags) }, [...children, ...annotationElements(annotations)]);
}

function structuredElement(tag: string, type: ComplexType | EntityType, places: ReadonlyMap<NavigationProperty, Place>): XmlElement {
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
  const attributes = { Name: unqualified(type.name), BaseType: type.base?.name, Abstract: when(type.abstract), OpenType: when(type.open) };
  return element(tag, attributes, [
    ...key,
    ...type.properties.map(propertyElement),
    ...type.navigation.map((navigation) => navigationElement(navigation, places.get(navigation))),
    ...annotationElements(type.annotations),
  ]);
}

function propertyElement(property: Property): XmlElement {
  const { name, type, collection, nullable, maxLength, precision, scale, unicode } = property;
  const attributes = {
    Name: name,
    Type: typeName(type, collection),
    Nullable: nullable ? undefined : "false",
    MaxLength: maxLength?.toString(),
    Precision: precision?.toString(),
    Scale: scale?.toString(),
    Unicode: unicode?.toString(),
    DefaultValue: defaultText(property.default),
  };
  return element("Property", attributes, annotationElements(annotationsOf(property)));
}

function defaultText(value: Json | undefined): string | undefined {
  if (isRawNumber(value)) return value.rawJSON;
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

function navigationElement({ name, type, collection, containsTarget, nullable, annotations }: NavigationProperty, place: Place | undefined): XmlElement {
  const attributes = { Name: name, Type: typeName(type, collection), Nullable: nullable ? undefined : "false", ContainsTarget: when(containsTarget) };
  return element("NavigationProperty", attributes, annotationElements([...annotations, ...(place === undefined ? [] : capabilitiesOf(place))]));
}

function operationElement({ kind, name, binding, parameters, returns, annotations }: BoundOperation): XmlElement {
  const result = returns && element("ReturnType", { Type: typeName(returns.type, returns.collection), Nullable: returns.nullable ? undefined : "false" });
  return element(kind === "action" ? "Action" : "Function", { Name: name, IsBound: when(binding !== undefined) }, [
    ...(binding === undefined ? [] : [parameterElement(binding)]),
    ...parameters.map(parameterElement),
    ...(result === undefined ? [] : [result]),
    ...annotationElements(annotations),
  ]);
}

function parameterElement({ name, type, collection, nullable, unicode }: Parameter): XmlElement {
  return element("Parameter", { Name: name, Type: typeName(type, collection), Nullable: nullable ? undefined : "false", Unicode: unicode?.toString() });
}

function containerElement(model: Model): XmlElement {
  const roots = model.places.filter((place) => place.parent === undefined);
  const [sets, singletons] = (["set", "singleton"] as const).map((kind) => roots.filter((place) => place.kind === kind).map(rootElement));
  return element("EntityContainer", { Name: model.container }, [...sets!, ...singletons!]);
}

function rootElement(place: Place): XmlElement {
  const isSet = place.kind === "set";
  const attributes = { Name: place.name, [isSet ? "EntityType" : "Type"]: place.type.name };
  return element(isSet ? "EntitySet" : "Singleton", attributes, annotationElements(capabilitiesOf(place)));
}

function annotationElements(annotations: readonly Annotation[]): readonly XmlElement[] {
  return annotations.map(({ term, value }) => valueElement("Annotation", { Term: term }, value));
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
