import type { Presence } from "../base/http.ts";
import type { Json, JsonObject } from "../base/json.ts";

/**
 * What an operation of a model does. It gets the call and gives the result in wire form: a value, entities (their keys suffice), or nothing.
 * What it writes through the call, and what it refuses, are one unit of work: all of it stands, or nothing does.
 */
export type Implementation = (call: OperationCall) => unknown;

/** Implementations by name: `Moor`, or for one overload `Moor(condition,note)`, `Tanker/Moor`, `Tanker/Moor(tanks)`, `Collection(Vessel)/Scrap`. */
export type Implementations = Readonly<Record<string, Implementation>>;

/** A value as implementations see it: Int64 and Decimal are strings, so that no digit is lost (IEEE754Compatible). */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };
export type PlainObject = Readonly<Record<string, Plain>>;

/** A call of an operation, and what it may do. Paths are those of the service behind its root, percent-encoded where a value asks for it. */
export interface OperationCall {
  /** By name; those that the client left out are missing. */
  readonly parameters: PlainObject;
  /** What a bound operation is bound to: the entity, or the value of the property; of a collection of entities undefined (`entities`). */
  readonly bound: Plain | undefined;
  /** The path of what it is bound to: `Vessels(5)`; "" for an unbound one. */
  readonly path: string;
  readonly caller: { readonly tenant: string; readonly appId: string; readonly user: string | null };
  /** The client that waits for the answer; absent where nobody waits at a socket. */
  readonly presence?: Presence | undefined;
  /** False within a batch: what waits there holds up the others. */
  readonly mayWait: boolean;
  /** The instant of the call, UTC. */
  readonly now: string;
  /** The entities of the collection that the operation is bound to; options as in an URL: `$filter=Name eq 'x'`. */
  readonly entities: (options?: string) => Promise<readonly PlainObject[]>;
  /** An entity or a value; undefined where there is none. */
  readonly get: (path: string) => Promise<Plain | undefined>;
  /** All of a collection, page by page. */
  readonly list: (path: string) => Promise<readonly PlainObject[]>;
  readonly create: (path: string, entity: object) => Promise<PlainObject>;
  /** PATCH; gives the entity as it is then. */
  readonly update: (path: string, patch: object) => Promise<PlainObject>;
  readonly remove: (path: string) => Promise<void>;
  /** The path of an entity: `at("Vessels", 5)`, `at("Berths", { Pier: "A", Number: 2 })`. */
  readonly at: (set: string, key: Plain) => string;
  /** Ends the call with a refusal, 400 unless said otherwise. */
  readonly refuse: (message: string, more?: { readonly status?: 400 | 403 | 404 | 409; readonly target?: string }) => never;
}

/** JSON as implementations see it. */
export function plain(value: Json): Plain {
  return JSON.parse(JSON.stringify(value, (_, one: Json) => (JSON.isRawJSON(one) ? one.rawJSON : one))) as Plain;
}

/** A JSON object, as implementations see it. */
export function plainObject(value: JsonObject): PlainObject {
  return plain(value) as PlainObject;
}
