import { problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { PropertyTarget, SentBody } from "./plan.ts";
import { readEntity, type BodyRules } from "./readEntity.ts";

/**
 * A write of one property (OData Protocol 11.4.9) as the patch of its entity that it is: PUT and PATCH carry
 * `{"value": ...}` (a complex value stands bare), `$value` its text, DELETE clears it; POST adds to a collection (4.01, 11.4.9.4).
 */
export function readPropertyBody(request: ODataRequest, { of, form }: Written, reading: PropertyReading): SentBody {
  return {
    read(type, mode) {
      requireWritable(of);
      const value = valueOf(request, { of, form }, reading);
      const isItem = request.method === "POST";
      if (request.method === "PUT" && isObject(value)) requireWhole(value, of);
      const patch = of.steps.reduceRight<Json>((inner, name) => ({ [name]: inner }), isItem ? [value] : value);
      const sent = readEntity(patch, type, reading.rules, mode);
      return request.method === "PATCH" ? sent : { ...sent, form: { path: of.steps, as: isItem ? "item" : "whole" } };
    },
  };
}

/** A complex value that takes the place of another has all that it must have (OData Protocol 11.4.9.3). */
function requireWhole(value: JsonObject, { property, steps }: PropertyTarget): void {
  if (property?.type.kind !== "complex") return;
  const missing = property.type.allProperties.find(({ name, nullable, setBy, collection, default: preset }) => {
    return !nullable && !collection && preset === undefined && setBy === "client" && !Object.hasOwn(value, name);
  });
  if (missing === undefined) return;
  const path = [...steps, missing.name].join("/");
  throw problem("badRequest", { what: `Property '${path}' is required.` }, { target: path });
}

interface Written {
  readonly of: PropertyTarget;
  readonly form: "json" | "value" | "count";
}

interface PropertyReading {
  readonly rules: BodyRules;
  /** The body as JSON. */
  readonly json: () => Json;
}

/** A property that the server or the token sets is not written alone: nothing would happen. */
function requireWritable({ property, entity, steps, casts }: PropertyTarget): void {
  if (casts !== undefined) {
    const what = `Writing '${steps.join("/")}' behind the type of a complex value is not implemented: PATCH the value with its '@odata.type'.`;
    throw problem("notImplemented", { what }, { target: casts[0]!.type.name });
  }
  const isKey = steps.length === 1 && entity.place.type.key.includes(steps[0] ?? "");
  if (!isKey && property?.setBy !== "server" && property?.setBy !== "token") return;
  const path = steps.join("/");
  throw problem("badRequest", { what: `Property '${path}' is set by the server and cannot be written.` }, { target: path });
}

function valueOf(request: ODataRequest, { of: target, form }: Written, reading: PropertyReading): Json {
  if (request.method === "DELETE") return target.property?.collection === true ? [] : null;
  if (form === "value") return textValue(request, target);
  const json = reading.json();
  const isOne = target.property?.collection !== true || request.method === "POST";
  if (target.property?.type.kind === "complex" && isOne && isObject(json)) return json;
  if (isObject(json) && Object.hasOwn(json, "value")) return json["value"]!;
  throw problem("malformedJson", { detail: "Expected an object with the member 'value'." });
}

function textValue(request: ODataRequest, target: PropertyTarget): Json {
  const text = new TextDecoder().decode(request.body ?? new Uint8Array(0));
  const name = target.property?.type.name;
  if (name === "Edm.Boolean") return text === "true" ? true : text === "false" ? false : text;
  const isNumber = name?.startsWith("Edm.Int") === true || name === "Edm.Double" || name === "Edm.Single";
  return isNumber && text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}
