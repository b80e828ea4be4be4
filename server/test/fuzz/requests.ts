import type { Place } from "../../src/edm/model.ts";
import { bodyFor, keyed, patchFor, pathOf, type Route } from "../wire/places.ts";
import type { Dice } from "./dice.ts";
import type { Station } from "./station.ts";
import { Options, type Shape } from "./queryOptions.ts";

/** A request as it is sent: all of it, so that it can be printed and sent again. */
export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Where {
  readonly path: string;
  readonly place: Place;
  readonly shape: Shape;
}

const strangers = ["nobody", "", "019f0b5c-6a1e-7c3a-9d54-5f1f0c8a2b11", "a b", "ä", "x".repeat(600), "null", "%2F", "'", "..", "a/b", "$count", "1"];

/** Legal requests, from the model: every set, way to it, form of key, cast, operation, property, option and method. */
export class Requests {
  readonly #dice: Dice;
  readonly #station: Pick<Station, "ground" | "model">;
  readonly #options: Options;

  constructor(dice: Dice, station: Pick<Station, "ground" | "model">) {
    this.#dice = dice;
    this.#station = station;
    this.#options = new Options(dice, station);
  }

  /** Any legal request: mostly reads, now and then a write. */
  next(): FuzzRequest {
    const dice = this.#dice;
    const { path, place, shape } = this.#where();
    const root = dice.one(["/v1.0", "/beta", "/localtest", "/V1.0", "/beta"]);
    const query = shape === "document" ? "" : this.#options.text(place, shape);
    const target = `${root}${path}${query === "" ? "" : `?${query}`}`;
    if (query !== "" && dice.often(3)) return { method: "POST", target: `${root}${path}/$query`, headers: { "Content-Type": "text/plain" }, body: query };
    return { ...this.#asked(place, shape), target, ...(dice.often(12) ? { headers: this.headers() } : {}) };
  }

  /** Headers that steer how a request is read or answered. */
  headers(): Record<string, string> {
    const { one } = this.#dice;
    return one<() => Record<string, string>>([
      () => ({
        Accept: one([
          "application/json",
          "application/json;odata.metadata=full",
          "application/json;odata.metadata=none;IEEE754Compatible=true",
          "text/plain",
          "*/*;q=0",
          "application/xml",
        ]),
      }),
      () => ({
        Prefer: one([
          "odata.maxpagesize=1",
          "return=minimal",
          "return=representation",
          "maxpagesize=0",
          "respond-async, wait=30",
          "odata.continue-on-error",
          'include-annotations="*"',
        ]),
      }),
      () => ({ "OData-MaxVersion": one(["4.0", "4.01", "3.0", "9", "x"]) }),
      () => ({ "OData-Version": one(["4.0", "4.01", "2.0"]) }),
      () => ({ "If-Match": one(["*", 'W/"1"', 'W/"999999"', '"x"', "W/1", ""]) }),
      () => ({ "If-None-Match": one(["*", 'W/"1"', 'W/"1", W/"2"']) }),
      () => ({ "Content-Type": one(["application/json", "text/plain", "application/json;charset=utf-16", "application/json;IEEE754Compatible=true", ""]) }),
      () => ({ "client-request-id": one(["a", "0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01", "x".repeat(300), "ä"]) }),
      () => ({ "Idempotency-Key": one(["k", "", "k".repeat(300)]), "Retry-Attempt": "1" }),
    ])();
  }

  #asked(place: Place, shape: Shape): Pick<FuzzRequest, "method" | "headers" | "body"> {
    const dice = this.#dice;
    const json = { "Content-Type": "application/json" };
    if (shape === "operation") return { method: dice.often(90) ? "POST" : "GET", headers: json, body: JSON.stringify({ value: [], status: "active" }) };
    if (dice.often(88)) return { method: dice.often(92) ? "GET" : "HEAD", headers: {} };
    const method = dice.one(["POST", "PATCH", "PUT", "DELETE", "POST", "OPTIONS", "TRACE"]);
    if (method === "DELETE") return { method, headers: {} };
    const body = method === "PUT" ? { value: "x" } : method === "PATCH" ? patchFor(place) : bodyFor(place);
    const once: Readonly<Record<string, string>> =
      method === "POST" && dice.often(40) ? { "Idempotency-Key": dice.one(["a", "b", "c"]), "Retry-Attempt": "1" } : {};
    return { method, headers: { ...json, ...once }, body: JSON.stringify(body) };
  }

  #where(): Where {
    const dice = this.#dice;
    if (dice.often(3))
      return {
        path: dice.one(["", "/", "/$metadata", "/openapi.json", "/$entity", "/$batch"]),
        place: this.#station.ground.routes[0]!.place,
        shape: "document",
      };
    const route = dice.one(this.#station.ground.routes);
    const form = dice.one(["segment", "parentheses"] as const);
    const path = pathOf(route, { hubId: this.#station.ground.hubId, parents: this.#station.ground.parents.get(route.place)!, form });
    const named = dice.often(10) ? path.replace(/\/[a-z]/g, (start) => (dice.often(50) ? start.toUpperCase() : start)) : path;
    return route.place.kind === "singleton" ? this.#below(named, route.place) : this.#inSet(route, named);
  }

  #inSet({ place }: Route, set: string): Where {
    const dice = this.#dice;
    const collection = dice.often(15) ? `${set}/${dice.one([place.type, ...place.type.derived]).name}` : set;
    const bound = this.#operation(place, true);
    if (bound !== undefined && dice.often(8)) return { path: `${collection}/${bound}`, place, shape: "operation" };
    if (dice.often(12)) return { path: `${collection}/$count`, place, shape: "count" };
    if (dice.often(2)) return { path: `${collection}/${dice.one(["$ref", "$query", "$filter(true)", "$each"])}`, place, shape: "list" };
    if (dice.often(55)) return { path: collection, place, shape: "list" };
    const rows = this.#station.ground.rows.get(place) ?? [];
    const id = rows.length === 0 || dice.often(8) ? dice.one(strangers) : dice.one(rows);
    const one = dice.often(5) ? `${collection}(id='${encodeURIComponent(id)}')` : keyed(collection, id, dice.one(["segment", "parentheses"]));
    return this.#below(dice.often(10) ? `${one}/${dice.one([place.type, ...place.type.derived]).name}` : one, place);
  }

  /** A row itself, or something of it. */
  #below(one: string, place: Place): Where {
    const dice = this.#dice;
    const bound = this.#operation(place, false);
    if (bound !== undefined && dice.often(10)) return { path: `${one}/${bound}`, place, shape: "operation" };
    if (dice.often(60)) return { path: one, place, shape: "get" };
    const property = dice.one(place.type.allProperties);
    const deeper = property.type.kind === "complex" && dice.often(50) ? `/${dice.one(property.type.allProperties).name}` : "";
    const path = `${one}/${dice.often(5) ? dice.one(["undeclared", "@odata.etag", "toString", "__proto__"]) : property.name}${deeper}`;
    const form = dice.one(["", "", "/$value", "/$count", "/$ref"]);
    return { path: `${path}${form}`, place, shape: form === "" ? "property" : "value" };
  }

  #operation(place: Place, collection: boolean): string | undefined {
    const bound = this.#station.ground.model.operations.filter(
      ({ binding }) => binding?.collection === collection && [place.type, ...place.type.derived].some((type) => type === binding.type),
    );
    if (bound.length === 0) return undefined;
    const { name, qualifiedName } = this.#dice.one(bound);
    return this.#dice.often(50) ? name : qualifiedName;
  }
}
