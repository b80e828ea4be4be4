import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { mediaNameOf } from "../base/media.ts";
import { parseStored } from "../base/parseJson.ts";
import { valueAt } from "../base/valueAt.ts";
import { memberName, withinOf } from "../edm/links.ts";
import type { Place } from "../edm/model.ts";
import type { NavigationProperty } from "../edm/types.ts";
import type { Format } from "../odata/parseAccept.ts";
import type { ResultElement } from "../plan/apply.ts";
import type { Scalar } from "../plan/typed.ts";
import type { CollectionTarget, EntityTarget, Expansion, HubReference, Query } from "../plan/plan.ts";
import type { Page, PageTokens, Row } from "../execute/outcome.ts";
import { contextUrl, entityUrl } from "./contextUrl.ts";
import { isPicked, madeMembers } from "./madeMembers.ts";
import { pickMembers } from "./pickMembers.ts";
import { project, projectComplex, wantedNames } from "./project.ts";

/** What every entity of one answer shares. */
export interface Printing {
  readonly serviceUrl: string;
  readonly target: CollectionTarget | EntityTarget;
  readonly query: Pick<Query, "projection" | "expand" | "apply" | "crossjoin">;
  readonly format: Format;
  /** Tokens of expanded pages that go on. */
  readonly tokens?: PageTokens | undefined;
}

/** True when the stored body is the answer itself (DESIGN 4, Rows). */
function isReady({ query, format, target }: Printing): boolean {
  const { streams, silent } = target.cast ?? target.place.type;
  if (streams || silent.size > 0) return false;
  const isPlain = query.projection === undefined && query.expand.length === 0;
  return isPlain && format.metadata === "minimal" && !format.ieee754Compatible;
}

/** One entity as JSON text, `context` (a whole URL) first when it stands alone. */
export function entityText(row: Row, printing: Printing, context?: string): string {
  if (row.joined !== undefined) return joinedText(row.joined, printing);
  if (row.made !== undefined) return madeText(row, row.made, printing);
  const head = context === undefined ? "" : `"@odata.context":${JSON.stringify(context)},`;
  if (isReady(printing)) return head === "" ? row.body : `{${head}${row.body.slice(1)}`;
  return projectedText(row, printing, head);
}

/** A row that `$apply` gave: the stored entity, where it is one, with what was computed of it. */
function madeText({ made: _, ...row }: Row, made: NonNullable<Row["made"]>, printing: Printing): string {
  const { apply, projection } = printing.query;
  const shape = apply!.shapes[made.shape]!;
  const elements = shape.elements
    .filter(({ alias }) => isPicked([alias], projection))
    .map((one) => elementText(row, one, made.values[one.column] ?? null, printing));
  const members = [...elements, ...madeMembers({ shape, values: made.values, projection }, printing.format)];
  if (!shape.entity) return `{${[...(printing.format.metadata === "none" ? [] : ['"@odata.id":null']), ...members].join(",")}}`;
  const text = entityText(row, printing);
  return members.length === 0 ? text : `${text.slice(0, -1)}${text === "{}" ? "" : ","}${members.join(",")}}`;
}

/** An element of a collection, as a member beside the entity's own. */
function elementText({ body }: Row, { alias, steps, type }: ResultElement, place: Scalar, { format }: Printing): string {
  let value: Json | undefined = parseStored(body);
  for (const step of steps) value = isObject(value) ? value[step] : undefined;
  const element = place === null ? undefined : (value as readonly Json[] | undefined)?.[Number(place)];
  return `${JSON.stringify(alias)}:${isObject(element) ? JSON.stringify(projectComplex(element, type, format)) : "null"}`;
}

/** A row of `$crossjoin`: entities that are shown, and links to others (OData URL Conventions 4.15). */
function joinedText(joined: readonly Row[], printing: Printing): string {
  const members = printing.query.crossjoin!.flatMap(({ name, place, shown }, index) => {
    const row = joined[index]!;
    const target: CollectionTarget = { kind: "collection", place, hub: printing.target.hub, parents: [] };
    if (shown !== undefined) return [`"${name}":${entityText(row, { ...printing, target, query: shown })}`];
    return printing.format.metadata === "none" ? [] : [`"${name}@odata.navigationLink":${JSON.stringify(entityUrl(printing.serviceUrl, target, row.id))}`];
  });
  return `{${members.join(",")}}`;
}

function projectedText(row: Row, printing: Printing, head: string): string {
  const { query, format } = printing;
  const own = query.expand.filter(({ navigation }) => !navigation.name.includes("/"));
  const members = [
    ...(own.length === query.expand.length ? ownMembers(row, printing) : membersWithin(row, printing)),
    ...own.flatMap((one) => expanded(row, one, printing)),
    ...(format.metadata === "full" ? otherLinks(row, printing) : []),
  ];
  return `{${format.metadata === "none" ? "" : head}${members.filter((text) => text !== "").join(",")}}`;
}

