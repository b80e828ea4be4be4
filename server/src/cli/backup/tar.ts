/** A member of an archive: a regular file. */
export interface TarEntry {
  /** Relative, with slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

const block = 512;

/** The head of a member (POSIX.1-1988 ustar; sizes from 8 GiB on in base 256, as GNU tar does). Paths have at most 100 bytes. */
export function tarHead({ path, bytes, mode, modified }: TarEntry): Buffer {
  const head = Buffer.alloc(block);
  if (Buffer.byteLength(path) > 100) throw new Error(`The path ${path} is too long for the archive.`);
  const octal = (value: number, at: number, length: number): void => void head.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
  head.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  if (bytes < 0o77777777777) octal(bytes, 124, 12);
  else {
    head.writeUInt8(0x80, 124);
    head.writeBigUInt64BE(BigInt(bytes), 128);
  }
  octal(Math.floor(modified), 136, 12);
  head.write("        0", 148, "latin1");
  head.write("ustar\u000000", 257, "latin1");
  octal(sumOf(head), 148, 7);
  head.write("\0 ", 154, "latin1");
  return head;
}

/** The zeros that fill a member's last block. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((block - (bytes % block)) % block);
}

/** The end of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

/** Reads the members of an archive in their order; the content of each must be taken before the next. Throws an Error for what is no archive of regular files. */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ readonly entry: TarEntry; readonly content: AsyncIterable<Buffer> }> {
  const source = takeFrom(chunks);
  for (;;) {
    const head = await source.exactly(block);
    if (head.every((byte) => byte === 0)) return;
    const entry = readHead(head);
    yield { entry, content: source.upTo(entry.bytes) };
    await source.exactly(tarPadding(entry.bytes).length);
  }
}

function readHead(head: Buffer): TarEntry {
  const text = (from: number, to: number): string => head.toString("utf8", from, to).split("\0")[0]!.trim();
  const sum = Number.parseInt(text(148, 156), 8);
  const copy = Buffer.from(head);
  copy.fill(" ", 148, 156);
  const kind = head[156];
  if (sumOf(copy) !== sum || text(257, 262) !== "ustar") throw new Error("The archive is damaged.");
  if ((kind !== 0x30 && kind !== 0) || text(345, 500) !== "") throw new Error("The archive holds something that is no plain file.");
  const bytes = head[124] === 0x80 ? Number(head.readBigUInt64BE(128)) : Number.parseInt(text(124, 136), 8);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new Error("The archive is damaged.");
  return { path: text(0, 100), bytes, mode: Number.parseInt(text(100, 108), 8), modified: Number.parseInt(text(136, 148), 8) };
}

function sumOf(head: Buffer): number {
  let sum = 0;
  for (const byte of head) sum += byte;
  return sum;
}

interface Source {
  readonly exactly: (bytes: number) => Promise<Buffer>;
  /** So many bytes, as they come. */
  readonly upTo: (bytes: number) => AsyncIterable<Buffer>;
}

function takeFrom(chunks: AsyncIterable<Buffer>): Source {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  async function* upTo(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      if (rest.length === 0) {
        const { value, done } = await iterator.next();
        if (done === true) throw new Error("The archive ends too early.");
        rest = value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
  return {
    upTo,
    async exactly(bytes) {
      const pieces: Buffer[] = [];
      for await (const piece of upTo(bytes)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
  };
}
