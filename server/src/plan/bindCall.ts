import { problem, type Problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { parseJson } from "../base/parseJson.ts";
import { linksFrom } from "../edm/links.ts";
import type { BoundOperation, Model, Place } from "../edm/model.ts";
import type { Parameter } from "../edm/types.ts";
import type { Expression, NamedArgument } from "../odata/expression.ts";
import type { QueryOptions, Segment } from "../odata/options.ts";
import type { ODataRequest } from "../odata/request.ts";
import { conditionsOf } from "./conditions.ts";
import { implicitAliases } from "./implicitAliases.ts";
import { methodNotAllowed } from "./methods.ts";
import { requireLegal } from "./optionLegality.ts";
import type { CallPlan, PropertyTarget } from "./plan.ts";
import { readMember, type BodyRules } from "./readEntity.ts";
import { literalAs } from "./readKey.ts";
import { asProperty } from "./readParameters.ts";
import { resolvePath, type CallTarget } from "./resolvePath.ts";

/** What binding a call needs of its request. */
export interface Calling {
  readonly request: ODataRequest;
  readonly rules: BodyRules;
  /** The body as JSON; undefined where there is none. */
  readonly json: () => Json | undefined;
}

/**
 * Binds a call of an operation that is implemented beside the model (OData Protocol 11.5): the overload by the names of the parameters, each
 * value by its type. Throws 405 for another method than the kind of operation has, 400 for parameters that no overload takes.
 */
export function bindCall(target: CallTarget, calling: Calling): CallPlan {
  const { overloads, on, segment, next } = target;
  const { method, path, once } = calling.request;
  if (once?.own === true) throw problem("notImplemented", { what: "Idempotency-Key is not implemented for this operation." }, { target: "Idempotency-Key" });
  const isFunction = overloads[0]!.kind === "function";
  const allowed = isFunction ? ["GET", "HEAD"] : ["POST"];
  if (!allowed.includes(method)) throw methodNotAllowed(allowed);
  const isImplicit = isFunction && segment.arguments === undefined && next === undefined && calling.rules.pure === true;
  const given = isImplicit ? implicitAliases(overloads, calling.request) : (segment.arguments ?? []);
  const operation = isFunction ? overloadOf(target, given) : overloads[0]!;
  if (!isFunction && segment.arguments !== undefined) throw refusal(`The action '${operation.name}' takes its parameters in the body.`, segment.raw);
  if (next !== undefined && !operation.composable) throw refusal(`'${operation.name}' is not composable: nothing may stand behind it.`, next.raw);
  const place = target.place ?? placeOf(calling.rules.model, operation, on);
  if (!isReadAgain(operation, place)) requirePlain(operation, calling.request.options);
  return {
    kind: "call",
    operation,
    ...(place !== undefined && { place }),
    ...(on !== undefined && { on }),
    onPath: path.slice(0, segment.at).replace(/\/$/, ""),
    rest: next === undefined ? "" : `${path.charAt(next.at - 1) === "/" ? "/" : ""}${path.slice(next.at)}`,
    ...(next !== undefined && operation.returns?.collection === true && memberOf(place, next, calling)),
    parameters: () => (isFunction ? ofFunction(operation, given, calling) : ofAction(operation, calling)),
    conditions: conditionsOf(calling.request),
  };
}

/** Refuses the options that a result cannot be given (400), and those that one of entities could, were these of a set (501). */
function requirePlain({ name, returns }: BoundOperation, options: QueryOptions): void {
  const isEntities = returns?.type.kind === "entity";
  const [first] = Object.keys(options).filter((option) => option !== "format" && option !== "schemaversion");
  if (isEntities && first !== undefined) {
    throw problem(
      "notImplemented",
      { what: `The query option $${first} is not implemented for the entities of '${name}', which are those of no entity set.` },
      { target: `$${first}` },
    );
  }
  requireLegal(options, returns === undefined ? "effect" : "property", name, true);
}

/** Entities of a set are read by their keys, where options apply as to any read; all else is printed as it comes. */
function isReadAgain({ returns }: BoundOperation, place: Place | undefined): boolean {
  return returns?.type.kind === "entity" && place !== undefined && place.parent === undefined;
}

/** The key by which a member of the returned collection stands behind the call; none where the collection itself goes on. */
function memberOf(place: Place | undefined, next: Segment, { request, rules }: Calling): { readonly member?: string } {
  if (place === undefined || place.parent !== undefined || next.name.startsWith("$")) return {};
  const set: Segment = { name: place.name, raw: place.name, at: 0 };
  const target = resolvePath(rules.model, next.name === "" ? [{ ...next, ...set }] : [set, next], request.aliases);
  return target.kind === "entity" ? { member: target.key } : {};
}

function refusal(what: string, target: string): Problem {
  return problem("badRequest", { what }, { target });
}

/** CSDL 12.2: functions of one name and binding differ in the names of their parameters. */
function overloadOf({ overloads, segment }: CallTarget, given: readonly NamedArgument[]): BoundOperation {
  const names = given.map(({ name }) => name ?? "");
  const found = overloads.find(({ parameters }) => {
    const isKnown = names.every((name) => parameters.some((parameter) => parameter.name === name));
    return isKnown && parameters.every(({ name, optional }) => optional !== undefined || names.includes(name));
  });
  if (found !== undefined) return found;
  const forms = overloads.map(({ name, parameters }) => `${name}(${parameters.map((parameter) => parameter.name).join(",")})`).join(", ");
  throw refusal(`'${segment.raw}' fits none of the overloads of this function: ${forms}.`, segment.raw);
}

type Values = readonly (readonly [string, Json])[];

function ofFunction(operation: BoundOperation, given: readonly NamedArgument[], { request, rules }: Calling): JsonObject {
  const values = operation.parameters.flatMap((parameter): Values => {
    const { name } = parameter;
    const argument = given.find((one) => one.name === name);
    if (argument === undefined) return leftOut(parameter);
    const { value } = argument;
    return [[name, argumentOf(value.kind === "alias" ? (request.aliases.get(value.name) ?? value) : value, parameter, rules)]];
  });
  return Object.fromEntries(values);
}

function leftOut({ name, optional }: Parameter): Values {
  return optional?.default === undefined ? [] : [[name, optional.default]];
}

function argumentOf(value: Expression, parameter: Parameter, rules: BodyRules): Json {
  const { name, type, collection } = parameter;
  if (value.kind === "alias") throw refusal(`The parameter alias '@${value.name}' has no value.`, name);
  if (value.kind === "json") return checked(parseJson(Buffer.from(value.text), { depth: 20 }), parameter, rules);
  if (value.kind !== "literal") throw refusal(`Parameter '${name}': expected a literal, an alias or JSON.`, name);
  if (value.literal === "null") return checked(null, parameter, rules);
  if (collection || type.kind === "complex" || type.kind === "entity") throw refusal(`Parameter '${name}': expected JSON, behind a parameter alias.`, name);
  const read = literalAs(asProperty(parameter), value);
  if ("expected" in read) throw refusal(`Parameter '${name}': expected ${read.expected}, got '${value.value.slice(0, 80)}'.`, name);
  return read.value;
}

/** The body of an action: an object of its parameters (OData JSON Format 18); none where there are no parameters. */
function ofAction(operation: BoundOperation, { json, rules }: Calling): JsonObject {
  const body = json() ?? {};
  if (!isObject(body)) throw problem("malformedJson", { detail: "Expected a JSON object with the action's parameters." });
  for (const name of Object.keys(body)) {
    if (name.includes("@") || operation.parameters.some((parameter) => parameter.name === name)) continue;
    throw refusal(`The action '${operation.name}' has no parameter '${name}'.`, name);
  }
  const values = operation.parameters.flatMap((parameter): Values => {
    const { name, optional, nullable, collection } = parameter;
    if (Object.hasOwn(body, name)) return [[name, checked(body[name]!, parameter, rules)]];
    if (optional !== undefined) return leftOut(parameter);
    if (!nullable || collection) throw refusal(`Parameter '${name}' is required.`, name);
    return [[name, null]];
  });
  return Object.fromEntries(values);
}

/** A value of a parameter in wire form, held to its type; entities are passed on as they come. */
function checked(value: Json, parameter: Parameter, rules: BodyRules): Json {
  const { name, type, nullable, collection } = parameter;
  if (value === null && nullable && !collection) return null;
  if (type.kind !== "entity") return readMember(value, asProperty(parameter), rules);
  const isFit = collection ? Array.isArray(value) && (value as readonly Json[]).every(isObject) : isObject(value);
  if (!isFit) throw refusal(`Parameter '${name}': expected ${collection ? "an array of entities" : "an entity"}.`, name);
  return value;
}

/** The set of what a bound operation returns: its EntitySetPath leads there from what it is bound to (CSDL 12.5). */
function placeOf(model: Model, { binding, entitySetPath, returns }: BoundOperation, on: CallTarget["on"]): Place | undefined {
  if (on === undefined || isProperty(on) || returns?.type.kind !== "entity") return undefined;
  const { type } = returns;
  const isKin = on.place.type === type || on.place.type.derived.includes(type) || type.derived.includes(on.place.type);
  if (entitySetPath === undefined || binding === undefined) return isKin ? on.place : undefined;
  const [, ...steps] = entitySetPath.split("/");
  // A cast on the way says whose the property behind it is, and leads nowhere itself.
  return steps.reduce<Place | undefined>((place, step) => {
    if (place === undefined || step.includes(".")) return place;
    return place.children.get(step.toLowerCase()) ?? linksFrom(model, place).get(step.toLowerCase())?.to;
  }, on.place);
}

function isProperty(on: NonNullable<CallTarget["on"]>): on is PropertyTarget {
  return !("kind" in on);
}
