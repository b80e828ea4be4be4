import type { JsonObject } from "../base/json.ts";
import { familyReference, reference } from "./jsonSchema.ts";
import type { BoundOperation, Model, OperationImport } from "./model.ts";
import type { Parameter } from "./types.ts";

const failure = { default: { $ref: "#/components/responses/error" } };

/** The paths of function and action imports (OData Protocol 11.5): a function has a path for each overload, with its parameters in parentheses. */
export function importPaths({ imports }: Model): readonly (readonly [string, JsonObject])[] {
  return imports.flatMap((one) => one.operations.map((operation, index) => [templateOf(one, operation), itemOf(one, operation, index)] as const));
}

function templateOf({ name }: OperationImport, operation: BoundOperation): string {
  return operation.kind === "action" ? `/${name}` : `/${name}${parentheses(operation)}`;
}

/** `(from={from},to={to})`: what a call of a function has behind its name; values are literals of a URL. */
export function parentheses({ parameters }: Pick<BoundOperation, "parameters">): string {
  const wanted = parameters.filter(({ optional }) => optional === undefined);
  return `(${wanted.map(({ name }) => `${name}={${name}}`).join(",")})`;
}

function itemOf({ name }: OperationImport, operation: BoundOperation, index: number): JsonObject {
  const { kind, parameters, definition } = operation;
  const access = kind === "action" ? "write" : "read";
  const security = (definition.permissions?.[access] ?? []).map((permission) => ({ bearer: [permission] }));
  const asked = {
    tags: [name],
    summary: `${kind === "action" ? "Do" : "Ask for"} ${name}`,
    operationId: `${name}.call${index === 0 ? "" : index + 1}`,
    security,
    ...(kind === "action" && parameters.length > 0 && { requestBody: bodyOf(parameters) }),
    responses: { ...answersOf(operation), ...failure },
  };
  return { [kind === "action" ? "post" : "get"]: asked };
}

/** The parameters of an action as its body. */
export function bodyOf(parameters: readonly Parameter[]): JsonObject {
  const properties = parameters.map(({ name, type, collection }) => [name, reference(type, collection)]);
  return { required: true, content: { "application/json": { schema: { type: "object", properties: Object.fromEntries(properties) as JsonObject } } } };
}

/** What a call answers: nothing, an entity or a complex value as it is, all else in `value`. */
export function answersOf({ returns, definition }: Pick<BoundOperation, "returns" | "definition">): JsonObject {
  const nothing = { [definition.emptyStatus ?? 204]: { description: "Done." } };
  if (returns === undefined) return nothing;
  const { type, collection, nullable } = returns;
  const item = type.kind === "entity" ? familyReference(type) : reference(type, false);
  const value = { type: "object", properties: { value: collection ? { type: "array", items: item } : item } };
  const schema = !collection && (type.kind === "entity" || type.kind === "complex") ? item : value;
  return { 200: { description: "The result.", content: { "application/json": { schema } } }, ...(nullable && !collection && nothing) };
}
