import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpResponse } from "../base/http.ts";
import { serverTiming } from "../base/probe.ts";
import { chooseCoding, compress, smallestCompressed } from "./compress.ts";
import { corsHeaders } from "./cors.ts";
import type { Ledger } from "./ledger.ts";
import { writeHead } from "./writeHead.ts";

/** What a listener adds to every answer. */
export interface ResponseStyle {
  /** Name, value, name, value: on every answer. */
  readonly always: readonly string[];
  /** How long an idle connection is kept, as `Keep-Alive` says it. */
  readonly keepAlive: string;
  /** Milliseconds that a client has for taking an answer. */
  readonly writeTimeout: number;
  /** True while the server closes: connections are not kept. */
  readonly closing: () => boolean;
  /** Where bytes are counted that clients have not taken yet. */
  readonly unsent: Ledger;
}

/** Puts an answer on the socket; compressed when the client accepts it and it is worth it (R33). */
export function writeResponse(request: IncomingMessage, response: ServerResponse, answer: HttpResponse, style: ResponseStyle): void {
  const { body } = answer;
  const accepted = request.headers["accept-encoding"];
  if (accepted !== undefined && body !== undefined && body.length >= smallestCompressed && request.method !== "HEAD") {
    const coding = answer.headers["Content-Encoding"] === undefined ? chooseCoding(accepted, answer.headers["Content-Type"]) : undefined;
    if (coding !== undefined) return writeCompressed(request, response, { answer, coding, body }, style);
  }
  const length = body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length;
  // Text that is as long in bytes as in characters is ASCII, and need not be turned into UTF-8.
  const encoding = length === body?.length ? "latin1" : "utf8";
  send(request, response, { status: answer.status, fields: headerList(answer, length, style), body, encoding }, style);
}

interface Packed {
  readonly answer: HttpResponse;
  readonly coding: "br" | "gzip" | "deflate";
  readonly body: string | Uint8Array;
}

function writeCompressed(request: IncomingMessage, response: ServerResponse, packed: Packed, style: ResponseStyle): void {
  const { answer, coding } = packed;
  compress(packed.body, coding)
    .then((body) => {
      const fields = headerList(answer, body.length, style);
      fields.push("Content-Encoding", coding, "Vary", "Accept-Encoding");
      send(request, response, { status: answer.status, fields, body }, style);
    })
    .catch(() => response.destroy());
}

/** One flat list is what Node writes fastest. */
function headerList({ status, headers, body, facts }: HttpResponse, length: number, style: ResponseStyle): string[] {
  const fields: string[] = [];
  for (const name in headers) {
    if (name !== "Content-Length") fields.push(name, headers[name]!);
  }
  if (body !== undefined || (status !== 204 && status !== 304)) fields.push("Content-Length", String(length));
  if (facts !== undefined) fields.push("Server-Timing", serverTiming(facts.stages));
  for (const field of style.always) fields.push(field);
  return fields;
}

interface Ready {
  readonly status: number;
  readonly fields: string[];
  readonly body: string | Uint8Array | undefined;
  /** Of a body that is text; default `utf8`. */
  readonly encoding?: "latin1" | "utf8";
}

function send(request: IncomingMessage, response: ServerResponse, { status, fields, body, encoding = "utf8" }: Ready, style: ResponseStyle): void {
  const { socket } = request;
  if (socket.destroyed) return;
  if (request.headers["origin"] !== undefined) fields.push(...corsHeaders);
  const isKept = response.shouldKeepAlive && !style.closing();
  if (isKept) fields.push("Connection", "keep-alive", "Keep-Alive", style.keepAlive);
  else fields.push("Connection", "close");
  if (isKept && body !== undefined && takesBody(request, status)) writeHead(response, status, fields);
  else response.writeHead(status, fields);
  response.end(body, encoding);
  if (socket.writableLength > 0) limitWriting(response, socket.writableLength, style);
}

/** True when a body follows the head (RFC 9112, 6.3), and the client knows of kept connections without being asked. */
function takesBody({ httpVersion, method }: IncomingMessage, status: number): boolean {
  return httpVersion === "1.1" && method !== "HEAD" && status !== 204 && status !== 304;
}

/** A client that does not read is cut off: Node itself would wait for ever. What it leaves in memory is counted; when there is no room left, it is cut off earlier. */
function limitWriting(response: ServerResponse, bytes: number, { writeTimeout, unsent }: ResponseStyle): void {
  const account = unsent.open(() => response.destroy());
  account.add(bytes);
  const timer = setTimeout(() => response.destroy(), writeTimeout);
  response.once("close", () => {
    clearTimeout(timer);
    account.close();
  });
}
