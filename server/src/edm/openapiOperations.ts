import type { JsonObject } from "../base/json.ts";
import { reference } from "./jsonSchema.ts";
import { mediaPaths } from "./openapiMedia.ts";
import { answersOf, bodyOf, parentheses } from "./openapiImports.ts";
import type { BoundOperation, Model } from "./model.ts";
import type { Route } from "./openapiRoutes.ts";
import type { EntityType } from "./types.ts";

const listOptions = ["top", "skip", "filter", "orderby", "select", "expand", "count", "skiptoken"];
const failure = { default: { $ref: "#/components/responses/error" } };
const nothing = { 204: { description: "Done; nothing to say." }, ...failure };

/** The paths of one route: its collection, its rows, its count, its derived types and its bound operations (OpenAPI 4.8.8). */
export function pathsOf(model: Model, route: Route): readonly (readonly [string, JsonObject])[] {
  const { template, place, entity } = route;
  const media = mediaPaths(route, { shared: (access) => shared(route, access), operationId });
  const atEntity = { ...getRow(route), ...updateRow(model, route), ...deleteRow(route) };
  if (place.kind === "singleton") return [[template, { ...atEntity, ...createRow(route, place.type) }], ...media, ...operationPaths(model, route)];
  const paths: (readonly [string, JsonObject])[] = [
    [template, { ...listRows(route, place.type), ...createRow(route, place.type) }],
    [`${template}/$count`, countRows(route)],
    ...place.type.derived.map((type): [string, JsonObject] => [
      `${template}/${type.name}`,
      { ...listRows({ ...route, template: `${template}/${type.name}` }, type), ...createRow({ ...route, template: `${template}/${type.name}` }, type) },
    ]),
    [entity, atEntity],
    ...media,
  ];
  return [...paths, ...operationPaths(model, route)].filter(([, item]) => Object.keys(item).length > 0);
}

function shared({ place }: Route, access: "read" | "write"): JsonObject {
  return { tags: [place.definition.path.split("/").at(-1)!], security: place.permissions[access].map((permission) => ({ bearer: [permission] })) };
}

/** `security.secureScores.list`: the segments of the template that are no parameters, and what is done. */
function operationId(template: string, verb: string): string {
  const segments = template.split("/").filter((segment) => segment !== "" && !segment.startsWith("{"));
  return [...segments.map((segment) => segment.slice(segment.lastIndexOf(".") + 1)), verb].join(".");
}

