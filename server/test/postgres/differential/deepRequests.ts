import type { Json } from "../../../src/base/json.ts";
import type { Dice } from "../../fuzz/dice.ts";
import type { FuzzRequest } from "../../fuzz/requests.ts";

const json = { "Content-Type": "application/json" };

/** Navigation properties of the library: where they lead, and whether to one. */
const navigation: Readonly<Record<string, readonly (readonly [name: string, to: string, one: boolean])[]>> = {
  books: [["writer", "authors", true], ["publisher", "publishers", true], ["sequel", "books", true], ["shelves", "shelves", false]],
  authors: [["books", "books", false]],
  shelves: [["books", "books", false], ["keeper", "authors", true]],
  publishers: [["books", "books", false]],
  clubs: [["members", "authors", false], ["rooms", "shelves", false], ["root", "clubs", true], ["branches", "clubs", false], ["guests", "clubs", false]],
}; // prettier-ignore

const sets = Object.keys(navigation);

/** Writes of relations and of what nests them, over few ids, so that they meet; and reads along them. */
export class DeepRequests {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  next(): FuzzRequest {
    const dice = this.#dice;
    const make = dice.one([
      () => this.#asked("POST", dice.one(sets), (set) => this.#entity(set, 2)),
      () => this.#change("PATCH"),
      () => this.#change("PUT"),
      () => this.#reference(),
      () => this.#reference(),
      () => this.#changeSet(),
      () => this.#property(),
      () => this.#remove(),
      () => this.#read(),
      () => this.#read(),
      () => this.#batch(),
    ]);
    return make();
  }

