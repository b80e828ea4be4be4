import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { localCertificates } from "../../src/http/localCertificates.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { raw, serve } from "./testServer.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-faults-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** A server over TLS too, and what it tells of connections that bring no request. */
async function serveWatched() {
  const credentials = await localCertificates(join(temp, "tls"), []);
  const faults: string[] = [];
  const onFault = ({ layer, reason }: { readonly layer: string; readonly reason: string }): void => void faults.push(`${layer} ${reason}`);
  const listening = await serve({}, { onFault, tls: { port: 0, credentials, hsts: false }, timeouts: { headers: 1_000 } });
  return { port: listening.port, tlsPort: listening.tlsPort!, faults, ca: readFileSync(credentials.caPath, "utf8") };
}

/** Opens a TLS connection and waits for its end, whatever that is. */
function shakeHands(port: number, options: ConnectionOptions): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ...options }, () => socket.end());
    socket.on("error", () => socket.destroy()).on("close", () => resolve());
  });
}

/** The first message of a TLS 1.2 client. */
function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({ read: () => undefined, write: (chunk: Buffer, _, done) => (resolve(chunk), done()) });
    connectTls({ socket: wire, servername: "localhost", maxVersion: "TLSv1.2" }).on("error", () => undefined);
  });
}

/** Answers the server's certificate with the alert `unknown_ca` (RFC 5246, 7.2.2), as OpenSSL does. */
async function distrust(port: number): Promise<void> {
  const hello = await clientHello();
  await new Promise<void>((resolve) => {
    const socket = connectPlain(port, "127.0.0.1", () => socket.write(hello));
    socket.once("data", () => socket.write(Buffer.from("15030300020230", "hex")));
    socket.on("error", () => socket.destroy()).on("close", () => resolve());
  });
}

test.each<[string, string, string]>([
  ["no HTTP at all", "hello\r\n\r\n", "http malformed"],
  ["a method that nobody knows", "SPY /v1.0/x HTTP/1.1\r\nHost: h\r\n\r\n", "http method"],
  ["CONNECT", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", "http method"],
  ["another version", "GET /v1.0/x HTTP/9.9\r\nHost: h\r\n\r\n", "http version"],
  ["headers without end", `GET /v1.0/x HTTP/1.1\r\nx: ${"y".repeat(200_000)}`, "http headers_too_large"],
  ["a slow head", "GET /v1.0/x HTTP/1.1\r\nHo", "http timeout"],
  [
    "a body that is too large to begin with",
    "POST /v1.0/x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n",
    "http body_too_large",
  ],
])("%s is told as a fault of the connection", async (_, bytes, expected) => {
  const { port, faults } = await serveWatched();
  await raw(port, bytes);
  await expect.poll(() => faults).toEqual([expected]);
});

test.each<[string, (port: number) => Promise<unknown>, string]>([
  ["plain HTTP to the TLS port", (port) => raw(port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), "tls not_tls"],
  ["a client that says that it does not know the CA", distrust, "tls untrusted"],
  ["one that leaves for that reason and says nothing", (port) => shakeHands(port, {}), "tls reset"],
  ["an old version of TLS", (port) => shakeHands(port, { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }), "tls version"],
  ["nothing but a connection", (port) => raw(port, ""), "tls timeout"],
])("%s is told as a failed handshake", async (_, knock, expected) => {
  const { tlsPort, faults } = await serveWatched();
  await knock(tlsPort);
  await expect.poll(() => faults).toEqual([expected]);
});

test("a probe that connects and leaves is told as such; a good request is no fault", async () => {
  const { port, tlsPort, faults, ca } = await serveWatched();
  expect(await raw(port, "GET /v1.0/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")).toContain("200");
  await shakeHands(tlsPort, { ca });
  expect(faults).toEqual([]);
  const socket = connectPlain(tlsPort, "127.0.0.1", () => socket.destroy());
  await expect.poll(() => faults).toEqual(["tls reset"]);
});

test("the metrics count them by layer and reason", async () => {
  const metrics = createMetrics();
  for (const reason of ["malformed", "malformed", "timeout"] as const) metrics.observeFault({ layer: "http", reason });
  expect((await metrics.text()).match(/^secgraph_connection_faults_total.*$/gm)).toEqual([
    'secgraph_connection_faults_total{layer="http",reason="malformed"} 2',
    'secgraph_connection_faults_total{layer="http",reason="timeout"} 1',
  ]);
});
