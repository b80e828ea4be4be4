import { readIpAddress, type IpAddress } from "./ipAddress.ts";

/** Addresses from the first to the last, as numbers of 128 bits: IPv4 stands where IPv6 maps it (::ffff:a.b.c.d, RFC 4291 2.5.5.2). */
export interface AddressBlock {
  readonly first: bigint;
  readonly last: bigint;
}

const mapped = 0xffffn << 32n;
const bits = 128;
const wordy = 0xff_ff_ffn;

function wide({ family, value }: IpAddress): bigint {
  return family === 4 ? mapped | value : value;
}

/** The block of so many leading bits that an address lies in. */
export function blockAround(value: bigint, length: number): AddressBlock {
  const free = BigInt(bits - length);
  const first = (value >> free) << free;
  return { first, last: first | ((1n << free) - 1n) };
}

/** Reads an address or a network (RFC 4632: `10.0.0.0/8`, `2001:db8::/32`; bits beyond the prefix do not count). Undefined for all else. */
export function readAddressBlock(text: string): AddressBlock | undefined {
  const [, host = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = readIpAddress(host);
  if (address === undefined) return undefined;
  const short = host.includes(":") ? 0 : bits - 32;
  const prefix = length === undefined ? bits : Number(length) + short;
  return prefix > bits ? undefined : blockAround(wide(address), prefix);
}

/** A mask behind a space. One of no bits is more likely an address of a list, but behind the address that is no other. */
const spaced = /^((?:\d{1,3}\.){3}\d{1,3})\s+(?:(?:net)?mask\s+)?((?!0\.0\.0\.0$)(?:\d{1,3}\.){3}\d{1,3}|(?<=^0\.0\.0\.0\s.*)0\.0\.0\.0)$/i;
/** `10.0.0.1-9` */
const shortRange = /^((?:\d{1,3}\.){3})(\d{1,3}) ?- ?(\d{1,3})$/;

/**
 * Every block that some program may read in a text: an address, a network by prefix (`10/8` too), mask, wildcard or `10.0.*`, a range `a-b`; in brackets, with a port or
 * a zone; and the forms of inet_aton, whose leading zeros some read as octal and some do not. For guards, which had better see too much.
 */
export function blocksIn(text: string): readonly AddressBlock[] {
  const plain = text
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replaceAll(/[\u3002\uff61]/g, ".")
    .replaceAll(/[\u2010-\u2015\u2212]/g, "-")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(spaced, "$1/$2")
    .replace(shortRange, "$1$2-$1$3");
  const [from = "", to, more] = plain.split(/ ?- ?/);
  if (to === undefined || more !== undefined) return networksIn(plain);
  const [starts, ends] = [networksIn(from), networksIn(to)];
  return starts.flatMap((one) =>
    ends.map((other) => (one.first <= other.last ? { first: one.first, last: other.last } : { first: other.first, last: one.last })),
  );
}

function networksIn(text: string): readonly AddressBlock[] {
  const whole = readAddressBlock(text);
  if (whole !== undefined) return [whole];
  const stars = /^((?:\d{1,3}\.){1,3})\*(?:\.\*)*$/.exec(text)?.[1];
  if (stars !== undefined) return networksIn(`${stars}${"0.".repeat(4 - stars.split(".").length)}0/${8 * (stars.split(".").length - 1)}`);
  const [host = "", suffix, more] = text.split("/");
  if (more !== undefined) return [];
  const length = suffix === undefined ? undefined : prefixOf(suffix);
  if (suffix !== undefined && length === undefined) return [];
  const missing = suffix === undefined ? 0 : 4 - host.split(".").length;
  if (missing > 0 && /^\d{1,3}(?:\.\d{1,3}){0,2}$/.test(host)) return networksIn(`${host}${".0".repeat(missing)}/${suffix}`);
  return addressesIn(host).flatMap((address) => {
    const prefix = length === undefined ? bits : length + (address.family === 4 && !host.includes(":") ? bits - 32 : 0);
    return prefix > bits ? [] : [blockAround(wide(address), prefix)];
  });
}

/** The bits of a prefix: `24`, the mask `255.255.255.0`, or its inverse, the wildcard `0.0.0.255`. */
function prefixOf(suffix: string): number | undefined {
  if (/^\d{1,3}$/.test(suffix)) return Number(suffix);
  const mask = readIpAddress(suffix);
  if (mask?.family !== 4) return undefined;
  const ones = mask.value.toString(2).padStart(32, "0");
  if (/^1*0*$/.test(ones)) return ones.lastIndexOf("1") + 1;
  return /^0+1+$/.test(ones) ? ones.indexOf("1") : undefined;
}

function addressesIn(host: string): readonly IpAddress[] {
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(host)?.[1] ?? host.replace(/^([^:]*):\d{1,5}$/, "$1");
  // The dot of a name that is whole, which URLs take for an address too.
  const plain = bare.replace(/%.*$/, "").replace(/\.$/, "");
  const address = readIpAddress(plain);
  return address === undefined ? looseAddresses(plain) : [address];
}

/** One to four numbers, decimal, octal or hexadecimal, the last of which fills what is left (inet_aton). */
function looseAddresses(text: string): readonly IpAddress[] {
  if (!/^(?:0x[\da-f]{1,8}|\d{1,12})(?:\.(?:0x[\da-f]{1,8}|\d{1,12})){0,3}$/i.test(text)) return [];
  const parts = text.split(".");
  const readings = [parts.map(octalOrDecimal), parts.map((part) => BigInt(part))].flatMap((numbers) => joined(numbers) ?? []);
  // A lone number is an address only where it is too large for most other things.
  const isAddress = (value: bigint): boolean => parts.length > 1 || value > wordy || /^0x/i.test(text);
  return [...new Set(readings)].filter(isAddress).map((value) => ({ family: 4, value }));
}

function octalOrDecimal(part: string): bigint {
  return /^0[0-7]+$/.test(part) ? BigInt(`0o${part.slice(1)}`) : BigInt(part);
}

function joined(numbers: readonly bigint[]): bigint | undefined {
  const last = numbers.at(-1)!;
  const rest = BigInt(4 - numbers.length + 1) * 8n;
  if (last >= 1n << rest || numbers.slice(0, -1).some((one) => one > 0xffn)) return undefined;
  return numbers.slice(0, -1).reduce((value, one, index) => value | (one << BigInt(24 - 8 * index)), last);
}
