import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { healthMounts } from "../../src/http/healthMounts.ts";
import type { Handle } from "../../src/http/handler.ts";
import { localCertificates } from "../../src/http/localCertificates.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { ask, echo, errorOf, raw, serve, type Reply } from "./testServer.ts";

const mounts = healthMounts({ ready: () => true, metrics: createMetrics(), admit: async () => undefined });

/** An App whose answers come when they are released; it tells how many requests were in it at most and in all. */
function held() {
  const waiting: (() => void)[] = [];
  const seen = { running: 0, most: 0, all: 0 };
  const handle: Handle = async (request) => {
    seen.all += 1;
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    await new Promise<void>((resolve) => waiting.push(resolve));
    seen.running -= 1;
    return echo(request);
  };
  const release = (count = Number.POSITIVE_INFINITY): void => waiting.splice(0, count).forEach((resolve) => resolve());
  return { handle, release, seen };
}

async function until(reached: () => boolean): Promise<void> {
  await expect.poll(reached, { interval: 10 }).toBe(true);
}

function expectBusy({ status, headers, json }: Reply): void {
  expect([status, (json() as any).error.code]).toEqual([503, "serviceNotAvailable"]);
  expect(headers["retry-after"]).toMatch(/^[1-3]$/);
}

function open(port: number, text = ""): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.on("error", reject);
    if (text !== "") socket.write(text);
    onTestFinished(() => void socket.destroy());
  });
}

describe("requests in work (R50)", () => {
  test("so many work, so many wait, the rest is 503 with Retry-After; health is told; then all is as before", async () => {
    const { handle, release, seen } = held();
    const { port, load } = await serve({ handle, mounts }, { server: { requests: 2, waiting: 3 } });
    const first = Array.from({ length: 5 }, () => ask(port, "/v1.0/x"));
    await until(() => load().running === 2 && load().waiting === 3);
    for (let round = 0; round < 4; round += 1) expectBusy(await ask(port, "/v1.0/x"));
    expectBusy(await ask(port, "/v1.0/x", { method: "POST", body: "x".repeat(9_000), headers: { "content-length": "9000" } }));
    for (const path of ["/healthz", "/readyz", "/metrics"]) expect((await ask(port, path)).status).toBe(200);
    const drain = setInterval(release, 5);
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await ask(port, "/v1.0/x")).status).toBe(200);
    clearInterval(drain);
    expect([seen.most, seen.all]).toEqual([2, 6]);
  });

  test("a turned away body leaves the connection in use", async () => {
    const { handle, release, seen } = held();
    const { port } = await serve({ handle, mounts }, { server: { requests: 1, waiting: 0 } });
    const running = ask(port, "/v1.0/x");
    await until(() => seen.running === 1);
    const two = "POST /v1.0/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    expect((await raw(port, two)).match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 503", "HTTP/1.1 200"]);
    release();
    expect((await running).status).toBe(200);
  });

  test("who waits too long is told so", async () => {
    const { handle, release, seen } = held();
    const { port } = await serve({ handle }, { server: { requests: 1, waiting: 9, patience: 100 } });
    const running = ask(port, "/v1.0/x");
    await until(() => seen.running === 1);
    expectBusy(await ask(port, "/v1.0/x"));
    release();
    expect((await running).status).toBe(200);
  });

  test("nothing is done for a client that left while it waited", async () => {
    const { handle, release, seen } = held();
    const { port, load } = await serve({ handle }, { server: { requests: 1, waiting: 9 } });
    const running = ask(port, "/v1.0/x");
    await until(() => seen.running === 1);
    const gone = await open(port, "GET /v1.0/x HTTP/1.1\r\nHost: h\r\n\r\n");
    await until(() => load().waiting === 1);
    gone.destroy();
    await until(() => load().connections === 1);
    release();
    await running;
    await until(() => load().running === 0 && load().waiting === 0);
    expect(seen).toMatchObject({ all: 1, running: 0 });
  });

  test("who rests meanwhile takes nobody's place, and is told when its client goes away", async () => {
    const { handle, release, seen } = held();
    const gone: boolean[] = [];
    const resting: Handle = (request) => {
      const { presence } = request;
      if (presence === undefined) return handle(request);
      presence.gone().addEventListener("abort", () => gone.push(true));
      return presence.rest(Promise.resolve(handle(request)));
    };
    const { port } = await serve({ handle: resting }, { server: { requests: 1, waiting: 0 } });
    const first = [0, 1, 2].map(() => ask(port, "/v1.0/x", { method: "POST", body: "{}" }));
    await until(() => seen.running === 3);
    const left = await open(port, "POST /v1.0/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");
    await until(() => seen.running === 4);
    left.destroy();
    await until(() => gone.length === 1);
    release();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await until(() => seen.running === 0);
    // All places are as they were: one.
    const working = ask(port, "/v1.0/x");
    await until(() => seen.running === 1);
    expectBusy(await ask(port, "/v1.0/x"));
    release();
    expect([(await working).status, gone]).toEqual([200, [true]]);
  });

  test("slow bodies take nobody's place", async () => {
    const { port } = await serve({}, { server: { requests: 1, waiting: 0 } });
    for (let count = 0; count < 5; count += 1) await open(port, "POST /v1.0/x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx");
    expect((await ask(port, "/v1.0/x")).status).toBe(200);
  });

  test("a request that fails leaves its place", async () => {
    const { port } = await serve({}, { server: { requests: 1, waiting: 0 } });
    for (const path of ["/v1.0/fail", "/v1.0/refuse", "/v1.0/split", "/v1.0/fail"]) await ask(port, path);
    expect((await ask(port, "/v1.0/x")).status).toBe(200);
  });
});

