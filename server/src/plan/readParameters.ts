import { problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import type { BoundOperation } from "../edm/model.ts";
import type { ParameterDefinition } from "../edm/resource.ts";
import type { Parameter, Property, ValueType } from "../edm/types.ts";
import type { SentEntity, SentParameters } from "./plan.ts";
import { faulty, readEntity, type BodyRules } from "./readEntity.ts";
import { readScalar } from "./readValue.ts";

/** At most so many entities or values in one bulk action (tiIndicator pages of Graph). */
const bulkLimit = 100;

/** Reads the body of an action as its parameters (OData JSON Format 18; R106: no body means no parameters). */
export function readParameters(operation: BoundOperation, json: Json | undefined, rules: BodyRules): SentParameters {
  return {
    read({ importer }) {
      const body = json === undefined || json === null ? {} : json;
      if (!isObject(body)) throw problem("malformedJson", { detail: "Expected a JSON object with the action's parameters." });
      refuseUnknown(operation, body);
      const values: Record<string, Json> = {};
      const entities = new Map<string, readonly SentEntity[]>();
      for (const [index, parameter] of operation.parameters.entries()) {
        const definition = operation.definition.parameters?.[index];
        const value = required(body, parameter, definition?.optional !== undefined);
        if (parameter.type.kind === "entity") {
          entities.set(parameter.name, readEntities(value, parameter, definition, { rules, importer }));
        } else {
          values[parameter.name] = readPlain(value, parameter);
        }
      }
      return { values, entities };
    },
  };
}

function refuseUnknown(operation: BoundOperation, body: JsonObject): void {
  const known = new Set(operation.parameters.map((parameter) => parameter.name));
  for (const name of Object.keys(body)) {
    if (known.has(name) || name.includes("@")) continue;
    throw problem("badRequest", { what: `The action '${operation.name}' has no parameter '${name}'.` }, { target: name });
  }
}

function required(body: JsonObject, parameter: Parameter, isOptional: boolean): Json {
  const value = Object.hasOwn(body, parameter.name) ? body[parameter.name]! : null;
  if (value === null && isOptional) return null;
  if (value === null && !parameter.nullable) {
    throw problem("badRequest", { what: `Parameter '${parameter.name}' is required.` }, { target: parameter.name });
  }
  const isEmpty = parameter.collection && value === null;
  if (isEmpty) throw problem("badRequest", { what: `Parameter '${parameter.name}' is required and is an array.` }, { target: parameter.name });
  return value;
}

function listOf(value: Json, parameter: Parameter): readonly Json[] {
  if (!Array.isArray(value)) throw problem("badRequest", { what: `Parameter '${parameter.name}': expected an array.` }, { target: parameter.name });
  if (value.length > bulkLimit) {
    throw problem(
      "badRequest",
      { what: `Parameter '${parameter.name}' has ${value.length} items; at most ${bulkLimit} are taken at once.` },
      { target: parameter.name },
    );
  }
  return value as readonly Json[];
}

interface BulkContext {
  readonly rules: BodyRules;
  readonly importer: boolean;
}

function readEntities(value: Json, parameter: Parameter, definition: ParameterDefinition | undefined, { rules, importer }: BulkContext): SentEntity[] {
  const asCreate = definition?.bodies !== "update";
  const { type } = parameter;
  if (type.kind !== "entity") return [];
  return listOf(value, parameter).map((item) => {
    const sent = readEntity(item, type, rules, { asCreate, importer });
    if (!asCreate && sent.id === undefined) {
      throw problem("badRequest", { what: `Each item of '${parameter.name}' must carry its 'id'.` }, { target: parameter.name });
    }
    return sent;
  });
}

/** Parameters are typed like properties; this is the property that one would be. */
export function asProperty(parameter: Parameter): Property {
  const { maxLength, precision, scale } = parameter;
  return {
    ...(maxLength !== undefined && { maxLength }),
    ...(precision !== undefined && { precision }),
    ...(scale !== undefined && { scale }),
    name: parameter.name,
    type: parameter.type as ValueType,
    collection: parameter.collection,
    nullable: parameter.nullable,
    setBy: "client",
    immutable: false,
    writeOnly: false,
    indexed: false,
    searchable: false,
    extension: false,
    annotations: [],
  };
}

function readPlain(value: Json, parameter: Parameter): Json {
  if (value === null) return null;
  const property = asProperty(parameter);
  const items = parameter.collection ? listOf(value, parameter) : [value];
  const read = items.map((item, index) => {
    const path = parameter.collection ? `${parameter.name}[${index}]` : parameter.name;
    const one = readScalar(item, property, { asCreate: true });
    if (!("expected" in one)) return one.value;
    const message = `Parameter '${path}': expected ${one.expected}, got ${JSON.stringify(item).slice(0, 80)}.`;
    throw faulty([{ code: "BadRequest", message, target: path }]);
  });
  return parameter.collection ? read : read[0]!;
}
