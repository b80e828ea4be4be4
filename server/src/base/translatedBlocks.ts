import type { AddressBlock } from "./addressBlock.ts";

const all4 = 0xffff_ffffn;
const mapped = 0xffffn << 32n;
const localTranslation = 0x64_ff9b_0001n;

/** Where IPv6 says an IPv4 address: below which bits, at which, and whether each of its bits is turned over. */
interface Form {
  readonly prefix: bigint;
  readonly length: number;
  /** Bits behind the address. */
  readonly behind: number;
  readonly inverted?: true;
}

const forms: readonly Form[] = [
  // RFC 6052 2.1, NAT64.
  { prefix: 0x64_ff9bn << 64n, length: 96, behind: 0 },
  // RFC 8215, NAT64 of one's own, as a /96 within it.
  { prefix: localTranslation, length: 48, behind: 0 },
  // RFC 2765 2.1, translated.
  { prefix: 0xffff_0000n, length: 96, behind: 0 },
  // RFC 4291 2.5.5.1, compatible.
  { prefix: 0n, length: 96, behind: 0 },
  // RFC 3056 2, 6to4.
  { prefix: 0x2002n, length: 16, behind: 80 },
  // RFC 4380 4, Teredo: who is behind it.
  { prefix: 0x2001_0000n, length: 32, behind: 0, inverted: true },
];

/** The blocks of IPv4 that a block of IPv6 says in another way (NAT64, 6to4, Teredo, ISATAP and those of RFC 4291 and 2765); none for IPv4 itself. */
export function translatedBlocks(block: AddressBlock): readonly AddressBlock[] {
  const isHere = block.first >> 32n === 0xffffn && block.last >> 32n === 0xffffn;
  if (isHere) return [];
  return [...forms.flatMap((form) => said(block, form)), ...isatap(block), ...split(block)].map(({ first, last }) => ({
    first: mapped | first,
    last: mapped | last,
  }));
}

function said({ first, last }: AddressBlock, { prefix, length, behind, inverted }: Form): readonly AddressBlock[] {
  const free = BigInt(128 - length);
  const [least, most] = [prefix << free, ((prefix + 1n) << free) - 1n];
  const [from, to] = [first > least ? first : least, last < most ? last : most];
  // Loopback and the address that is none are themselves.
  if (from > to || to <= 1n) return [];
  const [start, end] = [from >> BigInt(behind), to >> BigInt(behind)];
  if (end - start > all4 || (start & all4) > (end & all4)) return [{ first: 0n, last: all4 }];
  return inverted === true ? [{ first: ~end & all4, last: ~start & all4 }] : [{ first: start & all4, last: end & all4 }];
}

/** RFC 5214 6.1: an interface's part that begins with 0000:5efe or 0200:5efe, in any network. */
function isatap({ first, last }: AddressBlock): readonly AddressBlock[] {
  const marker = (first >> 32n) & 0xfdff_ffffn;
  return first >> 32n === last >> 32n && marker === 0x5efen ? [{ first: first & all4, last: last & all4 }] : [];
}

/** RFC 6052 2.2, a prefix of 48 bits: the address stands in two halves around the bits 64 to 71. */
function split({ first, last }: AddressBlock): readonly AddressBlock[] {
  if (first >> 80n !== localTranslation || first >> 40n !== last >> 40n) return [];
  const value = (((first >> 64n) & 0xffffn) << 16n) | ((first >> 40n) & 0xffffn);
  return [{ first: value, last: value }];
}