  #id(): string {
    return this.#dice.one(["a", "b", "c", "ä'", "é/1", "none"]);
  }

  #key(set: string, id = this.#id()): string {
    return `${set}('${encodeURIComponent(id.replaceAll("'", "''"))}')`;
  }

  #asked(method: string, set: string, body: (set: string) => Json): FuzzRequest {
    return { method, target: `/v1.0/${set}`, headers: { ...json, ...this.#condition(), ...this.#preference() }, body: JSON.stringify(body(set)) };
  }

  #condition(): Record<string, string> {
    const dice = this.#dice;
    return dice.often(15) ? { [dice.one(["If-Match", "If-None-Match"])]: dice.one(["*", `W/"${dice.between(1, 60)}"`]) } : {};
  }

  #preference(): Record<string, string> {
    return this.#dice.often(40) ? { Prefer: "return=representation" } : {};
  }

  /** An entity with some of its members, and with related ones down to a depth. */
  #entity(set: string, depth: number): Record<string, Json> {
    const dice = this.#dice;
    const members: Record<string, Json> = dice.often(85) ? { id: this.#id() } : {};
    if (set === "books" && dice.often(90)) members["title"] = dice.one<Json>(["T", "U", "ß", 5]);
    if (set === "books" && dice.often(30)) Object.assign(members, { cover: { color: "red", size: { height: 1 } }, tags: ["x"], serial: 9 });
    if (set === "books" && dice.often(25)) members["publisherId"] = this.#id();
    if (depth > 0) for (const one of dice.some(0, 2, () => dice.one(navigation[set]!))) Object.assign(members, this.#related(one, depth - 1));
    if (set === "books" && depth > 0 && dice.often(30)) members["chapters"] = dice.some(0, 2, () => ({ id: this.#id(), text: dice.one<Json>(["t", 7]) }));
    return members;
  }

  #related([name, to, one]: readonly [string, string, boolean], depth: number): Record<string, Json> {
    const dice = this.#dice;
    const item = (): Json => (dice.often(50) ? this.#entity(to, depth) : { "@odata.id": this.#key(to) });
    const all = (): Json => (one ? item() : dice.some(0, 2, item));
    const changed = (): Json => (dice.often(60) ? item() : { "@removed": { reason: dice.one(["changed", "deleted"]) }, "@id": this.#key(to) });
    return dice.one([
      () => ({ [name]: all() }),
      () => ({ [name]: one ? null : all() }),
      () => ({ [`${name}@odata.bind`]: one ? this.#key(to) : dice.some(0, 2, () => this.#key(to)) }),
      () => ({ [`${name}@odata.delta`]: dice.some(0, 2, changed) }),
    ])();
  }

  #change(method: string): FuzzRequest {
    const set = this.#dice.one(sets);
    const { id: _, ...body } = this.#entity(set, 2);
    return { ...this.#asked(method, set, () => body), target: `/v1.0/${this.#key(set)}` };
  }

  #reference(): FuzzRequest {
    const dice = this.#dice;
    const set = dice.one(sets);
    const [name, to, one] = dice.one(navigation[set]!);
    const path = `/v1.0/${this.#key(set)}/${name}`;
    const headers = { ...json, ...this.#condition() };
    const body = JSON.stringify({ "@odata.id": this.#key(to) });
    if (dice.often(60)) return { method: one ? "PUT" : "POST", target: `${path}/$ref`, headers, body };
    if (one) return { method: "DELETE", target: `${path}/$ref`, headers };
    const member = this.#key(to);
    if (dice.often(50)) return { method: "DELETE", target: `${path}/$ref?$id=${encodeURIComponent(member)}`, headers };
    return { method: "DELETE", target: `${path}${member.slice(to.length)}/$ref`, headers };
  }

  #changeSet(): FuzzRequest {
    const dice = this.#dice;
    const set = dice.one(sets);
    const item = (): Json => (dice.often(75) ? this.#entity(set, 1) : { "@odata.removed": {}, id: this.#id() });
    return this.#asked("PATCH", set, () => ({ value: dice.some(0, 3, item) }));
  }

  #property(): FuzzRequest {
    const dice = this.#dice;
    const [method, path, value] = dice.one<readonly [string, string, Json]>([
      ["POST", "tags", { value: "y" }],
      ["PUT", "cover", { size: { width: 2 } }],
      ["PATCH", "cover", { size: { width: 3 } }],
      ["POST", "editions", { color: "blue" }],
      ["DELETE", "cover/size", null],
      ["DELETE", "tags", null],
      ["PUT", "publisherId", { value: this.#id() }],
    ]);
    const headers = { ...json, ...this.#condition(), ...this.#preference() };
    return { method, target: `/v1.0/${this.#key("books")}/${path}`, headers, ...(value === null ? {} : { body: JSON.stringify(value) }) };
  }

  #remove(): FuzzRequest {
    return { method: "DELETE", target: `/v1.0/${this.#key(this.#dice.one(sets))}`, headers: this.#condition() };
  }

  #read(): FuzzRequest {
    const dice = this.#dice;
    const set = dice.one(sets);
    const [name, to, one] = dice.one(navigation[set]!);
    const path = `/v1.0/${this.#key(set)}/${name}`;
    const [next] = navigation[to] ?? [];
    const target = dice.one([
      path,
      one ? `${path}/id` : `${path}/$count`,
      one ? path : `${path}?$orderby=id desc&$top=1&$count=true`,
      one ? path : `${path}?$filter=id ne 'a'`,
      one && next !== undefined ? `${path}/${next[0]}` : `${path}${one ? "" : this.#key(to).slice(to.length)}`,
      `/v1.0/${set}`,
    ]);
    return { method: "GET", target: target.replaceAll(" ", "%20"), headers: dice.often(30) ? { Prefer: "maxpagesize=1" } : {} };
  }

  /** Some requests that stand or fall together. */
  #batch(): FuzzRequest {
    const makes = [() => this.#reference(), () => this.#change("PATCH"), () => this.#asked("POST", this.#dice.one(sets), (set) => this.#entity(set, 1))];
    const requests = this.#dice
      .some(1, 3, () => this.#dice.one(makes)())
      .map(({ method, target, headers, body }, index) => {
        const parsed = body === undefined ? {} : { body: JSON.parse(body) as Json };
        return { id: String(index), method, url: target.replace("/v1.0", ""), headers, ...parsed, atomicityGroup: "g" };
      });
    return { method: "POST", target: "/v1.0/$batch", headers: json, body: JSON.stringify({ requests }) };
  }
}
