import { hash } from "node:crypto";
import { parseStored } from "../../base/parseJson.ts";
import type { JsonObject } from "../../base/json.ts";
import { withoutEtag } from "../../base/storedBody.ts";
import type { Place } from "../../edm/model.ts";
import type { EntityType } from "../../edm/types.ts";
import type { HubGrant, LinkWrite, Row, RowKey, RowWrite, WriteSet } from "../store.ts";

/** What the audit shows of one thing that was written. Members stand by name: as text it is canonical (RFC 8785). */
export interface AuditedResource {
  /** Of a deleted row: what it was, as JSON text. */
  readonly before?: string;
  /** `create`, `update`, `delete`; `relate`, `unrelate` of a relation; `grant`, `revoke` of who reaches a hub. */
  readonly change: string;
  /** Of an updated row: its properties before and after, as JSON text. */
  readonly changes?: readonly AuditedChange[];
  /** Of a deleted row: how many went with it, at any depth. The first of them follow as resources of their own. */
  readonly contained?: number;
  /** SHA-256 of the stored entity, from its `@odata.etag` on, in base64url. */
  readonly digest?: string;
  readonly isCut?: true;
  readonly path: string;
  readonly type?: string;
  /** The change sequence of the write, as in the entity's ETag. */
  readonly version?: number;
}
interface AuditedChange {
  readonly after?: string;
  readonly before?: string;
  readonly name: string;
}

/** Rows that are told one by one, and characters of their values: of one, and of all together. */
const mostRows = 100;
const [mostOfValue, mostOfAll] = [4096, 65_536];

/** A row as it was written; of a deleted one with what it contained. */
export interface WrittenRow extends Row {
  readonly contained?: Contained | undefined;
}

/** Rows that were deleted with the one above them. */
export interface Contained {
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly ContainedRow[];
}

/** One of them, as it was, with the number of its change. */
export interface ContainedRow extends RowKey {
  readonly body: string;
  readonly seq: number;
}

/** Rows of them that are told. */
export const mostContained = mostRows;

/** What a WriteSet did: its rows, relations and grants, with as much of before and after as is bounded, and nothing that is secret. */
export function describeWrites({ rows, links = [], grants, revokes = [] }: WriteSet, written: readonly WrittenRow[]): readonly AuditedResource[] {
  const room: Room = { left: mostOfAll };
  const told = rows.slice(0, mostRows).map((row, index) => describeRow(row, written[index]!, room));
  const below = written.flatMap(({ contained }) => contained?.rows ?? []).slice(0, mostRows);
  return [
    ...told,
    ...below.map((row) => describeContained(row, room)),
    ...links.slice(0, mostRows).map(describeLink),
    ...grants.map((grant) => describeGrant("grant", grant)),
    ...revokes.map((one) => describeGrant("revoke", one)),
  ];
}

/** The path of a row below its hub: `security/securityActions/{id}/attempts/{id}`. */
export function resourcePath({ place, parents, id }: RowKey): string {
  if (parents.length === 0 && place.kind === "set") return `${namesAbove(place)}/${id}`;
  return segmentsOf(place, [...parents, id]).join("/");
}

const namesOfPlaces = new WeakMap<Place, string>();

/** The path of a set that no other set contains. */
function namesAbove(place: Place): string {
  let path = namesOfPlaces.get(place);
  if (path === undefined) namesOfPlaces.set(place, (path = segmentsOf(place, []).join("/")));
  return path;
}

function segmentsOf(place: Place, keys: readonly string[]): string[] {
  const own = place.kind === "set" ? keys.slice(-1) : [];
  const above = place.parent === undefined ? [] : segmentsOf(place.parent, place.kind === "set" ? keys.slice(0, -1) : keys);
  return [...above, place.name, ...own];
}

interface Room {
  left: number;
}

function describeRow(row: RowWrite, { body, seq, contained }: WrittenRow, room: Room): AuditedResource {
  const path = resourcePath(row);
  const { put } = row;
  if (put === null) {
    const { isCut, ...was } = cutText("before", textBefore(row), room);
    return {
      ...was,
      change: "delete",
      ...(contained && { contained: contained.count }),
      ...(isCut && { isCut }),
      path,
      type: row.place.type.name,
      version: seq,
    };
  }
  const digest = hash("sha256", body, "base64url");
  if (row.expect === "absent") return { change: "create", digest, path, type: put.type, version: seq };
  const { changes, isCut } = changesOf(row, put.entity, room);
  return { change: "update", changes, digest, ...(isCut ? { isCut } : {}), path, type: put.type, version: seq };
}