/** The control information of an entity at the asked metadata level. */
function controlOf(row: Row, printing: Printing): string {
  const { metadata } = printing.format;
  if (metadata === "none") return "";
  const etag = `"@odata.etag":"W/\\"${row.seq}\\""`;
  return metadata === "full" ? `${etag},${fullLinks(row, printing)}` : etag;
}

/** Control information and the entity's own members as text: picked out of the stored body where whole members are wanted as they are. */
function ownMembers(row: Row, printing: Printing): string[] {
  const { body } = row;
  const { query, format, target } = printing;
  const { projection } = query;
  const type = target.cast ?? target.place.type;
  const isWanted = format.metadata === "minimal" && !format.ieee754Compatible && !type.streams ? wantedNames(type, projection) : undefined;
  if (isWanted !== undefined) return [pickMembers(body, isWanted)];
  const entity = project(parseStored(body), { type, format, shaped: row.shaped, ...(projection === undefined ? {} : { projection }) });
  return [controlOf(row, printing), JSON.stringify(entity).slice(1, -1)];
}

/** The same, with what is expanded in complex values. */
function membersWithin(row: Row, printing: Printing): string[] {
  const { query, format, target } = printing;
  const { projection } = query;
  const stored = parseStored(row.body);
  const type = target.cast ?? target.place.type;
  let entity = project(stored, { type, format, shaped: row.shaped, ...(projection === undefined ? {} : { projection }) });
  for (const one of query.expand) {
    const path = withinOf(one.navigation);
    if (path.length === 0 || !isObject(valueAt(stored, path))) continue;
    const text = expanded(row, one, printing).join(",");
    if (text !== "") entity = withMembers(entity, path, { members: parseStored(`{${text}}`), stored, isTyped: format.metadata !== "none" });
  }
  return [controlOf(row, printing), JSON.stringify(entity).slice(1, -1)];
}

interface Added {
  readonly members: JsonObject;
  /** The value as it is stored. */
  readonly stored: JsonObject;
  /** Values say of which type they are. */
  readonly isTyped: boolean;
}

/** Members beside those of a complex value; one that was not selected has no others but its type. */
function withMembers(object: JsonObject, [name, ...rest]: readonly string[], { members, stored, isTyped }: Added): JsonObject {
  if (name === undefined) return { ...object, ...members };
  const [inner, own] = [object[name], stored[name]];
  const below = isObject(own) ? own : {};
  const bare = isTyped ? { "@odata.type": below["@odata.type"] ?? null } : {};
  return { ...object, [name]: withMembers(isObject(inner) ? inner : bare, rest, { members, stored: below, isTyped }) };
}

/** Where content is read and written, at metadata=full. */
function mediaLinks({ body }: Row, url: string): string {
  if (!body.includes("@media")) return "";
  const names = Object.keys(parseStored(body)).flatMap((name) => mediaNameOf(name) ?? []);
  return names
    .map((name) => {
      const link = JSON.stringify(`${url}${name === "" ? "" : `/${name}`}/$value`);
      return `"${name}@odata.mediaReadLink":${link},"${name}@odata.mediaEditLink":${link},`;
    })
    .join("");
}

function fullLinks(row: Row, { serviceUrl, target }: Printing): string {
  const url = entityUrl(serviceUrl, target, row.id);
  return `${mediaLinks(row, url)}"@odata.id":${JSON.stringify(url)},"@odata.editLink":${JSON.stringify(editUrl(url, row, target))}`;
}

/** Of a type derived from the set's it ends with that type (OData JSON Format 4.5.8). */
function editUrl(url: string, { type }: Row, { place }: Printing["target"]): string {
  return type === place.type.name ? url : `${url}/${type}`;
}

/** The links of a navigation property at metadata=full (OData JSON Format 8.1, 8.2). */
function navigationLinks(row: Row, navigation: NavigationProperty, { serviceUrl, target }: Printing): string[] {
  const url = `${editUrl(entityUrl(serviceUrl, target, row.id), row, target)}/${navigation.name}`;
  const own = memberName(navigation);
  return [`"${own}@odata.associationLink":${JSON.stringify(`${url}/$ref`)}`, `"${own}@odata.navigationLink":${JSON.stringify(url)}`];
}

/** The links of all navigation properties of the row's type that are selected and not expanded. */
function otherLinks(row: Row, printing: Printing): string[] {
  const { target, query } = printing;
  const { projection } = query;
  const type = [target.place.type, ...target.place.type.derived].find(({ name }) => name === row.type) ?? target.place.type;
  const isSelected = (name: string): boolean => projection === undefined || projection.whole === true || projection.names.has(name);
  const isExpanded = (name: string): boolean => query.expand.some(({ navigation }) => navigation.name === name);
  return type.allNavigation.filter(({ name }) => isSelected(name) && !isExpanded(name)).flatMap((one) => navigationLinks(row, one, printing));
}

