import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { manifestName, readManifest } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import type { RateProgress } from "./rateProgress.ts";
import { isSealed, openStream, sealStream } from "./seal.ts";
import { readTar, tarEnd, tarHead, tarPadding } from "./tar.ts";

type Bytes = AsyncIterable<Buffer>;

const largestManifest = 1_048_576;

/** Packs the files of a manifest, which lie in `folder`, into one file (0600): tar, gzip, and sealed when there is a passphrase. */
export async function writeArchive(
  file: string,
  folder: string,
  manifest: Manifest,
  { passphrase, progress }: { readonly passphrase?: string | undefined; readonly progress: RateProgress },
): Promise<void> {
  const packed = createGzip({ level: 4 });
  const sealed = (chunks: Bytes): Bytes => (passphrase === undefined ? chunks : sealStream(chunks, passphrase));
  await pipeline(Readable.from(members(folder, manifest, progress)), packed, sealed, createWriteStream(file, { flags: "wx", mode: 0o600, flush: true }));
}

async function* members(folder: string, manifest: Manifest, progress: RateProgress): AsyncGenerator<Buffer> {
  const modified = Date.parse(manifest.created) / 1000;
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  yield* [tarHead({ path: manifestName, bytes: text.length, mode: 0o600, modified }), text, tarPadding(text.length)];
  const all = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { path, bytes } of manifest.files) {
    yield tarHead({ path, bytes, mode: 0o600, modified });
    for await (const chunk of createReadStream(join(folder, path), { highWaterMark: 262_144 }) as Bytes) {
      yield chunk;
      progress((done += chunk.length), all);
    }
    yield tarPadding(bytes);
  }
  yield tarEnd;
}

/** How a backup is read. */
export interface Unpacking {
  /** Where it is unpacked to; absent: it is only compared with its manifest. */
  readonly folder?: string;
  readonly passphrase?: string | undefined;
  readonly progress: RateProgress;
  /** Called with the manifest before anything is written; may throw. */
  readonly accept?: (manifest: Manifest) => void;
}

/** Unpacks a backup into an empty folder, every file synced and compared with the manifest. Throws an Error that says what is wrong. */
export async function readArchive(file: string, { folder, passphrase, progress, accept }: Unpacking): Promise<Manifest> {
  let manifest: Manifest | undefined;
  const missing = new Set<string>();
  let done = 0;
  for await (const { entry, content } of readTar(unpacked(file, passphrase))) {
    if (manifest === undefined) {
      if (entry.path !== manifestName || entry.bytes > largestManifest) throw new Error("It is no backup of secgraph.");
      manifest = readManifest((await gather(content)).toString("utf8"));
      accept?.(manifest);
      for (const { path } of manifest.files) missing.add(path);
      continue;
    }
    const known = manifest.files.find(({ path }) => path === entry.path);
    if (known === undefined || !missing.delete(entry.path) || known.bytes !== entry.bytes)
      throw new Error(`It holds ${entry.path}, which its manifest does not name so.`);
    const all = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const hash = createHash("sha256");
    const hashed = tapped(content, (chunk) => {
      hash.update(chunk);
      progress((done += chunk.length), all);
    });
    if (folder === undefined) for await (const _ of hashed);
    else await writeMember(join(folder, entry.path), hashed);
    const sha256 = hash.digest("hex");
    if (sha256 !== known.sha256) throw new Error(`${entry.path} in it is damaged.`);
  }
  if (manifest === undefined || missing.size > 0) throw new Error(`It lacks ${[...missing].join(", ") || "everything"}.`);
  return manifest;
}

async function* tapped(chunks: Bytes, tap: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    tap(chunk);
    yield chunk;
  }
}

async function writeMember(path: string, content: Bytes): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const out = await open(path, "wx", 0o600);
  try {
    for await (const chunk of content) await out.writeFile(chunk);
    await out.sync();
  } finally {
    await out.close();
  }
}

async function* unpacked(file: string, passphrase: string | undefined): AsyncGenerator<Buffer> {
  const sealed = isSealed(await beginningOf(file));
  if (sealed && passphrase === undefined) throw new Error("It is encrypted: give its passphrase with --passphrase-file.");
  const read = createReadStream(file, { highWaterMark: 262_144 });
  const gunzip = createGunzip();
  const done = pipeline(read, (chunks: Bytes): Bytes => (sealed ? openStream(chunks, passphrase!) : chunks), gunzip);
  // Whatever broke is thrown where the bytes are asked for.
  done.catch(() => undefined);
  try {
    yield* gunzip as Bytes;
    await done;
  } catch (error) {
    const cause = await done.then(
      () => error,
      (first: unknown) => first,
    );
    throw (cause as NodeJS.ErrnoException).code?.startsWith("Z_") === true ? new Error("It is no backup of secgraph, or damaged.", { cause }) : cause;
  }
}

async function beginningOf(file: string): Promise<Buffer> {
  const { size } = await stat(file);
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(64, size)), 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function gather(content: Bytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
