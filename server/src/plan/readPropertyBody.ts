import { problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { completeValue } from "../edm/completeEntity.ts";
import { takesPositions } from "../edm/ordered.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { PropertyTarget, ReadMode, SentBody, SentEntity } from "./plan.ts";
import type { PlacedForm } from "./writeForm.ts";
import { identifier, readEntity, readMember, type BodyRules } from "./readEntity.ts";
import { rawValue } from "./rawValue.ts";
import { readOrdinal } from "../base/valueAt.ts";

/**
 * A write of one property (OData Protocol 11.4.9) as the patch of its entity that it is: PUT and PATCH carry
 * `{"value": ...}` (a complex value stands bare), `$value` its text, DELETE clears it or takes an item out; POST adds to a collection
 * (4.01, 11.4.9.4), at `$index` where that is given (11.4.11).
 */
export function readPropertyBody(request: ODataRequest, { of, form }: Written, reading: PropertyReading): SentBody {
  return {
    read(type, mode) {
      const way = wayTo(of, type);
      requireWritable(of, way);
      const value = valueOf(request, { of, form }, reading);
      const isItem = request.method === "POST";
      if (request.method === "PUT" && isObject(value)) requireWhole(value, of);
      if (of.casts !== undefined || way.some(({ isItem: within }) => within))
        return readBehind(request, { of, form, type, value }, { rules: reading.rules, mode });
      const patch = of.steps.reduceRight<Json>((inner, name) => ({ [name]: inner }), isItem ? [value] : value);
      const sent = readEntity(patch, type, reading.rules, mode);
      return request.method === "PATCH" ? sent : { ...sent, form: { path: of.steps, as: isItem ? "item" : "whole", ...indexOf(request, of) } };
    },
  };
}

function indexOf({ options: { index } }: ODataRequest, { property, steps }: PropertyTarget): Pick<PlacedForm, "index"> {
  if (index === undefined) return {};
  if (property !== undefined && takesPositions(property)) return { index };
  throw problem("badRequest", { what: `$index: '${steps.join("/")}' takes no items at a place of their own.` }, { target: "$index" });
}

interface Behind extends Written {
  readonly type: EntityType;
  readonly value: Json;
}

/** What lies in an item, or behind the type of a complex value, is placed once the entity is there. */
function readBehind(
  request: ODataRequest,
  { of, form, type, value }: Behind,
  { rules, mode }: { readonly rules: BodyRules; readonly mode: ReadMode },
): SentEntity {
  const { steps, casts, property } = of;
  const { method } = request;
  const isItem = method === "POST";
  const isElement = readOrdinal(steps.at(-1)!) !== undefined;
  const as = isItem ? "item" : method === "PATCH" ? "merge" : method === "DELETE" && isElement && form === "json" ? "removed" : "whole";
  const asCreate = isItem || (isElement && as === "whole");
  const named = property && { ...property, name: steps.join("/"), ...(isItem && { collection: false, nullable: false }) };
  const isRead = named !== undefined && as !== "removed";
  const read = isRead ? readMember(value, named, rules, { ...mode, asCreate }) : value;
  const placed = isRead && as !== "merge" ? completeValue(named, read) : read;
  return {
    type,
    key: {},
    entity: { "@odata.type": `#${type.name}`, [steps[0]!]: around(steps.slice(1), placed) },
    sent: new Set([steps[0]!]),
    placeholders: [],
    related: [],
    form: { path: steps, as, value: placed, ...(casts && { casts }), ...indexOf(request, of) },
  };
}

function around(steps: readonly string[], value: Json): Json {
  return steps.reduceRight<Json>((inner, step) => (readOrdinal(step) === undefined ? { [step]: inner } : [inner]), value);
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

/** What a step of a path leads to: a declared property, an item of one, or what no type declares. */
interface Stop {
  readonly property?: Property;
  readonly isItem: boolean;
}

/** What the path leads through, from the entity on. Throws 400 where its type does not have that. */
function wayTo({ steps, casts = [] }: PropertyTarget, from: EntityType): readonly Stop[] {
  const way: Stop[] = [];
  let type: EntityType | ComplexType | undefined = from;
  for (const [index, step] of steps.entries()) {
    const last: Property | undefined = way.at(-1)?.property;
    const isItem = readOrdinal(step) !== undefined && index > 0;
    const property: Property | undefined = isItem ? last : type?.allProperties.find(({ name }) => name === step);
    const isUnknown = !isItem && property === undefined && (type?.open === false || !identifier.test(step));
    if (isUnknown) throw problem("unknownProperty", { property: step, type: type?.name ?? from.name }, { target: step });
    way.push({ isItem, ...(property && { property }) });
    const complex: ComplexType | undefined = property?.type.kind === "complex" ? property.type : undefined;
    type = casts.find(({ behind }) => behind === index + 1)?.type ?? complex;
  }
  return way;
}

/** What the server or the token sets is not written alone: nothing would happen. */
function requireWritable({ entity, steps }: PropertyTarget, way: readonly Stop[]): void {
  const isKey = steps.length === 1 && entity.place.type.key.includes(steps[0] ?? "");
  if (!isKey && !way.some(({ property }) => property?.setBy === "server" || property?.setBy === "token")) return;
  const path = steps.join("/");
  throw problem("badRequest", { what: `Property '${path}' is set by the server and cannot be written.` }, { target: path });
}

function valueOf(request: ODataRequest, { of: target, form }: Written, reading: PropertyReading): Json {
  if (request.method === "DELETE") return target.property?.collection === true ? [] : null;
  if (form === "value") return rawValue(request, target);
  const json = reading.json();
  const isOne = target.property?.collection !== true || request.method === "POST";
  if (target.property?.type.kind === "complex" && isOne && isObject(json)) return json;
  if (isObject(json) && Object.hasOwn(json, "value")) return json["value"]!;
  throw problem("malformedJson", { detail: "Expected an object with the member 'value'." });
}
