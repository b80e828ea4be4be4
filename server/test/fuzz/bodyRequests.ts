import type { Json, JsonObject } from "../../src/base/json.ts";
import type { Place } from "../../src/edm/model.ts";
import { keyed } from "../wire/places.ts";
import { Bodies } from "./bodies.ts";
import type { Dice } from "./dice.ts";
import { madeHere } from "./ground.ts";
import type { Ledger } from "./ledger.ts";
import type { Mutations } from "./mutate.ts";
import type { FuzzRequest } from "./requests.ts";
import type { Station } from "./station.ts";

/** A request that writes, and what it is about. */
export interface WriteCase {
  readonly kind: "create" | "patch" | "property" | "delete" | "upsert" | "action";
  readonly place: Place;
  /** The row that is written, where one is named. */
  readonly id?: string;
  readonly request: FuzzRequest;
}

const json = { "Content-Type": "application/json" };
const whole = { ...json, Prefer: "return=representation" };

/** What writing requests are made from. */
export interface WriteGround {
  readonly station: Station;
  readonly ledger: () => Ledger;
  readonly mutations: Mutations;
}

/** Requests that write, with bodies that fit, nearly fit, or do not. */
export class BodyRequests {
  readonly #dice: Dice;
  readonly #ground: WriteGround;
  readonly #bodies: Bodies;
  readonly #places: readonly Place[];

  constructor(dice: Dice, ground: WriteGround) {
    this.#dice = dice;
    this.#ground = ground;
    this.#bodies = new Bodies(dice);
    this.#places = ground.station.model.places.filter(madeHere);
  }

  next(): WriteCase {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const ids = this.#ground.ledger().idsOf(place);
    const chosen = dice.between(1, 100);
    if (chosen <= 50 || ids.length === 0) return this.#create(place);
    const id = dice.one(ids);
    const one = keyed(this.#set(place), id, dice.one(["segment", "parentheses"]));
    if (chosen <= 75)
      return { kind: "patch", place, id, request: this.#asked("PATCH", one, { body: this.#bodies.patch(place), headers: { ...whole, ...this.#condition() } }) };
    if (chosen <= 83) return this.#property(place, id, one);
    if (chosen <= 88) return this.#upsert(place);
    if (chosen <= 94) return this.#action(place, id, one);
    const isAbove = [...this.#ground.station.ground.parents.values()].some((above) => above.includes(id));
    return isAbove || ids.length < 4
      ? this.#create(place)
      : { kind: "delete", place, id, request: { method: "DELETE", target: one, headers: this.#condition() } };
  }

  #set(place: Place): string {
    return this.#ground.ledger().setOf(place);
  }

  #condition(): Record<string, string> {
    return this.#dice.often(12) ? { "If-Match": this.#dice.one(["*", 'W/"1"', 'W/"999999999"', '"x"', "W/1"]) } : {};
  }

  #create(place: Place): WriteCase {
    return { kind: "create", place, request: this.#asked("POST", this.#set(place), { body: this.#bodies.create(place), headers: json }) };
  }

  #property(place: Place, id: string, one: string): WriteCase {
    const property = this.#dice.one(place.type.allProperties);
    const body = { value: this.#bodies.value(property) };
    return { kind: "property", place, id, request: this.#asked("PUT", `${one}/${property.name}`, { body, headers: json }) };
  }

  #upsert(place: Place): WriteCase {
    const id = this.#dice.one([`made-${this.#dice.between(1, 1e9)}`, "ä€", "x".repeat(600), "a'b", "a b", "__proto__", "."]);
    const headers = { ...json, Prefer: "create-if-missing, return=representation" };
    return {
      kind: "upsert",
      place,
      id,
      request: this.#asked("PATCH", keyed(this.#set(place), id, "parentheses"), { body: this.#bodies.create(place), headers }),
    };
  }

  #action(place: Place, id: string, one: string): WriteCase {
    const dice = this.#dice;
    const bound = this.#ground.station.model.operations.filter(({ binding }) => [place.type, ...place.type.derived].some((type) => type === binding?.type));
    if (bound.length === 0) return this.#create(place);
    const operation = dice.one(bound);
    const parameters = operation.parameters.filter(({ name }) => name !== operation.binding?.name);
    const body = Object.fromEntries(
      parameters
        .filter(() => dice.often(90))
        .map(({ name, type, collection }) => [name, this.#parameter(type.kind === "entity" ? place : undefined, { collection, id })]),
    );
    const target = `${operation.binding?.collection === true ? this.#set(place) : one}/${operation.name}`;
    return { kind: "action", place, id, request: this.#asked("POST", target, { body, headers: json }) };
  }

  #parameter(entity: Place | undefined, { collection, id }: { readonly collection: boolean; readonly id: string }): Json {
    const dice = this.#dice;
    const one = (): Json =>
      entity === undefined
        ? dice.one<Json>([id, "active", "rejected", "completed", "x", null, 1])
        : { ...this.#bodies.create(entity), ...(dice.often(60) ? { id } : {}) };
    return collection && dice.often(95) ? dice.some(0, 3, one) : one();
  }

  #asked(method: string, target: string, { body, headers }: { readonly body: JsonObject; readonly headers: Readonly<Record<string, string>> }): FuzzRequest {
    const text = JSON.stringify(body);
    return { method, target, headers, body: this.#dice.often(20) ? this.#ground.mutations.text(text) : text };
  }
}
