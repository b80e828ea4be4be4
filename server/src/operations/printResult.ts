import type { HttpResponse } from "../base/http.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { problem } from "../base/errors.ts";
import { keyMembers, keyPredicate, keyTextOf, literalOf } from "../edm/keyText.ts";
import type { Model, Place } from "../edm/model.ts";
import type { EntityType, Parameter, Property } from "../edm/types.ts";
import { readMember } from "../plan/readEntity.ts";
import { asProperty } from "../plan/readParameters.ts";
import { commonHeaders, jsonType, requestIds } from "../respond/headers.ts";
import { project } from "../respond/project.ts";
import type { Called } from "../handle.ts";
import { ask, Refused, type Site } from "./callSite.ts";

/**
 * The answer to a call (OData Protocol 11.5.4, 11.5.5): of a value the value, held to the declared type; entities are read again from their
 * set by their keys, so that the options of the request and what stands behind a composable function apply. 204 for nothing.
 */
export async function printResult(site: Site, called: Called, result: Json | undefined): Promise<HttpResponse> {
  const { operation, place } = called.plan;
  const { returns } = operation;
  if (returns === undefined) return nothing();
  if (result === undefined || result === null) {
    if (returns.nullable && !returns.collection) return nothing();
    throw new Error(`The implementation of '${operation.name}' gave nothing, where ${returns.type.name} is declared.`);
  }
  if (returns.type.kind === "entity") return entities(site, called, { type: returns.type, place, values: listOf(result, returns.collection, operation.name) });
  return printValue(site, called, result);
}

function nothing(): HttpResponse {
  return { status: 204, headers: commonHeaders(requestIds({})) };
}

function listOf(result: Json, isCollection: boolean, name: string): readonly JsonObject[] {
  const values = isCollection ? result : [result];
  if (Array.isArray(values) && (values as readonly Json[]).every(isObject)) return values as readonly JsonObject[];
  throw new Error(`The implementation of '${name}' gave something else than ${isCollection ? "an array of entities" : "an entity"}.`);
}

function printValue({ app }: Site, { request, plan }: Called, result: Json): HttpResponse {
  const { operation, rest } = plan;
  const { returns } = operation;
  if (rest !== "") return refuseRest(rest);
  const parameter: Parameter = { name: "value", ...returns! };
  const read = valueOfType(app.execute.model, asProperty(parameter), result, operation.name);
  const type = parameter.collection ? `Collection(${parameter.type.name})` : parameter.type.name;
  const shape = { format: request.format, type: wrapperOf(parameter) };
  const members = project({ value: read }, shape);
  const isComplex = parameter.type.kind === "complex" && !parameter.collection;
  const body = {
    ...(request.format.metadata !== "none" && { "@odata.context": `${request.serviceUrl}/$metadata#${type}` }),
    ...(isComplex ? (members["value"] as JsonObject) : members),
  };
  return { status: 200, headers: { ...commonHeaders(requestIds({})), "Content-Type": jsonType(request.format) }, body: JSON.stringify(body) };
}

function refuseRest(rest: string): never {
  throw problem("notImplemented", { what: `'${rest}' behind a function that returns values is not implemented.` }, { target: rest });
}

function valueOfType(model: Model, property: Property, result: Json, operation: string): Json {
  try {
    return readMember(result, property, { model, placeholders: false, lenient: false, required: [], clientId: true, pure: true });
  } catch (error) {
    throw new Error(`The implementation of '${operation}' gave something else than ${property.type.name}: ${(error as Error).message}`, { cause: error });
  }
}

/** A type with the one property `value`, by which a value is printed as a property is. */
function wrapperOf(parameter: Parameter): EntityType {
  const property = asProperty(parameter);
  const none = {
    abstract: false,
    open: false,
    navigation: [],
    allNavigation: [],
    annotations: [],
    key: [],
    declaresKey: false,
    hasStream: false,
    streams: false,
    derived: [],
    silent: new Set<string>(),
    secret: new Set<string>(),
  };
  return { ...none, kind: "entity", name: "", properties: [property], allProperties: [property] };
}

interface Returned {
  readonly type: EntityType;
  readonly place: Place | undefined;
  readonly values: readonly JsonObject[];
}

