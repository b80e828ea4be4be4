import { isObject, isRawNumber, textOf, type Json, type JsonObject } from "../base/json.ts";
import { parseJson } from "../base/parseJson.ts";
import type { CsdlNode } from "./csdlNode.ts";
import type { Annotation } from "./types.ts";
import { shortTerm } from "./vocabularies.ts";

/**
 * Reads CSDL JSON (4.01) as the elements that CSDL XML would have, with its defaults written out: a type is Edm.String
 * and nothing is nullable unless it is said. Throws for what is no JSON object or has no `$Version`.
 */
export function readJsonNode(text: string): CsdlNode {
  const document = parseJson(Buffer.from(text), { depth: 100 });
  if (!isObject(document) || textOf(document["$Version"]) === "") throw new Error("The document has no $Version: it is no CSDL JSON");
  const container = textOf(document["$EntityContainer"]);
  const schemas = members(document).map(([namespace, schema]) => schemaNode(namespace, requireObject(namespace, schema), container));
  return node({}, { Edmx: [node({}, { DataServices: [node({}, { Schema: schemas })], Reference: referencesOf(document["$Reference"]) })] });
}

type Children = Record<string, CsdlNode[]>;
type Attributes = Readonly<Record<string, Json | undefined>>;

/** Attributes without a value are left out. */
function node(attributes: Attributes, children: Readonly<Record<string, readonly CsdlNode[]>> = {}, annotations: readonly Annotation[] = []): CsdlNode {
  const written = Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, textOfJson(value)]]));
  return { attributes: Object.fromEntries(written) as Record<string, string>, children, text: "", annotations };
}

