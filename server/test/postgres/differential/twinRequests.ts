import type { Json, JsonObject } from "../../../src/base/json.ts";
import type { Model, Place } from "../../../src/edm/model.ts";
import { Bodies } from "../../fuzz/bodies.ts";
import type { Dice } from "../../fuzz/dice.ts";
import { madeHere, type Ground } from "../../fuzz/ground.ts";
import { Options } from "../../fuzz/queryOptions.ts";
import { Transformations } from "../../fuzz/transformations.ts";
import { Requests, type FuzzRequest } from "../../fuzz/requests.ts";
import { keyed, pathOf } from "../../wire/places.ts";
import { LinkRequests } from "./linkRequests.ts";
import { changesSince } from "./twins.ts";

const json = { "Content-Type": "application/json" };

/** Values that engines store and compare differently when nobody sees to it. */
const awkward: readonly Json[] = [
  0, -1, 1, 1.5, 2, 41.5, 1e21, 5e-324, true, false, null, "", "1", "a", "A", "ä", "Ä", "ß", "ΑΣ", "😀", "😀z", "\u{ffff}", "a%b", "_", "\\", " x\u00a0", "2026-01-15T08:30:00Z", "2026-01-15T10:30:00+02:00",
  "9999-12-31T23:59:59-14:00", "x".repeat(3000), JSON.rawJSON("9007199254740993"), JSON.rawJSON("9007199254740992"), JSON.rawJSON("-9223372036854775808"), JSON.rawJSON("9223372036854775808"),
  JSON.rawJSON("0.10000000000000000555"), JSON.rawJSON("1.0"), JSON.rawJSON("1E2"), JSON.rawJSON("1.2345678901234567e-400"), JSON.rawJSON("123456789012345678901234567890"), [], [1, "a"], {}, { a: null },
] as Json[]; // prettier-ignore

const dynamicNames = ["mood", "a_1", "length", "undeclared", "näme"];

/** Requests for the same hub on two engines: writes that fit or nearly fit, and reads with every option. */
export class TwinRequests {
  readonly #dice: Dice;
  readonly #ground: Ground;
  readonly #bodies: Bodies;
  readonly #options: Options;
  readonly #transformations: Transformations;
  readonly #requests: Requests;
  readonly #links: LinkRequests;
  readonly #places: readonly Place[];
  readonly #groups: boolean;
  /** Where a hub's own changes are, all collections in one. */
  readonly #ofHub: string | undefined;

  /** `groups`: whether atomicity groups mean anything. */
  constructor(dice: Dice, ground: Ground, { model, groups }: { readonly model: Model; readonly groups: boolean }) {
    this.#dice = dice;
    this.#groups = groups;
    this.#ground = ground;
    this.#bodies = new Bodies(dice);
    this.#transformations = new Transformations(dice);
    this.#options = new Options(dice, { ground, model });
    this.#requests = new Requests(dice, { ground, model });
    this.#links = new LinkRequests(dice, { ground, model, set: (place) => this.#set(place) });
    this.#places = model.places.filter(madeHere);
    this.#ofHub = model.places.find(({ kind, definition }) => kind === "singleton" && definition.hub === "home")?.path;
  }

