import { createHash } from "node:crypto";
import { createRecent } from "../base/recent.ts";
import type { Recent } from "../base/recent.ts";
import { admitAddresses, admitText } from "./admitAddresses.ts";
import type { Frontier, Reach } from "./admitAddresses.ts";
import type { AllowedDestination } from "./allowedDestinations.ts";
import type { Answer, Call, CallLimits } from "./call.ts";
import { createCallFigures } from "./callFigures.ts";
import type { CallFigures } from "./callFigures.ts";
import type { TlsIdentity } from "./connectPinned.ts";
import { readDestination } from "./destination.ts";
import type { Destination } from "./destination.ts";
import { EgressFault } from "./egressFault.ts";
import { exchange } from "./exchange.ts";
import { openPool } from "./openPool.ts";
import type { ConnectionLimits, PoolParts } from "./openPool.ts";
import { createPools } from "./pools.ts";
import type { PoolLimits, Pools } from "./pools.ts";
import { rangeHere } from "./rangeHere.ts";
import { requestHead } from "./requestHead.ts";
import { createResolveHost } from "./resolveHost.ts";
import type { ResolveHost } from "./resolveHost.ts";
import type { TraceCall } from "./traceCalls.ts";
import { createTurns } from "./turns.ts";
import type { TurnLimits, Turns } from "./turns.ts";

/** Bounds of all calls together. */
export interface EgressLimits extends TurnLimits, PoolLimits, ConnectionLimits {}

/** What outgoing calls may do. */
export interface EgressSettings {
  /** What clients' addresses may reach besides public ones (`SECGRAPH_NOTIFY_ALLOW`). */
  readonly allow?: readonly AllowedDestination[];
  readonly limits?: Partial<EgressLimits>;
  /** Wraps each call in a span. */
  readonly trace?: TraceCall;
  /** Tests say what names lead to, and what is public. */
  readonly resolveHost?: ResolveHost;
  readonly rangeOf?: Frontier["rangeOf"];
}

/** The one way out: every call of this program to others. */
export interface Egress {
  /** Makes a call. Rejects with an EgressFault, and with nothing else. */
  readonly send: (call: Call) => Promise<Answer>;
  /** Throws the EgressFault that a call to this URL would meet before any name is looked up. */
  readonly admit: (url: string, reach: Reach) => void;
  readonly figures: () => CallFigures & { readonly running: number; readonly waiting: number; readonly pools: number };
  /** Ends all calls and connections. */
  readonly close: () => Promise<void>;
}

/** The bounds of the program. */
export const usualEgressLimits: EgressLimits = {
  running: 128,
  runningEach: 16,
  waiting: 4096,
  waitingEach: 1024,
  patience: 10_000,
  most: 256,
  life: 60_000,
  idle: 15_000,
  connect: 5_000,
  resolve: 5_000,
  headBytes: 16 * 1024,
  keepAlive: 10_000,
};

const usualCall: CallLimits = { headers: 10_000, total: 10_000, bytes: 64 * 1024 };

/**
 * Makes the way out. The URL is read strictly, the host looked up once, every address checked, and connections are made to
 * checked addresses alone; they are kept for a minute at most, then the name is looked up and checked anew. No redirect is
 * followed, no proxy asked, no cookie kept, no answer unpacked; times, sizes, calls under way, waiting calls, pools and
 * connections are bounded.
 */
