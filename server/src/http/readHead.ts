import type { IncomingMessage } from "node:http";
import { problem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";
import { isHost } from "./baseUrl.ts";

/**
 * Refuses heads that Node lets through although this server cannot take them at their word: other versions (505), transfer
 * codings beside `chunked` (501, RFC 9112, 6.1), any of them in HTTP/1.0 (400). A target in absolute form becomes its
 * origin form, and its authority the Host (RFC 9112, 3.2.2). Throws a Problem; the connection of one is not kept.
 */
export function readHead(raw: IncomingMessage, scheme: "http" | "https"): void {
  const { httpVersion, headers } = raw;
  if (httpVersion !== "1.1") requireOldVersion(raw);
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "chunked") throw unknownCoding(coding);
  if (raw.url!.charCodeAt(0) !== 47) readOtherForm(raw, scheme);
}

/** The refusal of a version that is not spoken here (RFC 9110, 15.6.6). */
export function otherVersion(version: string): Problem {
  return problem("versionNotSupported", { version });
}

/** HTTP/1.0 needs no Host (RFC 9112, 3.2), and knows no transfer coding: one that comes with it is a trick (6.1). */
function requireOldVersion({ httpVersion, headers, socket }: IncomingMessage): void {
  if (httpVersion !== "1.0") throw otherVersion(`HTTP/${httpVersion}`);
  if (headers["transfer-encoding"] !== undefined) {
    throw problem("badRequest", { what: "HTTP/1.0 has no Transfer-Encoding; send Content-Length, or HTTP/1.1." }, { target: "Transfer-Encoding" });
  }
  const { localAddress = "localhost", localPort } = socket;
  headers.host ??= `${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}`;
}

function unknownCoding(coding: string): Problem {
  const what = `The transfer coding '${coding.slice(0, 60)}' is not supported. Supported: chunked, and nothing beside it.`;
  return problem("notImplemented", { what }, { target: "Transfer-Encoding" });
}

/** RFC 9112, 3.2.2: the target's authority counts, not the Host's; a user name in it is an error (RFC 9110, 4.2.4). */
function readOtherForm(raw: IncomingMessage, scheme: "http" | "https"): void {
  const [, written, authority, rest] = /^(https?):\/\/([^/?#@]+)((?:[/?].*)?)$/i.exec(raw.url!) ?? [];
  if (written?.toLowerCase() !== scheme || !isHost(raw.headers.host ?? "")) {
    const what = `Expected a path that begins with '/', or an address that begins with '${scheme}://host', with a Host header.`;
    throw problem("badRequest", { what }, { target: "request target" });
  }
  raw.headers.host = authority;
  raw.url = rest!.startsWith("/") ? rest! : `/${rest!}`;
}
