import type { JsonObject } from "../base/json.ts";
import type { Route } from "./openapiRoutes.ts";
import type { EntityType } from "./types.ts";

const failure = { default: { $ref: "#/components/responses/error" } };
const bytes = { content: { "*/*": { schema: { type: "string", format: "binary" } } } };

/** What the paths of content share with those of the row that it belongs to. */
export interface MediaSite {
  readonly shared: (access: "read" | "write") => JsonObject;
  readonly operationId: (template: string, verb: string) => string;
}

/** Content of media entities and of properties of type Edm.Stream: read and written at URLs of its own (OData Protocol 11.4.7, 11.4.8). */
export function mediaPaths({ place, entity }: Route, site: MediaSite): readonly (readonly [string, JsonObject])[] {
  const { verbs, type } = place;
  const templates = [type, ...type.derived].flatMap((one) => [
    ...(one.hasStream ? [`${entity}/$value`] : []),
    ...streamsOf(one).map((name) => `${entity}/${name}`),
  ]);
  return [...new Set(templates)].map((template) => [
    template,
    { ...(verbs.has("get") && read(template, site)), ...(verbs.has("update") && write(template, site)) },
  ]);
}

function streamsOf({ allProperties }: EntityType): readonly string[] {
  return allProperties.filter(({ type }) => type.name === "Edm.Stream").map(({ name }) => name);
}

function read(template: string, { shared, operationId }: MediaSite): JsonObject {
  const responses = { 200: { description: "The content, of the type that it was given.", ...bytes }, 204: { description: "There is none." }, ...failure };
  return { get: { ...shared("read"), summary: "Read the content", operationId: operationId(template, "read"), responses } };
}

function write(template: string, { shared, operationId }: MediaSite): JsonObject {
  const parameters = [{ $ref: "#/components/parameters/ifMatch" }];
  const operation = {
    ...shared("write"),
    summary: "Replace the content",
    operationId: operationId(template, "write"),
    parameters,
    requestBody: { required: true, ...bytes },
  };
  return { put: { ...operation, responses: { 204: { description: "Done." }, ...failure } } };
}
