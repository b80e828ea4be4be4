import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";

/**
 * Encryption of a stream by a passphrase: scrypt makes the key, AES-256-GCM seals pieces of 64 KB, each with its number
 * and whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar), so that pieces that
 * are changed, missing, in another order or cut off at the end are noticed. The head is bound to every piece.
 */
const magic = Buffer.from("secgraph-backup-encrypted-1\n");
const sizes = { work: 1, salt: 16, prefix: 7, piece: 65_536, tag: 16 };
const headLength = magic.length + sizes.work + sizes.salt + sizes.prefix;

/** Base-2 logarithm of scrypt's work: a third of a second and 128 MB. A file may not ask for more than eight times that. */
const usualWork = 17;
const mostWork = 20;

/** True for the beginning of an encrypted stream. */
export function isSealed(beginning: Buffer): boolean {
  return beginning.subarray(0, magic.length).equals(magic);
}

/** The encrypted form of a stream; `work` is that of guessing the passphrase. */
export async function* sealStream(chunks: AsyncIterable<Buffer>, passphrase: string, work: number = usualWork): AsyncGenerator<Buffer> {
  const head = Buffer.concat([magic, Buffer.of(work), randomBytes(sizes.salt), randomBytes(sizes.prefix)]);
  const key = await keyOf(head, passphrase);
  yield head;
  let number = 0;
  for await (const { piece, last } of pieces(chunks, sizes.piece)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(head, number, last)).setAAD(head);
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** The stream that was sealed. Throws an Error when the passphrase is another one or anything was changed. */
export async function* openStream(chunks: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  let key: Buffer | undefined;
  let number = 0;
  for await (const { piece, last } of pieces(
    afterHead(chunks, (found) => (head = found)),
    sizes.piece + sizes.tag,
  )) {
    key ??= await keyOf(head, passphrase);
    yield openPiece(piece, { key, head, number, last });
    number += 1;
  }
}

interface Place {
  readonly key: Buffer;
  readonly head: Buffer;
  readonly number: number;
  readonly last: boolean;
}

function openPiece(piece: Buffer, { key, head, number, last }: Place): Buffer {
  const end = piece.length - sizes.tag;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(head, number, last))
      .setAAD(head)
      .setAuthTag(piece.subarray(end));
    return Buffer.concat([decipher.update(piece.subarray(0, end)), decipher.final()]);
  } catch {
    throw new Error(number === 0 ? "The passphrase is another one, or the file was changed." : "The file was changed or cut off.");
  }
}

async function* afterHead(chunks: AsyncIterable<Buffer>, found: (head: Buffer<ArrayBuffer>) => void): AsyncGenerator<Buffer> {
  let gathered: Buffer<ArrayBuffer> | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (gathered === undefined) {
      yield chunk;
      continue;
    }
    gathered = Buffer.concat([gathered, chunk]);
    if (gathered.length < headLength) continue;
    found(Buffer.from(gathered.subarray(0, headLength)));
    yield gathered.subarray(headLength);
    gathered = undefined;
  }
  if (gathered !== undefined) throw new Error("The file ends too early.");
}

function keyOf(head: Buffer, passphrase: string): Promise<Buffer> {
  const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
  const work = head[magic.length]!;
  if (work < 1 || work > mostWork) throw new Error("The file was changed or cut off.");
  const salt = head.subarray(magic.length + sizes.work, magic.length + sizes.work + sizes.salt);
  return derive(passphrase.normalize("NFC"), salt, 32, { N: 2 ** work, r: 8, p: 1, maxmem: 2 ** (work + 11) });
}

function nonceOf(head: Buffer, number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  head.copy(nonce, 0, headLength - sizes.prefix);
  nonce.writeUInt32BE(number, sizes.prefix);
  nonce.writeUInt8(last ? 1 : 0, 11);
  return nonce;
}

/** Pieces of one size; the last, which may be shorter, is known as such. */
async function* pieces(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<{ readonly piece: Buffer; readonly last: boolean }> {
  let gathered: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    gathered.push(chunk);
    length += chunk.length;
    // One byte more than a piece has to be there before a piece is known not to be the last.
    if (length <= size) continue;
    let all = Buffer.concat(gathered, length);
    for (; all.length > size; all = all.subarray(size)) yield { piece: all.subarray(0, size), last: false };
    gathered = [all];
    length = all.length;
  }
  yield { piece: Buffer.concat(gathered, length), last: true };
}