function describeContained(row: ContainedRow, room: Room): AuditedResource {
  const { isCut, ...was } = cutText("before", textBefore({ place: row.place, before: row.body }), room);
  return { ...was, change: "delete", ...(isCut && { isCut }), path: resourcePath(row), type: row.place.type.name, version: row.seq };
}

function changesOf(
  { place, changed, before: written }: RowWrite,
  after: JsonObject,
  room: Room,
): { readonly changes: AuditedChange[]; readonly isCut: boolean } {
  const before = typeof written === "string" ? entityIn(written) : written;
  const secrets = secretsOf(place.type);
  let isCut = false;
  const changes: AuditedChange[] = [];
  for (const name of changed) {
    if (name.startsWith("@") || secrets.silent.has(name)) continue;
    if (before === undefined || secrets.secret.has(name)) {
      changes.push({ name });
      continue;
    }
    const [was, is] = [textOf(before, name), textOf(after, name)];
    if (was === is) continue;
    const [first, second] = [cutText("before", was, room), cutText("after", is, room)];
    isCut ||= first.isCut === true || second.isCut === true;
    changes.push({ ...(second.after === undefined ? {} : { after: second.after }), ...(first.before === undefined ? {} : { before: first.before }), name });
  }
  return { changes, isCut };
}

function textOf(entity: JsonObject, name: string): string {
  return Object.hasOwn(entity, name) ? JSON.stringify(entity[name]) : "";
}

/** Nothing for what was not there; the beginning of what is too long. */
function cutText<Name extends "before" | "after">(name: Name, text: string, room: Room): { readonly [Key in Name]?: string } & { readonly isCut?: true } {
  if (text === "") return {};
  const most = Math.min(mostOfValue, room.left);
  room.left -= Math.min(text.length, most);
  if (text.length <= most) return { [name]: text } as { readonly [Key in Name]?: string };
  return { [name]: text.slice(0, most).toWellFormed(), isCut: true } as { readonly [Key in Name]?: string } & { readonly isCut: true };
}

/** A deleted row as it was, without what is secret. */
function textBefore({ place, before }: Pick<RowWrite, "place" | "before">): string {
  if (before === undefined) return "";
  const { silent, secret } = secretsOf(place.type);
  const isPlain = silent.size === 0 && secret.size === 0;
  if (typeof before === "string" && isPlain) return withoutEtag(before);
  const entity = typeof before === "string" ? entityIn(before) : before;
  const kept = Object.entries(entity).filter(([name]) => name !== "@odata.etag" && !silent.has(name) && !secret.has(name));
  return JSON.stringify(Object.fromEntries(kept));
}

function entityIn(body: string): JsonObject {
  return parseStored(body);
}

interface Secrets {
  /** Not even named. */
  readonly silent: ReadonlySet<string>;
  readonly secret: ReadonlySet<string>;
}

const known = new WeakMap<EntityType, Secrets>();

/** Of a type and all that are derived from it. */
function secretsOf(type: EntityType): Secrets {
  let found = known.get(type);
  if (found === undefined) {
    const all = [type, ...type.derived];
    found = { silent: new Set(all.flatMap((one) => [...one.silent])), secret: new Set(all.flatMap((one) => [...one.secret])) };
    known.set(type, found);
  }
  return found;
}

function describeLink({ link, from, to, removed }: LinkWrite): AuditedResource {
  const { name } = link.navigation;
  const end = to === undefined ? {} : { [removed === true ? "before" : "after"]: JSON.stringify(resourcePath(to)) };
  return { change: removed === true || to === undefined ? "unrelate" : "relate", changes: [{ ...end, name }], path: resourcePath(from) };
}

function describeGrant(change: "grant" | "revoke", { tenant, hub, role }: Partial<HubGrant>): AuditedResource {
  const changes = role === undefined ? {} : { changes: [{ after: JSON.stringify(role), name: "role" }] };
  return { change, ...changes, path: `securities/${hub}/tenants/${tenant}` };
}
