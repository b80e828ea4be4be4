import type { Pool } from "undici";
import { admitAddresses, isNamed } from "./admitAddresses.ts";
import type { Frontier, Reach } from "./admitAddresses.ts";
import { createConnector } from "./connectPinned.ts";
import type { TlsIdentity } from "./connectPinned.ts";
import type { Destination } from "./destination.ts";
import { EgressFault } from "./egressFault.ts";
import { readIpAddress } from "../base/ipAddress.ts";
import type { IpAddress } from "../base/ipAddress.ts";
import type { ResolveHost } from "./resolveHost.ts";

/** Bounds of the connections to one destination. Milliseconds and bytes. */
export interface ConnectionLimits {
  /** Connections, each with one call. */
  readonly runningEach: number;
  /** For TCP and TLS. */
  readonly connect: number;
  /** For finding the addresses of a name. */
  readonly resolve: number;
  /** Of the head of an answer. */
  readonly headBytes: number;
  /** How long a connection without a call is kept. */
  readonly keepAlive: number;
}

/** Where a pool leads, and who says so. */
export interface Target {
  readonly destination: Destination;
  readonly reach: Reach;
  readonly identity: TlsIdentity | undefined;
}

/** What opening a pool needs. */
export interface PoolParts {
  readonly frontier: Frontier;
  readonly resolveHost: ResolveHost;
  readonly limits: ConnectionLimits;
}

/** Addresses of one name; more are no server's. */
const mostAddresses = 64;

/** Looks the host up once, checks every address and makes a pool that connects to these addresses alone. Rejects with an EgressFault. */
export async function openPool({ destination, reach, identity }: Target, { frontier, resolveHost, limits }: PoolParts): Promise<Pool> {
  const own = isNamed(destination, reach, frontier);
  const addresses = await addressesOf(destination, limits.resolve, (signal) => resolveHost(destination.host, own, signal));
  admitAddresses(destination, addresses, reach, frontier);
  const { Pool: UndiciPool } = await import("undici");
  return new UndiciPool(destination.origin, {
    connect: createConnector({ destination, addresses, timeout: limits.connect, ...(identity === undefined ? {} : { identity }) }),
    connections: limits.runningEach,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: limits.headBytes,
    keepAliveTimeout: limits.keepAlive,
    keepAliveMaxTimeout: limits.keepAlive,
    // Each call has one timer of its own, which covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

async function addressesOf(
  { address, origin }: Destination,
  limit: number,
  resolve: (signal: AbortSignal) => Promise<readonly string[]>,
): Promise<readonly IpAddress[]> {
  if (address !== undefined) return [address];
  const texts = await inTime(resolve, limit, origin);
  if (texts.length === 0) throw new EgressFault("notFound", { where: origin });
  if (texts.length > mostAddresses) throw new EgressFault("nameService", { where: origin, detail: `${texts.length} addresses` });
  return texts.map((text) => {
    const found = readIpAddress(text);
    if (found === undefined) throw new EgressFault("forbidden", { where: origin, detail: text.slice(0, 60) });
    return found;
  });
}

async function inTime(resolve: (signal: AbortSignal) => Promise<readonly string[]>, limit: number, where: string): Promise<readonly string[]> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new EgressFault("nameService", { where, detail: `not within ${limit} ms` }));
      ending.abort();
    }, limit);
  });
  try {
    return await Promise.race([resolve(ending.signal), late]);
  } catch (error) {
    if (error instanceof EgressFault) throw new EgressFault(error.reason, { ...error.facts, where });
    throw new EgressFault("nameService", { where, detail: String(error) });
  } finally {
    clearTimeout(timer);
  }
}
