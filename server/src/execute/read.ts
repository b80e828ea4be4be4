import { andThen, type Awaitable } from "../base/awaitable.ts";
import { notFound } from "../auth/permit.ts";
import { sealPageToken } from "../auth/pageToken.ts";
import type { Permitted } from "../auth/permitted.ts";
import { isObject, textOf, type Json, type JsonObject } from "../base/json.ts";
import { parseStored } from "../base/parseJson.ts";
import { problem } from "../base/errors.ts";
import type { Model, Place } from "../edm/model.ts";
import type { ComplexType, EntityType } from "../edm/types.ts";
import type { CollectionTarget, Cursor, EntityTarget, PropertyTarget, Query, RowPlan } from "../plan/plan.ts";
import type { Page, Row } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import { isUnmodified } from "../plan/conditions.ts";
import { indexOf, readOrdinal, valueAt } from "../base/valueAt.ts";
import { noItem, notOfType } from "./placeValue.ts";
import { virtualRow } from "./virtualRow.ts";
import { etagOf } from "../base/etag.ts";
import { expandedTokens, type PageTokens } from "./expandedTokens.ts";
import type { Outcome } from "./outcome.ts";

type PlanOf<K extends RowPlan["kind"]> = Permitted<Extract<RowPlan, { readonly kind: K }>>;

/** A page of a collection, with the sealed token of the next (R53-R75). */
export async function list(permitted: PlanOf<"list">, context: ExecuteContext): Promise<Outcome> {
  const { plan } = permitted;
  await requireParents(permitted, plan.target, context);
  await requireKnownNames(permitted, plan.target, plan.query, context);
  const page = await context.store.list(permitted);
  const expanded = tokensOf(page, permitted, context);
  if (page.next === undefined) return { kind: "page", page, expanded };
  return { kind: "page", page, expanded, nextToken: nextToken(page, page.next, permitted, context) };
}

/** The tokens of what is expanded below rows, also of each set of a `$crossjoin`. */
function tokensOf({ rows }: Page, permitted: PlanOf<"list">, context: ExecuteContext): PageTokens {
  const { expand, crossjoin } = permitted.plan.query;
  if (crossjoin === undefined) return expandedTokens(rows, expand, permitted, context);
  const ofSets = crossjoin.map(({ shown }, index) => {
    const joined = rows.flatMap((row) => row.joined?.[index] ?? []);
    return expandedTokens(joined, shown?.expand ?? [], permitted, context);
  });
  return new Map(ofSets.flatMap((tokens) => [...tokens]));
}

interface Sealed {
  readonly token: string;
  readonly at: number;
}

interface SealedOfPlan extends Sealed {
  readonly hub: string;
  readonly next: Cursor;
}

/** The tokens of pages that were given lately, and the last of each plan: where pages are read anew, they end where they did. */
const sealed = new WeakMap<Page, Sealed>();
const lastOfPlan = new WeakMap<RowPlan, SealedOfPlan>();

/** Seals where a page ends; a page that is given again gets the token of the first time, while that is about as good as a new one. */
function nextToken(page: Page, next: Cursor, { plan, scope }: PlanOf<"list">, { seal, steady, pageTokenSeconds }: ExecuteContext): string {
  const now = steady();
  const hub = scope.kind === "hub" ? scope.hub.id : scope.tenant;
  const last = lastOfPlan.get(plan);
  const kept = sealed.get(page) ?? (last?.hub === hub && isSameCursor(last.next, next) ? last : undefined);
  if (kept !== undefined && now >= kept.at && now - kept.at < pageTokenSeconds) return kept.token;
  const token = sealPageToken(next, pageTokenSeconds, { plan, scope, seal, now });
  sealed.set(page, { token, at: now });
  lastOfPlan.set(plan, { token, at: now, hub, next });
  return token;
}

function isSameCursor(one: Cursor, other: Cursor): boolean {
  return one.remaining === other.remaining && one.since === other.since && one.values.every((value, index) => Object.is(value, other.values[index]));
}

