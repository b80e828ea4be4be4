import { isObject } from "../base/json.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { capabilitiesOf, placesByNavigation } from "./capabilities.ts";
import { perModel } from "./perModel.ts";
import { annotationsOf } from "./propertyMarks.ts";
import { vocabularies } from "./vocabularies.ts";
import type { BoundOperation, Model, Place } from "./model.ts";
import type { Annotation, AnyType, ComplexType, EntityType, EnumType, NavigationProperty, Parameter, Property } from "./types.ts";

/** The model as CSDL JSON 4.01 (what `$metadata` serves to those who ask for JSON); the same facts as the XML. */
export const csdlJson: (model: Model) => string = perModel((model) => JSON.stringify(csdl(model)));

function csdl(model: Model): JsonObject {
  const references = vocabularies.map(({ uri, namespace, alias }) => [uri, { $Include: [{ $Namespace: namespace, $Alias: alias }] }] as const);
  return {
    $Version: "4.01",
    $EntityContainer: `${model.namespace}.${model.container}`,
    $Reference: Object.fromEntries(references),
    [model.namespace]: schema(model),
  };
}

function schema(model: Model): JsonObject {
  const places = placesByNavigation(model);
  const types = model.types.map((type) => [unqualified(type.name), type.kind === "enum" ? enumMembers(type) : structured(type, places)] as const);
  const overloads = Map.groupBy(model.operations, ({ name }) => name);
  return {
    ...(model.alias !== undefined && { $Alias: model.alias }),
    ...Object.fromEntries(types),
    ...Object.fromEntries([...overloads].map(([name, operations]) => [name, operations.map(operation)])),
    [model.container]: container(model),
  };
}

function unqualified(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** `$Type` and `$Collection`; a single Edm.String is what stands for nothing said. */
function typed(type: AnyType, collection: boolean): JsonObject {
  return { ...(collection && { $Collection: true }), ...(type.name !== "Edm.String" && { $Type: type.name }) };
}

function annotated(annotations: readonly Annotation[]): JsonObject {
  return Object.fromEntries(annotations.map(({ term, value }) => [`@${term}`, expression(value)]));
}

/** The expressions that CSDL JSON writes as plain strings (14.4.1). */
function expression(value: Json): Json {
  if (Array.isArray(value)) return value.map(expression);
  if (!isObject(value)) return value;
  const [name, text] = Object.entries(value)[0] ?? [];
  if (name?.startsWith("$") === true && name !== "$Path") return text ?? null;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, expression(inner)]));
}

function enumMembers({ flags, members, annotations }: EnumType): JsonObject {
  const values = Object.fromEntries(members.map(({ name, value }) => [name, value]));
  return { $Kind: "EnumType", ...(flags && { $IsFlags: true }), ...values, ...annotated(annotations) };
}

function structured(type: ComplexType | EntityType, places: ReadonlyMap<NavigationProperty, Place>): JsonObject {
  return {
    $Kind: type.kind === "entity" ? "EntityType" : "ComplexType",
    ...(type.base !== undefined && { $BaseType: type.base.name }),
    ...(type.abstract && { $Abstract: true }),
    ...(type.open && { $OpenType: true }),
    ...(type.kind === "entity" && type.declaresKey && { $Key: type.key }),
    ...Object.fromEntries(type.properties.map((property) => [property.name, propertyObject(property)])),
    ...Object.fromEntries(type.navigation.map((navigation) => [navigation.name, navigationObject(navigation, places.get(navigation))])),
    ...annotated(type.annotations),
  };
}

function propertyObject(property: Property): JsonObject {
  const { type, collection, nullable, maxLength, precision, scale, unicode } = property;
  return {
    ...typed(type, collection),
    ...(nullable && { $Nullable: true }),
    ...(maxLength !== undefined && { $MaxLength: maxLength }),
    ...(precision !== undefined && { $Precision: precision }),
    ...(scale !== undefined && { $Scale: scale }),
    ...(unicode !== undefined && { $Unicode: unicode }),
    ...(property.default !== undefined && { $DefaultValue: property.default }),
    ...annotated(annotationsOf(property)),
  };
}

function navigationObject({ type, collection, containsTarget, nullable, annotations }: NavigationProperty, place: Place | undefined): JsonObject {
  return {
    $Kind: "NavigationProperty",
    ...(collection && { $Collection: true }),
    $Type: type.name,
    ...(nullable && !collection && { $Nullable: true }),
    ...(containsTarget && { $ContainsTarget: true }),
    ...annotated([...annotations, ...(place === undefined ? [] : capabilitiesOf(place))]),
  };
}

function operation({ kind, binding, parameters, returns, annotations }: BoundOperation): JsonObject {
  const all = [...(binding === undefined ? [] : [binding]), ...parameters];
  return {
    $Kind: kind === "action" ? "Action" : "Function",
    ...(binding !== undefined && { $IsBound: true }),
    $Parameter: all.map(parameter),
    ...(returns !== undefined && { $ReturnType: { ...typed(returns.type, returns.collection), ...(returns.nullable && { $Nullable: true }) } }),
    ...annotated(annotations),
  };
}

function parameter({ name, type, collection, nullable, unicode }: Parameter): JsonObject {
  return { $Name: name, ...typed(type, collection), ...(nullable && { $Nullable: true }), ...(unicode !== undefined && { $Unicode: unicode }) };
}

function container(model: Model): JsonObject {
  const roots = model.places.filter((place) => place.parent === undefined);
  const children = roots.map((place) => [
    place.name,
    { ...(place.kind === "set" && { $Collection: true }), $Type: place.type.name, ...annotated(capabilitiesOf(place)) },
  ]);
  return { $Kind: "EntityContainer", ...(Object.fromEntries(children) as JsonObject) };
}
