import { campaign, type CampaignResult } from "./campaign.ts";
import { curl, smallerRequests } from "./curl.ts";
import { diceOf } from "./dice.ts";
import { Mutations } from "./mutate.ts";
import { faultOf } from "./oracle.ts";
import { Requests, type FuzzRequest } from "./requests.ts";
import { openStation } from "./station.ts";

/** How much is to be sent, and from which seed. */
export interface FuzzSettings {
  readonly seed: number;
  readonly count: number;
}

/** What came of it, and how often each status was answered. */
export interface FuzzResult extends CampaignResult {
  readonly statuses: ReadonlyMap<number, number>;
}

interface Case {
  readonly request: FuzzRequest;
  readonly isOverPort: boolean;
}

/** Every so many requests one goes through the real port. */
const portShare = 20;
const roundLength = 2_000;

/**
 * Sends legal and broken URLs, made from the model, to a hub with rows everywhere: most to `handle`, some over a real
 * socket. Between rounds another client is served, and the store is looked through.
 */
export async function fuzzUrls({ seed, count }: FuzzSettings): Promise<FuzzResult> {
  const station = await openStation(10);
  const dice = diceOf(seed);
  const requests = new Requests(dice, station);
  const mutations = new Mutations(dice, station.model);
  const statuses = new Map<number, number>();
  let made = 0;
  const next = (): Case => {
    const request = requests.next();
    made += 1;
    return { request: dice.often(55) ? { ...request, target: mutations.target(request.target) } : request, isOverPort: made % portShare === 0 };
  };
  const check = async ({ request, isOverPort }: Case): Promise<string | undefined> => {
    try {
      const answer = await station.send(request, isOverPort);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      return faultOf(request, answer);
    } catch (error) {
      return `thrown: ${String(error)}`;
    }
  };
  function* smaller({ request, isOverPort }: Case): Generator<Case> {
    for (const one of smallerRequests(request)) yield { request: one, isOverPort };
  }
  try {
    const between = { every: roundLength, run: station.lookAfter };
    const result = await campaign<Case>({ name: "URLs", seed, count, next, check, smaller, print: ({ request }) => curl(request), between });
    return { ...result, statuses };
  } finally {
    await station.close();
  }
}