/** The members that one $expand adds, as JSON text (OData JSON Format 8.3); none for a row whose type has no such property. */
function expanded(row: Row, expansion: Expansion, printing: Printing): string[] {
  const { navigation, place, suffix, query, cast, link } = expansion;
  const page = row.expanded?.get(expansion.key);
  if (page === undefined || !declares(link ?? place, row.type)) return [];
  const name = memberName(navigation);
  const links = printing.format.metadata === "full" ? navigationLinks(row, navigation, printing) : [];
  const count = page.count === undefined ? [] : [`"${name}@odata.count":${page.count}`];
  if (suffix === "count") return [...links, ...count];
  const target: CollectionTarget = {
    kind: "collection",
    place,
    hub: hubOf(row, printing),
    parents: link === undefined ? childParents(row, printing) : [],
    ...(cast === undefined ? {} : { cast }),
  };
  const inner: Printing = { ...printing, target, query };
  const items = page.rows.map((child) => (suffix === "ref" ? referenceText(child, inner) : entityText(child, inner)));
  if (!navigation.collection) return [...links, `"${name}":${items[0] ?? "null"}`];
  return [...links, ...count, ...nextOf(page, expansion, { row, printing }), `"${name}":[${items.join(",")}]`];
}

/** Links lead through the hub as the request did; of several hubs each row has its own. */
function hubOf(row: Row, { target }: Printing): HubReference {
  return target.hub.kind === "fleet" ? { kind: "named", id: row.hub } : target.hub;
}

/** False for what only a derived type has, and a row of another type. */
function declares({ declaredBy }: Pick<Place, "declaredBy">, type: string): boolean {
  return declaredBy === undefined || declaredBy.name === type || declaredBy.derived.some(({ name }) => name === type);
}

/** An entity reference (OData JSON Format 14). */
export function referenceText(row: Row, { serviceUrl, target }: Pick<Printing, "serviceUrl" | "target">): string {
  return `{"@odata.id":${JSON.stringify(entityUrl(serviceUrl, target, row.id))}}`;
}

function childParents(row: Row, { target }: Printing): readonly string[] {
  return target.place.definition.hub === undefined && target.place.kind === "set" ? [...row.parents, row.id] : [];
}

/** The rest of an expanded collection is read at its own URL. */
function nextOf(page: Page, { navigation, place, cast, suffix }: Expansion, { row, printing }: { readonly row: Row; readonly printing: Printing }): string[] {
  const rest = printing.tokens?.get(page);
  if (rest === undefined) return [];
  const url = `${entityUrl(printing.serviceUrl, printing.target, row.id)}/${navigation.containsTarget ? place.name : navigation.name}${cast === undefined ? "" : `/${cast.name}`}${suffix === "ref" ? "/$ref" : ""}`;
  return [`"${memberName(navigation)}@odata.nextLink":${JSON.stringify(`${url}?${rest}`)}`];
}

const tail = Buffer.from("]}");

/** A collection as JSON text, or as its bytes: control information before `value` (R53). */
export function pageText(page: Page, printing: Printing, nextLink: string | undefined): string | Uint8Array {
  const { serviceUrl, target, query, format } = printing;
  const context =
    format.metadata === "none"
      ? ""
      : `"@odata.context":${JSON.stringify(query.crossjoin === undefined ? contextUrl(serviceUrl, target, query) : `${serviceUrl}/$metadata#Collection(Edm.ComplexType)`)},`;
  const count = page.count === undefined ? "" : `"@odata.count":${page.count},`;
  const next = nextLink === undefined ? "" : `"@odata.nextLink":${JSON.stringify(nextLink)},`;
  const head = `{${context}${count}${next}"value":[`;
  const items = itemsOf(page, printing);
  return typeof items === "string" ? `${head}${items}]}` : Buffer.concat([Buffer.from(head), items, tail]);
}

/** `/$ref` of a collection (OData JSON Format 14): control information before `value`. */
export function referencesText(page: Page, printing: Printing, nextLink: string | undefined): string {
  const { serviceUrl, format } = printing;
  const context = format.metadata === "none" ? "" : `"@odata.context":${JSON.stringify(`${serviceUrl}/$metadata#Collection($ref)`)},`;
  const count = page.count === undefined ? "" : `"@odata.count":${page.count},`;
  const next = nextLink === undefined ? "" : `"@odata.nextLink":${JSON.stringify(nextLink)},`;
  return `{${context}${count}${next}"value":[${page.rows.map((row) => referenceText(row, printing)).join(",")}]}`;
}

/** What was printed of pages that were given more than once. */
const printed = new WeakMap<Page, Uint8Array>();
const given = new WeakSet<Page>();

/** The entities of a page between the brackets; kept with the page where nothing but the page says how they look. */
function itemsOf(page: Page, printing: Printing): string | Uint8Array {
  const print = (): string => page.rows.map((row) => entityText(row, printing)).join(",");
  const { format, query } = printing;
  if (query.expand.length > 0 || query.crossjoin !== undefined || format.metadata !== "minimal" || format.ieee754Compatible) return print();
  const known = printed.get(page);
  if (known !== undefined) return known;
  const text = print();
  if (given.has(page)) printed.set(page, ownBytes(text));
  else given.add(page);
  return text;
}

/** Bytes in memory of their own: a small Buffer is cut from a slab of 64 KB, which what is kept would keep whole. */
function ownBytes(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}
