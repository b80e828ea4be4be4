import { describe, expect, test, vi } from "vitest";
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Handle } from "../../src/http/handler.ts";
import { ask, errorOf, raw, serve } from "./testServer.ts";

const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

describe("what reaches the App", () => {
  test("the target as it stood on the request line, the base URL by Host, loopback", async () => {
    const { port } = await serve();
    const reply = await ask(port, "/v1.0/a%2Fb%zz/('x')?$filter=a%20eq%20'%C3%A9'+b", { headers: { host: `LocalHost:${port}` } });
    expect(reply.json()).toMatchObject({
      method: "GET",
      target: "/v1.0/a%2Fb%zz/('x')?$filter=a%20eq%20'%C3%A9'+b",
      baseUrl: `http://localhost:${port}`,
      loopback: true,
      body: null,
    });
  });

  test("the configured public URL instead of the Host header (R194)", async () => {
    const { port } = await serve({ publicUrl: "https://hub.example.com/pre" });
    expect((await ask(port, "/v1.0/x")).json()).toMatchObject({ baseUrl: "https://hub.example.com/pre" });
  });

  test("a forwarded request is not of this machine", async () => {
    const { port } = await serve();
    expect((await ask(port, "/v1.0/x", { headers: { "x-forwarded-for": "127.0.0.1" } })).json()).toMatchObject({ loopback: false });
  });

  test("a target in absolute form", async () => {
    const { port } = await serve();
    expect(await raw(port, "GET http://elsewhere/v1.0/x?y HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).toContain('"target":"/v1.0/x?y"');
  });

  test("repeated Authorization headers arrive joined", async () => {
    const { port } = await serve();
    const answer = await raw(port, "GET /v1.0/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n");
    expect(answer).toContain('"authorization":"Bearer a, Bearer b"');
  });

  test.each(["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "PROPFIND"])("%s with a body, bytes as they are", async (method) => {
    const { port } = await serve();
    const body = '{"a":\r\n "é"}';
    const reply = await ask(port, "/v1.0/x", { method, body, headers: { "content-type": "text/anything", "content-length": Buffer.byteLength(body) } });
    expect(reply.json()).toMatchObject({ method, body });
  });

  test("a chunked body", async () => {
    const { port } = await serve();
    const answer = await raw(
      port,
      "POST /v1.0/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n4\r\n\r\nd \r\n0\r\n\r\n",
    );
    expect(answer).toContain('"body":"abc\\r\\nd "');
  });

  test("an empty body with a Content-Type", async () => {
    const { port } = await serve();
    expect((await ask(port, "/v1.0/x", { method: "DELETE", headers: { "content-type": "application/json" } })).json()).toMatchObject({ body: null });
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
    ["identity", (bytes: Buffer) => bytes],
  ] as const)("a body in %s (R32)", async (encoding, pack) => {
    const { port } = await serve();
    const reply = await ask(port, "/v1.0/x", { method: "POST", body: pack(Buffer.from('{"a":1}')), headers: { "content-encoding": encoding } });
    expect(reply.json()).toMatchObject({ body: '{"a":1}' });
  });

  test("two requests in one packet are answered in order", async () => {
    const { port } = await serve();
    const answer = await raw(port, "GET /v1.0/one HTTP/1.1\r\nHost: h\r\n\r\nGET /v1.0/two HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    expect(answer.indexOf("/v1.0/one")).toBeLessThan(answer.indexOf("/v1.0/two"));
    expect(answer).toContain("/v1.0/two");
  });
});

describe("what leaves", () => {
  test("length, nosniff, and no body at 204", async () => {
    const { port } = await serve();
    const { headers } = await ask(port, "/v1.0/x");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", etag: 'W/"1"' });
    expect(headers["content-length"]).toMatch(/^\d+$/);
    expect(headers).not.toHaveProperty("strict-transport-security");
    const nothing = await ask(port, "/v1.0/nothing");
    expect(nothing).toMatchObject({ status: 204, bytes: Buffer.alloc(0) });
    expect(nothing.headers).not.toHaveProperty("content-length");
  });

  test.each([
    ["gzip, deflate, br", "br", brotliDecompressSync],
    ["gzip;q=0.5, br;q=0", "gzip", gunzipSync],
    ["*", "br", brotliDecompressSync],
  ] as const)("large bodies are packed for who accepts %s (R33)", async (accepted, coding, unpack) => {
    const { port } = await serve();
    const { headers, bytes } = await ask(port, "/v1.0/big?5000", { headers: { "accept-encoding": accepted } });
    expect(headers).toMatchObject({ "content-encoding": coding, vary: "Accept-Encoding", "content-length": String(bytes.length) });
    expect(JSON.parse(unpack(bytes).toString())).toHaveLength(5000);
  });

  test("R24 every answer has its date, in GMT", async () => {
    const { port } = await serve();
    for (const path of ["/v1.0/x", "/v1.0/refuse", "/v1.0/nothing"]) {
      const { date } = (await ask(port, path)).headers;
      expect(new Date(date!).toUTCString()).toBe(date);
      expect(date).toMatch(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
    }
  });

  test("small bodies, other clients and HEAD get it plain", async () => {
    const { port } = await serve();
    const accept = { "accept-encoding": "gzip" };
    expect((await ask(port, "/v1.0/big?100", { headers: accept })).headers).not.toHaveProperty("content-encoding");
    expect((await ask(port, "/v1.0/big?5000", { headers: { "accept-encoding": "zstd" } })).headers).toMatchObject({ "content-length": "5002" });
    expect(await ask(port, "/v1.0/big?5000", { method: "HEAD", headers: accept })).toMatchObject({
      status: 200,
      bytes: Buffer.alloc(0),
      headers: { "content-length": "5002" },
    });
  });

  test("a preflight is answered without the App (R182), an answer to another site can be read (R183)", async () => {
    const handle = vi.fn<Handle>(async () => ({ status: 401, headers: {}, body: "{}" }));
    const { port } = await serve({ handle });
    const origin = "https://app.example";
    const preflight = await ask(port, "/v1.0/x", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "PATCH", "access-control-request-headers": "authorization" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({ "access-control-allow-origin": "*", "access-control-allow-methods": expect.stringContaining("PATCH") });
    expect(preflight.headers["access-control-allow-headers"]).toMatch(
      /Authorization, Content-Type.*ConsistencyLevel.*If-Match.*client-request-id.*SdkVersion.*Retry-Attempt/,
    );
    expect(preflight.headers).not.toHaveProperty("access-control-allow-credentials");
    expect(handle).not.toHaveBeenCalled();
    const { headers } = await ask(port, "/v1.0/x", { headers: { origin } });
    expect(headers["access-control-expose-headers"]).toMatch(/ETag, Location.*Retry-After.*request-id.*WWW-Authenticate/);
    expect((await ask(port, "/v1.0/x")).headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("mounts are asked for paths outside the service roots only", async () => {
    const mount = { kind: "page", owns: () => true, answer: () => ({ status: 200, headers: {}, body: "mounted" }) };
    const { port } = await serve({ mounts: [mount] });
    expect((await ask(port, "/healthz?x")).bytes.toString()).toBe("mounted");
    expect((await ask(port, "/V1.0/x")).json()).toMatchObject({ target: "/V1.0/x" });
    expect((await ask(port, "/v1.0")).json()).toMatchObject({ target: "/v1.0" });
    expect((await ask(port, "/v1.00/x")).bytes.toString()).toBe("mounted");
  });
});

describe("refusals are Graph's JSON (R51, Q2)", () => {
  const post = (headers: string, body: string | Buffer = "") =>
    Buffer.concat([Buffer.from(`POST /v1.0/x HTTP/1.1\r\nHost: h\r\n${headers}\r\n`), Buffer.from(body as string)]);
  const cases: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ["a method nobody knows", "FOO /v1.0/x HTTP/1.1\r\nHost: h\r\n\r\n", /^405 MethodNotAllowed/],
    ["bytes that are no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /^400 BadRequest: The request is not well-formed/],
    ["a broken version", "GET /v1.0/x HTTP/9.9\r\nHost: h\r\n\r\n", /^505 HttpVersionNotSupported/],
    ["no Host", "GET /v1.0/x HTTP/1.1\r\nConnection: close\r\n\r\n", /^400 BadRequest: The Host header/],
    ["a Host with a path", "GET /v1.0/x HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n", /^400 BadRequest: The Host header/],
    ["two Hosts", "GET /v1.0/x HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", /^400 BadRequest: The Host header/],
    ["a long URL (R19)", `GET /v1.0/${"x".repeat(2_000)} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`, /^414 RequestUriTooLong: The URL has 2006/],
    ["an endless URL", `GET /v1.0/${"x".repeat(100_000)}`, /^414 RequestUriTooLong/],
    ["too many headers", `GET /v1.0/x HTTP/1.1\r\nHost: h\r\n${"X-Filler: 0123456789\r\n".repeat(4_000)}\r\n`, /^431 RequestHeaderFieldsTooLarge/],
    ["both lengths (smuggling)", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), /^400 BadRequest/],
    ["two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), /^400 BadRequest/],
    ["a length that is no number", post("Content-Length: +3\r\n", "abc"), /^400 BadRequest/],
    ["a chunk size that is no number", post("Transfer-Encoding: chunked\r\n", "zz\r\n"), /^400 BadRequest/],
    [
      "an announced body over the limit (R48)",
      post("Content-Length: 10001\r\nConnection: close\r\n", "x".repeat(10_001)),
      /^413 RequestEntityTooLarge: .* 10000 bytes/,
    ],
    [
      "a chunked body over the limit",
      post("Transfer-Encoding: chunked\r\nConnection: close\r\n", `4e20\r\n${"x".repeat(20_000)}\r\n0\r\n\r\n`),
      /^413 RequestEntityTooLarge/,
    ],
    ["a large body, asked for first", post("Content-Length: 20000\r\nExpect: 100-continue\r\n"), /^413 RequestEntityTooLarge/],
    ...(["gzip", "deflate", "br", "zstd"] as const).map(
      (coding) => [`a bomb in ${coding} (R32)`, packed(coding, packers[coding](Buffer.alloc(5_000_000))), /^413 RequestEntityTooLarge/] as const,
    ),
    [
      "a bomb in a bomb",
      packed("gzip, gzip", gzipSync(gzipSync(Buffer.alloc(5_000_000)))),
      /^415 UnsupportedMediaType: .*'gzip, gzip'.* one of them at a time/,
    ],
    [
      "a body that is not gzip",
      post("Content-Encoding: gzip\r\nContent-Length: 3\r\nConnection: close\r\n", "abc"),
      /^400 BadRequest: The request body is not gzip/,
    ],
    [
      "an unknown encoding (R32)",
      post("Content-Encoding: compress\r\nContent-Length: 3\r\nConnection: close\r\n", "abc"),
      /^415 UnsupportedMediaType: The content encoding 'compress'/,
    ],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: h\r\n\r\n", /^405 MethodNotAllowed/],
    ["a fault of ours", "GET /v1.0/fail HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", /^500 generalException: An unexpected error occurred\.$/],
    ["a refusal that was thrown", "GET /v1.0/refuse HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", /^409 Conflict: No\.$/],
    ["an answer that would split", "GET /v1.0/split HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", /^500 generalException/],
  ];

  function packed(coding: string, bytes: Buffer): Buffer {
    expect(bytes.length).toBeLessThan(10_000);
    return post(`Content-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n`, bytes);
  }

  test.each(cases)("%s", async (_, bytes, expected) => {
    const onError = vi.fn<(error: unknown) => void>();
    const { port } = await serve({ onError });
    const answer = await raw(port, bytes);
    expect(errorOf(answer)).toMatch(expected);
    expect(answer).toMatch(/\r\nContent-Type: application\/json/i);
    expect(answer).not.toContain("secret detail");
  });

  test("a body over the limit is cut off long before its end", async () => {
    const { port } = await serve();
    const answer = await raw(port, post("Content-Length: 4000000000\r\n", "x".repeat(20_000)));
    expect(errorOf(answer)).toMatch(/^413 /);
  });

  test("of a caller nobody knows no body is read: the answer comes long before its end", async () => {
    const { port } = await serve({ admits: async ({ headers }) => headers["authorization"] === "Bearer known" });
    const sent = await raw(port, post("Content-Length: 9000\r\n", "x".repeat(8_000)));
    expect(sent).toMatch(/^HTTP\/1\.1 200 .*"body":null/s);
    expect(sent).toMatch(/\r\nConnection: close\r\n/i);
    const whole = await ask(port, "/v1.0/x", { method: "POST", body: "{}" });
    expect(whole.json()).toMatchObject({ body: null });
    const known = await ask(port, "/v1.0/x", { method: "POST", body: "{}", headers: { Authorization: "Bearer known" } });
    expect(known.json()).toMatchObject({ body: "{}" });
  });

  test("slow heads and slow bodies are ended (408)", async () => {
    const { port } = await serve({}, { timeouts: { headers: 150, request: 300 } });
    expect(errorOf(await raw(port, "GET /v1.0/x HTTP/1.1\r\nHo"))).toMatch(/^408 RequestTimeout/);
    expect(errorOf(await raw(port, post("Content-Length: 100\r\n", "x")))).toMatch(/^408 RequestTimeout/);
  });

  test("a client that does not read is cut off", async () => {
    const { port } = await serve({}, { timeouts: { write: 200 } });
    const { connect } = await import("node:net");
    const closed = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write("GET /v1.0/big?30000000 HTTP/1.1\r\nHost: h\r\n\r\n"));
      socket.pause();
      socket.on("error", () => undefined).on("close", () => resolve(true));
      setTimeout(() => socket.resume(), 2_500);
      setTimeout(() => resolve(false), 60_000);
    });
    expect(closed).toBe(true);
  });
});

describe("coming and going", () => {
  test("a taken port is one clear line", async () => {
    const { port } = await serve();
    await expect(serve({}, { port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another program.`);
  });

  test("both loopback addresses share a port; an address that is not there is left out", async () => {
    const { hosts, port } = await serve({}, { hosts: ["127.0.0.1", "::1", "2001:db8::1"] });
    expect(hosts).not.toContain("2001:db8::1");
    for (const host of hosts) expect((await ask(port, "/v1.0/x", { host })).status).toBe(200);
  });

  test("close lets running requests end, and takes no more", async () => {
    const started = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const handle = async () => {
      started.resolve(undefined);
      await released.promise;
      return { status: 200, headers: {}, body: "late" };
    };
    const listening = await serve({ handle });
    const running = ask(listening.port, "/v1.0/x");
    await started.promise;
    const closed = listening.close(5_000);
    released.resolve(undefined);
    const reply = await running;
    expect(reply.bytes.toString()).toBe("late");
    expect(reply.headers.connection).toBe("close");
    await closed;
    await expect(ask(listening.port, "/v1.0/x")).rejects.toThrow("ECONNREFUSED");
  });
});
