import type { HttpResponse } from "../base/http.ts";
import { keyPredicate } from "../edm/keyText.ts";
import { isObject, textOf, type Json } from "../base/json.ts";
import { etagOf } from "../base/etag.ts";
import { readMedia } from "../base/media.ts";
import { parseStored } from "../base/parseJson.ts";
import type { ChangesOutcome, Outcome, PageTokens, Row } from "../execute/outcome.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { CollectionTarget, DeltaPlan, EntityTarget, Expansion, Plan, PropertyTarget, Query, RowPlan } from "../plan/plan.ts";
import { readOrdinal, valueAt } from "../base/valueAt.ts";
import { allText } from "./allText.ts";
import { contextUrl, entityUrl, placePath } from "./contextUrl.ts";
import { deltaText } from "./deltaText.ts";
import { entityText, pageText, referencesText, referenceText, type Printing } from "./entityText.ts";
import { commonHeaders, jsonType, type RequestIds } from "./headers.ts";
import { preferenceApplied } from "./preferenceApplied.ts";
import { projectValue } from "./project.ts";
import { warningOf } from "./warning.ts";
import { withoutPrefix } from "./withoutPrefix.ts";

/** The last text of a row that stood alone. */
const printed = new WeakMap<Row, { readonly request: ODataRequest; readonly text: string }>();

const everything: Pick<Query, "projection" | "expand"> = { expand: [] };

/** Turns what came of a plan into the answer on the wire. Pure; never fails on an Outcome. */
export function respond(request: ODataRequest, plan: RowPlan, outcome: Outcome, ids: RequestIds): HttpResponse {
  const response = new Answer(request, plan, ids).of(outcome);
  return ids.odataVersion === "4.01" ? inNewNames(response) : response;
}

/** Control information as 4.01 names it, for who asked for that version. */
function inNewNames(response: HttpResponse): HttpResponse {
  const { body, headers } = response;
  if (body === undefined || headers["Content-Type"]?.startsWith("application/json") !== true) return response;
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  return { ...response, headers: { ...headers, "Content-Type": headers["Content-Type"].replaceAll("odata.", "") }, body: withoutPrefix(text) };
}

/** What came of a create or an update. */
type Written = Extract<Outcome, { kind: "created" | "updated" }>;

/** One answer in the making. */
class Answer {
  readonly #request: ODataRequest;
  readonly #plan: RowPlan;
  readonly #ids: RequestIds;

  constructor(request: ODataRequest, plan: RowPlan, ids: RequestIds) {
    this.#request = request;
    this.#plan = plan;
    this.#ids = ids;
  }

