import { problem } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { PropertyTarget, SentBody } from "./plan.ts";
import { readEntity, type BodyRules } from "./readEntity.ts";

/**
 * A write of one property (OData Protocol 11.4.9) as the patch of its entity that it is: PUT and PATCH carry
 * `{"value": ...}` (a complex value stands bare), `$value` its text, DELETE clears it.
 */
export function readPropertyBody(request: ODataRequest, { of, form }: Written, reading: PropertyReading): SentBody {
  return {
    read(type, mode) {
      requireWritable(of);
      const patch = of.steps.reduceRight<Json>((inner, name) => ({ [name]: inner }), valueOf(request, { of, form }, reading));
      return readEntity(patch, type, reading.rules, mode);
    },
  };
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
function requireWritable({ property, entity, steps }: PropertyTarget): void {
  const isKey = steps.length === 1 && entity.place.type.key.includes(steps[0] ?? "");
  if (!isKey && property?.setBy !== "server" && property?.setBy !== "token") return;
  const path = steps.join("/");
  throw problem("badRequest", { what: `Property '${path}' is set by the server and cannot be written.` }, { target: path });
}

function valueOf(request: ODataRequest, { of: target, form }: Written, reading: PropertyReading): Json {
  if (request.method === "DELETE") return null;
  if (form === "value") return textValue(request, target);
  const json = reading.json();
  if (target.property?.type.kind === "complex" && !target.property.collection && isObject(json)) return json;
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
