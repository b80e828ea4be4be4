import { linksFrom } from "../../../src/edm/links.ts";
import type { Model, Place } from "../../../src/edm/model.ts";
import { campaign, type CampaignResult } from "../../fuzz/campaign.ts";
import { curl, smallerRequests } from "../../fuzz/curl.ts";
import { diceOf } from "../../fuzz/dice.ts";
import { madeHere, type Ground } from "../../fuzz/ground.ts";
import type { FuzzRequest } from "../../fuzz/requests.ts";
import { bodyFor, pathOf, routesOf } from "../../wire/places.ts";
import { TwinRequests } from "./twinRequests.ts";
import { openTwins, type Twins } from "./twins.ts";

/** What is compared: over which model, how much, from which seed, on which empty database. */
export interface DifferSettings {
  readonly model: Model;
  readonly name: string;
  readonly url: string;
  readonly seed: number;
  readonly count: number;
}

export interface DifferResult extends CampaignResult {
  /** Answers that were compared, by status; next pages count. */
  readonly compared: ReadonlyMap<number, number>;
}

const rowsToBegin = 40;
const lookEvery = 250;

/** Sends the same requests to a hub on SQLite and one on PostgreSQL, at the same times and with the same ids: every answer has to be the same. */
export async function differ({ model, name, url, seed, count }: DifferSettings): Promise<DifferResult> {
  // Every third seed in the other profile; what is related is written in that one.
  const profile = seed % 3 === 0 || model.places.some((place) => linksFrom(model, place).size > 0) ? "odata" : "graph";
  const twins = await openTwins(model, url, profile);
  try {
    const ground = await layTwinGround(twins, model);
    const dice = diceOf(seed);
    const requests = new TwinRequests(dice, ground, { model, groups: profile === "odata" });
    // Every other seed: a natural key is there once.
    await twins.setUniqueKeys(seed % 2 === 0);
    for (let n = 0; n < rowsToBegin * ground.rows.size; n += 1) await sent(twins, requests.write());
    await lookAgain(twins, ground);
    // Behind a write that went differently nothing can be compared any longer.
    let apart = false;
    const check = async (request: FuzzRequest): Promise<string | undefined> => {
      if (apart) return undefined;
      const { fault } = await twins.send(request);
      apart = fault !== undefined && request.method !== "GET";
      return fault;
    };
    const result = await campaign<FuzzRequest>({
      name,
      seed,
      count,
      next: () => requests.next(),
      check,
      smaller: smallerRequests,
      print: curl,
      between: { every: lookEvery, run: async () => (apart ? [] : lookAgain(twins, ground)) },
    });
    const statuses = [...twins.compared].toSorted(([a], [b]) => a - b).map(([status, times]) => `${times} of ${status}`);
    process.stderr.write(`${name}: compared ${statuses.join(", ")}\n`);
    return { ...result, compared: twins.compared };
  } finally {
    await twins.close();
  }
}

/** A row above each place that lies in one, and one of every type. */
async function layTwinGround(twins: Twins, model: Model): Promise<Ground> {
  const parents = new Map<Place, readonly string[]>();
  const hasFleet = model.places.some(({ path }) => path === "securities");
  const hubId = hasFleet ? idOf(await post(twins, "/v1.0/security", { displayName: "twin" })) : "";
  // A subscription's time is another clock's.
  const laid = model.places.filter(({ path }) => !path.startsWith("subscriptions/"));
  const routes = routesOf(model).filter(({ place, through }) => laid.includes(place) && (hasFleet || through === "home"));
  const ground = { model, hubId, routes, rows: new Map(), parents, links: [] };
  for (const place of laid) parents.set(place, await parentsOf(twins, place));
  for (const place of model.places.filter(madeHere)) {
    ground.rows.set(place, []);
    for (const type of place.type.derived.length === 0 ? [place.type] : place.type.derived)
      await post(twins, setOf(place, parents.get(place)!), { ...bodyFor(place, type), ...idFor(place, `first ${type.name}`) });
  }
  // What requests are made from; the rest of a ground is for campaigns on one engine.
  return ground as unknown as Ground;
}

async function parentsOf(twins: Twins, { parent, declaredBy }: Place): Promise<readonly string[]> {
  if (parent === undefined || parent.kind === "singleton") return [];
  const above = await parentsOf(twins, parent);
  const made = await post(twins, setOf(parent, above), { ...bodyFor(parent, declaredBy ?? parent.type), ...idFor(parent, "parent") });
  return [...above, idOf(made)];
}

/** Where clients give ids. */
const idFor = ({ definition }: Place, id: string): { readonly id?: string } => (definition.clientId === true ? { id } : {});

const idOf = (body: string): string => (JSON.parse(body) as { id: string }).id;

const setOf = (place: Place, parents: readonly string[]): string =>
  `/v1.0${pathOf({ place, through: "home", cast: false }, { hubId: "", parents, form: "segment" })}`;

async function sent(twins: Twins, request: FuzzRequest): Promise<void> {
  const { fault } = await twins.send(request);
  if (fault !== undefined) throw new Error(`${curl(request)}\n${fault}`);
}

async function post(twins: Twins, target: string, body: unknown): Promise<string> {
  const { seen, fault } = await twins.send({ method: "POST", target, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (fault !== undefined || seen.status !== 201) throw new Error(`POST ${target}: ${fault ?? seen.body}`);
  return seen.body;
}

/** Finds out which rows are there: the first and the last of each place. */
async function lookAgain(twins: Twins, { rows, parents }: Ground): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const place of rows.keys()) {
    const ids: string[] = [];
    for (const order of ["id", "id%20desc"]) {
      const { seen, fault } = await twins.send({
        method: "GET",
        target: `${setOf(place, parents.get(place)!)}?$select=id&$orderby=${order}&$top=6`,
        headers: {},
      });
      if (fault !== undefined) faults.push(`${place.path}: ${fault}`);
      if (seen.status === 200) ids.push(...(JSON.parse(seen.body) as { value: { id: string }[] }).value.map(({ id }) => id));
    }
    const above = new Set([...parents.values()].flat());
    rows.set(
      place,
      [...new Set(ids)].filter((id) => !above.has(id)),
    );
  }
  return faults;
}