export function createEgress(settings: EgressSettings = {}): Egress {
  const limits: EgressLimits = { ...usualEgressLimits, ...settings.limits };
  const frontier: Frontier = { allow: settings.allow ?? [], rangeOf: settings.rangeOf ?? rangeHere };
  const parts = { frontier, limits, resolveHost: settings.resolveHost ?? createResolveHost() };
  const ways: Ways = {
    routes: createRecent<Route>({ most: 4e6, weigh: ({ destination }) => destination.path.length + 256 }),
    turns: createTurns(limits),
    pools: createPools(limits),
    parts,
  };
  const tally = createCallFigures();
  let stopped = false;
  return {
    async send(call) {
      const from = performance.now();
      const traced = settings.trace?.(call);
      let outcome = "";
      try {
        if (stopped) throw new EgressFault("stopped", { begun: false });
        const route = routeOf(call, ways);
        traced?.to(route.destination);
        const answer = await takeTurn(call, route, ways);
        outcome = `${Math.floor(answer.status / 100)}xx`;
        traced?.answered(answer.status);
        return answer;
      } catch (error) {
        const fault = error instanceof EgressFault ? error : new EgressFault("request", { detail: String(error) });
        outcome = fault.reason;
        traced?.failed(fault.reason);
        throw fault;
      } finally {
        tally.add(call.purpose, outcome, performance.now() - from);
      }
    },
    admit(url, reach) {
      const destination = readDestination(url);
      admitText(destination, reach, frontier);
      if (destination.address !== undefined) admitAddresses(destination, [destination.address], reach, frontier);
    },
    figures: () => ({ ...tally.figures, ...ways.turns.counts(), pools: ways.pools.count() }),
    async close() {
      stopped = true;
      ways.turns.stop();
      await ways.pools.close();
    },
  };
}

/** A destination that was read and may be called, as far as its text says. */
interface Route {
  readonly destination: Destination;
  readonly reach: Reach;
  /** What shares connections and places: reach, scheme, host and port. */
  readonly key: string;
}

interface Ways {
  readonly routes: Recent<Route>;
  readonly turns: Turns;
  readonly pools: Pools;
  readonly parts: PoolParts;
}

function routeOf({ url, reach }: Call, { routes, parts }: Ways): Route {
  const known = routes.find(reach + url);
  if (known !== undefined) return known;
  const destination = readDestination(url);
  admitText(destination, reach, parts.frontier);
  const route = { destination, reach, key: `${reach} ${destination.origin}` };
  routes.keep(reach + url, route);
  return route;
}

async function takeTurn(call: Call, route: Route, ways: Ways): Promise<Answer> {
  const head = requestHead(call);
  const key = call.identity === undefined ? route.key : `${route.key} ${identityName(call.identity)}`;
  const turn = ways.turns.enter(key);
  if (turn !== undefined) await turn;
  try {
    if (call.signal?.aborted === true) throw new EgressFault("stopped", { where: route.destination.origin, begun: false });
    return await callInTurn({ call, route, key, head }, ways);
  } finally {
    ways.turns.leave(key);
  }
}

interface Ready {
  readonly call: Call;
  readonly route: Route;
  readonly key: string;
  readonly head: string[];
}

async function callInTurn({ call, route, key, head }: Ready, { pools, parts }: Ways): Promise<Answer> {
  const begun = performance.now();
  const limits = { ...usualCall, ...call.limits };
  const { destination, reach } = route;
  const taken = pools.take(key, () => openPool({ destination, reach, identity: call.identity }, parts));
  const kept = taken instanceof Promise ? await within(taken, Math.min(limits.headers, limits.total), destination) : taken;
  kept.running += 1;
  try {
    return await exchange(kept.pool, { call, destination, head, limits, begun });
  } catch (error) {
    if (isNoConnection(error)) pools.drop(key, kept);
    throw error;
  } finally {
    kept.running -= 1;
  }
}

/** A call gives up waiting for a connection; who shares it goes on. */
async function within<T>(work: Promise<T>, limit: number, { origin }: Destination): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EgressFault("timeout", { where: origin, detail: `not within ${limit} ms`, begun: false })), limit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function isNoConnection(error: unknown): boolean {
  return error instanceof EgressFault && (error.reason === "connect" || error.reason === "tls" || error.reason === "forbidden");
}

const identityNames = new WeakMap<TlsIdentity, string>();

/** Equal identities share connections, others never. */
function identityName(identity: TlsIdentity): string {
  let name = identityNames.get(identity);
  if (name === undefined) {
    const { cert = "", key = "", ca = "" } = identity;
    name = createHash("sha256")
      .update(JSON.stringify([cert, key, ca]))
      .digest("base64");
    identityNames.set(identity, name);
  }
  return name;
}
