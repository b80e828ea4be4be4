import { connect } from "node:net";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import type { Answered } from "./oracle.ts";
import type { FuzzRequest } from "./requests.ts";

/** Sends a request over a socket as it is, byte for byte, and reads the first answer. */
export async function overPort(port: number, request: FuzzRequest, authorization: string): Promise<Answered> {
  const body = Buffer.from(request.body ?? "");
  const fields = {
    Host: "hub.example",
    Connection: "close",
    Authorization: authorization,
    ...request.headers,
    ...(request.body === undefined ? {} : { "Content-Length": String(body.length) }),
  };
  const head = `${request.method} ${request.target} HTTP/1.1\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
  return readAnswer(await exchange(port, Buffer.concat([Buffer.from(head), body])));
}

function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(new Error("no answer within 20 s")), 20_000);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" || error.code === "EPIPE" ? undefined : reject(error)));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString("latin1"));
    });
  });
}

function readAnswer(text: string): Answered {
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...fields] = text.slice(0, Math.max(0, end)).split("\r\n");
  const headers = Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 1).trim()]));
  const length = Number(headers["Content-Length"] ?? 0);
  const body = Buffer.from(text.slice(end + 4, end + 4 + length), "latin1");
  const unpack = unpackers[headers["Content-Encoding"] ?? ""];
  return { status: Number(line.split(" ")[1] ?? 0), headers, text: (unpack === undefined || body.length === 0 ? body : unpack(body)).toString() };
}

const unpackers: Readonly<Record<string, (packed: Buffer) => Buffer>> = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync };
