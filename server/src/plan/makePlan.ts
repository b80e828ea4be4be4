import { LRUCache } from "lru-cache";
import { problem } from "../base/errors.ts";
import { syntaxLimits, type Budgets } from "../base/limits.ts";
import { parseJson } from "../base/parseJson.ts";
import type { Json } from "../base/json.ts";
import type { Model, Place } from "../edm/model.ts";
import { requireVersion } from "../edm/requireVersion.ts";
import type { Segment } from "../odata/options.ts";
import type { ODataRequest } from "../odata/request.ts";
import { conditionsOf } from "./conditions.ts";
import { bindCall } from "./bindCall.ts";
import { bindQuery } from "./bindQuery.ts";
import { readDelta, type DeltaAsked } from "./deltaLink.ts";
import { followId } from "./followId.ts";
import { methodNotAllowed, verbOf } from "./methods.ts";
import { requireLegal, type Shape } from "./optionLegality.ts";
import type { CollectionTarget, EntityTarget, Once, Plan, Query, SentBody, SentItem, UpdateMode, WritePreference } from "./plan.ts";
import { planAll } from "./planAll.ts";
import { planCrossjoin } from "./planCrossjoin.ts";
import { readEntity, type BodyRules } from "./readEntity.ts";
import { onceOf } from "./onceOf.ts";
import { isMediaCreate, readMediaBody, readMediaEntity } from "./readMedia.ts";
import { readParameters } from "./readParameters.ts";
import { readPropertyBody } from "./readPropertyBody.ts";
import { refuseItems } from "./refuseItems.ts";
import { requireFilterable, splitFilters } from "./filterSegments.ts";
import { linkPlan } from "./references.ts";
import { readChanges, type RelationRules } from "./readRelated.ts";
import { mayRelate, relationRules } from "./relationRules.ts";
import { laterSegment, resolvePath, type CallTarget, type Target } from "./resolvePath.ts";
import { isTrackable, trackedSets } from "./trackedSets.ts";

/** What planning needs to know beside the model. */
export interface PlannerSettings {
  readonly budgets: Budgets;
  /** Roots (lower case) on which documentation placeholders count as absent. */
  readonly placeholderRoots: ReadonlySet<string>;
  /** `graph` departs from OData where Graph does: `$top` is the size of a page. */
  readonly profile: "graph" | "odata";
  /** Roots on which nothing is required. */
  readonly lenientRoots: ReadonlySet<string>;
}

/** Turns a parsed request into a plan over the model; pure but for its memory of bound queries. */
export type Planner = (request: ODataRequest) => Plan;

/**
 * Makes the planner of a model. Bound queries are kept by place and query text, so that what a query shape
 * costs is paid once. Throws Problems: 400 and 501 with the option or segment, 405 with Allow.
 */
export function createPlanner(model: Model, settings: PlannerSettings): Planner {
  const kept: KeptQueries = { plain: new Map(), others: new LRUCache({ maxSize: 500_000, sizeCalculation: (_, text) => text.length + 250 }) };
  return (request) => {
    requireVersion(request.options.schemaversion, model);
    const followed = followId(request);
    const { others } = kept;
    const ofService = planCrossjoin(request, { model, settings, kept: others }) ?? planAll(request, { model, settings, kept: others });
    return ofService ?? new Planning(model, settings, kept, followed).plan(followed !== request);
  };
}

const shapeOf = { json: "property", value: "value", count: "length" } as const;

/** Bound queries: those without options by place and shape, all others by a text of what they were bound from. */
interface KeptQueries {
  readonly plain: Map<Place, Partial<Record<Shape, Query>>>;
  readonly others: LRUCache<string, Query>;
}

/** One request being planned: the arguments that every step shares. */
class Planning {
  readonly #model: Model;
  readonly #settings: PlannerSettings;
  readonly #kept: KeptQueries;
  readonly #request: ODataRequest;

  constructor(model: Model, settings: PlannerSettings, kept: KeptQueries, request: ODataRequest) {
    this.#model = model;
    this.#settings = settings;
    this.#kept = kept;
    this.#request = request;
  }

