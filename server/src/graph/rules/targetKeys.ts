import { blockAround, blocksIn, readAddressBlock, type AddressBlock } from "../../base/addressBlock.ts";
import type { TextRange } from "../../edm/rules.ts";

const bits = 128;

function blockKey(first: bigint, length: number): string {
  return `ip:${first.toString(16).padStart(bits / 4, "0")}/${String(length).padStart(3, "0")}`;
}

function nameKey(name: string): string {
  return `name:${name.toWellFormed().replaceAll("\0", "\ufffd").normalize("NFKC").trim().toLowerCase()}`;
}

/**
 * What a protected target is compared by: addresses and networks as numbers in an order in which whatever lies in a network
 * follows it, everything else as text in lower case. Undefined for an address or network that is none.
 */
export function targetKey(kind: string, value: string): string | undefined {
  const block = readAddressBlock(value.trim());
  const isAddress = kind === "address" || kind === "network";
  if (block === undefined) return isAddress ? undefined : nameKey(value);
  const length = bits - (block.last - block.first + 1n).toString(2).length + 1;
  return kind === "address" && length < bits ? undefined : blockKey(block.first, length);
}

/** Where the keys of all lie that protects a target by this name: networks around it, whatever lies in it, its name. */
export function keysTouchedBy(value: string): readonly TextRange[] {
  // What nobody sees in a name makes it no other name.
  const names = new Set([value, value.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")].map(nameKey));
  return [...[...names].map((name): TextRange => [name, name]), ...blocksIn(value).flatMap(keysAround)];
}

function keysAround({ first, last }: AddressBlock): readonly TextRange[] {
  const around = first >> 32n === mapped ? [...mappedAround, ...networksOf(first, 97)] : networksOf(first, 0);
  return first === last ? around : [[blockKey(first, 0), blockKey(last, bits)], ...around];
}

const mapped = 0xffffn;

/** The networks that an address lies in, from a length on. */
function networksOf(address: bigint, from: number): readonly TextRange[] {
  return Array.from({ length: bits - from + 1 }, (_, index): TextRange => {
    const key = blockKey(blockAround(address, from + index).first, from + index);
    return [key, key];
  });
}

/** The networks that all of IPv4 lies in. */
const mappedAround = networksOf(mapped << 32n, 0).slice(0, 97);