  next(): FuzzRequest {
    const chosen = this.#dice.between(1, 100);
    if (this.#links.any && this.#dice.often(50)) return this.#dice.often(40) ? this.#links.write() : this.#links.read();
    if (chosen <= 12) return this.write();
    if (chosen <= 14) return this.#batch();
    if (chosen <= 16) return this.#large();
    if (chosen <= 20) return this.#changes();
    if (chosen <= 28) return this.#aggregated();
    if (chosen <= 32) return this.#pairs();
    const asked = chosen <= 75 ? this.#list() : chosen <= 85 ? this.#dynamic() : this.#requests.next();
    return { ...asked, target: asked.target.replaceAll("undeclared", () => encodeURIComponent(this.#dice.one(dynamicNames))) };
  }

  /** A request that makes, changes or removes a row. */
  write(): FuzzRequest {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const ids = this.#ground.rows.get(place) ?? [];
    const chosen = dice.between(1, 100);
    if (chosen <= 50 || ids.length === 0) return this.#asked("POST", this.#set(place), this.#body(this.#created(place)));
    const one = keyed(this.#set(place), dice.one(ids), dice.one(["segment", "parentheses"]));
    if (chosen <= 82) return this.#asked("PATCH", one, this.#body(this.#bodies.patch(place)));
    if (chosen <= 88) {
      const property = dice.one(place.type.allProperties);
      return this.#asked("PUT", `${one}/${property.name}`, { value: this.#bodies.value(property) });
    }
    if (chosen <= 94)
      return this.#asked("PATCH", keyed(this.#set(place), dice.one(["made", "ä€", "a'b", "A", "a"]), "parentheses"), this.#body(this.#bodies.create(place)));
    return { method: "DELETE", target: one, headers: this.#condition() };
  }

  /**
   * Requests one after the other, for what may run side by side may be numbered either way; where that is served, some of them all or none,
   * and later ones name what earlier ones made.
   */
  #batch(): FuzzRequest {
    const dice = this.#dice;
    let last: string | undefined;
    const requests = dice
      .some(1, 6, () => (dice.often(70) ? this.write() : this.#list()))
      .map(({ method, target, headers, body }, index) => {
        const group = this.#groups && method !== "GET" && dice.often(60) ? dice.one(["g", "h"]) : undefined;
        const before = last;
        last = group ?? String(index);
        const url = before !== undefined && /^\d+$/.test(before) && method !== "POST" && dice.often(15) ? `$${before}` : target.replace("/v1.0", "");
        return {
          id: String(index),
          method,
          url,
          headers,
          ...(body === undefined ? {} : { body: JSON.parse(body) as Json }),
          ...(group === undefined ? {} : { atomicityGroup: group }),
          ...(before === undefined || before === group ? {} : { dependsOn: [before] }),
        };
      });
    const prefer = dice.often(30) ? { Prefer: dice.one(["continue-on-error", "odata.continue-on-error=true", "continue-on-error=false"]) } : {};
    return { method: "POST", target: "/v1.0/$batch", headers: { ...json, ...prefer }, body: JSON.stringify({ requests }) };
  }

  /** Pairs of rows of two sets, in every order and page by page. */
  #pairs(): FuzzRequest {
    const dice = this.#dice;
    const sets = this.#places.filter((place) => place.parent === undefined && place.kind === "set");
    if (sets.length < 2) return this.#list();
    const [a, b] = [dice.one(sets), dice.one(sets)];
    const of = (place: Place): string =>
      `${place.name}/${dice.one(place.type.allProperties.filter(({ type, collection }) => !collection && type.kind !== "complex")).name}`;
    const condition = dice.one([() => `${of(a)} ${dice.one(["eq", "ne", "lt"])} ${of(b)}`, () => `${a.name}/id gt ${b.name}/id`, () => `${of(a)} ne null`])();
    const options = [
      `$filter=${encodeURIComponent(condition)}`,
      `$orderby=${encodeURIComponent(`${of(dice.one([a, b]))}${dice.one(["", " desc"])}`)}`,
      "$count=true",
      `$expand=${a.name}($select=id)`,
      `$select=${b.name}/id,${a.name}/id`,
      `$top=${dice.between(0, 20)}`,
    ].filter(() => dice.often(50));
    return {
      method: "GET",
      target: `/v1.0/$crossjoin(${a.name},${b.name})?${options.join("&")}`,
      headers: { Prefer: `odata.maxpagesize=${dice.between(1, 9)}` },
    };
  }

  /** A body for a new row, with an id where clients give them. */
  #created(place: Place): JsonObject {
    const body = this.#bodies.create(place);
    return place.definition.clientId === true ? { ...body, id: this.#dice.one([`k${this.#dice.between(1, 300)}`, "ä€", "a'b"]) } : body;
  }

  #set(place: Place): string {
    const parents = this.#ground.parents.get(place)!;
    return `/v1.0${pathOf({ place, through: "home", cast: false }, { hubId: "", parents, form: "segment" })}`;
  }

  #body(body: JsonObject): JsonObject {
    const dice = this.#dice;
    return dice.often(60) ? { ...body, ...Object.fromEntries(dice.some(1, 2, () => [dice.one(dynamicNames), dice.one(awkward)] as const)) } : body;
  }

  #asked(method: string, target: string, body: JsonObject): FuzzRequest {
    const dice = this.#dice;
    const headers = {
      ...json,
      ...this.#condition(),
      ...(dice.often(20) ? { Prefer: dice.one(["return=representation", "return=minimal", "create-if-missing, return=representation"]) } : {}),
      ...(method === "POST" && dice.often(10) ? { "Idempotency-Key": dice.one(["a", "b", "c"]) } : {}),
    };
    return { method, target, headers, body: JSON.stringify(body) };
  }

  #condition(): Record<string, string> {
    return this.#dice.often(15)
      ? { [this.#dice.one(["If-Match", "If-Match", "If-None-Match"])]: this.#dice.one(["*", 'W/"1"', `W/"${this.#dice.between(1, 300)}"`]) }
      : {};
  }

  #list(): FuzzRequest {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const target = `${this.#set(place)}?${this.#options.text(place, "list")}`;
    return { method: "GET", target, headers: dice.often(25) ? { Prefer: `odata.maxpagesize=${dice.between(1, 9)}` } : {} };
  }

  /** Filters that are long, deep or nested, up to what is refused. */
  #large(): FuzzRequest {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const text = place.type.allProperties.find(({ type, collection }) => type.name === "Edm.String" && !collection)!.name;
    const deep = (from: string, wrap: (inner: string) => string): string =>
      Array.from({ length: dice.between(5, 105) }).reduce<string>((inner) => wrap(inner), from);
    const filter = dice.one([
      () => Array.from({ length: dice.between(20, 250) }, (_, n) => `${text} eq '${n}'`).join(dice.one([" or ", " and "])),
      () => `${text} in (${Array.from({ length: dice.between(20, 600) }, (_, n) => `'${n}'`).join(",")})`,
      () => deep(`${text} eq 'x'`, (inner) => `not (${inner})`),
      () => `${deep(text, (inner) => `concat(${inner},'x')`)} ne 'x'`,
      () => deep(`${text} eq 'x'`, (inner) => `(${inner} eq true)`),
      () => `endswith(${text},${deep(text, (inner) => dice.one([`tolower(${inner})`, `trim(${inner})`, `substring(${inner},0)`]))})`,
      () => `${deep("1", (inner) => `(${inner} add 1)`)} gt length(${text})`,
    ])();
    return { method: "GET", target: `${this.#set(place)}?$filter=${encodeURIComponent(filter)}&$select=id`, headers: {} };
  }

  /** `$apply`, with options that fit what comes of it or do not. */
  #aggregated(): FuzzRequest {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const behind = dice.some(0, 2, () =>
      dice.one(["$count=true", "$top=3", "$filter=x1 ne null", "$orderby=x1 desc", "$select=x1", "$skip=1", "$format=application/json;odata.metadata=full"]),
    );
    const query = [`$apply=${encodeURIComponent(this.#transformations.sequence(place.type))}`, ...new Set(behind)].join("&").replaceAll(" ", "%20");
    return {
      method: "GET",
      target: `${this.#set(place)}${dice.often(10) ? "/$count" : ""}?${query}`,
      headers: dice.often(30) ? { Prefer: `odata.maxpagesize=${dice.between(1, 9)}` } : {},
    };
  }

