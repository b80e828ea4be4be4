import { linksFrom, type Link } from "../../src/edm/links.ts";
import type { Place } from "../../src/edm/model.ts";
import type { Dice } from "./dice.ts";
import { Expressions } from "./expressions.ts";
import type { Station } from "./station.ts";
import { reachOf } from "./paths.ts";
import { Transformations } from "./transformations.ts";

/** What a path names, as far as options care. */
export type Shape = "list" | "count" | "get" | "property" | "value" | "operation" | "document";

type Option = readonly [name: string, value: string];

/** Writes query options that a place may be asked with, alone and nested. */
export class Options {
  readonly #dice: Dice;
  readonly #station: Pick<Station, "ground" | "model">;
  readonly #expressions: Expressions;
  readonly #transformations: Transformations;

  constructor(dice: Dice, station: Pick<Station, "ground" | "model">) {
    this.#dice = dice;
    this.#station = station;
    this.#expressions = new Expressions(dice);
    this.#transformations = new Transformations(dice);
  }

  /** The query of a request, percent-encoded in one of the ways that clients have. */
  text(place: Place, shape: Shape): string {
    const dice = this.#dice;
    const { links } = this.#station.ground;
    if (shape === "list" && links.length > 0 && dice.often(4)) return dice.one(links).split("?")[1] ?? "";
    const few = shape === "list" ? dice.between(0, 4) : dice.often(40) ? 1 : 0;
    const chosen = dice.some(few, few, () => this.#option(place, shape));
    // An option said twice is refused at once: rarely worth a request.
    const options = dice.often(5) ? chosen : [...new Map(chosen)];
    const written = options.map(([name, value]) => `${dice.often(5) ? name.slice(1) : dice.often(5) ? name.toUpperCase() : name}=${this.#encoded(value)}`);
    if (options.some(([, value]) => value.includes("@p")))
      written.push(`@p=${this.#encoded(this.#expressions.literal(dice.one(reachOf(place.type).scalars).property.type))}`);
    return written.join("&");
  }

  #encoded(value: string): string {
    const dice = this.#dice;
    const whole = encodeURIComponent(value);
    if (dice.often(50)) return whole;
    return dice.often(50)
      ? whole.replaceAll("%20", "+").replaceAll(/%2[478C]|%3A|%2F/g, (one) => decodeURIComponent(one))
      : encodeURI(value).replaceAll(/[#&]/g, encodeURIComponent);
  }

  #option(place: Place, shape: Shape, depth = 0): Option {
    const dice = this.#dice;
    const { type } = place;
    const reading: readonly (() => Option)[] = [
      () => ["$select", this.#select(place)],
      () => ["$compute", this.#compute(place)],
      () => (depth < 2 ? ["$expand", this.#expand(place, depth)] : ["$select", "*"]),
      () => ["$format", dice.one(["json", "application/json;odata.metadata=full", "json", "application/json;odata.metadata=none", "atom", "application/json"])],
    ];
    const listing: readonly (() => Option)[] = [
      () => ["$filter", this.#expressions.filter(type)],
      () => ["$filter", this.#expressions.filter(type)],
      () => ["$filter", this.#expressions.filter(type)],
      () => ["$orderby", dice.some(1, 3, () => `${this.#expressions.value(type)}${dice.one(["", " asc", " desc"])}`).join(",")],
      () => ["$top", dice.one(["0", "1", "2", "5", "1000", "3", "99999999999", "-1", "1.5"])],
      () => ["$search", dice.one(["x", "a OR A", '"a b" AND NOT c', "NOT x", "a (b OR ä)", "title OR description", "1", "😀z OR contoso"])],
      () => ["$skip", dice.one(["0", "1", "2", "500", "501"])],
      () => ["$count", dice.one(["true", "true", "false", "false", "true", "maybe"])],
      ...(depth === 0 ? [(): Option => ["$apply", this.#transformations.sequence(type)]] : []),
      ...reading,
    ];
    if (dice.often(3)) return this.#rare();
    if (shape === "count") return ["$filter", this.#expressions.filter(type)];
    return dice.one(shape === "list" ? listing : shape === "get" ? reading : [reading[2]!])();
  }

  #rare(): Option {
    const { one } = this.#dice;
    return one<Option>([
      ["$search", one(["x", '"a b" AND NOT c', "a OR (b)"])],
      ["$apply", one(["aggregate($count as n)", "groupby((id))"])],
      ["$skiptoken", one(["x", "AAAA", "", "a".repeat(200)])],
      ["$deltatoken", "latest"],
      ["$levels", "max"],
      ["$index", "0"],
      ["$id", "x"],
      ["$schemaversion", "*"],
      ["custom", "1"],
      ["$nosuch", "1"],
    ]);
  }

  #select(place: Place): string {
    const dice = this.#dice;
    const { scalars, complexes } = reachOf(place.type);
    const item = (): string => {
      if (dice.often(15)) return this.#members(place);
      if (dice.often(8)) return dice.one(["*", "undeclared", "microsoft.graph.*", "id", "@odata.etag", "made0"]);
      const { path } = dice.one(dice.often(70) || complexes.length === 0 ? scalars : complexes);
      return path;
    };
    return dice.some(1, 4, item).join(",");
  }

  #compute(place: Place): string {
    const dice = this.#dice;
    const expression = (): string => dice.one([this.#expressions.value(place.type), this.#expressions.filter(place.type), "made0 add 1", "length(id) add 1"]);
    return dice
      .some(1, 3, expression)
      .map((one, index) => `${one} as ${dice.often(3) ? "id" : `made${index}`}`)
      .join(",");
  }

  /** A collection with options in parentheses, or a complex value. */
  #members(place: Place): string {
    const dice = this.#dice;
    const { collections, complexes } = reachOf(place.type);
    if (collections.length === 0) return "id";
    const { path, property } = dice.one(collections);
    const { type } = property;
    if (complexes.length > 0 && dice.often(10)) return `${dice.one(complexes).path}($select=*)`;
    const named = type.kind !== "complex" ? [] : type.allProperties.filter((one) => !one.collection && one.type.kind !== "complex");
    // A type may have nothing but collections: what has no value is refused likewise by both.
    const own = (): string => (named.length === 0 ? "$this" : dice.one(named).name);
    const condition = (): string =>
      dice.one([
        () => `${own()} ${dice.one(["eq", "ne"])} null`,
        () => `${own()} ${dice.one(["gt", "le"])} ${own()}`,
        () => `${own()} ne ${type.kind === "complex" ? "null" : this.#expressions.literal(type)}`,
      ])();
    const options = dice.some(1, 3, () =>
      dice.one([
        () => `$filter=${condition()}`,
        () => `$orderby=${own()}${dice.one(["", " desc"])}`,
        () => `$top=${dice.between(0, 3)}`,
        () => `$skip=${dice.between(0, 2)}`,
        () => "$count=true",
        () => (type.kind === "complex" ? `$select=${own()}` : "$count=true"),
        () => (type.kind === "complex" ? `$compute=${own()} as made9,${condition()} as made8` : "$top=1"),
      ])(),
    );
    return `${path}(${[...new Map(options.map((one) => [one.split("=")[0], one])).values()].join(";")})`;
  }

  /** A navigation property that leads to related entities. */
  #related({ navigation, to, declaredBy }: Link, depth: number): string {
    const dice = this.#dice;
    const name = declaredBy !== undefined && dice.often(50) ? `${declaredBy.name}/${navigation.name}` : navigation.name;
    const nested = dice.some(0, 2, () => this.#option(to, navigation.collection || dice.often(10) ? "list" : "get", depth + 1));
    const options = nested.filter(([option]) => option !== "$format").map(([option, value]) => `${option}=${value}`);
    if (dice.often(20)) options.push(`$levels=${dice.one(["1", "2", "max"])}`);
    const suffix = dice.often(15) ? dice.one(["/$count", "/$ref"]) : "";
    return `${name}${suffix}${options.length === 0 || suffix !== "" ? "" : `(${options.join(";")})`}`;
  }

  #expand(place: Place, depth: number): string {
    const dice = this.#dice;
    const children = [...new Set(place.children.values())];
    const links = [...new Set(linksFrom(this.#station.model, place).values())];
    if (links.length > 0 && (children.length === 0 || dice.often(60))) return dice.some(1, 2, () => this.#related(dice.one(links), depth)).join(",");
    if (children.length === 0 || dice.often(10)) return dice.one(["*", "nothing", "id", "*($levels=2)", "*/$ref", "*($levels=max)", "$value"]);
    const item = (): string => {
      const child = dice.one(children);
      const name = child.declaredBy !== undefined && dice.often(50) && !child.name.includes(".") ? `${child.declaredBy.name}/${child.name}` : child.name;
      const nested = dice.some(0, 3, () => this.#option(child, "list", depth + 1));
      const suffix = dice.often(15) ? dice.one(["/$count", "/$ref"]) : "";
      const cast = dice.often(10) ? `/${dice.one([child.type, ...child.type.derived]).name}` : "";
      return `${name}${cast}${suffix}${nested.length === 0 ? "" : `(${nested.map(([option, value]) => `${option}=${value}`).join(";")})`}`;
    };
    return dice.some(1, 2, item).join(",");
  }
}