async function entities(site: Site, called: Called, { type, place, values }: Returned): Promise<HttpResponse> {
  const { plan, request } = called;
  const { operation, rest } = plan;
  if (place === undefined || place.parent !== undefined)
    return bare(
      called,
      values.map((one) => typedEntity(site.app.execute.model, type, one, operation.name)),
    );
  const ids = values.map((one) => keyTextOf(type, one));
  if (ids.includes(undefined)) throw new Error(`The implementation of '${operation.name}' gave an entity without its key.`);
  const { metadata, ieee754Compatible } = request.format;
  const accept = `application/json;odata.metadata=${metadata};IEEE754Compatible=${ieee754Compatible}`;
  const query = request.query === "" ? [] : [request.query];
  const isSingle = operation.returns?.collection === false;
  const within = isSingle ? `${place.name}${place.kind === "set" ? keyPredicate(place.type, ids[0]!) : ""}` : place.name;
  const { member } = plan;
  if (member !== undefined && !ids.includes(member)) throw problem("notFound", { what: `There is no object with the id '${member}' here.` });
  const options = isSingle || member !== undefined ? query : withFilter(query, conditionOf(place.type, ids as readonly string[]));
  const response = await ask({ ...site, accept }, "GET", `${within}${rest}${options.length === 0 ? "" : `?${options.join("&")}`}`);
  if (response.status >= 400) throw new Refused(response);
  return response;
}

/** Entities of no set are printed as they come, in the format that was asked for. */
function bare({ request, plan }: Called, values: readonly Returning[]): HttpResponse {
  if (plan.rest !== "") return refuseRest(plan.rest);
  const { returns } = plan.operation;
  const { format } = request;
  const type = returns!.collection ? `Collection(${returns!.type.name})` : returns!.type.name;
  const context = format.metadata === "none" ? {} : { "@odata.context": `${request.serviceUrl}/$metadata#${type}` };
  const printed = values.map((one) => project(one.entity, { format, type: one.type }));
  const body = returns!.collection ? { ...context, value: printed } : { ...context, ...printed[0]! };
  return { status: 200, headers: { ...commonHeaders(requestIds({})), "Content-Type": jsonType(request.format) }, body: JSON.stringify(body) };
}

interface Returning {
  readonly type: EntityType;
  readonly entity: JsonObject;
}

/** An entity as an implementation gave it: each property held to its type; what it has beside them stays. */
function typedEntity(model: Model, declared: EntityType, value: JsonObject, operation: string): Returning {
  const named = typeof value["@odata.type"] === "string" ? model.findType(value["@odata.type"].replace(/^#/, "")) : undefined;
  const type = named?.kind === "entity" ? named : declared;
  const properties = new Map(type.allProperties.map((property) => [property.name, property]));
  const members = Object.entries(value).map(([name, member]): readonly [string, Json] => {
    const property = properties.get(name);
    return [name, property === undefined || member === null ? member : valueOfType(model, property, member, operation)];
  });
  return { type, entity: Object.fromEntries(members) };
}

/** The condition that holds for these rows alone, as text of a `$filter`. */
function conditionOf(type: EntityType, ids: readonly string[]): string {
  const [name] = type.key;
  const literal = (id: string, key: string): string => {
    const member = keyMembers(type, id)[key]!;
    return literalOf(
      type.allProperties.find((one) => one.name === key)!,
      textOf(member),
    );
  };
  if (ids.length === 0) return "false";
  if (type.key.length === 1) return `${name!} in (${ids.map((id) => literal(id, name!)).join(",")})`;
  return `(${ids.map((id) => `(${type.key.map((key) => `${key} eq ${literal(id, key)}`).join(" and ")})`).join(" or ")})`;
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The condition beside the client's own `$filter`. */
function withFilter(query: readonly string[], condition: string): readonly string[] {
  const parts = query.flatMap((text) => text.split("&"));
  const own = parts.find((part) => /^(?:\$|%24)?filter=/i.test(part));
  const others = parts.filter((part) => part !== own);
  const encoded = encodeURIComponent(condition);
  return [...others, own === undefined ? `$filter=${encoded}` : `$filter=${encoded}%20and%20(${own.slice(own.indexOf("=") + 1)})`];
}
