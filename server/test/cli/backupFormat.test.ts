import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { readManifest } from "../../src/cli/backup/manifest.ts";
import { rateProgress } from "../../src/cli/backup/rateProgress.ts";
import { openStream, sealStream } from "../../src/cli/backup/seal.ts";
import { readTar, tarEnd, tarHead, tarPadding } from "../../src/cli/backup/tar.ts";

type Bytes = AsyncIterable<Buffer>;

async function gather(chunks: Bytes): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found);
}

const stream = (bytes: Buffer, step = 1000): Bytes =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) => bytes.subarray(index * step, (index + 1) * step)),
    { objectMode: true },
  ) as Bytes;

describe("sealing", () => {
  const passphrase = "correct horse battery staple";
  const piece = 65_536 + 16;
  const headLength = 52;

  test.each([0, 1, 65_535, 65_536, 65_537, 200_000])("%i bytes come back", async (length) => {
    const bytes = Buffer.alloc(length, "secgraph ");
    const sealed = await gather(sealStream(stream(bytes), passphrase, 10));
    expect(sealed.includes("secgraph secgraph")).toBe(false);
    expect(await gather(openStream(stream(sealed, 777), passphrase))).toEqual(bytes);
  });

  test("a change, a piece that is missing or elsewhere, an end that is cut off, and another passphrase are noticed", async () => {
    const sealed = await gather(sealStream(stream(Buffer.alloc(200_000, "x")), passphrase, 10));
    const at = (from: number, to?: number): Buffer => sealed.subarray(from, to);
    const [head, first, second] = [at(0, headLength), at(headLength, headLength + piece), at(headLength + piece, headLength + 2 * piece)];
    const flipped = Buffer.from(sealed);
    flipped[headLength + piece + 5]! ^= 1;
    const otherHead = Buffer.from(sealed);
    otherHead[headLength - 1]! ^= 1;
    const changed = [
      flipped,
      otherHead,
      Buffer.concat([head, second, first, at(headLength + 2 * piece)]),
      at(0, headLength + 2 * piece),
      Buffer.concat([head, at(headLength + piece)]),
      at(0, 20),
    ];
    for (const bytes of changed) await expect(gather(openStream(stream(bytes), passphrase))).rejects.toThrow(/changed|too early/);
    await expect(gather(openStream(stream(sealed), "another"))).rejects.toThrow("The passphrase is another one");
  });
});

describe("the archive", () => {
  const entry = { path: "a/b.json", bytes: 5, mode: 0o600, modified: 1_700_000_000 };
  const archive = Buffer.concat([tarHead(entry), Buffer.from("hello"), tarPadding(5), tarHead({ ...entry, path: "c", bytes: 0 }), tarEnd]);

  test("keeps names, sizes and contents", async () => {
    const found = [];
    for await (const { entry: one, content } of readTar(stream(archive, 100))) found.push([one.path, one.bytes, (await gather(content)).toString()]);
    expect(found).toEqual([
      ["a/b.json", 5, "hello"],
      ["c", 0, ""],
    ]);
  });

  test("tells sizes beyond 8 GiB", async () => {
    const bytes = 20 * 1024 ** 3;
    const { value } = await readTar(stream(tarHead({ ...entry, bytes }))).next();
    expect((value as { readonly entry: unknown }).entry).toMatchObject({ bytes });
  });

  test.each<[string, (head: Buffer) => void]>([
    ["a link", (head) => void head.write("2", 156)],
    ["another sum", (head) => void head.write("9", 148)],
    ["no archive", (head) => void head.fill("x")],
  ])("refuses %s", async (_, change) => {
    const head = tarHead(entry);
    change(head);
    await expect(readTar(stream(Buffer.concat([head, tarEnd]))).next()).rejects.toThrow(/damaged|no plain file/);
  });
});

describe("the manifest", () => {
  const good = { format: 1, program: "0.1.0", created: "2026-01-01T00:00:00Z", store: { version: 1, model: "m", rows: {} }, files: [] };
  const read = (more: object): unknown => readManifest(JSON.stringify({ ...good, ...more }));

  test.each<[object, string]>([
    [{ format: 2, program: "9.0.0" }, "It was made by a newer secgraph (9.0.0)"],
    [{ store: { version: 99, model: "m", rows: {} } }, "It was made by a newer secgraph (0.1.0)"],
    [{ format: undefined }, "It is no backup of secgraph."],
    ...["../x", "/etc/passwd", "a/../b", ".ssh/keys", "a//b", "a\\b", ""].map((path): [object, string] => [
      { files: [{ path, bytes: 1, sha256: "0".repeat(64) }] },
      "Its manifest is damaged.",
    ]),
    [{ files: [1, 2].map(() => ({ path: "a", bytes: 1, sha256: "0".repeat(64) })) }, "Its manifest is damaged."],
  ])("%j is refused", (more, message) => {
    expect(() => read(more)).toThrow(message);
  });
});

test("progress tells share, rate and what is left", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = rateProgress("copying", { write: (text) => void lines.push(text), clock: () => now });
  for (now = 1_000; now < 30_000; now += 1_000) progress(now * 10_000, 300_000_000);
  expect(lines).toEqual(["copying   33 %  100.0 of 300.0 MB  10.0 MB/s  about 20 s left\n", "copying   66 %  200.0 of 300.0 MB  10.0 MB/s  about 10 s left\n"]);
});
