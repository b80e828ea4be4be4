import type { Json, JsonObject } from "../../../src/base/json.ts";
import { mergeObjects } from "../../../src/base/mergeObjects.ts";
import { linksFrom, type Link } from "../../../src/edm/links.ts";
import type { Model, Place } from "../../../src/edm/model.ts";
import type { Dice } from "../../fuzz/dice.ts";
import type { Ground } from "../../fuzz/ground.ts";
import { Options } from "../../fuzz/queryOptions.ts";
import type { FuzzRequest } from "../../fuzz/requests.ts";
import { bodyFor, keyed } from "../../wire/places.ts";

const json = { "Content-Type": "application/json" };
const serviceUrl = "https://hub.example/v1.0";

/** A value at the end of a path through complex values. */
function nested(path: string, value: Json): JsonObject {
  const [name = "", ...rest] = path.split("/");
  return { [name]: rest.length === 0 ? value : nested(rest.join("/"), value) };
}

export interface LinkSettings {
  readonly ground: Ground;
  readonly model: Model;
  /** The path of a place's collection. */
  readonly set: (place: Place) => string;
}

/** Requests along relations: references set, added and removed, related entities in bodies, paths, expansions and conditions that follow them. */
export class LinkRequests {
  readonly #dice: Dice;
  readonly #settings: LinkSettings;
  readonly #options: Options;
  readonly #places: readonly Place[];

  constructor(dice: Dice, settings: LinkSettings) {
    this.#dice = dice;
    this.#settings = settings;
    this.#options = new Options(dice, settings);
    this.#places = settings.model.places.filter((place) => linksFrom(settings.model, place).size > 0);
  }

  /** False where the model relates nothing. */
  get any(): boolean {
    return this.#places.length > 0;
  }

  /** A request that changes what is related. */
  write(): FuzzRequest {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const link = this.#link(place);
    const name = link.navigation.name;
    const one = this.#row(place);
    const reference = { "@odata.id": this.#url(link.to) };
    const condition: Record<string, string> = dice.often(10) ? { "If-Match": dice.one(["*", `W/"${dice.between(1, 300)}"`]) } : {};
    const asked = (method: string, target: string, body?: JsonObject): FuzzRequest => ({
      method,
      target,
      headers: { ...(body === undefined ? {} : json), ...condition },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return dice.one([
      () => asked(dice.often(90) === link.navigation.collection ? "POST" : "PUT", `${one}/${name}/$ref`, reference),
      () =>
        asked("PUT", `${one}/${name}/$ref`, link.navigation.collection ? { value: dice.some(0, 3, () => ({ "@odata.id": this.#url(link.to) })) } : reference),
      () => asked("DELETE", `${one}/${name}/$ref${dice.often(60) ? `?$id=${encodeURIComponent(this.#url(link.to))}` : ""}`),
      () => asked("POST", this.#settings.set(place), { ...this.#entity(place), ...this.#related(place) }),
      () => asked("PATCH", one, this.#related(place)),
      () => asked("POST", `${one}/${name}`, this.#entity(link.to)),
    ])();
  }

  /** A request that follows relations. */
  read(): FuzzRequest {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const link = this.#link(place);
    const name = link.navigation.name;
    const text = this.#options.text(link.to, link.navigation.collection ? "list" : "get");
    const target = dice.one([
      () => `${this.#row(place)}/${name}${dice.one(["", "", "/$ref", "/$count"])}${text === "" ? "" : `?${text}`}`,
      () => `${this.#row(place)}/${name}('${this.#id(link.to)}')`,
      () => `${this.#settings.set(place)}?$expand=${encodeURIComponent(dice.some(1, 2, () => this.#expansion(place)).join(","))}&$top=7`,
      () => `${this.#row(place)}?$expand=${encodeURIComponent(this.#expansion(place))}`,
      () => `${this.#settings.set(place)}?$filter=${encodeURIComponent(this.#condition(place))}&$select=id&$orderby=id`,
    ])();
    return { method: "GET", target, headers: {} };
  }

  #link(place: Place): Link {
    return this.#dice.one([...linksFrom(this.#settings.model, place).values()]);
  }

  #id(place: Place): string {
    const dice = this.#dice;
    return dice.often(4) ? "nowhere" : dice.one(this.#settings.ground.rows.get(place)?.concat(["nowhere"]) ?? ["nowhere"]);
  }

  #row(place: Place): string {
    return keyed(this.#settings.set(place), this.#id(place), "parentheses");
  }

  #url(place: Place): string {
    return `${serviceUrl}${keyed(this.#settings.set(place), this.#id(place), "parentheses").slice("/v1.0".length)}`;
  }

  #entity(place: Place): JsonObject {
    return { ...bodyFor(place), ...(place.definition.clientId === true ? { id: `k${this.#dice.between(1, 300)}` } : {}) };
  }

  /** Related entities of a body: bound, or nested. */
  #related(place: Place): JsonObject {
    const dice = this.#dice;
    const members = dice.some(1, 2, (): JsonObject => {
      const { navigation, to } = this.#link(place);
      const { name, collection } = navigation;
      if (dice.often(50)) return nested(`${name}@odata.bind`, collection ? dice.some(0, 3, () => this.#url(to)) : this.#url(to));
      return nested(name, collection ? dice.some(0, 2, () => this.#entity(to)) : dice.often(10) ? null : this.#entity(to));
    });
    return members.reduce(mergeObjects, {});
  }

  #expansion(place: Place, depth = 0): string {
    const dice = this.#dice;
    const { navigation, to, declaredBy } = this.#link(place);
    const name = declaredBy === undefined ? navigation.name : `${declaredBy.name}/${navigation.name}`;
    const deeper = depth < 2 && linksFrom(this.#settings.model, to).size > 0;
    const options = dice.some(0, 2, () =>
      dice.one([
        () => `$select=id`,
        () => `$top=${dice.between(0, 3)}`,
        () => "$count=true",
        () => `$orderby=id desc`,
        () => `$filter=id ne '${this.#id(to)}'`,
        () => `$levels=${dice.one(["1", "2", "max"])}`,
        () => (deeper ? `$expand=${this.#expansion(to, depth + 1)}` : "$skip=1"),
      ])(),
    );
    const suffix = dice.often(15) ? dice.one(["/$ref", "/$count"]) : "";
    return `${name}${suffix}${options.length === 0 ? "" : `(${[...new Map(options.map((one) => [one.split("=")[0], one])).values()].join(";")})`}`;
  }

  #condition(place: Place): string {
    const dice = this.#dice;
    const { navigation, to } = this.#link(place);
    const { name, collection } = navigation;
    if (!collection) return dice.one([`${name}/id ${dice.one(["eq", "ne", "gt"])} '${this.#id(to)}'`, `${name} ${dice.one(["eq", "ne"])} null`]);
    return dice.one([
      `${name}/any()`,
      `not ${name}/any()`,
      `${name}/any(x:x/id ${dice.one(["eq", "ne"])} '${this.#id(to)}')`,
      `${name}/all(x:x/id ne '${this.#id(to)}')`,
      `${name}/$count ${dice.one(["eq", "gt", "le"])} ${dice.between(0, 2)}`,
    ]);
  }
}