function unqualified({ name }: EntityType): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function optionReferences(names: readonly string[]): readonly JsonObject[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

function entityResponse(type: EntityType): JsonObject {
  return { $ref: `#/components/responses/${type.name}` };
}

function listRows(route: Route, type: EntityType): JsonObject {
  if (!route.place.verbs.has("list")) return {};
  const operation = {
    ...shared(route, "read"),
    summary: `List ${unqualified(type)} objects`,
    operationId: operationId(route.template, "list"),
    parameters: optionReferences(listOptions),
    responses: { 200: { $ref: `#/components/responses/${type.name}.list` }, ...failure },
  };
  return { get: operation };
}

function countRows(route: Route): JsonObject {
  if (!route.place.verbs.has("list")) return {};
  const operation = {
    ...shared(route, "read"),
    summary: `Count ${unqualified(route.place.type)} objects`,
    operationId: operationId(route.template, "count"),
    parameters: optionReferences(["filter"]),
    responses: { 200: { description: "The number, as text.", content: { "text/plain": { schema: { type: "integer" }, example: 42 } } }, ...failure },
  };
  return { get: operation };
}

function createRow(route: Route, type: EntityType): JsonObject {
  if (!route.place.verbs.has("create")) return {};
  const operation = {
    ...shared(route, "write"),
    summary: `Create a ${unqualified(type)}`,
    operationId: operationId(route.template, "create"),
    requestBody: { $ref: `#/components/requestBodies/${type.name}` },
    responses: { 201: entityResponse(type), ...failure },
  };
  return { post: operation };
}

function getRow(route: Route): JsonObject {
  const { verbs, type } = route.place;
  if (!verbs.has("get")) return {};
  const operation = {
    ...shared(route, "read"),
    summary: `Get a ${unqualified(type)}`,
    operationId: operationId(route.entity, "get"),
    parameters: optionReferences(["select", "expand"]),
    responses: { 200: entityResponse(type), ...failure },
  };
  return { get: operation };
}

function updateRow(model: Model, route: Route): JsonObject {
  const { verbs, type, definition } = route.place;
  if (!verbs.has("update")) return {};
  const answers = definition.updateAnswersEntity === true ? {} : { 204: { description: "Done. `Prefer: return=representation` asks for the entity." } };
  const operation = {
    ...shared(route, "write"),
    summary: `Change a ${unqualified(type)}`,
    operationId: operationId(route.entity, "update"),
    parameters: optionReferences(["ifMatch"]),
    requestBody: updateBody(model, route),
    responses: { 200: entityResponse(type), ...(verbs.has("upsert") && { 201: entityResponse(type) }), ...answers, ...failure },
  };
  return { patch: operation };
}

/** The body of a PATCH; properties that only a PATCH may carry are added to the type's. */
function updateBody(model: Model, { place }: Route): JsonObject {
  const { patchOnly } = place.definition;
  if (patchOnly === undefined) return { $ref: `#/components/requestBodies/${place.type.name}` };
  const properties = Object.entries(patchOnly).map(([name, { type, collection = false, description }]) => [
    name,
    { ...reference(model.findType(type)!, collection), ...(description !== undefined && { description }) },
  ]);
  const schema = { allOf: [reference(place.type, false), { type: "object", properties: Object.fromEntries(properties) as JsonObject }] };
  return { required: true, content: { "application/json": { schema } } };
}

function deleteRow(route: Route): JsonObject {
  if (!route.place.verbs.has("delete")) return {};
  const operation = {
    ...shared(route, "write"),
    summary: `Delete a ${unqualified(route.place.type)}`,
    operationId: operationId(route.entity, "delete"),
    parameters: optionReferences(["ifMatch"]),
    responses: nothing,
  };
  return { delete: operation };
}

function operationPaths(model: Model, route: Route): readonly (readonly [string, JsonObject])[] {
  const { type } = route.place;
  const bound = model.operations.filter((one) => one.binding !== undefined && model.findOverloads(one.name, type, one.binding.collection).includes(one));
  return bound.map((operation) => {
    // A model's own functions are called with their parameters.
    const isOwn = operation.kind === "function" && operation.definition.permissions !== undefined;
    const template = `${operation.binding!.collection ? route.template : route.entity}/${operation.name}${isOwn ? parentheses(operation) : ""}`;
    return [template, { [operation.kind === "action" ? "post" : "get"]: invoke(route, template, operation) }] as const;
  });
}

function invoke(route: Route, template: string, operation: BoundOperation): JsonObject {
  const { name, kind, parameters, definition, returns } = operation;
  // Those of the security graph answer what they return in `value`.
  const value = returns && { type: "object", properties: { value: reference(returns.type, returns.collection) } };
  const isOwn = definition.permissions !== undefined || value === undefined;
  const success = isOwn ? answersOf(operation) : { 200: { description: "The result.", content: { "application/json": { schema: value } } } };
  return {
    ...shared(route, kind === "action" ? "write" : "read"),
    summary: name,
    operationId: operationId(
      template.replace(/\((.*)\)$/, (_, names: string) => (names === "" ? "" : `By${names.replaceAll(/=\{[^}]*\}|\W/g, "")}`)),
      "call",
    ),
    ...(parameters.length > 0 && kind === "action" && { requestBody: bodyOf(parameters) }),
    responses: { ...success, ...failure },
  };
}
