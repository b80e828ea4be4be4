import { notFound } from "../auth/permit.ts";
import { problem, type Problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { parseStored } from "../base/parseJson.ts";
import { mergeObjects } from "../base/mergeObjects.ts";
import { valueAt } from "../base/valueAt.ts";
import { withinOf, type Link } from "../edm/links.ts";
import type { Place } from "../edm/model.ts";
import type { Stamp } from "../edm/rules.ts";
import type { ComplexType, EntityType, NavigationProperty, Property } from "../edm/types.ts";
import type { EntityTarget, LinkPlan } from "../plan/plan.ts";
import type { LinkWrite, Row, RowKey, RowWrite } from "../store/store.ts";
import { mergeEntity } from "../plan/mergeEntity.ts";
import type { Running } from "./decide.ts";
import { rowChange } from "./rowChange.ts";
import { typeOf } from "./typeOf.ts";

/** What an entity shall be related to. */
export interface WantedLink {
  readonly link: Link;
  /** The entity whose navigation property is written. */
  readonly row: Row;
  readonly change: Exclude<LinkPlan["change"], "replace">;
  /** The id of the other end; undefined to remove the only one. */
  readonly to: string | undefined;
}

/** Rows and relations that a change writes. */
export interface LinkChange {
  readonly rows: readonly RowWrite[];
  readonly links: readonly LinkWrite[];
}

/** What a change of a relation writes; undefined where it stands already. Throws 404 for an end that is not there, 400 for one that cannot be. */
export async function linkChange(wanted: WantedLink, stamp: Stamp, running: Running): Promise<LinkChange | undefined> {
  const { link, row, change } = wanted;
  requireDeclared(link, row, running);
  if (change !== "remove") requireValue(link, row);
  const standing = await standingId(wanted, running);
  const isSame = wanted.to === undefined ? standing === undefined : standing === wanted.to;
  if (change !== "remove") {
    if (isSame) return undefined;
    const other = await otherEnd(link, wanted.to ?? "", running);
    return link.relation.columns === undefined ? byRows(wanted, row) : byColumns({ link, row, other, clear: false }, stamp, running);
  }
  if (wanted.to !== undefined && !isSame) throw notFound(wanted.to);
  if (standing === undefined) return undefined;
  requireOptional(link);
  if (link.relation.columns === undefined) return byRows(wanted, row);
  return byColumns({ link, row, other: await otherEnd(link, standing, running), clear: true }, stamp, running);
}

/** The id of what the entity is related to: of a collection, of the member that is meant. */
async function standingId({ link, row, to }: WantedLink, { permitted, context }: Running): Promise<string | undefined> {
  const from: EntityTarget = { kind: "entity", place: link.from, hub: { kind: "home" }, parents: row.parents, key: row.id };
  const key = link.navigation.collection && to !== undefined ? { key: to } : {};
  return (await context.store.follow(permitted, { link, from, ...key }))?.id;
}

function requireDeclared({ declaredBy, navigation }: Link, row: Row, { context }: Running): void {
  if (declaredBy === undefined || typeOf(row, context).allNavigation.includes(navigation)) return;
  throw problem("unknownProperty", { property: navigation.name, type: row.type }, { target: navigation.name });
}

/** A navigation property of a complex value is there with that. Throws 404 where it is null. */
export function requireValue({ navigation }: Pick<Link, "navigation">, { body }: Pick<Row, "body">): void {
  const path = withinOf(navigation);
  if (path.length === 0 || isObject(valueAt(parseStored(body), path))) return;
  throw problem("notFound", { what: `'${path.join("/")}' is null, so it is related to nothing: give it a value first.` }, { target: navigation.name });
}

/** The related row, of a type that the navigation property takes. */
export async function otherEnd({ to, navigation }: Link, id: string, { permitted, context }: Running): Promise<Row> {
  const [row] = await context.store.rowsOf(permitted, to, [id], []);
  if (row === undefined) throw notFound(id);
  const { type } = navigation;
  if ([type, ...type.derived].some(({ name }) => name === row.type)) return row;
  throw problem(
    "badRequest",
    { what: `'${navigation.name}': expected an entity of type '${type.name}', got one of '${row.type}'.` },
    { target: navigation.name },
  );
}

function requireOptional({ navigation }: Link): void {
  if (navigation.collection || navigation.nullable) return;
  throw problem("badRequest", { what: `'${navigation.name}' must lead to an entity: set another one.` }, { target: navigation.name });
}

/** The change of a relation with rows of its own; the entity that it was written on counts as changed. */
function byRows({ link, change, to }: WantedLink, row: Row): LinkChange {
  const from: RowKey = { place: link.from, parents: row.parents, id: row.id };
  const other = to === undefined ? {} : { to: { place: link.to, parents: [], id: to } };
  return { rows: [touched(link, row)], links: [{ link, from, ...other, ...(change === "remove" && { removed: true }) }] };
}

/** The entity as it is, with a new version. */
export function touched({ from, navigation }: Link, row: Row): RowWrite {
  const entity = parseStored(row.body);
  const put = { type: row.type, entity };
  return { place: from, parents: row.parents, id: row.id, expect: row.seq, put, changed: [changedBy(navigation)], before: entity };
}

/** What counts as changed with a relation: the navigation property, or the complex value that has it. */
export function changedBy(navigation: NavigationProperty): string {
  return withinOf(navigation)[0] ?? navigation.name;
}

interface ByColumns {
  readonly link: Link;
  readonly row: Row;
  readonly other: Row;
  readonly clear: boolean;
}

/** The change of a relation that is the equality of properties: the dependent entity gets the values, as an update of its own. */
async function byColumns({ link, row, other, clear }: ByColumns, stamp: Stamp, running: Running): Promise<LinkChange> {
  const [dependent, principal] = link.reversed ? [other, row] : [row, other];
  const sent = clear ? clearedValues(link) : sharedValues(link, parseStored(principal.body));
  const place = link.relation.source;
  const type = typeOf(dependent, running.context);
  const next = (before: JsonObject): JsonObject => mergeEntity(type, before, sent);
  const rule = place.definition.rules?.update;
  const { rows } = await rowChange({ place, row: dependent, expect: dependent.seq, verb: "update", name: "update", next, sent, rule }, stamp, running);
  return { rows, links: [] };
}

/** The properties that an entity shares with the one that it is related to by a referential constraint; those of complex values within these. */
export function sharedValues(link: Link, principal: JsonObject): JsonObject {
  return valuesOf(link, ({ target }) => valueAt(principal, target.split("/")) ?? null);
}

export function clearedValues(link: Link): JsonObject {
  return valuesOf(link, ({ source }) => {
    requireNullable(link.relation.source, source);
    return null;
  });
}

type Pair = NonNullable<Link["relation"]["columns"]>[number];

function valuesOf(link: Link, valueOf: (pair: Pair) => Json): JsonObject {
  requirePlain(link);
  const { columns = [] } = link.relation;
  return columns.reduce<JsonObject>((values, pair) => mergeObjects(values, nested(pair.source.split("/"), valueOf(pair))), {});
}

function nested([name = "", ...rest]: readonly string[], value: Json): JsonObject {
  return { [name]: rest.length === 0 ? value : nested(rest, value) };
}

function requireNullable({ type }: Place, path: string): void {
  const found = [type, ...type.derived].map((one) => propertyAt(one, path.split("/"))).find((one) => one !== undefined);
  if (found?.nullable === true && !type.key.includes(path)) return;
  throw problem("badRequest", { what: `Property '${path}' cannot be null, so the relation cannot be removed: set another one.` }, { target: path });
}

function propertyAt({ allProperties }: EntityType | ComplexType, [name, ...rest]: readonly string[]): Property | undefined {
  const found = allProperties.find((property) => property.name === name);
  if (rest.length === 0) return found;
  return found?.type.kind === "complex" ? propertyAt(found.type, rest) : undefined;
}

/** A constraint may go through the key, which is never written, and, seen from the other side, through complex values, which may be null. */
function requirePlain({ reversed, relation: { columns = [], source } }: Link): void {
  const wrong = columns.find((pair) => (reversed && pair.source.includes("/")) || source.type.key.includes(pair.source));
  if (wrong !== undefined) throw unwritable(wrong.source);
}

function unwritable(name: string): Problem {
  return problem("notImplemented", { what: `Relations by the property '${name}' are read, but not written.` }, { target: name });
}
