import { networkInterfaces } from "node:os";
import { rangeOf } from "./addressRanges.ts";
import type { AddressRange } from "./addressRanges.ts";
import { readIpAddress } from "../base/ipAddress.ts";
import type { IpAddress } from "../base/ipAddress.ts";

/** Like `rangeOf`, and what is public elsewhere but not here: addresses of this machine, and its neighbours by IPv6, which stand behind the same firewall. */
export function rangeHere(address: IpAddress): AddressRange | undefined {
  return rangeOf(address) ?? ownRange(address);
}

function ownRange({ family, value }: IpAddress): AddressRange | undefined {
  for (const { address, cidr } of Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)) {
    const own = readIpAddress(address);
    if (own?.family !== family) continue;
    if (own.value === value) return { name: "an address of this machine", kind: "inside" };
    const length = Number(cidr?.split("/")[1] ?? 128);
    if (family === 6 && length >= 48 && own.value >> BigInt(128 - length) === value >> BigInt(128 - length))
      return { name: "a neighbour of this machine", kind: "inside" };
  }
  return undefined;
}
