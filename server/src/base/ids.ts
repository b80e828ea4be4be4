import { createHash, randomBytes, randomUUID } from "node:crypto";

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

/** Sixteen random bytes, drawn from the system 256 at a time: a call for each costs more than what they are for. */
export function random16(): Uint8Array {
  if (taken + 16 > pool.length) {
    pool = randomBytes(4096);
    taken = 0;
  }
  taken += 16;
  return Uint8Array.prototype.slice.call(pool, taken - 16, taken);
}

/** A new UUIDv7 (RFC 9562, 5.7): ordered by millisecond, random below. */
export function newGuid(now: number = Date.now()): string {
  const bytes = random16();
  new DataView(bytes.buffer).setUint16(0, Math.floor(now / 0x1_0000_0000));
  new DataView(bytes.buffer).setUint32(2, now >>> 0);
  return toGuid(mark(bytes, 7));
}

/** A random UUIDv4, for request ids. */
export function randomGuid(): string {
  return randomUUID();
}

/** The GUID that belongs to a text in a purpose, always the same (RFC 9562, 5.8: version 8 over SHA-256). */
export function derivedGuid(purpose: string, text: string): string {
  return toGuid(mark(createHash("sha256").update(`${purpose}\0${text}`).digest().subarray(0, 16), 8));
}

/** True for the 8-4-4-4-12 form of a GUID, any case. */
export function isGuid(text: string): boolean {
  return /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text);
}
