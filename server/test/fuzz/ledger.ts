import { textOf, type JsonObject } from "../../src/base/json.ts";
import type { Place } from "../../src/edm/model.ts";
import { pathOf } from "../wire/places.ts";
import type { Ground } from "./ground.ts";
import { madeHere } from "./ground.ts";

/** What was acknowledged: by collection, the rows as they were last answered. */
export class Ledger {
  readonly #ground: Ground;
  readonly #rows = new Map<Place, Map<string, string>>();
  /** Collections in which an action may have changed any row. */
  readonly #stirred = new Set<Place>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** The collection of a place, below the rows that the ground has above it. */
  setOf(place: Place): string {
    return `/beta${pathOf({ place, through: "home", cast: false }, { hubId: "", parents: this.#ground.parents.get(place)!, form: "segment" })}`;
  }

  /** Begins with what is there. */
  async open(): Promise<void> {
    for (const place of this.#ground.model.places.filter(madeHere)) await this.#take(place);
  }

  idsOf(place: Place): string[] {
    return [...(this.#rows.get(place)?.keys() ?? [])];
  }

  keep(place: Place, row: JsonObject): void {
    this.#rows.get(place)!.set(textOf(row["id"]), shownRow(row));
    // A rule may have counted it in the row above.
    if (place.parent !== undefined && place.depth > 0) this.#stirred.add(place.parent);
  }

  drop(place: Place, id: string): void {
    this.#rows.get(place)!.delete(id);
    if (place.parent !== undefined && place.depth > 0) this.#stirred.add(place.parent);
  }

  /** After an action on rows of a place: rows that are new have to be those that it answered. */
  async reread(place: Place, answered: readonly string[]): Promise<string | undefined> {
    const before = this.#rows.get(place)!;
    await this.#take(place);
    const unknown = this.idsOf(place).filter((id) => !before.has(id) && !answered.includes(id));
    return unknown.length === 0 ? undefined : `the action made rows that it did not tell: ${unknown.join()}`;
  }

  /** Where what is stored is not what was acknowledged. */
  async faults(): Promise<string[]> {
    const faults: string[] = [];
    for (const [place, acknowledged] of this.#rows) {
      const stored = await this.#read(place);
      if (!this.#stirred.has(place)) faults.push(...differences(place.path, acknowledged, stored));
      else if ([...acknowledged.keys()].toSorted().join() !== [...stored.keys()].toSorted().join())
        faults.push(`${place.path}: other rows than were acknowledged`);
      this.#rows.set(place, stored);
    }
    this.#stirred.clear();
    return faults;
  }

  async #take(place: Place): Promise<void> {
    this.#rows.set(place, await this.#read(place));
  }

  async #read(place: Place): Promise<Map<string, string>> {
    const rows = new Map<string, string>();
    let link: string | undefined = `${this.setOf(place)}?$top=1000`;
    while (link !== undefined) {
      const page = await this.#ground.hub.get(link);
      if (page.status !== 200) throw new Error(`${link} answers ${page.status} ${page.text}`);
      for (const row of page.json.value as JsonObject[]) rows.set(textOf(row["id"]), shownRow(row));
      link = (page.json["@odata.nextLink"] as string | undefined)?.slice("https://hub.example".length);
    }
    return rows;
  }
}

function shownRow({ "@odata.context": _, ...row }: JsonObject): string {
  return JSON.stringify(row);
}

/** An action of many targets is acknowledged as one, and has an action for each of them. */
function isPartOfAny(acknowledged: ReadonlyMap<string, string>, row: string): boolean {
  const { dispatch } = JSON.parse(row) as { readonly dispatch?: { readonly parentId?: string } };
  const { targets = [] } = JSON.parse(acknowledged.get(dispatch?.parentId ?? "") ?? "{}") as { readonly targets?: readonly unknown[] };
  return targets.length > 0;
}

function differences(name: string, acknowledged: ReadonlyMap<string, string>, stored: ReadonlyMap<string, string>): string[] {
  const lost = [...acknowledged].filter(([id]) => !stored.has(id)).map(([id, row]) => `${name}: ${id} was acknowledged and is not there: ${row}`);
  const undead = [...stored]
    .filter(([id, row]) => !acknowledged.has(id) && !isPartOfAny(acknowledged, row))
    .map(([, row]) => `${name}: nobody was told of ${row}`);
  const changed = [...acknowledged]
    .filter(([id, row]) => stored.has(id) && stored.get(id) !== row)
    .map(([id, row]) => `${name}: acknowledged was ${row}, stored is ${stored.get(id)}`);
  return [...lost, ...undead, ...changed].slice(0, 5);
}
