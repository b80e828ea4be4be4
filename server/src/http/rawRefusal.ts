import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { problem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";
import type { HttpResponse } from "../base/http.ts";
import { isMethod } from "./connectionFault.ts";
import type { Refuse } from "./handler.ts";
import { otherVersion } from "./readHead.ts";

/** What Node tells of bytes that it could not read as a request. */
interface ParseFault extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
  readonly reason?: string;
}

interface DoorLimits {
  readonly headerBytes: number;
  readonly urlLength: number;
}

/**
 * Makes the listener for `clientError`: malformed HTTP, unknown methods, header overflow and slow requests get Graph's
 * JSON too (R51), then the connection ends.
 */
export function createRawRefusal(refuse: Refuse, limits: DoorLimits): (error: ParseFault, socket: Duplex) => void {
  return (error, socket) => {
    if (error.code === "ECONNRESET" || error.code === "EPIPE") socket.destroy();
    else refuseInTurn(socket, () => refuse(toProblem(error, limits), { method: "GET", target: "/", headers: {}, baseUrl: "" }));
  };
}

/** Answers before it leave first (RFC 9112, 9.3.2): a refusal must not be taken for theirs. */
function refuseInTurn(socket: Duplex, refusal: () => HttpResponse): void {
  const { _httpMessage: running } = socket as { readonly _httpMessage?: ServerResponse | null };
  const isOfAnother = running?.req.complete === true && !running.writableFinished;
  if (!socket.writable || (running?.headersSent === true && !isOfAnother)) socket.destroy();
  else if (isOfAnother) running.once("finish", () => setImmediate(refuseInTurn, socket, refusal));
  else endWith(socket, refusal());
}

/** Writes an answer onto a bare socket and closes it. */
export function endWith(socket: Duplex, { status, headers, body = "" }: HttpResponse): void {
  const bytes = Buffer.from(body as string);
  const own = { "X-Content-Type-Options": "nosniff", "Content-Length": String(bytes.length), Connection: "close" };
  const fields = Object.entries({ Date: new Date().toUTCString(), ...headers, ...own }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", () => socket.destroy()).resume();
  socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${fields.join("")}\r\n`), bytes]));
  setTimeout(() => socket.destroy(), 1_000).unref();
}

function toProblem(error: ParseFault, limits: DoorLimits): Problem {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return isLongTarget(error)
        ? problem("uriTooLong", { length: `more than ${limits.headerBytes}`, limit: limits.urlLength })
        : problem("headersTooLarge", { limit: limits.headerBytes });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return problem("requestTimeout");
    case "HPE_INVALID_VERSION":
      return error.reason === "Invalid HTTP version" ? otherVersion("This version of HTTP") : malformed(error);
    case "HPE_PAUSED_H2_UPGRADE":
      return otherVersion("HTTP/2");
    case "HPE_INVALID_METHOD":
      if (isMethod(error.rawPacket))
        return problem(
          "methodNotAllowed",
          { allowed: "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS" },
          { headers: { Allow: "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS" } },
        );
      return malformed(error);
    default:
      return malformed(error);
  }
}

function malformed({ reason }: ParseFault): Problem {
  return problem("badRequest", { what: `The request is not well-formed HTTP/1.1${reason === undefined ? "" : ` (${reason})`}.` });
}

/** The overflow came before the request line ended. */
function isLongTarget({ rawPacket }: ParseFault): boolean {
  return rawPacket !== undefined && rawPacket.length > 8_192 && !rawPacket.includes("\r\n");
}