  /** What has changed, from the beginning or since one of the links. */
  #changes(): FuzzRequest {
    const dice = this.#dice;
    if (dice.often(60)) return { method: "GET", target: changesSince(dice.between(0, 50)), headers: {} };
    const options = dice.one(["", "?$top=3", "?$select=id", "?$deltatoken=latest", `?${this.#options.text(dice.one(this.#places), "list")}`]);
    if (this.#ofHub !== undefined && dice.often(25)) return { method: "GET", target: `/v1.0/${this.#ofHub}/delta${options}`, headers: {} };
    if (dice.often(15))
      return {
        method: "GET",
        target: `${this.#set(dice.one(this.#places))}${options}`,
        headers: { Prefer: dice.one(["track-changes", "odata.track-changes"]) },
      };
    return { method: "GET", target: `${this.#set(dice.one(this.#places))}/delta${options}`, headers: {} };
  }

  /** What has no type of its own: compared, ordered, calculated with. */
  #dynamic(): FuzzRequest {
    const dice = this.#dice;
    const place = dice.one(this.#places);
    const name = (): string => dice.one(dynamicNames);
    const literal = (): string =>
      dice.one(["1", "1.5", "-1", "9007199254740993", "9007199254740992.0", "1e21", "''", "'a'", "'ä'", "'1'", "true", "null", "2026-01-15T08:30:00Z", "100"]);
    const condition = (): string =>
      dice.one([
        () => `${name()} ${dice.one(["eq", "ne", "gt", "ge", "lt", "le"])} ${literal()}`,
        () => `${name()} ${dice.one(["eq", "ne", "gt", "le"])} ${name()}`,
        () => `${name()} in (${dice.some(1, 4, literal).join(",")})`,
        () =>
          `${name()} ${dice.one(["add", "sub", "mul", "div", "divby", "mod"])} ${dice.one(["1", "2.5", "0", "9007199254740993", name()])} ${dice.one(["eq", "gt", "lt"])} ${dice.one(["1", "0.5", name()])}`,
        () =>
          `${dice.one(["contains", "startswith", "endswith"])}(${dice.one(["tolower", "toupper", "trim"])}(${name()}),${dice.one(["'a'", "'ss'", "'ς'", "'σ'", "'%'", "''", name()])})`,
        () => `${dice.one(["year", "hour", "second", "fractionalseconds"])}(${name()}) ge ${dice.between(0, 30)}`,
        () => `${dice.one(["round", "floor", "ceiling", "-", "length"])}(${name()}) lt 2`,
        () => `substring(${name()},${dice.between(-1, 2)}) gt '${dice.one(["", "a", "z"])}'`,
      ])();
    const filter = dice.often(50) ? condition() : `${dice.one(["", "not "])}(${condition()}) ${dice.one(["and", "or"])} ${condition()}`;
    const order = dice.often(60) ? `&$orderby=${encodeURIComponent(dice.some(1, 2, () => `${name()}${dice.one(["", " desc"])}`).join(","))}` : "";
    const target = `${this.#set(place)}?${dice.often(70) ? `$filter=${encodeURIComponent(filter)}` : "$count=true"}${order}&$top=${dice.one([2, 7, 50])}`;
    return { method: "GET", target, headers: {} };
  }
}
