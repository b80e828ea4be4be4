import { createHash, randomBytes, randomUUID } from "node:crypto";

/** The GUID of sixteen bytes. */
function toGuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function mark(bytes: Uint8Array, version: number): Uint8Array {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

let pool = randomBytes(4096);
let taken = 0;

/** Where sixteen bytes begin that were given to nobody yet. */
function take(): number {
  if (taken + 16 > pool.length) {
    pool = randomBytes(4096);
    taken = 0;
  }
  taken += 16;
  return taken - 16;
}

/** Sixteen random bytes, drawn from the system 256 at a time: a call for each costs more than what they are for. */
export function random16(): Uint8Array {
  const from = take();
  return Uint8Array.prototype.slice.call(pool, from, from + 16);
}

/** As many in base64url. */
export function randomText(): string {
  const from = take();
  return pool.toString("base64url", from, from + 16);
}

/**
 * Makes the maker of UUIDv7 (RFC 9562, 5.7 and 6.2, method 1): each is greater than the one before, by a counter of 12
 * bits within a millisecond and while the clock is behind; 62 bits are random.
 */
export function createGuids(): (now: number) => string {
  let last = 0;
  let counter = 0;
  return (now) => {
    const from = take();
    if (now > last) {
      last = now;
      // Half of the counter is left for the millisecond.
      counter = pool.readUInt16BE(from + 8) & 0x7ff;
    } else if (counter < 0xfff) {
      counter += 1;
    } else {
      last += 1;
      counter = 0;
    }
    const time = hexOf(last, 12);
    pool[from] = (pool[from]! & 0x3f) | 0x80;
    const random = pool.toString("hex", from, from + 8);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hexOf(counter, 3)}-${random.slice(0, 4)}-${random.slice(4)}`;
  };
}

function hexOf(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/** A random UUIDv4. */
export function randomGuid(): string {
  return randomUUID();
}

let prefix = "";
let counted = 0x10000;

/** A UUIDv4 for the id of a request: unique, but no secret. Its last four digits count, the rest is drawn anew when they have run through. */
export function requestGuid(): string {
  if (counted === 0x10000) {
    prefix = randomUUID().slice(0, -4);
    counted = 0;
  }
  const last = counted++;
  return prefix + hexPairs[last >> 8]! + hexPairs[last & 0xff]!;
}

const hexPairs = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

/** The GUID that belongs to a text in a purpose, always the same (RFC 9562, 5.8: version 8 over SHA-256). */
export function derivedGuid(purpose: string, text: string): string {
  return toGuid(mark(createHash("sha256").update(`${purpose}\0${text}`).digest().subarray(0, 16), 8));
}

/** True for the 8-4-4-4-12 form of a GUID, any case. */
export function isGuid(text: string): boolean {
  return /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text);
}