  of(outcome: Outcome): HttpResponse {
    switch (outcome.kind) {
      case "page":
        return this.#json(200, this.#page(outcome), this.#applied());
      case "changes":
        return this.#changes(outcome);
      case "number":
        return this.#text(String(outcome.value));
      case "row":
        return this.#isReferences() ? this.#reference(outcome.row) : this.#entity(200, outcome.row, this.#applied(), outcome.expanded);
      case "property":
        return this.#property(outcome);
      case "media":
        return { status: 200, headers: { ...this.#common(), ...mediaHeaders, "Content-Type": outcome.type, ETag: outcome.etag }, body: outcome.bytes };
      case "notModified":
        return { status: 304, headers: { ...this.#common(), ETag: outcome.etag } };
      case "created":
        this.#isMade = this.#plan.kind === "action";
        return this.#created(outcome);
      case "updated":
        return this.#updated(outcome);
      case "deleted":
      case "nothing":
        return { status: 204, headers: this.#common() };
      case "acted":
        return { status: outcome.status, headers: this.#common() };
      case "changedSet":
        return this.#changedSet(outcome);
      case "actedOn":
        return this.#actedOn(outcome.rows);
      case "value":
        return this.#value(outcome.value);
    }
  }

  /** An action over one entity answers with another that it made. */
  #isMade = false;

  /** Related entities that the body of a write gave and that the request does not ask for itself. */
  #given: readonly Expansion[] = [];

  #show({ expand = [] }: Pick<Written, "expand">): void {
    const asked = "query" in this.#plan ? this.#plan.query.expand : [];
    this.#given = expand.filter(({ navigation }) => !asked.some((one) => one.navigation.name === navigation.name));
  }

  #common(): Record<string, string> {
    return commonHeaders(this.#ids);
  }

  #target(): CollectionTarget | EntityTarget {
    const plan = this.#plan;
    return plan.kind === "property" || plan.kind === "setProperty" ? plan.target.entity : plan.target;
  }

  #printing(tokens?: PageTokens): Printing {
    const plan = this.#plan;
    const asked = "query" in plan ? plan.query : everything;
    const query = this.#given.length === 0 ? asked : { ...asked, expand: [...asked.expand, ...this.#given] };
    return { serviceUrl: this.#request.serviceUrl, target: this.#target(), query, format: this.#request.format, tokens };
  }

  #json(status: number, body: string | Uint8Array, extra: Record<string, string> = {}): HttpResponse {
    return { status, headers: { ...this.#common(), "Content-Type": jsonType(this.#request.format), ...extra }, body };
  }

  #page({ page, nextToken, expanded, part }: Extract<Outcome, { kind: "page" }>): string | Uint8Array {
    const plan = this.#plan;
    if (part !== undefined && plan.kind === "list") return allText(page, this.#printing(expanded), { nextLink: this.#nextLink(nextToken), part, plan });
    const print = this.#isReferences() ? referencesText : pageText;
    return print(page, this.#printing(expanded), this.#nextLink(nextToken));
  }

  #isReferences(): boolean {
    return "references" in this.#plan;
  }

  /** `/$ref` of one entity (OData JSON Format 14). */
  #reference(row: Row): HttpResponse {
    const printing = this.#printing();
    const target = this.#asEntity(printing.target, row);
    const context = this.#request.format.metadata === "none" ? "" : `"@odata.context":${JSON.stringify(`${printing.serviceUrl}/$metadata#$ref`)},`;
    return this.#json(200, `{${context}${referenceText(row, { ...printing, target }).slice(1)}`, { ETag: etagOf(row) });
  }

  #text(body: string): HttpResponse {
    return { status: 200, headers: { ...this.#common(), "Content-Type": "text/plain;charset=utf-8" }, body };
  }

  /** The raw value of Edm.Binary is its bytes (OData Protocol 11.2.4.1). */
  #bytes(value: Json): HttpResponse {
    return {
      status: 200,
      headers: { ...this.#common(), ...mediaHeaders, "Content-Type": "application/octet-stream" },
      body: Buffer.from(textOf(value), "base64url"),
    };
  }

  /** Absolute, with the client's own root and path, the options repeated, the token last, no braces: kiota takes links for templates (R57, Q11). */
  #nextLink(token: string | undefined): string | undefined {
    if (token === undefined || this.#plan.kind !== "list") return undefined;
    const { serviceUrl, path } = this.#request;
    const { text } = this.#plan.query;
    return `${serviceUrl}${withoutBraces(path)}?${text === "" ? "" : `${text}&`}$skiptoken=${token}`;
  }

  #changes(outcome: ChangesOutcome): HttpResponse {
    const { start, parts } = this.#plan as DeltaPlan;
    const { option, token } = outcome.link;
    const isNew = this.#ids.odataVersion === "4.01";
    const text = deltaText(outcome, this.#printing(), {
      url: `${withoutBraces(start.links)}?${option}=${token}`,
      isNew,
      ...(parts === undefined ? {} : { parts }),
    });
    return this.#json(200, text, this.#applied(start.preferred === true ? "odata.track-changes" : undefined));
  }

  /** `Preference-Applied` of an answer with rows, after what the kind of request has of its own (R64, R112). */
  #applied(...own: readonly (string | undefined)[]): Record<string, string> {
    const { maxPageSize, includeUnknownEnumMembers } = this.#request.preferences;
    const pageSize =
      maxPageSize === undefined || !("query" in this.#plan) || (this.#plan.kind !== "list" && this.#plan.kind !== "delta")
        ? undefined
        : `odata.maxpagesize=${this.#plan.query.pageSize}`;
    return preferenceApplied(...own, pageSize, includeUnknownEnumMembers === true ? "include-unknown-enum-members" : undefined);
  }

  #entity(status: number, row: Row, extra: Record<string, string>, tokens?: PageTokens): HttpResponse {
    return this.#json(status, this.#entityText(row, tokens), { ETag: etagOf(row), ...this.#lookAgain(row), ...extra });
  }

  /** The text is kept with row and request: rows that are read often are the same object, and so are requests that come again. */
  #entityText(row: Row, tokens: PageTokens | undefined): string {
    const known = printed.get(row);
    if (known?.request === this.#request) return known.text;
    const printing = this.#printing(tokens);
    const target = this.#asEntity(printing.target, row);
    const text = entityText(row, { ...printing, target }, contextUrl(printing.serviceUrl, target, printing.query));
    printed.set(row, { request: this.#request, text });
    return text;
  }

  /** When to ask again for a row that goes on by itself (R170). */
  #lookAgain({ body }: Row): Record<string, string> {
    const { polled } = this.#target().place.definition;
    const value = polled === undefined ? undefined : parseStored(body)[polled.property];
    return polled !== undefined && typeof value === "string" && polled.while.includes(value) ? { "Retry-After": String(polled.seconds) } : {};
  }

  #asEntity(target: CollectionTarget | EntityTarget, row: Row): EntityTarget {
    return target.kind === "entity" && !this.#isMade ? target : { ...target, kind: "entity", key: row.id };
  }

  #created(outcome: Written): HttpResponse {
    this.#show(outcome);
    const { row, notes, expanded } = outcome;
    const { serviceUrl, preferences } = this.#request;
    const location = entityUrl(serviceUrl, this.#target(), row.id);
    const extra = { Location: location, ...warningOf(notes) };
    const upserted = this.#plan.kind === "update" && preferences.createIfMissing === true ? "create-if-missing" : undefined;
    const returned = preferences.return === undefined ? undefined : `return=${preferences.return}`;
    if (preferences.return !== "minimal") return this.#entity(201, row, { ...extra, ...this.#applied(upserted, returned) }, expanded);
    const headers = { ...this.#common(), ...extra, "OData-EntityId": location, ETag: etagOf(row), ...preferenceApplied(upserted, returned) };
    return { status: 204, headers };
  }

  /** 204, or the entity where the client or the place wants it (R95, R96). */
  #updated(outcome: Written): HttpResponse {
    this.#show(outcome);
    const { row, notes, expanded } = outcome;
    if (this.#plan.kind === "update" && this.#plan.media !== undefined) return this.#written(row, this.#plan.media);
    const asked = this.#request.preferences.return;
    const always = this.#target().place.definition.updateAnswersEntity === true && this.#plan.kind === "update";
    // What is cleared or taken out has nothing to show (OData Protocol 11.4.9.2).
    const isGone = this.#plan.kind === "setProperty" && this.#request.method === "DELETE";
    const returned = asked === undefined || (isGone && asked === "representation") ? undefined : `return=${asked}`;
    if (!isGone && asked === "representation" && this.#plan.kind === "setProperty") return this.#writtenProperty(row, this.#plan.target);
    if (!isGone && (asked === "representation" || (asked === undefined && always)))
      return this.#entity(200, row, { ...this.#applied(returned), ...warningOf(notes) }, expanded);
    return { status: 204, headers: { ...this.#common(), ETag: etagOf(row), ...preferenceApplied(returned), ...warningOf(notes) } };
  }

  /** The property that was written, as a read of it answers. */
  #writtenProperty({ body, ...row }: Row, { steps, property }: PropertyTarget): HttpResponse {
    const value = valueAt(parseStored(body), steps) ?? null;
    const answer = this.#property({ kind: "property", value, form: "json", etag: etagOf(row), ...(property && { property }) });
    return { ...answer, headers: { ...answer.headers, ...preferenceApplied("return=representation") } };
  }

  /** 204, or what was written as a delta payload. */
  #changedSet({ rows, removed }: Extract<Outcome, { kind: "changedSet" }>): HttpResponse {
    const asked = this.#request.preferences.return;
    const applied = preferenceApplied(asked === undefined ? undefined : `return=${asked}`);
    if (asked !== "representation") return { status: 204, headers: { ...this.#common(), ...applied } };
    const printing = this.#printing();
    const { serviceUrl, target } = printing;
    const gone = removed.map((id) => JSON.stringify({ "@odata.removed": { reason: "deleted" }, "@odata.id": entityUrl(serviceUrl, target, id) }));
    const context = `"@odata.context":${JSON.stringify(`${serviceUrl}/$metadata#${placePath(target)}/$delta`)},`;
    return this.#json(200, `{${context}"value":[${[...rows.map((row) => entityText(row, printing)), ...gone].join(",")}]}`, applied);
  }

  /** 204 with the content's own ETag. */
  #written({ body }: Row, name: string): HttpResponse {
    const etag = readMedia(parseStored(body), name)?.etag;
    return { status: 204, headers: { ...this.#common(), ...(etag === undefined ? {} : { ETag: etag }) } };
  }

  #property(outcome: Extract<Outcome, { kind: "property" }>): HttpResponse {
    const { form, etag, property } = outcome;
    const { format } = this.#request;
    const value = format.metadata === "minimal" && !format.ieee754Compatible ? outcome.value : projectValue(outcome.value, property, format);
    if (form === "count") return this.#text(String(Array.isArray(value) ? value.length : 0));
    if (value === null) return { status: 204, headers: { ...this.#common(), ETag: etag } };
    if (form === "value") return property?.type.name === "Edm.Binary" ? this.#bytes(value) : this.#text(rawText(value));
    const body = { "@odata.context": this.#propertyContext(), ...(isObject(value) ? value : { value }) };
    return this.#json(200, JSON.stringify(format.metadata !== "none" ? body : isObject(value) ? value : { value }), { ETag: etag });
  }

  /** `#security/secureScores('1')/vendorInformation/vendor` (OData Protocol 10.15); an item stands under its type alone (10.18). */
  #propertyContext(): string {
    const plan = this.#plan as Extract<Plan, { kind: "property" }>;
    const { entity, steps, property, casts = [] } = plan.target;
    const isWithin = steps.some((step, index) => index > 0 && readOrdinal(step) !== undefined);
    if (isWithin && property !== undefined) {
      const { name } = property.definition ?? property.type;
      return `${this.#request.serviceUrl}/$metadata#${property.collection ? `Collection(${name})` : name}`;
    }
    const key = entity.place.kind === "singleton" ? "" : keyPredicate(entity.place.type, entity.key);
    const path = steps.flatMap((step, index) => [step, ...casts.filter(({ behind }) => behind === index + 1).map(({ type }) => type.name)]);
    return `${this.#request.serviceUrl}/$metadata#${placePath(entity)}${key}/${path.join("/")}`;
  }

  #actedOn(rows: readonly Row[]): HttpResponse {
    const printing = this.#printing();
    const context = `${printing.serviceUrl}/$metadata#${placePath(printing.target)}`;
    return this.#json(200, `{"@odata.context":${JSON.stringify(context)},"value":[${rows.map((row) => entityText(row, printing)).join(",")}]}`);
  }

  #value(value: Json): HttpResponse {
    const plan = this.#plan as Extract<Plan, { kind: "action" }>;
    const returns = plan.operation.returns;
    if (returns === undefined) return { status: plan.operation.definition.emptyStatus ?? 204, headers: this.#common() };
    const name = returns.collection ? `Collection(${returns.type.name})` : returns.type.name;
    // One complex value stands by itself (OData JSON Format 18), everything else in `value`.
    const shown = isObject(value) && !returns.collection ? value : { value };
    return this.#json(200, JSON.stringify({ "@odata.context": `${this.#request.serviceUrl}/$metadata#${name}`, ...shown }));
  }
}

/** Content is a client's: a browser that is led to it neither guesses what it is nor runs it. */
const mediaHeaders = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'" };

function withoutBraces(path: string): string {
  return path.includes("{") || path.includes("}") ? path.replaceAll("{", "%7B").replaceAll("}", "%7D") : path;
}

function rawText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
