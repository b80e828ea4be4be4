import type { AllowedDestination } from "./allowedDestinations.ts";
import type { AddressRange } from "./addressRanges.ts";
import type { Destination } from "./destination.ts";
import { EgressFault } from "./egressFault.ts";
import { printIpAddress } from "../base/ipAddress.ts";
import type { IpAddress } from "../base/ipAddress.ts";

/**
 * Who chose the address. `public`: a client did; only public addresses and what `SECGRAPH_NOTIFY_ALLOW` names.
 * `operator`: the configuration did; private networks too, and plain http to this machine.
 */
export type Reach = "public" | "operator";

/** What decides where calls may go. */
export interface Frontier {
  readonly allow: readonly AllowedDestination[];
  /** The range that keeps an address from being public. */
  readonly rangeOf: (address: IpAddress) => AddressRange | undefined;
}

const localNames = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** Refuses what the text of the URL alone rules out: before any name is looked up. Throws an EgressFault. */
export function admitText(destination: Destination, reach: Reach, { allow }: Frontier): void {
  const { scheme, host, port, origin } = destination;
  if (reach === "operator") {
    if (scheme === "http" && !localNames.test(host)) throw new EgressFault("scheme", { where: origin });
    return;
  }
  if (!needsEntry(destination)) return;
  const mayFit = allow.some((entry) => fits(entry, destination) && (entry.name === undefined || entry.name === host));
  if (!mayFit)
    throw new EgressFault(scheme === "http" ? "scheme" : "port", { where: origin, detail: `port ${port} of ${host} is not in SECGRAPH_NOTIFY_ALLOW` });
}

/** Whether the operator named this host, so that the names of his own network count. */
export function isNamed({ host, ...destination }: Destination, reach: Reach, { allow }: Frontier): boolean {
  return reach === "operator" || allow.some((entry) => entry.name === host && fits(entry, { host, ...destination }));
}

/** Refuses all when one of the addresses may not be called. Throws an EgressFault that names address and range. */
export function admitAddresses(destination: Destination, addresses: readonly IpAddress[], reach: Reach, frontier: Frontier): void {
  for (const address of addresses) {
    const range = frontier.rangeOf(address);
    const admitted = reach === "operator" ? admitsOperator(destination, range) : admitsClient(destination, address, range, frontier);
    if (!admitted) {
      const detail = `${printIpAddress(address)} (${range?.name ?? "public, but not by http or this port"})`;
      throw new EgressFault("forbidden", { where: destination.origin, detail });
    }
  }
}

function admitsOperator({ scheme }: Destination, range: AddressRange | undefined): boolean {
  return scheme === "http" ? range?.kind === "loopback" : range?.kind !== "never";
}

function admitsClient(destination: Destination, address: IpAddress, range: AddressRange | undefined, { allow }: Frontier): boolean {
  if (range === undefined && !needsEntry(destination)) return true;
  return allow.some((entry) => {
    if (!fits(entry, destination)) return false;
    if (entry.name !== undefined) return entry.name === destination.host && range?.kind !== "never";
    return entry.address!.family === address.family && entry.address!.value === address.value;
  });
}

/** Plain http, and ports of other services: only where the operator said so. */
function needsEntry({ scheme, port }: Destination): boolean {
  return scheme === "http" || (port < 1024 && port !== 443);
}

function fits({ port, plain }: AllowedDestination, destination: Destination): boolean {
  return (port === "any" || port === destination.port) && (plain || destination.scheme === "https");
}
