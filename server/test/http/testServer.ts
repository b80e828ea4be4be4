import { connect } from "node:net";
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, RequestOptions } from "node:http";
import { onTestFinished } from "vitest";
import type { HttpRequest, HttpResponse } from "../../src/base/http.ts";
import { problem } from "../../src/base/errors.ts";
import type { Problem } from "../../src/base/errors.ts";
import { listen } from "../../src/http/listen.ts";
import type { ListenSettings, Listening } from "../../src/http/listen.ts";
import type { ShellSettings } from "../../src/http/shell.ts";

export const limits = { bodyBytes: 10_000, urlLength: 2_000 };

/** Refusals in Graph's shape, as the App writes them. */
export function refuse({ code, status, message, extras }: Problem): HttpResponse {
  return { status, headers: { "Content-Type": "application/json;charset=utf-8", ...extras.headers }, body: JSON.stringify({ error: { code, message } }) };
}

/** An App that tells what it was asked. `/v1.0/big?n` answers n bytes, `/v1.0/fail` throws. */
export async function echo({ method, target, headers, body, baseUrl, loopback }: HttpRequest): Promise<HttpResponse> {
  const json = { "Content-Type": "application/json" };
  if (target.startsWith("/v1.0/big")) return { status: 200, headers: json, body: JSON.stringify("x".repeat(Number(target.split("?")[1]))) };
  if (target === "/v1.0/fail") throw new Error("secret detail");
  if (target === "/v1.0/refuse") throw problem("conflict", { what: "No." });
  if (target === "/v1.0/split") return { status: 200, headers: { ...json, Location: "a\r\nSet-Cookie: x" }, body: "{}" };
  if (target === "/v1.0/nothing") return { status: 204, headers: { ETag: 'W/"1"' } };
  const text = body === undefined ? null : new TextDecoder().decode(body);
  return {
    status: 200,
    headers: { ...json, ETag: 'W/"1"' },
    body: JSON.stringify({ method, target, baseUrl, loopback, body: text, authorization: headers["authorization"] ?? null }),
  };
}

/** A listening server that ends with the test. */
export async function serve(shell: Partial<ShellSettings> = {}, more: Partial<ListenSettings> = {}): Promise<Listening> {
  const listening = await listen({ hosts: ["127.0.0.1"], port: 0, shell: { handle: echo, refuse, mounts: [], limits, ...shell }, ...more });
  onTestFinished(() => listening.close(0));
  return listening;
}

/** Writes bytes onto a socket and returns all that comes back until the server closes. */
export function raw(port: number, bytes: string | Buffer, patience = 60_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" || error.code === "EPIPE" ? undefined : reject(error)));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString("latin1"));
    });
  });
}

/** Status, Graph's error code and message of a raw answer; what is not that shape comes back as it is. */
export function errorOf(answer: string): string {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  try {
    const { error } = JSON.parse(body) as { readonly error: { readonly code: string; readonly message: string } };
    return `${head.split(" ")[1]} ${error.code}: ${error.message}`;
  } catch {
    return answer;
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly json: () => unknown;
}

/** A request by Node's own client. */
export function ask(port: number, path: string, options: RequestOptions & { readonly body?: string | Buffer } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const sent = httpRequest({ host: "127.0.0.1", port, path, agent: false, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: response.statusCode!, headers: response.headers, bytes, json: () => JSON.parse(bytes.toString("utf8")) as unknown });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
