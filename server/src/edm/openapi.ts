import type { JsonObject } from "../base/json.ts";
import { exampleOf } from "./exampleOf.ts";
import { familyReference, jsonSchema } from "./jsonSchema.ts";
import { importPaths } from "./openapiImports.ts";
import { pathsOf } from "./openapiOperations.ts";
import { parametersIn, routesOf } from "./openapiRoutes.ts";
import { perModel } from "./perModel.ts";
import type { Model } from "./model.ts";
import type { EntityType } from "./types.ts";

/** The model as an OpenAPI 3.1 document (JSON text): every place and verb, with the key as a segment. `roots` are the addresses at which it is served, no slash at their ends. */
export function openapi(model: Model, roots: readonly string[]): string {
  return `{"openapi":"3.1.1","servers":${JSON.stringify(roots.map((url) => ({ url })))},${remainder(model).slice(1)}`;
}

/** Everything but what depends on where it is served. */
const remainder = perModel((model) => JSON.stringify({ info: info(model), tags: tags(model), paths: paths(model), components: components(model) }));

function info({ version, namespace }: Model): JsonObject {
  const description = `Generated from the model \`${namespace}\`. Paths, query options and operation names match in any case; \`('id')\` addresses a row as well as \`/id\`.`;
  return { title: "secgraph", version: version.slice(0, 12), description, license: { name: "MIT", identifier: "MIT" } };
}

function tags(model: Model): readonly JsonObject[] {
  const names = model.places.map(({ path }) => path.split("/").at(-1)!);
  return [...new Set([...names, ...model.imports.map(({ name }) => name)])].map((name) => ({ name }));
}

function paths(model: Model): JsonObject {
  const found = [...routesOf(model).flatMap((route) => pathsOf(model, route)), ...importPaths(model)];
  return Object.fromEntries(found.map(([template, item]) => [template, { ...pathParameters(template), ...item }]));
}

function pathParameters(template: string): JsonObject {
  const parameters = parametersIn(template).map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  return parameters.length === 0 ? {} : { parameters };
}

function components(model: Model): JsonObject {
  const entities = [...new Set(model.places.flatMap(({ type }) => [type, ...type.derived]))];
  const each = (make: (type: EntityType) => readonly (readonly [string, JsonObject])[]) => Object.fromEntries(entities.flatMap(make)) as JsonObject;
  return {
    schemas: { ...Object.fromEntries(model.types.map((type) => [type.name, jsonSchema(type)])), error: errorSchema },
    responses: { error: errorResponse, ...each(responsesOf) },
    requestBodies: each((type) => [[type.name, requestBody(type)]]),
    examples: each((type) => [
      [type.name, { value: exampleOf(type, "answer") }],
      [`${type.name}.request`, { value: exampleOf(type, "request") }],
    ]),
    parameters: optionParameters,
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "The names are permissions; a token needs one of those that are listed." },
    },
  };
}

function responsesOf(type: EntityType): readonly (readonly [string, JsonObject])[] {
  const one = { schema: familyReference(type), examples: { sample: { $ref: `#/components/examples/${type.name}` } } };
  const page = {
    allOf: [
      { type: "object", properties: pageProperties },
      { type: "object", properties: { value: { type: "array", items: familyReference(type) } } },
    ],
  };
  const sample = { value: { value: [exampleOf(type, "answer")] } };
  return [
    [type.name, { description: "The entity.", content: { "application/json": one } }],
    [`${type.name}.list`, { description: "A page.", content: { "application/json": { schema: page, examples: { sample } } } }],
  ];
}

function requestBody(type: EntityType): JsonObject {
  const examples = { sample: { $ref: `#/components/examples/${type.name}.request` } };
  return { required: true, content: { "application/json": { schema: familyReference(type), examples } } };
}

const pageProperties = {
  "@odata.context": { type: "string" },
  "@odata.count": { type: "integer" },
  "@odata.nextLink": { type: "string", format: "uri" },
};

const text = { type: "string" };
const errorSchema: JsonObject = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: text,
        message: text,
        target: text,
        details: { type: "array", items: { type: "object", properties: { code: text, message: text, target: text } } },
        innerError: { type: "object", properties: { code: text, date: text, "request-id": text, "client-request-id": text } },
      },
    },
  },
};
const errorResponse: JsonObject = {
  description: "A refusal, in Graph's shape.",
  content: {
    "application/json": { schema: { $ref: "#/components/schemas/error" }, example: { error: { code: "itemNotFound", message: "There is no such object." } } },
  },
};

function option(name: string, schema: JsonObject, description: string): JsonObject {
  return { name, in: "query", required: false, schema, description };
}

const count: JsonObject = { type: "integer", minimum: 0 };
const optionParameters: JsonObject = {
  top: option("$top", count, "At most so many rows."),
  skip: option("$skip", count, "Leave out the first rows."),
  filter: option("$filter", text, "Only rows for which this expression is true."),
  orderby: option("$orderby", text, "Order of the rows: paths, each with asc or desc."),
  select: option("$select", text, "Only these properties."),
  expand: option("$expand", text, "Contained rows along with each row."),
  count: option("$count", { type: "boolean" }, "Say how many rows there are in all."),
  skiptoken: option("$skiptoken", text, "From a nextLink; not to be made by clients."),
  ifMatch: { name: "If-Match", in: "header", required: false, schema: text, description: "The ETag on which the change is based; another one is 412." },
};