function textOfJson(value: Json): string {
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What is neither a keyword nor an annotation. */
function members(object: JsonObject): readonly (readonly [string, Json])[] {
  return Object.entries(object).filter(([name]) => !name.startsWith("$") && !name.includes("@"));
}

function requireObject(place: string, value: Json | undefined): JsonObject {
  if (isObject(value)) return value;
  throw new Error(`${place}: expected an object`);
}

function annotationsOf(object: JsonObject, of = ""): readonly Annotation[] {
  const prefix = `${of}@`;
  const found = Object.entries(object).filter(([name]) => name.startsWith(prefix) && !name.slice(prefix.length).includes("@"));
  return found.map(([name, value]) => ({ term: shortTerm(name.slice(prefix.length)), value }));
}

function referencesOf(references: Json | undefined): readonly CsdlNode[] {
  if (!isObject(references)) return [];
  return Object.entries(references).map(([uri, reference]) => {
    const includes = isObject(reference) && Array.isArray(reference["$Include"]) ? (reference["$Include"] as readonly Json[]) : [];
    const each = includes.map((one) => (isObject(one) ? node({ Namespace: one["$Namespace"], Alias: one["$Alias"] }) : node({})));
    return node({ Uri: uri }, { Include: each });
  });
}

function schemaNode(namespace: string, schema: JsonObject, container: string): CsdlNode {
  const children: Children = {};
  const add = (tag: string, child: CsdlNode): void => void (children[tag] ??= []).push(child);
  for (const [name, value] of members(schema)) {
    const place = `${namespace}.${name}`;
    if (Array.isArray(value)) for (const one of value as readonly Json[]) addOverload(name, requireObject(place, one), add);
    else addMember({ name, place, isServed: container === "" || container === place }, requireObject(place, value), add);
  }
  const targets = isObject(schema["$Annotations"]) ? Object.entries(schema["$Annotations"]) : [];
  for (const [target, value] of targets) add("Annotations", node({ Target: target }, {}, annotationsOf(requireObject(target, value))));
  return node({ Namespace: namespace, Alias: schema["$Alias"] }, children, annotationsOf(schema));
}

type Add = (tag: string, child: CsdlNode) => void;

interface Member {
  readonly name: string;
  readonly place: string;
  /** The container that the document says is served. */
  readonly isServed: boolean;
}

function addMember({ name, place, isServed }: Member, value: JsonObject, add: Add): void {
  const kind = textOf(value["$Kind"]);
  switch (kind) {
    case "EnumType":
      return add(kind, enumNode(name, value));
    case "TypeDefinition":
      return add(kind, node({ Name: name, UnderlyingType: value["$UnderlyingType"], ...facets(value) }, {}, annotationsOf(value)));
    case "ComplexType":
    case "EntityType":
      return add(kind, structuredNode(name, place, value));
    case "EntityContainer":
      return isServed ? add(kind, containerNode(name, place, value)) : undefined;
    case "Term":
      return undefined;
    default:
      throw new Error(`${place}: $Kind '${kind}' is none of EntityType, ComplexType, EnumType, TypeDefinition, EntityContainer and Term`);
  }
}

function addOverload(name: string, value: JsonObject, add: Add): void {
  const parameters = Array.isArray(value["$Parameter"]) ? (value["$Parameter"] as readonly Json[]) : [];
  const children = parameters.map((one) => valueNode(textOf(isObject(one) ? one["$Name"] : ""), requireObject(`${name}/$Parameter`, one)));
  const returns = isObject(value["$ReturnType"]) ? [valueNode(undefined, value["$ReturnType"])] : [];
  const attributes = { Name: name, IsBound: value["$IsBound"], IsComposable: value["$IsComposable"], EntitySetPath: value["$EntitySetPath"] };
  add(textOf(value["$Kind"]) === "Function" ? "Function" : "Action", node(attributes, { Parameter: children, ReturnType: returns }, annotationsOf(value)));
}

function enumNode(name: string, value: JsonObject): CsdlNode {
  const children = members(value).map(([member, number]) => node({ Name: member, Value: number }, {}, annotationsOf(value, member)));
  return node({ Name: name, UnderlyingType: value["$UnderlyingType"], IsFlags: value["$IsFlags"] }, { Member: children }, annotationsOf(value));
}

function structuredNode(name: string, place: string, value: JsonObject): CsdlNode {
  const children: Children = {};
  if (Array.isArray(value["$Key"])) children["Key"] = [node({}, { PropertyRef: (value["$Key"] as readonly Json[]).map(keyNode) })];
  for (const [member, written] of members(value)) {
    const object = requireObject(`${place}/${member}`, written);
    const isNavigation = object["$Kind"] === "NavigationProperty";
    (children[isNavigation ? "NavigationProperty" : "Property"] ??= []).push(isNavigation ? navigationNode(member, object) : valueNode(member, object));
  }
  const attributes = { Name: name, BaseType: value["$BaseType"], Abstract: value["$Abstract"], OpenType: value["$OpenType"], HasStream: value["$HasStream"] };
  return node(attributes, children, annotationsOf(value));
}

/** A key property by its name, or an alias and the path that it stands for. */
function keyNode(value: Json): CsdlNode {
  if (!isObject(value)) return node({ Name: value });
  const [[alias, path] = ["", ""]] = Object.entries(value);
  return node({ Name: path, Alias: alias });
}

function facets(value: JsonObject): Attributes {
  const { $MaxLength: MaxLength, $Precision: Precision, $Scale: Scale, $Unicode: Unicode, $SRID: SRID, $DefaultValue: DefaultValue } = value;
  return { MaxLength, Precision, Scale, Unicode, SRID, DefaultValue };
}

function typeText(value: JsonObject): string {
  const type = textOf(value["$Type"]) || "Edm.String";
  return value["$Collection"] === true ? `Collection(${type})` : type;
}

function valueNode(name: string | undefined, value: JsonObject): CsdlNode {
  return node({ Name: name, Type: typeText(value), Nullable: value["$Nullable"] === true, ...facets(value) }, {}, annotationsOf(value));
}

function navigationNode(name: string, value: JsonObject): CsdlNode {
  const constraints = isObject(value["$ReferentialConstraint"]) ? members(value["$ReferentialConstraint"]) : [];
  const children = {
    ReferentialConstraint: constraints.map(([Property, ReferencedProperty]) => node({ Property, ReferencedProperty })),
    OnDelete: value["$OnDelete"] === undefined ? [] : [node({ Action: value["$OnDelete"] })],
  };
  const nullable = value["$Collection"] === true ? undefined : value["$Nullable"] === true;
  const attributes = { Name: name, Type: typeText(value), Nullable: nullable, Partner: value["$Partner"], ContainsTarget: value["$ContainsTarget"] };
  return node(attributes, children, annotationsOf(value));
}

function containerNode(name: string, place: string, value: JsonObject): CsdlNode {
  const children: Children = {};
  for (const [member, written] of members(value)) {
    const [tag, child] = containerChild(member, requireObject(`${place}/${member}`, written));
    (children[tag] ??= []).push(child);
  }
  return node({ Name: name, Extends: value["$Extends"] }, children, annotationsOf(value));
}

function containerChild(name: string, value: JsonObject): readonly [string, CsdlNode] {
  const annotations = annotationsOf(value);
  const { $Action: Action, $Function: Function, $EntitySet: EntitySet, $IncludeInServiceDocument: IncludeInServiceDocument } = value;
  if (Action !== undefined) return ["ActionImport", node({ Name: name, Action, EntitySet }, {}, annotations)];
  if (Function !== undefined) return ["FunctionImport", node({ Name: name, Function, EntitySet, IncludeInServiceDocument }, {}, annotations)];
  const bindings = isObject(value["$NavigationPropertyBinding"]) ? members(value["$NavigationPropertyBinding"]) : [];
  const children = { NavigationPropertyBinding: bindings.map(([Path, Target]) => node({ Path, Target })) };
  const isSet = value["$Collection"] === true;
  return [isSet ? "EntitySet" : "Singleton", node({ Name: name, [isSet ? "EntityType" : "Type"]: value["$Type"] }, children, annotations)];
}
