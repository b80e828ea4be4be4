import { isIPv4, isIPv6 } from "node:net";

/** An address as a number: equal ones are equal, however they were written. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

const mapped = 0xff_ffn << 32n;

/** Reads an address in any valid form; one that is mapped into IPv6 (::ffff:a.b.c.d) becomes the IPv4 one. Undefined for all else, zones included. */
export function readIpAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 4, value: quadValue(text) };
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const value = groupsValue(text);
  return value >> 32n === mapped >> 32n ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** The usual form of an address; IPv6 as eight groups. */
export function printIpAddress({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 0xffffn).toString(16)).join(":");
}

function quadValue(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function groupsValue(text: string): bigint {
  const quad = text.slice(text.lastIndexOf(":") + 1);
  const plain = quad.includes(".") ? text.slice(0, -quad.length) + groupsOfQuad(quad) : text;
  const [before, after] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - before!.length - (after?.length ?? 0);
  const groups = after === undefined ? before! : [...before!, ...Array<string>(missing).fill("0"), ...after];
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOfQuad(quad: string): string {
  const value = quadValue(quad);
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
