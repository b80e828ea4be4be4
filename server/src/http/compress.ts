import { promisify } from "node:util";
import { brotliCompress, constants, deflate, gzip } from "node:zlib";

/** Bodies that fit one packet are sent as they are: packing them costs more than it saves. */
export const smallestCompressed = 1_400;

const coders = {
  br: (body: string | Uint8Array) =>
    promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: (body: string | Uint8Array) => promisify(gzip)(body, { level: 4 }),
  deflate: (body: string | Uint8Array) => promisify(deflate)(body, { level: 4 }),
};
type Coding = keyof typeof coders;

const compressible = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|javascript)|image\/svg)/i;

/** The coding that an answer gets (RFC 9110, 12.5.3); undefined: as it is. */
export function chooseCoding(acceptEncoding: string, contentType: string | undefined): Coding | undefined {
  if (contentType === undefined || !compressible.test(contentType)) return undefined;
  const accepted = new Map(
    acceptEncoding
      .toLowerCase()
      .split(",")
      .map((item) => {
        const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
        const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
        return [name, Number(quality)];
      }),
  );
  const others = accepted.get("*") ?? 0;
  return (["br", "gzip", "deflate"] as const).find((coding) => (accepted.get(coding) ?? others) > 0);
}

/** The body in that coding, made off the main thread. */
export function compress(body: string | Uint8Array, coding: Coding): Promise<Buffer> {
  return coders[coding](body);
}
