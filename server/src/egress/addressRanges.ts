import { readIpAddress } from "../base/ipAddress.ts";
import type { IpAddress } from "../base/ipAddress.ts";

/**
 * What an address that is not public belongs to. `loopback` and `inside` are where an operator may have servers of his
 * own; `never` is where no server is, or one that gives away secrets of the machine.
 */
export interface AddressRange {
  readonly name: string;
  readonly kind: "loopback" | "inside" | "never";
}

interface Prefix extends AddressRange {
  readonly family: 4 | 6;
  readonly shift: bigint;
  readonly start: bigint;
}

/** IANA's special-purpose registries (RFC 6890 and what came after it), multicast, and addresses of clouds that stand outside of them. */
const table: readonly (readonly [cidr: string, name: string, kind: AddressRange["kind"]])[] = [
  ["0.0.0.0/8", "this network", "never"],
  ["10.0.0.0/8", "private", "inside"],
  ["100.100.100.200/32", "metadata of a cloud", "never"],
  ["100.64.0.0/10", "shared by carriers", "inside"],
  ["127.0.0.0/8", "this machine", "loopback"],
  ["168.63.129.16/32", "metadata of a cloud", "never"],
  ["169.254.0.0/16", "link-local", "never"],
  ["172.16.0.0/12", "private", "inside"],
  ["192.0.0.0/24", "protocol assignments", "never"],
  ["192.0.2.0/24", "documentation", "never"],
  ["192.88.99.0/24", "6to4 relays", "never"],
  ["192.168.0.0/16", "private", "inside"],
  ["198.18.0.0/15", "benchmarks", "inside"],
  ["198.51.100.0/24", "documentation", "never"],
  ["203.0.113.0/24", "documentation", "never"],
  ["224.0.0.0/4", "multicast", "never"],
  ["240.0.0.0/4", "reserved or broadcast", "never"],
  ["::1/128", "this machine", "loopback"],
  ["::/96", "unspecified or IPv4-compatible", "never"],
  ["64:ff9b:1::/48", "local translation", "never"],
  ["2001::/23", "protocol assignments, Teredo among them", "never"],
  ["2001:db8::/32", "documentation", "never"],
  ["2002::/16", "6to4", "never"],
  ["3fff::/20", "documentation", "never"],
  ["fd00:ec2::/32", "metadata of a cloud", "never"],
  ["fd20:ce::254/128", "metadata of a cloud", "never"],
  ["fc00::/7", "unique local", "inside"],
  ["fe80::/10", "link-local", "never"],
  ["fec0::/10", "site-local", "never"],
  ["ff00::/8", "multicast", "never"],
];

const ranges: readonly Prefix[] = table.map(([cidr, name, kind]) => {
  const [start = "", length] = cidr.split("/");
  const { family, value } = readIpAddress(start)!;
  const shift = BigInt((family === 4 ? 32 : 128) - Number(length));
  return { family, name, kind, shift, start: value >> shift };
});

const unassigned: AddressRange = { name: "not assigned", kind: "never" };
const translated = readIpAddress("64:ff9b::")!.value >> 32n;

/** The range that keeps an address from being public; undefined for a public one. Outside of 2000::/3 nothing of IPv6 is. */
export function rangeOf(address: IpAddress): AddressRange | undefined {
  const { family, value } = address;
  // NAT64 (RFC 6052): what counts is the address that the translator will call.
  if (family === 6 && value >> 32n === translated) return rangeOf({ family: 4, value: value & 0xffff_ffffn });
  const found = ranges.find((range) => range.family === family && value >> range.shift === range.start);
  if (found !== undefined) return found;
  if (family === 6 && (value >> 125n !== 1n || isIsatap(value))) return unassigned;
  return undefined;
}

/** ISATAP (RFC 5214) hides an IPv4 address in the interface's part. */
function isIsatap(value: bigint): boolean {
  const marker = (value >> 32n) & 0xfdff_ffffn;
  return marker === 0x5efen;
}