/** How many rows several collections have together. */
export async function countOfParts(parts: readonly PlanOf<"list">[], { store }: ExecuteContext): Promise<number> {
  let sum = 0;
  for (const part of parts) sum += await store.count(part);
  return sum;
}

/** `/$count` (R10). */
export async function count(permitted: PlanOf<"count">, context: ExecuteContext): Promise<Outcome> {
  if (permitted.parts !== undefined) return { kind: "number", value: await countOfParts(permitted.parts as readonly PlanOf<"list">[], context) };
  await requireParents(permitted, permitted.plan.target, context);
  await requireKnownNames(permitted, permitted.plan.target, permitted.plan.query, context);
  return { kind: "number", value: await context.store.count(permitted) };
}

/** One entity; 304 when the client has it already. */
export function get(permitted: PlanOf<"get">, context: ExecuteContext): Awaitable<Outcome> {
  const { target, query, conditions } = permitted.plan;
  return andThen(requireKnownNames(permitted, target, query, context), () =>
    andThen(findOrNothing(permitted, target, context), (row) => {
      if (row === undefined) return { kind: "nothing" };
      if (isUnmodified(conditions, etagOf(row))) return { kind: "notModified", etag: etagOf(row) };
      return query.expand.length === 0 && query.shaping === undefined ? { kind: "row", row } : filled(permitted, row, context);
    }),
  );
}

async function filled(permitted: PlanOf<"get">, found: Row, context: ExecuteContext): Promise<Outcome> {
  const { query } = permitted.plan;
  const row = await context.store.complete(permitted, found, query);
  return { kind: "row", row, expanded: expandedTokens([row], query.expand, permitted, context) };
}

/** A property, its raw value, or the length of a collection (R9). */
export async function property(permitted: PlanOf<"property">, context: ExecuteContext): Promise<Outcome> {
  const { target, form, conditions } = permitted.plan;
  const row = await find(permitted, target.entity, context);
  if (isUnmodified(conditions, etagOf(row))) return { kind: "notModified", etag: etagOf(row) };
  const body = parseStored(row.body);
  requireCasts(body, target, context);
  requireItems(body, target);
  const value = ofCast(valueAt(body, target.steps), target, context) ?? absent(target, row, context);
  const declared = target.property === undefined ? {} : { property: target.property };
  return { kind: "property", value, form, etag: etagOf(row), ...declared };
}

/** A value that is not of the type that the path takes it as is not there. Throws 404. */
function requireCasts(body: Json, { steps, casts = [] }: PropertyTarget, { model }: ExecuteContext): void {
  for (const { behind, type } of casts) {
    const value = valueAt(body, steps.slice(0, behind));
    if (isObject(value) && !isOf(value, type, model)) throw notOfType(steps.slice(0, behind), type);
  }
}

/** Of a collection behind a cast the items of that type. */
function ofCast(value: Json | undefined, { steps, property: declared, casts }: PropertyTarget, { model }: ExecuteContext): Json | undefined {
  const last = casts?.at(-1);
  if (last?.behind !== steps.length || declared?.collection !== true || !Array.isArray(value)) return value;
  return value.filter((one: Json) => isObject(one) && isOf(one, last.type, model));
}

function isOf(value: JsonObject, type: ComplexType, model: Model): boolean {
  const own = model.findType(textOf(value["@odata.type"]));
  return own === type || type.derived.some((one) => one === own);
}

/** Throws 404 for an item that a collection on the way does not have. */
function requireItems(body: Json, { steps }: PropertyTarget): void {
  for (const [depth, step] of steps.entries()) {
    const ordinal = depth === 0 ? undefined : readOrdinal(step);
    if (ordinal === undefined) continue;
    const items = valueAt(body, steps.slice(0, depth)) ?? [];
    if (Array.isArray(items) && indexOf(items, ordinal) === undefined) throw noItem(steps.slice(0, depth), ordinal, items.length);
  }
}

