import { callerOf, otherTenant, type Answer, type TestHub } from "../wire/hub.ts";
import { campaign, type CampaignResult } from "./campaign.ts";
import { diceOf, type Dice } from "./dice.ts";
import type { FuzzSettings } from "./fuzzUrls.ts";
import { faultOf } from "./oracle.ts";
import { openStation, type Station } from "./station.ts";

/** A page token where it does not belong. */
interface Case {
  readonly target: string;
  readonly token: string;
  /** Whether the token is, byte for byte, one of those that were given out for this very request. */
  readonly isOwn: boolean;
  readonly asOther: boolean;
}

const sets = ["secureScores", "alerts", "tiIndicators", "userSecurityProfiles"];
const queries = ["$top=1", "$top=1&$orderby=id desc", "$top=1&$filter=id ne 'x'", "$top=1&$select=id", "$top=1&$count=true"];
const ways = ["/v1.0/security/", "/beta/security/", "/v1.0/securities/HUB/"];

/** Turns page tokens over to other collections, hubs, options and tenants, and breaks them: none opens anything. */
export async function fuzzTokens({ seed, count }: FuzzSettings): Promise<CampaignResult> {
  const station = await openStation(Number.POSITIVE_INFINITY);
  const dice = diceOf(seed);
  const { hub, hubId } = station.ground;
  const given = await tokensOf(station);
  const theirs = await foreignHub(hub);
  const next = (): Case => make(dice, { given, hubs: [hubId, theirs] });
  const check = async ({ target, token, isOwn, asOther }: Case): Promise<string | undefined> => {
    const request = { method: "GET", target: `${target}&$skiptoken=${encodeURIComponent(token)}`, headers: {} };
    const answer: Answer = await hub.send("GET", request.target, { caller: callerOf(asOther ? { tenant: otherTenant } : {}) });
    const opened = answer.status < 400 && !(isOwn && !asOther);
    return opened ? `the token was taken: ${answer.text.slice(0, 200)}` : faultOf(request, answer);
  };
  try {
    return await campaign<Case>({ name: "page tokens", seed, count, next, check, smaller: () => [], print: (one) => JSON.stringify(one) });
  } finally {
    await station.close();
  }
}

async function foreignHub(hub: TestHub): Promise<string> {
  return (await hub.post("/v1.0/security", {}, { caller: callerOf({ tenant: otherTenant }) })).json.id;
}

/** The canonical address (root aside) of each token that was given out. */
async function tokensOf({ ground: { hub, hubId } }: Station): Promise<ReadonlyMap<string, string>> {
  const tokens = new Map<string, string>();
  for (const way of ways.map((one) => one.replace("HUB", hubId))) {
    for (const set of sets) {
      for (const query of queries) {
        const page = await hub.get(`${way}${set}?${query}`);
        const token = /\$skiptoken=([\w-]+)/.exec(page.json["@odata.nextLink"] ?? "")?.[1];
        if (token !== undefined) tokens.set(`${set}?${query}`, token);
      }
    }
  }
  return tokens;
}

interface Giving {
  readonly given: ReadonlyMap<string, string>;
  readonly hubs: readonly string[];
}

function make(dice: Dice, { given, hubs }: Giving): Case {
  const [from, token] = dice.one([...given]);
  const [set, query] = [dice.one(sets), dice.one(queries)];
  const broken = dice.often(60) ? flipped(dice, token) : token;
  const way = dice.one(ways).replace("HUB", dice.one([...hubs, hubs[0]!]));
  const isSameBytes = Buffer.from(broken, "base64url").equals(Buffer.from(token, "base64url"));
  return {
    target: `${way}${set}?${query}`,
    token: broken,
    isOwn: isSameBytes && from === `${set}?${query}` && !way.includes(hubs[1]!),
    asOther: dice.often(30),
  };
}

function flipped(dice: Dice, token: string): string {
  const bytes = Buffer.from(token, "base64url");
  const at = dice.between(0, bytes.length - 1);
  return dice.one([
    () => {
      bytes[at]! ^= 1 << dice.between(0, 7);
      return bytes.toString("base64url");
    },
    () => bytes.subarray(0, at).toString("base64url"),
    () => `${token}${dice.one(["A", "AAAA", "=", " ", "."])}`,
    () => Buffer.concat([bytes, bytes.subarray(0, at)]).toString("base64url"),
    () => `${token.slice(0, at)}${dice.one(["%", "*", "ä", "-", "_"])}${token.slice(at + 1)}`,
  ])();
}
