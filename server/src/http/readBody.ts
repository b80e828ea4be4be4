import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, constants, gunzip, inflate, zstdDecompress } from "node:zlib";
import { problem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";
import { busy } from "./busy.ts";
import type { Account } from "./ledger.ts";

/** What is read on and thrown away of a body that is refused, so that the client gets to reading the refusal. */
const patience = { bytes: 8 * 1024 * 1024, milliseconds: 2_000 };

const decoders: Readonly<Record<string, (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  // RFC 9659: more than 8 MB of window need not be given.
  zstd: (bytes, options) => promisify(zstdDecompress)(bytes, { ...options, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
};
const supported = "gzip, deflate, br, zstd";

/** True when a request has a body to read (RFC 9112, 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] !== undefined && headers["content-length"] !== "0");
}

/**
 * The body's bytes, decoded (R32). Throws `tooLarge` for more than `limit` bytes, sent or decoded, `unsupportedMediaType`
 * for an unknown encoding, `busy` when the server keeps too many bodies already. Undefined: the client went away.
 */
export async function readBody(request: IncomingMessage, limit: number, memory: Account): Promise<Uint8Array | undefined> {
  if (Number(request.headers["content-length"]) > limit) {
    await discardBody(request);
    throw tooLarge(limit);
  }
  const decode = decoderOf(request.headers["content-encoding"]);
  const bytes = await collect(request, limit, memory);
  if (bytes === "over" || bytes === "full") {
    await discardBody(request);
    throw bytes === "over" ? tooLarge(limit) : busy();
  }
  if (bytes === undefined || decode === undefined) return bytes;
  if (!memory.take(limit)) throw busy();
  return decode(bytes, limit);
}

/** The refusal of a body over the limit (R48). */
export function tooLarge(limit: number): Problem {
  return problem("tooLarge", { what: `The request body is larger than ${limit} bytes.` });
}

function decoderOf(encoding: string | undefined): ((bytes: Uint8Array, limit: number) => Promise<Uint8Array>) | undefined {
  const name = encoding?.trim().toLowerCase() ?? "identity";
  if (name === "identity" || name === "") return undefined;
  const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (decoder === undefined) {
    const what = `The content encoding '${name.slice(0, 40)}' is not supported. Supported: ${supported}, one of them at a time.`;
    throw problem("unsupportedMediaType", { what }, { target: "Content-Encoding", headers: { "Accept-Encoding": supported } });
  }
  return async (bytes, limit) => {
    try {
      return await decoder(bytes, { maxOutputLength: limit });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
      throw problem("badRequest", { what: `The request body is not ${name}, as its Content-Encoding says.` }, { target: "Content-Encoding" });
    }
  };
}

/** Undefined: the client went away; `full`: there is no room in memory. */
type Collected = Uint8Array | "over" | "full" | undefined;

/** Bytes of a body as they come. Small pieces are put together at once: kept apart, each would cost a hundred times its size. */
function createBuffer(): { readonly add: (chunk: Buffer) => void; readonly bytes: () => Uint8Array } {
  let whole: Buffer = Buffer.alloc(0);
  let used = 0;
  return {
    add(chunk) {
      if (used === 0) whole = chunk;
      else {
        if (used + chunk.length > whole.length) whole = Buffer.concat([whole.subarray(0, used)], Math.max(2 * whole.length, used + chunk.length));
        chunk.copy(whole, used);
      }
      used += chunk.length;
    },
    bytes: () => whole.subarray(0, used),
  };
}

function collect(request: IncomingMessage, limit: number, memory: Account): Promise<Collected> {
  return new Promise((resolve) => {
    const buffer = createBuffer();
    let size = 0;
    const done = (answer: Collected): void => {
      request.off("data", take).off("end", end).off("close", gone);
      resolve(answer);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) return done("over");
      if (!memory.take(chunk.length)) return done("full");
      buffer.add(chunk);
    };
    const end = (): void => done(buffer.bytes());
    const gone = (): void => done(undefined);
    request.on("data", take).on("end", end).on("close", gone);
  });
}

/** Reads a body that nobody wants and throws it away, as far as patience goes. */
export function discardBody(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    const done = (): void => {
      clearTimeout(timer);
      request.off("data", count).off("end", done).off("close", done).pause();
      resolve();
    };
    const count = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > patience.bytes) done();
    };
    const timer = setTimeout(done, patience.milliseconds);
    request.on("data", count).on("end", done).on("close", done);
    if (request.readableEnded || request.destroyed) done();
  });
}
