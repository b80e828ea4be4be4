import type { Model, Place } from "../../src/edm/model.ts";
import { inspectFile } from "../process/inspectFile.ts";
import { join } from "node:path";
import { bodyFor, makeParents, pathOf, routesOf, type Route } from "../wire/places.ts";
import type { TestHub } from "../wire/hub.ts";

/** A hub with rows everywhere, as requests are made for it. */
export interface Ground {
  readonly hub: TestHub;
  readonly model: Model;
  readonly hubId: string;
  readonly routes: readonly Route[];
  /** Ids of rows by place. */
  readonly rows: Map<Place, string[]>;
  /** Keys of the rows above a place's rows. */
  readonly parents: ReadonlyMap<Place, readonly string[]>;
  /** Page tokens that were given out, with where. */
  readonly links: string[];
}

/** Places whose rows clients make. */
export function madeHere(place: Place): boolean {
  return (
    place.kind === "set" &&
    place.definition.hub === undefined &&
    place.definition.managers !== true &&
    place.verbs.has("create") &&
    !place.path.startsWith("subscriptions")
  );
}

/** Fills a hub with a few rows of every place and of every derived type. */
export async function layGround(hub: TestHub, model: Model): Promise<Ground> {
  const hubId: string = (await hub.post("/v1.0/security", { displayName: "ground" })).json.id;
  const parents = new Map<Place, readonly string[]>();
  for (const place of model.places) parents.set(place, await makeParents(hub, place));
  const ground: Ground = { hub, model, hubId, routes: routesOf(model), rows: new Map(), parents, links: [] };
  await refill(ground);
  return ground;
}

/** Sees to it that every place has a few rows again, and notes links to next pages. */
export async function refill(ground: Ground): Promise<void> {
  const { hub, rows, parents, links } = ground;
  links.length = 0;
  for (const place of ground.model.places.filter(madeHere)) {
    const above = parents.get(place)!;
    const set = `/v1.0${pathOf({ place, through: "home", cast: false }, { hubId: "", parents: above, form: "segment" })}`;
    const types = place.type.derived.length === 0 ? [place.type] : place.type.derived;
    const few = await hub.get(`${set}?$top=6&$select=id`);
    for (const type of few.status === 200 && few.json.value.length > 5 ? [] : types) {
      const body = bodyFor(place, type);
      await hub.post(set, body);
      await hub.post(set, { ...body, undeclared: 1 });
    }
    const page = await hub.get(`${set}?$top=2&$select=id`);
    if (page.status !== 200) continue;
    rows.set(
      place,
      page.json.value.map(({ id }: { id: string }) => id),
    );
    const next: string | undefined = page.json["@odata.nextLink"];
    if (next !== undefined) links.push(next.slice("https://hub.example".length));
  }
}

/** Where the stored rows, their side rows, the change log and the audit contradict each other. */
export function faultsOfStore({ hub }: Ground): readonly string[] {
  return inspectFile(join(hub.folder, "hub.sqlite")).faults;
}
