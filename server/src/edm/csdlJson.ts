import { isObject } from "../base/json.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { containerAnnotationsOf } from "./capabilities.ts";
import { perModel } from "./perModel.ts";
import { annotationsOf } from "./propertyMarks.ts";
import { schemaAnnotationsOf } from "./schemaVersion.ts";
import { vocabularies } from "./vocabularies.ts";
import { bindingsOf, declaresStream, ownFacets, partsOf, unqualified, type SchemaPart } from "./schemaParts.ts";
import { tellingOf, type Profile, type Telling } from "./telling.ts";
import type { BoundOperation, Model, OperationImport, Place } from "./model.ts";
import type { Annotation, ComplexType, EntityType, EnumType, NavigationProperty, Parameter, Property, TypeDefinition } from "./types.ts";

/** The model as CSDL JSON 4.01 (what `$metadata` serves to those who ask for JSON); the same facts as the XML. */
export function csdlJson(model: Model, profile: Profile = "graph"): string {
  return written[profile](model);
}

const written = { graph: perModel((model) => JSON.stringify(csdl(model, "graph"))), odata: perModel((model) => JSON.stringify(csdl(model, "odata"))) };

function csdl(model: Model, profile: Profile): JsonObject {
  const telling = tellingOf(model, profile);
  const references = vocabularies.map(({ uri, namespace, alias }) => [uri, { $Include: [{ $Namespace: namespace, $Alias: alias }] }] as const);
  return {
    $Version: "4.01",
    $EntityContainer: `${model.containerNamespace}.${model.container}`,
    $Reference: Object.fromEntries(references),
    ...Object.fromEntries(partsOf(model).map((part) => [part.namespace, schema(model, part, telling)])),
  };
}

function schema(model: Model, part: SchemaPart, telling: Telling): JsonObject {
  const types = part.types.map((type) => [unqualified(type.name), type.kind === "enum" ? enumMembers(type) : structured(type, telling)] as const);
  const overloads = Map.groupBy(part.operations, ({ name }) => name);
  return {
    ...(part.alias !== undefined && { $Alias: part.alias }),
    ...Object.fromEntries(part.definitions.map((one) => [unqualified(one.name), definition(one)])),
    ...Object.fromEntries(types),
    ...Object.fromEntries([...overloads].map(([name, operations]) => [name, operations.map(operation)])),
    ...(part.hasContainer && { [model.container]: container(model, telling), ...annotated(schemaAnnotationsOf(model)) }),
  };
}

function definition({ type, annotations, ...more }: TypeDefinition): JsonObject {
  return { $Kind: "TypeDefinition", $UnderlyingType: type.name, ...facets(more), ...annotated(annotations) };
}

function facets({ maxLength, precision, scale, unicode, srid }: Pick<Property, "maxLength" | "precision" | "scale" | "unicode" | "srid">): JsonObject {
  return {
    ...(maxLength !== undefined && { $MaxLength: maxLength }),
    ...(precision !== undefined && { $Precision: precision }),
    ...(scale !== undefined && { $Scale: scale }),
    ...(unicode !== undefined && { $Unicode: unicode }),
    ...(srid !== undefined && { $SRID: srid }),
  };
}

/** `$Type` and `$Collection`; a single Edm.String is what stands for nothing said. */
function typed(type: { readonly name: string }, collection: boolean): JsonObject {
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

function structured(type: ComplexType | EntityType, telling: Telling): JsonObject {
  const { places, more } = telling;
  return {
    $Kind: type.kind === "entity" ? "EntityType" : "ComplexType",
    ...(type.base !== undefined && { $BaseType: type.base.name }),
    ...(type.abstract && { $Abstract: true }),
    ...(type.open && { $OpenType: true }),
    ...(declaresStream(type) && { $HasStream: true }),
    ...(type.kind === "entity" && type.declaresKey && { $Key: type.key }),
    ...Object.fromEntries(type.properties.map((property) => [property.name, propertyObject(property, more(property))])),
    ...Object.fromEntries(type.navigation.map((navigation) => [navigation.name, navigationObject(navigation, places.get(navigation), telling)])),
    ...annotated(type.annotations),
  };
}

function propertyObject(property: Property, more: readonly Annotation[]): JsonObject {
  const { type, collection, nullable } = property;
  return {
    ...typed(property.definition ?? type, collection),
    ...(nullable && { $Nullable: true }),
    ...facets(ownFacets(property)),
    ...(property.default !== undefined && { $DefaultValue: property.default }),
    ...annotated([...annotationsOf(property), ...more]),
  };
}

function navigationObject(navigation: NavigationProperty, place: Place | undefined, { capabilities }: Telling): JsonObject {
  const { type, collection, containsTarget, nullable, partner, constraints = [], onDelete, annotations } = navigation;
  return {
    $Kind: "NavigationProperty",
    ...(collection && { $Collection: true }),
    $Type: type.name,
    ...(nullable && !collection && { $Nullable: true }),
    ...(partner !== undefined && { $Partner: partner }),
    ...(containsTarget && { $ContainsTarget: true }),
    ...(constraints.length > 0 && { $ReferentialConstraint: Object.fromEntries(constraints.map(({ property, referenced }) => [property, referenced])) }),
    ...(onDelete !== undefined && { $OnDelete: onDelete }),
    ...annotated([...annotations, ...(place === undefined ? [] : capabilities(place))]),
  };
}

function operation({ kind, binding, parameters, returns, annotations, composable, entitySetPath }: BoundOperation): JsonObject {
  const all = [...(binding === undefined ? [] : [binding]), ...parameters];
  return {
    $Kind: kind === "action" ? "Action" : "Function",
    ...(binding !== undefined && { $IsBound: true }),
    ...(entitySetPath !== undefined && { $EntitySetPath: entitySetPath }),
    ...(composable && { $IsComposable: true }),
    $Parameter: all.map(parameter),
    ...(returns !== undefined && {
      $ReturnType: { ...typed(returns.definition ?? returns.type, returns.collection), ...(returns.nullable && { $Nullable: true }) },
    }),
    ...annotated(annotations),
  };
}

function parameter(one: Parameter): JsonObject {
  const { name, type, collection, nullable, definition: named, annotations = [] } = one;
  return { $Name: name, ...typed(named ?? type, collection), ...(nullable && { $Nullable: true }), ...facets(ownFacets(one)), ...annotated(annotations) };
}

function container(model: Model, { capabilities }: Telling): JsonObject {
  const roots = model.places.filter((place) => place.parent === undefined);
  const children = [
    ...roots.map((place) => [place.name, rootObject(place, capabilities(place))]),
    ...model.imports.map((one) => [one.name, importObject(one)]),
  ];
  return { $Kind: "EntityContainer", ...(Object.fromEntries(children) as JsonObject), ...annotated(containerAnnotationsOf(model)) };
}

function rootObject(place: Place, capabilities: readonly Annotation[]): JsonObject {
  const bindings = bindingsOf(place);
  return {
    ...(place.kind === "set" && { $Collection: true }),
    $Type: place.type.name,
    ...(bindings.length > 0 && { $NavigationPropertyBinding: Object.fromEntries(bindings) }),
    ...annotated([...capabilities, ...(place.definition.annotations ?? [])]),
  };
}

function importObject({ kind, operations, place, inServiceDocument, annotations }: OperationImport): JsonObject {
  return {
    [kind === "action" ? "$Action" : "$Function"]: operations[0]!.qualifiedName,
    ...(place !== undefined && { $EntitySet: place.name }),
    ...(inServiceDocument && { $IncludeInServiceDocument: true }),
    ...annotated(annotations),
  };
}
