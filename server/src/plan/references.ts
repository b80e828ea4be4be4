import { problem, type Problem } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";
import type { Model, Place } from "../edm/model.ts";
import { parsePath } from "../odata/parsePath.ts";
import { pathOfId } from "./followId.ts";
import { methodNotAllowed } from "./methods.ts";
import type { CollectionTarget, EntityTarget, LinkPlan, Via } from "./plan.ts";
import { resolvePath } from "./resolvePath.ts";

/** A request behind `/$ref` of a link. */
interface LinkRequest {
  readonly method: string;
  /** `$id`. */
  readonly id: string | undefined;
  readonly model: Model;
  readonly serviceUrl: string;
  readonly json: () => Json;
}

/** What a request behind `/$ref` of a link changes (OData Protocol 11.4.6). Throws 405. */
export function linkPlan(
  of: CollectionTarget | EntityTarget,
  via: Via,
  { method, id = "", model, serviceUrl, json }: LinkRequest,
): Omit<LinkPlan, "conditions"> {
  const change = linkChangeOf(method, of);
  const reading = { model, serviceUrl, to: via.link.to };
  const read = (text: string, where: string): EntityTarget => readReference(text, { ...reading, where });
  const others = (): readonly EntityTarget[] => {
    if (change === "replace") return referencesIn(json()).map((one, index) => read(referenceIn(one), `value[${index}]`));
    if (change !== "remove") return [read(referenceIn(json()), "@odata.id")];
    if (of.kind === "collection") return [read(id, "$id")];
    return via.key === undefined ? [] : [of];
  };
  return { kind: "link", target: via.from, link: via.link, change, others };
}

/** References that one request may replace a collection's by. */
const most = 1000;

function referencesIn(json: Json): readonly Json[] {
  const value = isObject(json) ? json["value"] : undefined;
  if (Array.isArray(value) && value.length <= most) return value as readonly Json[];
  throw problem(
    "badRequest",
    { what: `Expected references: an object with the array 'value' of at most ${most} objects with '@odata.id'.` },
    { target: "value" },
  );
}

/** What a method means. What leads to one entity is set and removed, a collection is added to, removed from and replaced (4.01, 11.4.6.4). */
function linkChangeOf(method: string, of: CollectionTarget | EntityTarget): LinkPlan["change"] {
  const isSingle = of.kind === "entity" && of.via?.key === undefined;
  const methods: Readonly<Record<string, LinkPlan["change"]>> =
    of.kind === "collection" ? { POST: "add", PUT: "replace", DELETE: "remove" } : isSingle ? { PUT: "set", DELETE: "remove" } : { DELETE: "remove" };
  const from = of.via?.from.place;
  const allowed = from?.verbs.has("update") === true ? methods : {};
  if (!Object.hasOwn(allowed, method)) throw methodNotAllowed(["GET", ...Object.keys(allowed)]);
  return allowed[method]!;
}

/** The id in a body that is an entity reference (OData JSON Format 14), by either of its names. Throws 400. */
function referenceIn(json: Json): string {
  const id = isObject(json) ? (json["@odata.id"] ?? json["@id"]) : undefined;
  if (typeof id === "string" && id !== "") return id;
  throw problem("badRequest", { what: "Expected an entity reference: an object with '@odata.id'." }, { target: "@odata.id" });
}

/** What an entity-id is read with; `to` is the place whose rows may be meant, `where` names the id in messages. */
export interface ReferenceReading {
  readonly model: Model;
  readonly serviceUrl: string;
  readonly to: Place;
  readonly where: string;
}

/** The entity that an id names. Throws 400 for what is no id of an entity of that place, and 404 for one of another service. */
export function readReference(id: string, { model, serviceUrl, to, where }: ReferenceReading): EntityTarget {
  if (id === "") throw wrong(id, to, where);
  const segments = parsePath(pathOfId(id, { serviceUrl }, where));
  const found = segments.length === 0 ? undefined : resolvePath(model, segments);
  if (found?.kind !== "entity" || found.place !== to || found.via !== undefined) throw wrong(id, to, where);
  return found;
}

function wrong(id: string, to: Place, where: string): Problem {
  return problem("badRequest", { what: `${where}: expected the id of an entity of '${to.path}', got '${id.slice(0, 200)}'.` }, { target: where });
}
