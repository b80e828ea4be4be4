import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Call } from "../../src/egress/call.ts";
import type { EgressReason } from "../../src/egress/egressFault.ts";
import { faultOf, openEgress, plainHere, post, serveHttp, serveRaw } from "./grounds.ts";

const ok = "HTTP/1.1 200 OK\r\n";

/** Answers each request on the connection. */
const answering =
  (answer: (socket: Socket) => void) =>
  (socket: Socket): void =>
    void socket.on("data", () => answer(socket));

/** Writes for as long as somebody reads. */
function forever(socket: Socket, text: string, every?: number): void {
  const timer = every === undefined ? undefined : setInterval(() => socket.write(text), every);
  const pour = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  if (every === undefined) {
    socket.on("drain", pour);
    pour();
  }
  socket.on("close", () => clearInterval(timer));
}

const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));

const servers: readonly (readonly [what: string, reason: EgressReason, answer: (socket: Socket) => void])[] = [
  ["rubbish", "protocol", (socket) => socket.end("\u0000\u0001\u0002 rubbish\r\n\r\n")],
  ["a greeting of another protocol", "protocol", (socket) => socket.write("220 mail.example ESMTP\r\n")],
  ["HTTP/0.9", "protocol", (socket) => socket.end("<html></html>")],
  ["two lengths", "protocol", (socket) => socket.end(`${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`)],
  ["a length and chunks", "protocol", (socket) => socket.end(`${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)],
  ["a broken chunk", "protocol", (socket) => socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\nZZZ\r\n`)],
  ["a NUL in the head", "protocol", (socket) => socket.end(`${ok}X: a\u0000b\r\nContent-Length: 0\r\n\r\n`)],
  ["nothing", "timeout", () => undefined],
  ["the head byte by byte", "timeout", (socket) => (socket.write(`${ok}X: `), forever(socket, "a", 20))],
  ["a head without end", "headersTooLarge", (socket) => (socket.write(ok), forever(socket, `X-${"a".repeat(100)}: b\r\n`))],
  ["one field without end", "headersTooLarge", (socket) => (socket.write(`${ok}X: `), forever(socket, "a".repeat(1000)))],
  ["status text without end", "timeout", (socket) => (socket.write("HTTP/1.1 200 "), forever(socket, "a", 20))],
  ["provisional answers without end", "timeout", (socket) => forever(socket, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 20)],
  ["a body without end, in chunks", "bodyTooLarge", (socket) => (socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`), forever(socket, `400\r\n${"a".repeat(1024)}\r\n`))],
  ["a body without end or length", "bodyTooLarge", (socket) => (socket.write(`${ok}\r\n`), forever(socket, "a".repeat(1024)))],
  ["a long body that it announced", "bodyTooLarge", (socket) => (socket.write(`${ok}Content-Length: 100000000000\r\n\r\n`), forever(socket, "a".repeat(1024)))],
  ["a body byte by byte", "timeout", (socket) => (socket.write(`${ok}Content-Length: 1000\r\n\r\n`), forever(socket, "a", 20))],
  ["a bomb, not asked for", "encoding", (socket) => (socket.write(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`), socket.end(bomb))],
  ["trailers without end", "headersTooLarge", (socket) => (socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`), forever(socket, `X-${"a".repeat(100)}: b\r\n`))],
  ["the end of the connection", "closed", (socket) => socket.end()],
  ["a reset", "closed", (socket) => socket.resetAndDestroy()],
  ["half a head", "closed", (socket) => socket.end(`${ok}Content-`)],
  ["half a body", "closed", (socket) => socket.end(`${ok}Content-Length: 10\r\n\r\nhalf`)],
  ["an upgrade", "closed", (socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")],
]; // prettier-ignore

const limits = { headers: 400, total: 400, bytes: 4096 };

describe("a receiver that answers", () => {
  test.each(servers)("%s: %s, in time, and the connection is gone", async (_, reason, answer) => {
    const open = new Set<Socket>();
    const url = await serveRaw((socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      answering(answer)(socket);
    });
    const egress = openEgress({ allow: plainHere });
    const fault = await faultOf(egress.send(post(url, { limits: reason === "timeout" ? limits : { ...limits, headers: 60_000, total: 60_000 } })));
    expect(fault).toMatchObject({ reason, sent: "perhaps" });
    expect(fault.outward).not.toContain("127.0.0.1");
    await egress.close();
    while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(egress.figures()).toMatchObject({ running: 0, waiting: 0 });
  });

  test("all of them at once hold up nobody: a good receiver is told meanwhile, and memory stays", async () => {
    const egress = openEgress({ allow: plainHere });
    const good = await serveHttp((request, response) => request.resume().on("end", () => response.writeHead(202).end()));
    const urls = await Promise.all(servers.map(([, , answer]) => serveRaw(answering(answer))));
    const before = process.memoryUsage().rss;
    const bad = Promise.all(urls.flatMap((url) => Array.from({ length: 4 }, () => faultOf(egress.send(post(url, { limits }))))));
    for (let n = 0; n < 50; n += 1) expect((await egress.send(post(good))).status).toBe(202);
    expect(await bad).toHaveLength(servers.length * 4);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    expect(egress.figures()).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe("when the status alone is wanted", () => {
  const status: Partial<Call> = { limits: { ...limits, headers: 3_000, total: 3_000 }, wanted: "status" };
  test.each([
    [
      "a body without end",
      (socket: Socket) => (socket.write(`HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n`), forever(socket, `400\r\n${"a".repeat(1024)}\r\n`)),
    ],
    ["half a body", (socket: Socket) => void socket.end(`HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nhalf`)],
    ["a broken chunk", (socket: Socket) => void socket.write(`HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n`)],
    ["a body that never comes", (socket: Socket) => void socket.write(`HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\n`)],
    [
      "a bomb",
      (socket: Socket) => (socket.write(`HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`), socket.write(bomb)),
    ],
  ])("%s is cut off, the answer counts", async (_, answer) => {
    const url = await serveRaw(answering(answer));
    const found = await openEgress({ allow: plainHere }).send(post(url, status));
    expect({ status: found.status, bytes: found.body.length }).toEqual({ status: 202, bytes: 0 });
  });

  test("a short body is read to its end, so that the connection stays", async () => {
    let connections = 0;
    const url = await serveRaw((socket) => {
      connections += 1;
      answering(() => socket.write("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"))(socket);
    });
    const egress = openEgress({ allow: plainHere });
    for (let n = 0; n < 9; n += 1) expect((await egress.send(post(url, status))).status).toBe(202);
    expect(connections).toBeLessThanOrEqual(2);
  });
});

test("a connection that the receiver closed while it was idle is no fault of the next call", async () => {
  let gone = Promise.withResolvers<void>();
  const url = await serveRaw(
    answering((socket) => {
      socket.on("close", () => gone.resolve());
      socket.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
      setTimeout(() => socket.end(), 20);
    }),
  );
  const egress = openEgress({ allow: plainHere });
  for (let n = 0; n < 3; n += 1) {
    gone = Promise.withResolvers<void>();
    expect((await egress.send(post(url))).status).toBe(202);
    await gone.promise;
  }
});

test("a port where nobody listens: never sent", async () => {
  const egress = openEgress({ allow: plainHere });
  expect(await faultOf(egress.send(post("http://127.0.0.1:1/")))).toMatchObject({ reason: "connect", code: "ECONNREFUSED", sent: "never" });
});
