import { blockAround, blocksIn, readAddressBlock, type AddressBlock } from "../../base/addressBlock.ts";
import { translatedBlocks } from "../../base/translatedBlocks.ts";
import type { TextRange } from "../../edm/rules.ts";
import { targetForms } from "./targetForms.ts";
import { targetName } from "./targetName.ts";

const bits = 128;

function blockKey(first: bigint, length: number): string {
  return `ip:${first.toString(16).padStart(bits / 4, "0")}/${String(length).padStart(3, "0")}`;
}

function nameKey(name: string): string {
  return `name:${targetName(name)}`;
}

/** As names were kept before their forms were known. */
function olderKey(name: string): string {
  return `name:${name.toWellFormed().replaceAll("\0", "\ufffd").normalize("NFKC").trim().toLowerCase()}`;
}

/**
 * What a protected target is compared by: addresses and networks as numbers in an order in which whatever lies in a network
 * follows it, everything else as text in lower case. Undefined for an address or network that is none.
 */
export function targetKey(kind: string, value: string): string | undefined {
  const block = untranslated(readAddressBlock(value.trim()));
  const isAddress = kind === "address" || kind === "network";
  if (block === undefined) return isAddress ? undefined : nameKey(value);
  const length = bits - (block.last - block.first + 1n).toString(2).length + 1;
  return kind === "address" && length < bits ? undefined : blockKey(block.first, length);
}

/** Addresses that are but IPv4 in the words of IPv6 (RFC 6052, 2765, 4291 2.5.5.1) are kept as what they are. */
function untranslated(block: AddressBlock | undefined): AddressBlock | undefined {
  const isAlias = block !== undefined && block.first >> 32n === block.last >> 32n && aliases.has(block.first >> 32n);
  return isAlias ? (translatedBlocks(block)[0] ?? block) : block;
}

const aliases: ReadonlySet<bigint> = new Set([0x64_ff9bn << 64n, 0xffff_0000n, 0n]);

/** Where the keys of all lie that protects a target by this name, in whichever form it is written: networks around it, whatever lies in it, its name. */
export function keysTouchedBy(value: string): readonly TextRange[] {
  const forms = [...targetForms(value)];
  const names = new Set([olderKey(value), ...forms.flatMap((form) => [nameKey(form), olderKey(form)])]);
  const blocks = forms.flatMap(blocksIn);
  return [
    ...[...names].map((name): TextRange => [name, name]),
    ...forms.flatMap(namesBegunBy),
    ...[...blocks, ...blocks.flatMap(translatedBlocks)].flatMap(keysAround),
  ];
}

/** All names that `dc*` means; a star alone says too little. */
function namesBegunBy(form: string): readonly TextRange[] {
  const [, start] = /^([^*]{2,})\*$/.exec(form) ?? [];
  return start === undefined ? [] : [[nameKey(start), `${nameKey(start)}\u{10ffff}`]];
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
