import type { Json, JsonObject } from "../../src/base/json.ts";
import type { Caller } from "../../src/auth/caller.ts";
import { diceOf, type Dice } from "../fuzz/dice.ts";
import type { TestHub } from "../wire/hub.ts";
import type { Item, Value } from "./oracle.ts";
import { Pipelines, type Pipeline } from "./pipelines.ts";

const scores = "/v1.0/security/secureScores";

/** Points that tell whether a sum is exact: what they add up to depends on the order elsewhere. */
const points = [0.1, 0.2, 0.3, 0.7, 1, 2, 3.3, 10, 1e16, -1e16, 123456789.123456, 1e-7, -0.5, 9007199254740992, 4e-320, null];

/** Fills a hub with scores that a seed repeats. */
export async function fill(hub: TestHub, { seed, count, caller }: { readonly seed: number; readonly count: number; readonly caller: Caller }): Promise<void> {
  const dice = diceOf(seed);
  for (let index = 0; index < count; index += 1) {
    const body = {
      createdDateTime: `2026-0${dice.between(1, 3)}-1${dice.between(0, 3)}T0${dice.between(0, 9)}:00:00Z`,
      currentScore: dice.one(points),
      activeUserCount: dice.one([0, 1, 2, 2, 3, null]),
      // Tells the rows apart.
      maxScore: (index * 37) % 101,
      vendorInformation: { vendor: dice.one(["V", "W"]), provider: dice.one(["A", "B", "ä", "Z", "😀", null]) },
      controlScores: dice.some(0, 3, () => ({ controlName: dice.one(["mfa", "dlp", "lock"]), score: dice.one(points.slice(0, 8)) })),
    };
    const { status, text } = await hub.post(scores, body, { caller });
    if (status !== 201) throw new Error(text);
  }
}

/** The hub's scores as rows in memory, as they are listed. */
export async function listed(hub: TestHub): Promise<Item[]> {
  const { json } = await hub.get(`${scores}?$top=1000`);
  return (json.value as JsonObject[]).map((entity): Item => {
    const vendor = entity["vendorInformation"] as JsonObject;
    const values = new Map<string, Value>(["currentScore", "activeUserCount", "maxScore"].map((name) => [name, entity[name] as Value]));
    for (const name of ["provider", "vendor"]) values.set(`vendorInformation/${name}`, vendor[name] as Value);
    const elements = (entity["controlScores"] as JsonObject[]).map(
      (element) => new Map(["controlName", "score"].map((name) => [name, element[name] as Value])),
    );
    return { id: entity["id"] as string, values, elements };
  });
}

/** Asks the hub for generated results, whole or in pages, and says where they are not what they should be. */
export class Agreement {
  readonly #dice: Dice;
  readonly #pipelines: Pipelines;
  readonly #hub: TestHub;
  readonly #items: readonly Item[];

  constructor(hub: TestHub, items: readonly Item[], seed: number) {
    this.#hub = hub;
    this.#items = items;
    this.#dice = diceOf(seed);
    this.#pipelines = new Pipelines(this.#dice);
  }

  /** One case: undefined when both agree. */
  async next(): Promise<string | undefined> {
    const pipeline = this.#pipelines.next();
    const condition = this.#dice.often(30) ? this.#pipelines.condition(pipeline.fields) : undefined;
    const size = this.#dice.often(30) ? this.#dice.between(1, 7) : undefined;
    const query = `$apply=${encodeURIComponent(pipeline.text)}${condition === undefined ? "" : `&$filter=${encodeURIComponent(condition.text)}`}`;
    const given = await this.#ask(query, size);
    if (typeof given === "string") return `${given}\n  ${pipeline.text} ${condition?.text ?? ""}`;
    const wanted = pipeline.step(this.#items).filter((item) => condition === undefined || condition.holds(item));
    const [a, b] = [given.map((row) => textOf(row)).toSorted(), wanted.map((item) => textOf(rowOf(item, pipeline))).toSorted()];
    if (JSON.stringify(a) === JSON.stringify(b)) return undefined;
    const only = (left: string[], right: string[]): string =>
      left
        .filter((text) => !right.includes(text))
        .slice(0, 3)
        .join(" ");
    return `${a.length} rows, wanted ${b.length}; too many: ${only(a, b)}; missing: ${only(b, a)}\n  ${pipeline.text} ${condition?.text ?? ""} ${size ?? ""}`;
  }

  async #ask(query: string, size: number | undefined): Promise<JsonObject[] | string> {
    const headers = { accept: "application/json;odata.metadata=none", ...(size === undefined ? {} : { prefer: `odata.maxpagesize=${size}` }) };
    const rows: JsonObject[] = [];
    for (let target: string | undefined = `${scores}?${query}`; target !== undefined;) {
      const { status, json, text } = await this.#hub.get(target, { headers });
      if (status !== 200) return `${status} ${text.slice(0, 300)}`;
      rows.push(...(json.value as JsonObject[]));
      target = (json["@odata.nextLink"] as string | undefined)?.replace("https://hub.example", "");
    }
    return rows;
  }
}

/** A row as it is answered: of an entity its id and what was computed. */
function rowOf({ id, values }: Item, { text }: Pipeline): JsonObject {
  const made = [...values].filter(([name]) => id === undefined || /^x\d+(?:\/|$)/.test(name));
  const row: Record<string, Json> = id === undefined ? {} : { id };
  for (const [name, value] of made) {
    const [first = "", last] = name.split("/");
    if (last === undefined) row[first] = value;
    else row[first] = { ...(row[first] as JsonObject | undefined), [last]: value };
  }
  return text === "" ? {} : row;
}

/** A row as text by which equal ones are the same: entities by their id and what was computed. */
function textOf(row: JsonObject): string {
  const members = Object.entries(row).filter(([name]) => row["id"] === undefined || name === "id" || /^x\d+$/.test(name));
  return inOrder(members.map(([name, value]) => [name, nestedText(value, row["id"] !== undefined)]));
}

const inOrder = (members: readonly (readonly [name: string, text: string])[]): string =>
  members
    .map(([name, text]) => `${name}: ${text}`)
    .toSorted()
    .join(", ");

/** Of an element beside its entity only what the rows in memory know of it. */
function nestedText(value: Json | undefined, entity: boolean): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).filter(([name]) => !entity || name === "controlName" || name === "score");
  return entity && members.every(([, one]) => one === null) ? "null" : `{${inOrder(members.map(([name, one]) => [name, JSON.stringify(one)]))}}`;
}
