import { isObject, type Json, type JsonObject } from "../../src/base/json.ts";
import { BodyRequests, type WriteCase } from "./bodyRequests.ts";
import { campaign } from "./campaign.ts";
import { curl, smallerRequests } from "./curl.ts";
import { diceOf } from "./dice.ts";
import type { FuzzResult, FuzzSettings } from "./fuzzUrls.ts";
import { Ledger } from "./ledger.ts";
import { Mutations } from "./mutate.ts";
import { faultOf, type Answered } from "./oracle.ts";
import { readBackFault } from "./readBack.ts";
import { openStation, type Station } from "./station.ts";

const roundLength = 1_000;
const portShare = 20;

/**
 * Writes with random and broken bodies: what is acknowledged is what was sent; after each round what is stored is what
 * was acknowledged, and the store's tables agree with each other.
 */
export async function fuzzBodies({ seed, count }: FuzzSettings): Promise<FuzzResult> {
  const station = await openStation(3);
  const dice = diceOf(seed);
  let ledger = await opened(station);
  const requests = new BodyRequests(dice, { station, ledger: () => ledger, mutations: new Mutations(dice, station.model) });
  const statuses = new Map<number, number>();
  let made = 0;
  const check = async (one: WriteCase): Promise<string | undefined> => {
    try {
      const answer = await station.send(one.request, (made += 1) % portShare === 0);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      return faultOf(one.request, answer) ?? (answer.status < 300 ? await acknowledge(one, answer, { station, ledger }) : undefined);
    } catch (error) {
      return `thrown: ${String(error)}`;
    }
  };
  function* smaller(one: WriteCase): Generator<WriteCase> {
    for (const request of smallerRequests(one.request)) if (request.target === one.request.target && request.body !== undefined) yield { ...one, request };
  }
  const run = async (): Promise<readonly string[]> => {
    const faults = await ledger.faults();
    const { ground } = station;
    faults.push(...(await station.lookAfter()));
    if (station.ground === ground) await ledger.open();
    else ledger = await opened(station);
    return faults;
  };
  try {
    const next = () => requests.next();
    const between = { every: roundLength, run };
    const result = await campaign<WriteCase>({ name: "bodies", seed, count, next, check, smaller, print: ({ request }) => curl(request), between });
    return { ...result, faults: [...result.faults, ...(await ledger.faults())], statuses };
  } finally {
    await station.close();
  }
}

async function opened({ ground }: Station): Promise<Ledger> {
  const ledger = new Ledger(ground);
  await ledger.open();
  return ledger;
}

interface Books {
  readonly station: Station;
  readonly ledger: Ledger;
}

/** Notes what was acknowledged; tells where the answer is not what was sent. */
async function acknowledge({ kind, place, id, request }: WriteCase, { text, headers }: Answered, { station, ledger }: Books): Promise<string | undefined> {
  if (kind === "delete") {
    ledger.drop(place, id!);
    return undefined;
  }
  if (kind === "action") return ledger.reread(place, text === "" ? [] : idsOf(JSON.parse(text) as JsonObject));
  const one = kind === "create" ? new URL(headers["Location"]!).pathname : request.target.replace(/(\))\/[^/]*$/, "$1");
  const at = kind === "property" ? one.replace(/\/\w+$/, "") : one;
  const row = text === "" || kind === "property" ? (await station.ground.hub.get(at)).json : (JSON.parse(text) as JsonObject);
  if (typeof row["id"] !== "string") return `acknowledged, and then not to be read: ${JSON.stringify(row)}`;
  ledger.keep(place, row);
  if (kind === "property") return undefined;
  const sent = JSON.parse(Buffer.from(request.body ?? "null").toString()) as Json;
  return isObject(sent) ? readBackFault(withoutRuled(sent, place.type.name, kind), row, station.model) : `taken was ${request.body}`;
}

function idsOf({ value }: JsonObject): string[] {
  return Array.isArray(value) ? value.flatMap((one: Json) => (isObject(one) && typeof one["id"] === "string" ? [one["id"]] : [])) : [];
}

/** What rules read, count or add to, and so do not keep as it was sent. */
const ruled: Readonly<Record<string, readonly string[]>> = {
  secureScoreControlProfile: ["state", "assignedTo", "comment", "controlStateUpdates"],
  alert: ["historyStates", "closedDateTime"],
};

function withoutRuled(sent: JsonObject, type: string, kind: WriteCase["kind"]): JsonObject {
  const names = new Set(["managedDeviceCount", "mobileAppCount", ...(kind === "create" ? [] : (ruled[type.split(".").at(-1)!] ?? []))]);
  return Object.fromEntries(Object.entries(sent).filter(([name]) => !names.has(name)));
}