describe("one answer in flight per connection", () => {
  const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;

  test("requests sent ahead are worked at one after the other, answers keep their order", async () => {
    const { handle, release, seen } = held();
    const { port } = await serve({ handle, mounts });
    const drain = setInterval(release, 5);
    const targets = Array.from({ length: 20 }, (_, index) => `/v1.0/${index}`);
    const answer = await raw(port, targets.map((target) => get(target)).join("") + get("/healthz", "Connection: close\r\n"));
    clearInterval(drain);
    expect([...answer.matchAll(/"target":"([^"]+)"/g)].map(([, target]) => target)).toEqual(targets);
    expect(answer).toMatch(/"status":"ok"\}$/);
    expect(seen.most).toBe(1);
  });

  test("bodies sent ahead come to their own requests", async () => {
    const { port } = await serve();
    const post = (text: string, more = ""): string => `POST /v1.0/x HTTP/1.1\r\nHost: h\r\nContent-Length: ${text.length}\r\n${more}\r\n${text}`;
    const answer = await raw(port, post("one") + post("two") + get("/v1.0/y") + post("x".repeat(9_000)) + post("last", "Connection: close\r\n"));
    expect([...answer.matchAll(/"body":(?:null|"(\w{1,4}))/g)].map(([, body]) => body)).toEqual(["one", "two", undefined, "xxxx", "last"]);
  });

  test("who sends far ahead is cut off, and little was done for him", async () => {
    const { handle, seen } = held();
    const { port } = await serve({ handle });
    expect(await raw(port, get("/v1.0/x").repeat(20_000))).toBe("");
    expect(seen.all).toBe(1);
  });

  test("nothing behind an answer that closes is begun", async () => {
    const { port } = await serve({ mounts }, { server: { connections: 1 } });
    await open(port);
    expect((await raw(port, get("/healthz") + get("/healthz"))).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
  });
});

describe("memory (R50)", () => {
  test("bodies beyond the buffer are 503; when others are done there is room again", async () => {
    const { handle, release, seen } = held();
    const { port } = await serve({ handle, mounts }, { server: { bufferBytes: 20_000 } });
    const post = (): Promise<Reply> => ask(port, "/v1.0/x", { method: "POST", body: "x".repeat(9_000) });
    const first = [post(), post()];
    await until(() => seen.running === 2);
    expectBusy(await post());
    const small = ask(port, "/v1.0/x");
    await until(() => seen.running === 3);
    release();
    expect((await Promise.all([...first, small])).map(({ status }) => status)).toEqual([200, 200, 200]);
    const again = post();
    await until(() => seen.running === 1);
    release();
    expect((await again).status).toBe(200);
  });

  test("a packed body counts as what it may become", async () => {
    const { gzipSync } = await import("node:zlib");
    const { port } = await serve({}, { server: { bufferBytes: 9_000 } });
    expectBusy(await ask(port, "/v1.0/x", { method: "POST", body: gzipSync("x"), headers: { "content-encoding": "gzip" } }));
  });

  test("answers that nobody takes are counted until they are cut off", async () => {
    const { port, load } = await serve({ mounts }, { server: { bufferBytes: 5_000_000 }, timeouts: { write: 2_000 } });
    const slow = await open(port, "GET /v1.0/big?40000000 HTTP/1.1\r\nHost: h\r\n\r\n");
    slow.pause();
    slow.on("error", () => undefined);
    await until(() => load().unsentBytes > 5_000_000);
    expectBusy(await ask(port, "/v1.0/x"));
    expect((await ask(port, "/healthz")).status).toBe(200);
    await until(() => load().unsentBytes === 0);
    expect((await ask(port, "/v1.0/x")).status).toBe(200);
  });
});

test("who takes no answer is cut off when others need the room, long before his time is over", async () => {
  const { port, load } = await serve({ mounts }, { server: { bufferBytes: 5_000_000 }, timeouts: { write: 600_000 } });
  const slow = await open(port, "GET /v1.0/big?40000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  slow.pause();
  slow.on("error", () => undefined);
  await until(() => load().unsentBytes > 5_000_000);
  expectBusy(await ask(port, "/v1.0/x"));
  await expect.poll(async () => (await ask(port, "/v1.0/x")).status).toBe(200);
});

describe("idle connections", () => {
  const drip = async (socket: Socket): Promise<void> => {
    const timer = setInterval(() => void socket.write("\r\n"), 50);
    await new Promise<void>((resolve) => void socket.on("error", () => undefined).on("close", () => resolve()));
    clearInterval(timer);
  };

  test("empty lines do not keep one open, before a request or after", async () => {
    const { port } = await serve({ mounts }, { timeouts: { idle: 400, headers: 400, request: 800 } });
    const after = (await open(port, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")).resume();
    const before = (await open(port)).resume();
    for (const socket of [after, before]) socket.removeAllListeners("error");
    await Promise.all([drip(after), drip(before)]);
    expect([after.destroyed, before.destroyed]).toEqual([true, true]);
  });

  test("one that works is not idle, however long it takes; nor is one that asks now and then", async () => {
    const { handle, release, seen } = held();
    const { port } = await serve({ handle, mounts }, { timeouts: { idle: 1_500 } });
    const long = ask(port, "/v1.0/x");
    await until(() => seen.running === 1);
    const socket = await open(port);
    let answers = 0;
    socket.on("data", () => (answers += 1));
    for (let round = 0; round < 8; round += 1) {
      socket.write("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
      await sleep(200);
    }
    release();
    expect([(await long).status, answers, socket.destroyed]).toEqual([200, 8, false]);
  });
});

describe("connections", () => {
  test("beyond the limit health alone is answered, each connection once; then all is as before", async () => {
    const { port, load } = await serve({ mounts }, { server: { connections: 2 } });
    const others = [await open(port), await open(port)];
    const refused = await ask(port, "/v1.0/x", { headers: { connection: "keep-alive" } });
    expectBusy(refused);
    expect(refused.headers.connection).toBe("close");
    expect(await ask(port, "/healthz")).toMatchObject({ status: 200, headers: { connection: "close" } });
    for (const socket of others) socket.destroy();
    await until(() => load().connections === 0);
    expect((await ask(port, "/v1.0/x")).status).toBe(200);
  });

  test("over TLS too, both listeners counted together", async () => {
    const folder = mkdtempSync(join(tmpdir(), "secgraph-crowd-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const credentials = await localCertificates(folder, []);
    const { port, tlsPort } = await serve({ mounts }, { server: { connections: 1 }, tls: { port: 0, credentials, hsts: false } });
    await open(port);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connectTls(
        { port: tlsPort!, host: "127.0.0.1", rejectUnauthorized: false },
        () => void socket.write("GET /v1.0/x HTTP/1.1\r\nHost: h\r\n\r\n"),
      );
      socket
        .on("data", (chunk: Buffer) => (text += chunk.toString()))
        .on("close", () => resolve(text))
        .on("error", reject);
    });
    expect(errorOf(answer)).toMatch(/^503 serviceNotAvailable/);
  });

  test("far beyond it they are closed as they come", async () => {
    const { port, load } = await serve({ mounts }, { server: { connections: 1 } });
    const sockets = await Promise.all(Array.from({ length: 101 }, () => open(port)));
    expect(sockets).toHaveLength(101);
    await until(() => load().connections === 101);
    expect(await raw(port, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")).toBe("");
  });
});
