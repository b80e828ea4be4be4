import { campaign } from "./campaign.ts";
import { curl, smallerRequests } from "./curl.ts";
import { diceOf, type Dice } from "./dice.ts";
import type { FuzzResult, FuzzSettings } from "./fuzzUrls.ts";
import { Mutations } from "./mutate.ts";
import { faultOf } from "./oracle.ts";
import { Requests, type FuzzRequest } from "./requests.ts";
import { openStation } from "./station.ts";

const usual: Readonly<Record<string, readonly string[]>> = {
  Accept: ["application/json;odata.metadata=full;q=0.5, text/plain", "application/json; IEEE754Compatible=true; charset=utf-8", "*/*"],
  "Accept-Encoding": ["gzip, br;q=0", "identity"],
  "Accept-Charset": ["utf-8", "utf-16;q=1"],
  Prefer: [
    'return=representation, odata.maxpagesize=2; wait=1, include-annotations="-*,a.b"',
    "respond-async;callback;url=http://127.0.0.1:1/, wait=30",
    "odata.continue-on-error=false",
  ],
  "Content-Type": ["application/json; charset=utf-8; odata.metadata=minimal", "multipart/mixed; boundary=x", "text/plain"],
  "If-Match": ['W/"1", W/"2"', "*"],
  "If-None-Match": ['W/"1"', "*"],
  "OData-MaxVersion": ["4.01", "4.0"],
  "OData-Version": ["4.0"],
  "OData-Isolation": ["snapshot"],
  "OData-EntityId": ["https://evil.example/"],
  ConsistencyLevel: ["eventual"],
  "client-request-id": ["0199b2c4-7d10-7c3e-9a51-3f2b8e6d4c01"],
  "Idempotency-Key": ["one"],
  "Retry-Attempt": ["1"],
  "X-HTTP-Method-Override": ["DELETE"],
  "X-Forwarded-Host": ["evil.example"],
  Forwarded: ["host=evil.example"],
  Origin: ["https://evil.example"],
  Host: ["evil.example"],
  "Content-Encoding": ["gzip", "br"],
  Range: ["bytes=0-1"],
  Cookie: ["a=b"],
};

function* headersOf(dice: Dice, mutations: Mutations): Generator<[string, string]> {
  for (const name of new Set(dice.some(1, 4, () => dice.one(Object.keys(usual))))) {
    const value = dice.one(usual[name]!);
    yield [name, dice.often(30) ? value : mutations.text(value)];
  }
}

/** Sends legal requests with broken headers: half to `handle`, half over a socket. */
export async function fuzzHeaders({ seed, count }: FuzzSettings): Promise<FuzzResult> {
  const station = await openStation(10);
  const dice = diceOf(seed);
  const mutations = new Mutations(dice, station.model);
  const requests = new Requests(dice, station);
  const statuses = new Map<number, number>();
  let made = 0;
  const next = (): FuzzRequest => ({ ...requests.next(), headers: Object.fromEntries(headersOf(dice, mutations)) });
  const check = async (request: FuzzRequest): Promise<string | undefined> => {
    try {
      const answer = await station.send(request, (made += 1) % 2 === 0);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (/evil\.example/.test(answer.headers["Location"] ?? "")) return `a foreign Location: ${answer.headers["Location"]}`;
      return faultOf(request, answer);
    } catch (error) {
      return `thrown: ${String(error)}`;
    }
  };
  function* smaller(request: FuzzRequest): Generator<FuzzRequest> {
    for (const name of Object.keys(request.headers))
      yield { ...request, headers: Object.fromEntries(Object.entries(request.headers).filter(([other]) => other !== name)) };
    for (const less of smallerRequests(request)) if (Object.keys(less.headers).length > 0) yield less;
  }
  try {
    const between = { every: 1_000, run: station.lookAfter };
    const result = await campaign<FuzzRequest>({ name: "headers", seed, count, next, check, smaller, print: curl, between });
    return { ...result, statuses };
  } finally {
    await station.close();
  }
}