  /** `isById`: the path is that of an `$id`, which only an entity has. */
  plan(isById: boolean): Plan {
    const { segments, filters } = splitFilters(this.#request.segments);
    const found = resolvePath(this.#model, segments, this.#request.aliases);
    // Filters of what a function returns stand behind its call, as all else there.
    const target = found.kind === "call" ? resolvePath(this.#model, this.#request.segments, this.#request.aliases) : found;
    if (isById && target.kind !== "entity") throw problem("badRequest", { what: "$id: expected the id of an entity." }, { target: "$id" });
    if (filters.length > 0 && target.kind !== "call") {
      requireFilterable(target, this.#request.method, filters[0]!);
      this.#filters = filters;
    }
    switch (target.kind) {
      case "root":
        return this.#document();
      case "operation":
        return this.#action(target);
      case "call":
        return this.#call(target);
      case "collection":
        return this.#collection(target);
      case "count":
        return this.#count(target);
      case "delta":
        return this.#delta(target);
      case "ref":
        return this.#reference(target);
      case "entity":
        return this.#entity(target);
      case "media":
        return this.#media(target);
      case "property":
        return this.#property(target);
    }
  }

  /** `$filter(...)` segments of the path. */
  #filters: readonly Segment[] = [];

  #document(): Plan {
    if (this.#request.method !== "GET" && this.#request.method !== "HEAD") throw methodNotAllowed(["GET", "HEAD"]);
    requireLegal(this.#request.options, "document", "service");
    return { kind: "document", document: "service" };
  }

  #collection(target: CollectionTarget): Plan {
    const verb = verbOf(this.#request.method, target, this.#isPure());
    if (verb === "update") return this.#changeSet(target);
    if (verb !== "list") return this.#create(target);
    const { preferences, options } = this.#request;
    const isOdata = this.#settings.profile === "odata" && this.#filters.length === 0;
    if (preferences.trackChanges === true && isOdata && isTrackable(this.#model, target, options))
      return this.#track(target, { links: "/delta", preferred: true });
    return { kind: "list", target, query: this.#query(target, "list") };
  }

  #media(target: Extract<Target, { kind: "media" }>): Plan {
    const verb = verbOf(this.#request.method, target, this.#isPure());
    const { of, name, property } = target;
    requireLegal(this.#request.options, "value", name || of.place.name);
    const conditions = conditionsOf(this.#request);
    if (verb === "get") return { kind: "media", target: of, name, conditions };
    const body = readMediaBody(this.#request, { name, property });
    return { kind: "update", target: of, body, query: this.#query(of, "write"), mode: "update", conditions, preference: {}, media: name };
  }

  #create(target: CollectionTarget): Plan {
    const query = this.#query(target, "write");
    const shared = { kind: "create", target, query, preference: this.#preference() } as const;
    const type = target.cast ?? target.place.type;
    if (isMediaCreate(this.#request, type)) return { ...shared, body: readMediaEntity(this.#request, this.#rules(target.place)) };
    return { ...shared, body: this.#bodyOf(target.place), ...this.#once(target) };
  }

  #once(on: CollectionTarget | EntityTarget, operation = ""): { readonly once?: Once } {
    return onceOf(this.#request, { on, operation, json: () => this.#json() });
  }

  /** PATCH of a collection with a delta (OData 4.01 Protocol 11.4.12). */
  #changeSet(target: CollectionTarget): Plan {
    requireLegal(this.#request.options, "effect", target.place.name);
    const isLinked = target.via?.link.to === target.place;
    if (this.#filters.length > 0 || isLinked || target.cast !== undefined || !mayRelate(target.place)) {
      throw problem("notImplemented", { what: "Changes of a filtered, cast or related collection, and of hubs, are not implemented: PATCH the entity set." });
    }
    const relations = this.#relations(target.place);
    const items = (): readonly SentItem[] => readChanges(this.#json(), target, relations);
    return { kind: "changeSet", target, items, preference: this.#preference() };
  }

  #count(target: Extract<Target, { kind: "count" }>): Plan {
    verbOf(this.#request.method, target);
    return { kind: "count", target: target.of, query: this.#query(target.of, "count") };
  }

  /** Change tracking (R132-R142). */
  #delta(target: Extract<Target, { kind: "delta" }>): Plan {
    verbOf(this.#request.method, target);
    if (target.of.via?.link.to === target.of.place)
      throw problem("notImplemented", { what: "Changes of related entities are not implemented: follow those of their own set." });
    return this.#track(target.of, { links: "", ...(target.whole === true ? { parts: trackedSets(this.#model, target.of) } : {}) });
  }

  /** `links`: what leads from the path to where changes are asked for. */
  #track(
    target: CollectionTarget,
    { links, preferred, parts }: { readonly links: string; readonly preferred?: true; readonly parts?: readonly CollectionTarget[] },
  ): Plan {
    const { options, aliases, serviceUrl, path, query: text } = this.#request;
    const limits = syntaxLimits(this.#settings.budgets);
    const asked = readDelta({ options, aliases, text }, { resource: target.place.name, limits, shape: parts === undefined ? "delta" : "feed" });
    const start = { at: asked.at, links: `${serviceUrl}${path.replace(/\/+$/, "")}${links}`, ...(preferred === undefined ? {} : { preferred }) };
    const plan = { kind: "delta", target, query: this.#trackedQuery(target, asked), start } as const;
    return parts === undefined ? plan : { ...plan, parts: parts.map((part) => ({ target: part, query: this.#trackedQuery(part, asked) })) };
  }

  #trackedQuery({ place, cast }: CollectionTarget, asked: DeltaAsked): Query {
    const { budgets } = this.#settings;
    const { maxPageSize } = this.#request.preferences;
    const bind = (): Query => {
      // All rows come, in pages of that size (R137).
      const { top: _, ...all } = bindQuery(asked.options, {
        model: this.#model,
        place,
        aliases: asked.aliases,
        budgets,
        topIsPageSize: true,
        byKey: true,
        ownRows: true,
        ...(cast === undefined ? {} : { cast }),
        ...(maxPageSize === undefined ? {} : { maxPageSize }),
      });
      return all;
    };
    const key = `delta ${place.path} ${cast?.name ?? ""} ${maxPageSize ?? ""} ${asked.text}`;
    const query = this.#kept.others.get(key) ?? bind();
    if (asked.text.length < 2000) this.#kept.others.set(key, query);
    return query;
  }

  #entity(target: EntityTarget): Plan {
    const conditions = conditionsOf(this.#request);
    switch (verbOf(this.#request.method, target, this.#isPure())) {
      case "create":
        return this.#createHub(target);
      case "update": {
        const query = this.#query(target, "write");
        const isWhole = this.#request.method === "PUT";
        const shared = { body: this.#bodyOf(target.place), query, mode: this.#mode(target.place), conditions, preference: this.#preference() };
        return { kind: "update", target, ...shared, ...(isWhole && { isWhole }) };
      }
      case "delete":
        requireLegal(this.#request.options, "effect", target.place.name);
        return { kind: "delete", target, conditions };
      default:
        return { kind: "get", target, query: this.#query(target, "get"), conditions };
    }
  }

  /** POST to the caller's own hub makes a hub, as a POST to the set of hubs does (DESIGN 2). */
  #createHub(target: EntityTarget): Plan {
    const place = this.#model.hub?.fleet ?? target.place;
    const fleet: CollectionTarget = { kind: "collection", place, hub: { kind: "fleet" }, parents: [] };
    return this.#create(fleet);
  }

  #property(target: Extract<Target, { kind: "property" }>): Plan {
    if (!this.#isPure()) refuseItems(target.of);
    const verb = verbOf(this.#request.method, target, this.#isPure());
    const conditions = conditionsOf(this.#request);
    if (verb === "get") {
      requireLegal(this.#request.options, shapeOf[target.form], target.of.steps.at(-1)!);
      return { kind: "property", target: target.of, form: target.form, conditions };
    }
    const { place } = target.of.entity;
    requireLegal(this.#request.options, this.#request.method === "POST" ? "addition" : "effect", place.name);
    const body = readPropertyBody(this.#request, target, { rules: this.#relatedRules(place), json: () => this.#json(["application/octet-stream"]) });
    return { kind: "setProperty", target: target.of, body, conditions };
  }

  #action(target: Extract<Target, { kind: "operation" }>): Plan {
    const { operation, on } = target;
    if (this.#request.method !== "POST") throw methodNotAllowed(["POST"]);
    requireLegal(this.#request.options, "effect", operation.name);
    const json = this.#request.body === undefined || this.#request.body.length === 0 ? undefined : this.#json();
    const body = readParameters(operation, json, { ...this.#rules(on.place), clientId: true });
    return { kind: "action", target: on, operation, body, conditions: conditionsOf(this.#request), ...this.#once(on, operation.name) };
  }

  /** `/$ref`: read behind any entity and collection, written behind a link. */
  #reference({ of, segment }: Extract<Target, { kind: "ref" }>): Plan {
    const { method, options, serviceUrl } = this.#request;
    const { via } = of;
    if (method === "GET" || method === "HEAD") return this.#references(of);
    if (via === undefined || via.alternate !== undefined || via.link.to !== of.place || of.cast !== undefined) throw laterSegment(segment);
    const { id, ...others } = options;
    const plan = linkPlan(of, via, { method, id, model: this.#model, serviceUrl, json: () => this.#json() });
    requireLegal(plan.change === "remove" && of.kind === "collection" ? others : options, "effect", via.link.navigation.name);
    return { ...plan, conditions: conditionsOf(this.#request) };
  }

  #references(of: CollectionTarget | EntityTarget): Plan {
    verbOf(this.#request.method, of);
    if (of.kind === "collection") return { kind: "list", target: of, query: this.#query(of, "references"), references: true };
    requireLegal(this.#request.options, "property", of.place.name);
    return { kind: "get", target: of, query: this.#query(of, "property"), conditions: conditionsOf(this.#request), references: true };
  }

  /** An operation that is implemented beside the model. */
  #call(target: CallTarget): Plan {
    const { body } = this.#request;
    const json = (): Json | undefined => (body === undefined || body.length === 0 ? undefined : this.#json());
    return bindCall(target, { request: this.#request, rules: this.#bodyRules(), json });
  }

  #preference(): WritePreference {
    const returns = this.#request.preferences.return;
    return returns === undefined ? {} : { returns };
  }

  /** R99, R100: creating by PATCH must be asked for, in the `graph` profile, but for a singleton, which is made in no other way; pure OData leaves it to If-Match (OData Protocol 11.4.4). */
  #mode(place: Place): UpdateMode {
    const { ifNoneMatch, preferences } = this.#request;
    const isAsked = ifNoneMatch?.any === true || preferences.createIfMissing === true || place.kind === "singleton" || this.#isPure();
    return isAsked && place.verbs.has("upsert") ? "upsert" : "update";
  }

  #isPure(): boolean {
    return this.#settings.profile === "odata";
  }

  #rules(place: Place): BodyRules {
    const { patchOnly, clientId, required = [] } = place.definition;
    return { ...this.#bodyRules(), required, ...(patchOnly === undefined ? {} : { patchOnly }), clientId: clientId === true };
  }

  #bodyRules(): BodyRules {
    const root = this.#request.root.toLowerCase();
    return {
      model: this.#model,
      placeholders: this.#settings.placeholderRoots.has(root),
      lenient: this.#settings.lenientRoots.has(root),
      required: [],
      clientId: true,
      pure: this.#settings.profile === "odata",
    };
  }

  #bodyOf(place: Place, json = (): Json => this.#json()): SentBody {
    const rules = this.#relatedRules(place);
    return { read: (type, mode) => readEntity(json(), type, rules, mode) };
  }

  #relatedRules(place: Place): BodyRules {
    return { ...this.#rules(place), ...(mayRelate(place) ? { relations: this.#relations(place) } : {}) };
  }

  /** Contained entities are nested where the profile is not Graph's, which has them POSTed to their own collections. */
  #relations(place: Place): RelationRules {
    const { serviceUrl } = this.#request;
    const isDeep = this.#isPure() || this.#model.hub === undefined;
    return relationRules(place, { model: this.#model, serviceUrl, isDeep, body: (nested, of) => this.#bodyOf(of, () => nested) });
  }

  #read: Json | undefined;

  /** R41, R42: a write must say that it is JSON; an absent type is 400, another type 415. */
  #json(also: readonly string[] = []): Json {
    const { contentType, body } = this.#request;
    const media = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (media === "") throw problem("malformedJson", { detail: "The Content-Type header is missing." }, { target: "Content-Type" });
    if (media !== "application/json" && media !== "text/json" && !also.includes(media)) {
      throw problem("unsupportedMediaType", { what: `Content-Type '${media}' is not supported; send application/json.` }, { target: "Content-Type" });
    }
    this.#read ??= parseJson(body ?? new Uint8Array(0), { depth: this.#settings.budgets.bodyDepth });
    return this.#read;
  }

  #query(target: CollectionTarget | EntityTarget, shape: Shape): Query {
    const { query: text, preferences } = this.#request;
    const { place, cast } = target;
    if (text === "" && cast === undefined && preferences.maxPageSize === undefined && this.#filters.length === 0) return this.#plainQuery(target, shape);
    const filters = this.#filters.map(({ raw }) => raw).join(" ");
    const key = `${shape} ${place.path} ${cast?.name ?? ""} ${preferences.maxPageSize ?? ""} ${filters} ${text}`;
    const query = this.#kept.others.get(key) ?? this.#bind(target, shape);
    if (text.length < 2000) this.#kept.others.set(key, query);
    return query;
  }

  #plainQuery(target: CollectionTarget | EntityTarget, shape: Shape): Query {
    const { plain } = this.#kept;
    let ofPlace = plain.get(target.place);
    if (ofPlace === undefined) plain.set(target.place, (ofPlace = {}));
    return (ofPlace[shape] ??= this.#bind(target, shape));
  }

  #bind({ place, cast }: CollectionTarget | EntityTarget, shape: Shape): Query {
    const { options, aliases } = this.#request;
    const { maxPageSize } = this.#request.preferences;
    const { budgets, profile } = this.#settings;
    const pure = profile === "odata";
    requireLegal(options, shape, place.name, pure);
    return bindQuery(options, {
      model: this.#model,
      place,
      aliases,
      budgets,
      pure,
      filters: this.#filters.map((segment) => segment.arguments![0]!.value),
      topIsPageSize: profile === "graph" && (shape === "list" || shape === "references"),
      ...(cast === undefined ? {} : { cast: cast }),
      ...(maxPageSize === undefined ? {} : { maxPageSize }),
    });
  }
}