/** What a declared property is where the body has nothing: behind a complex value that is null. Throws for a name that the row's type does not have. */
function absent({ property: declared, steps }: PropertyTarget, row: Row, { model }: ExecuteContext): Json {
  const type = model.findType(row.type);
  const isDeclared = type?.kind === "entity" && type.allProperties.some(({ name }) => name === steps[0]);
  if (declared === undefined || !isDeclared) throw unknownHere(steps, row);
  return declared.collection ? [] : null;
}

function unknownHere(steps: readonly string[], row: Row): Error {
  return problem("unknownProperty", { property: steps.join("/"), type: row.type }, { target: steps.join("/") });
}

/** The row, or nothing where an entity has no such part (OData Protocol 11.2.7: 204). Throws 404. */
function findOrNothing(permitted: Permitted, target: EntityTarget, context: ExecuteContext): Awaitable<Row | undefined> {
  const { place, parents } = target;
  if (place.kind !== "singleton" || parents.length === 0 || place.definition.requiresKey !== true) return find(permitted, target, context);
  return andThen(context.store.get(permitted), (row) => row ?? requireParents(permitted, target, context).then(() => undefined));
}

/** The row that an entity target names. Throws 404; a singleton that nothing was written to is its id alone. */
export function find(permitted: Permitted, target: EntityTarget, context: ExecuteContext): Awaitable<Row> {
  return andThen(context.store.get(permitted), (stored) => {
    const row = stored ?? virtualRow(permitted, target);
    if (row === undefined) throw notFound(target.key);
    return row;
  });
}

/** A contained collection exists when the row that contains it does. Throws 404. */
export async function requireParents(permitted: Permitted, target: CollectionTarget | EntityTarget, context: ExecuteContext): Promise<void> {
  const { place, parents } = target;
  const key = parents.at(-1);
  if (key === undefined || place.parent === undefined) return;
  const above = parents.slice(0, -1);
  const found = await context.store.ruleReads(permitted, { parent: { kind: "get", place: place.parent.path, parents: above, id: key } });
  const parent = found["parent"];
  if (!isObject(parent)) throw notFound(key);
  requireDeclaring(place, textOf(parent["@odata.type"]));
}

/** A collection that only a derived type has is empty ground below a row of another type. Throws 404. */
function requireDeclaring({ declaredBy, name }: Place, type: string): void {
  if (declaredBy === undefined) return;
  const types = [declaredBy, ...declaredBy.derived].map((one) => `#${one.name}`);
  if (types.includes(type)) return;
  throw problem("notFound", { what: `An object of type '${type}' has no '${name}' in this form; put its type before it in the path.` });
}

/** An undeclared name may be used once this hub's collection has stored it; in the `odata` profile it is null before that (DESIGN 2). Throws `unknownProperty`. */
export function requireKnownNames(permitted: Permitted, target: CollectionTarget | EntityTarget, query: Query, context: ExecuteContext): Awaitable<void> {
  if (context.profile === "odata" || (query.dynamic.length === 0 && query.expand.length === 0)) return;
  return requireStored({ query, place: target.place, type: target.cast ?? target.place.type }, permitted, context);
}

interface Named {
  readonly query: Query;
  readonly place: Place;
  readonly type: EntityType;
}

async function requireStored({ query, place, type }: Named, permitted: Permitted, context: ExecuteContext): Promise<void> {
  for (const { name, option, place: other } of query.dynamic) {
    if (await context.store.knowsDynamic(permitted, other ?? place, name)) continue;
    const at = name.lastIndexOf("/");
    throw problem("unknownProperty", { property: name.slice(at + 1), type: at < 0 ? (other?.type ?? type).name : name.slice(0, at) }, { target: option });
  }
  for (const expansion of query.expand) await requireStored({ ...expansion, type: expansion.place.type }, permitted, context);
}
