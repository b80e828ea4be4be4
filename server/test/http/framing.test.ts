import { describe, expect, test } from "vitest";
import { healthMounts } from "../../src/http/healthMounts.ts";
import type { Handle } from "../../src/http/handler.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { echo, raw, serve } from "./testServer.ts";

const host = "Host: h\r\n";
/** What an attacker wants to be read as a request of its own. */
const smuggled = "GET /v1.0/smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const get = (target: string, fields = ""): string => `GET ${target} HTTP/1.1\r\n${host}${fields}Connection: close\r\n\r\n`;
const post = (fields: string, body: string): string => `POST /v1.0/x HTTP/1.1\r\n${host}${fields}\r\n${body}`;
const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\nConnection: close\r\n", body);

interface Answers {
  /** Status and Graph's error code, or what the App was asked. */
  readonly told: readonly string[];
  /** Targets that the App was asked for. */
  readonly seen: readonly string[];
  readonly text: string;
}

/** Sends bytes on a fresh server; all answers must be JSON and say how long they are. */
async function answersTo(bytes: string | Buffer): Promise<Answers> {
  const seen: string[] = [];
  const handle: Handle = (request) => {
    seen.push(request.target);
    return echo(request);
  };
  const mounts = healthMounts({ ready: () => true, metrics: createMetrics(), admit: async () => undefined });
  const { port } = await serve({ handle, mounts });
  const text = await raw(port, bytes);
  const told = text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((answer) => answer !== "")
    .map((answer) => {
      const [head = "", body = ""] = answer.split("\r\n\r\n");
      expect(head).toMatch(/\r\nContent-Type: application\/json/i);
      expect(head).toMatch(new RegExp(`\\r\\nContent-Length: ${Buffer.byteLength(body, "latin1")}(?:\\r\\n|$)`, "i"));
      const json = JSON.parse(body) as { readonly error?: { readonly code: string }; readonly target?: string; readonly baseUrl?: string };
      return `${head.split(" ")[1]} ${json.error?.code ?? `${json.baseUrl ?? ""}${json.target ?? ""}`}`;
    });
  return { told, seen, text };
}

describe("versions and Host (RFC 9112, 2.3 and 3.2)", () => {
  test("HTTP/1.0 needs no Host: probes of load balancers send none", async () => {
    expect((await answersTo("GET /healthz HTTP/1.0\r\n\r\n")).told).toEqual(["200 "]);
    expect((await answersTo("GET /v1.0/x HTTP/1.0\r\n\r\n")).told).toEqual([expect.stringMatching(/^200 http:\/\/127\.0\.0\.1:\d+\/v1\.0\/x$/)]);
    expect((await answersTo(`GET /v1.0/x HTTP/1.0\r\n${host}\r\n`)).told).toEqual(["200 http://h/v1.0/x"]);
  });

  test.each([
    ["HTTP/2.0", `GET /v1.0/x HTTP/2.0\r\n${host}\r\n`],
    ["HTTP/1.2", `GET /v1.0/x HTTP/1.2\r\n${host}\r\n`],
    ["HTTP/3.0", `GET /v1.0/x HTTP/3.0\r\n${host}\r\n`],
    ["HTTP/0.9", `GET /v1.0/x HTTP/0.9\r\n${host}\r\n`],
    ["no version", "GET /v1.0/x\r\n\r\n"],
    ["HTTP/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("%s is 505, and the connection ends", async (_, bytes) => {
    const { told, seen, text } = await answersTo(bytes);
    expect([told, seen]).toEqual([["505 HttpVersionNotSupported"], []]);
    expect(text).toMatch(/\r\nConnection: close\r\n/i);
  });

  const bad = ["", `${host}${host}`, `${host}Host: i\r\n`, "Host:\r\n", "Host: a@b\r\n", "Host: a,b\r\n", "Host: a b\r\n", "Host: a:99999\r\n", "Host: [::::]\r\n", "Host: 1.2.3.999\r\n", "Host: a/b\r\n", "Host: a?b\r\n"]; // prettier-ignore
  test.each(bad)("a wrong Host is 400: %j", async (fields) => {
    const { told, seen } = await answersTo(`GET /v1.0/x HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`);
    expect([told, seen]).toEqual([["400 BadRequest"], []]);
  });

  test("a wrong Host is 400 under a configured public URL, too", async () => {
    const { port } = await serve({ publicUrl: "https://hub.example.com" });
    expect(await raw(port, `GET /v1.0/x HTTP/1.1\r\n${host}${host}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(port, get("/v1.0/x"))).toContain('"baseUrl":"https://hub.example.com"');
  });
});

describe("targets in absolute form (RFC 9112, 3.2.2)", () => {
  test.each([
    ["http://other:81/v1.0/x?y", "200 http://other:81/v1.0/x?y"],
    ["HTTP://OTHER/v1.0/x", "200 http://other/v1.0/x"],
    ["http://[::1]:80/v1.0/x", "200 http://[::1]:80/v1.0/x"],
    ["http://other?x", "200 http://other/?x"],
  ])("%s: the target's authority makes the links, not the Host's", async (target, told) => {
    expect((await answersTo(get(target))).told).toEqual([told]);
  });

  test.each(["https://other/v1.0/x", "ftp://other/v1.0/x", "http://a@b/v1.0/x", "http:///v1.0/x", "http://other:99999/v1.0/x", "*", "a:80"])(
    "%s is 400",
    async (target) => {
      expect((await answersTo(get(target))).told).toEqual(["400 BadRequest"]);
    },
  );

  test("a Host is needed all the same, and it must be one", async () => {
    expect((await answersTo("GET http://other/v1.0/x HTTP/1.1\r\nConnection: close\r\n\r\n")).told).toEqual(["400 BadRequest"]);
    expect((await answersTo(`GET http://other/v1.0/x HTTP/1.1\r\n${host}${host}Connection: close\r\n\r\n`)).told).toEqual(["400 BadRequest"]);
  });
});

describe("lengths of bodies (RFC 9112, 6): nothing is smuggled", () => {
  const unknownCoding = ["gzip, chunked", "gzip", "identity", "xchunked", "chunked;q=1", ", chunked", '"chunked"', "chunked, identity"];
  test.each(unknownCoding)("Transfer-Encoding %j is 501 or 400, and the connection ends", async (coding) => {
    const { told, seen } = await answersTo(post(`Transfer-Encoding: ${coding}\r\n`, `0\r\n\r\n${smuggled}`));
    expect([told, seen]).toEqual([[expect.stringMatching(/^(?:501 NotImplemented|400 BadRequest)$/)], []]);
  });

  test("gzip before chunked is 501: it would be read as what it is not (6.1)", async () => {
    const { told, text } = await answersTo(post("Transfer-Encoding: gzip, chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"));
    expect(told).toEqual(["501 NotImplemented"]);
    expect(text).toContain("The transfer coding 'gzip, chunked' is not supported");
  });

  const cases: readonly (readonly [string, string])[] = [
    ["Content-Length before Transfer-Encoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["Transfer-Encoding before Content-Length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", `0\r\n\r\n${smuggled}`)],
    ["two codings in two fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", `0\r\n\r\n${smuggled}`)],
    ["chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["chunked not last", post("Transfer-Encoding: chunked, gzip\r\n", `0\r\n\r\n${smuggled}`)],
    ["an empty Transfer-Encoding", post("Transfer-Encoding: \r\n", smuggled)],
    ["a vertical tab before chunked", post("Transfer-Encoding: \x0bchunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["Transfer-Encoding with a space before the colon", post("Transfer-Encoding : chunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["Transfer-Encoding on a folded line", post("Transfer-Encoding:\r\n chunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["Transfer-Encoding in HTTP/1.0", `POST /v1.0/x HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ["the same length twice", post("Content-Length: 3\r\nContent-Length: 3\r\n", `abc${smuggled}`)],
    ["two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", `abcd${smuggled}`)],
    ["a list of lengths", post("Content-Length: 3, 3\r\n", `abc${smuggled}`)],
    ...["-1", "+3", "0x3", "3_0", "3 4", "3.0", "", "٣", "99999999999999999999"].map(
      (length) => [`the length '${length}'`, post(`Content-Length: ${length}\r\n`, `abc${smuggled}`)] as const,
    ),
    ["a chunk size in hexadecimal notation", chunked(`0x3\r\nabc\r\n0\r\n\r\n${smuggled}`)],
    ["a chunk size below zero", chunked(`-3\r\nabc\r\n0\r\n\r\n${smuggled}`)],
    ["a chunk size beyond all numbers", chunked(`fffffffffffffffff\r\nabc\r\n0\r\n\r\n${smuggled}`)],
    ["a space behind a chunk size", chunked(`3 \r\nabc\r\n0\r\n\r\n${smuggled}`)],
    ["a chunk longer than its size", chunked(`3\r\nabcd\r\n0\r\n\r\n${smuggled}`)],
    ["chunk lines that end with LF", chunked(`3\nabc\n0\n\n${smuggled}`)],
    ["a chunk extension that ends with LF", chunked(`3;a\nabc\r\n0\r\n\r\n${smuggled}`)],
    ["a chunk extension without end", chunked(`3;${"a".repeat(30_000)}\r\nabc\r\n0\r\n\r\n${smuggled}`)],
    ["a length in the trailers", chunked(`0\r\nContent-Length: 5\r\n\r\n${smuggled}`)],
    ["a coding in the trailers", chunked(`0\r\nTransfer-Encoding: chunked\r\n\r\n${smuggled}`)],
    ["a trailer with a space before the colon", chunked(`0\r\nX : y\r\n\r\n${smuggled}`)],
  ];
  test.each(cases)("%s is 400, and the connection ends", async (_, bytes) => {
    const { told, seen, text } = await answersTo(bytes);
    expect([told, seen]).toEqual([["400 BadRequest"], []]);
    expect(text).toMatch(/\r\nConnection: close\r\n/i);
  });

  test("endless trailers are 431", async () => {
    expect((await answersTo(chunked(`0\r\n${"X: 0123456789\r\n".repeat(6_000)}\r\n`))).told).toEqual(["431 RequestHeaderFieldsTooLarge"]);
  });

  test("trailers are read and do nothing: they bring no token", async () => {
    const { told, text } = await answersTo(chunked("3\r\nabc\r\n0\r\nAuthorization: Bearer t\r\nX: y\r\n\r\n"));
    expect(told).toEqual(["200 http://h/v1.0/x"]);
    expect(text).toContain('"body":"abc","authorization":null');
  });

  test("chunk extensions are skipped", async () => {
    expect((await answersTo(chunked('3;a=b;c="d"\r\nabc\r\n0;e\r\n\r\n'))).text).toContain('"body":"abc"');
  });

  test("a GET's body is a body, not the next request", async () => {
    const { seen } = await answersTo(get("/v1.0/x", `Content-Length: ${smuggled.length}\r\n`).replace("Connection: close\r\n", "") + smuggled + get("/v1.0/y"));
    expect(seen).toEqual(["/v1.0/x", "/v1.0/y"]);
  });

  test("a body in very many pieces comes together", async () => {
    const { text } = await answersTo(chunked(`${"1\r\na\r\n2\r\nbc\r\n".repeat(3_000)}0\r\n\r\n`));
    expect(text).toContain(`"body":"${"abc".repeat(3_000)}"`);
  });
});

describe("lines and characters (RFC 9112, 2.2 and 5; RFC 9110, 5.5)", () => {
  const cases: readonly (readonly [string, string | Buffer])[] = [
    ["lines that end with LF", "GET /v1.0/x HTTP/1.1\nHost: h\n\n"],
    ["a field that ends with LF", get("/v1.0/x", "X: a\nY: b\r\n")],
    ["a head that ends with LF", `GET /v1.0/x HTTP/1.1\r\n${host}X: a\r\n\n`],
    ["a bare CR in a value", get("/v1.0/x", "X: a\rY: b\r\n")],
    ["CR CR LF", get("/v1.0/x", "X: a\r\r\n")],
    ["a folded line", get("/v1.0/x", "X: a\r\n b\r\n")],
    ["a space before the first field", `GET /v1.0/x HTTP/1.1\r\n X: a\r\n${host}\r\n`],
    ["a space before the colon", get("/v1.0/x", "X : a\r\n")],
    ["a tab before the colon", get("/v1.0/x", "X\t: a\r\n")],
    ["a field without colon", get("/v1.0/x", "X\r\n")],
    ["a field without name", get("/v1.0/x", ": a\r\n")],
    ["U+0000 in a value", get("/v1.0/x", "X: a\0b\r\n")],
    ["U+0000 in a name", get("/v1.0/x", "X\0: a\r\n")],
    ["U+0000 in the target", get("/v1.0/x\0y")],
    ["a control character in a value", get("/v1.0/x", "X: a\x01b\r\n")],
    ["U+007F in a value", get("/v1.0/x", "X: a\x7fb\r\n")],
    ["a byte above 127 in a name", Buffer.from(get("/v1.0/x", "X\xe9: a\r\n"), "latin1")],
    ["a byte above 127 in the target", Buffer.from(get("/v1.0/x\xe9"), "latin1")],
    ["UTF-8 in the target that is not percent-encoded", get("/v1.0/xé")],
    ["a space in the target", get("/v1.0/x y")],
    ["a tab on the request line", "GET\t/v1.0/x\tHTTP/1.1\r\nHost: h\r\n\r\n"],
    ["a method in small letters", "get /v1.0/x HTTP/1.1\r\nHost: h\r\n\r\n"],
    ["a protocol in small letters", "GET /v1.0/x http/1.1\r\nHost: h\r\n\r\n"],
    ["a relative target", get("v1.0/x")],
  ];
  test.each(cases)("%s: 400", async (_, bytes) => {
    const { told, seen } = await answersTo(bytes);
    expect([told, seen]).toEqual([["400 BadRequest"], []]);
  });

  test("empty lines before a request are skipped (2.2)", async () => {
    expect((await answersTo(`\r\n\r\n${get("/v1.0/x")}`)).told).toEqual(["200 http://h/v1.0/x"]);
  });

  test.each([
    ["an offer of HTTP/2", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"],
    ["an offer of WebSocket", "Connection: Upgrade\r\nUpgrade: websocket\r\n"],
    ["another method in a header", "X-HTTP-Method-Override: DELETE\r\n"],
    ["another host in a header", "X-Forwarded-Host: evil\r\nForwarded: host=evil\r\n"],
    ["an expectation nobody knows", "Expect: 200-maybe\r\n"],
  ])("%s changes nothing", async (_, fields) => {
    const { told, text } = await answersTo(get("/v1.0/x", fields));
    expect(told).toEqual(["200 http://h/v1.0/x"]);
    expect(text).toContain('"method":"GET"');
  });
});

describe("answers keep their order (RFC 9112, 9.3.2)", () => {
  test("what is no request, behind one that is at work, is refused after its answer", async () => {
    const handle: Handle = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return echo(request);
    };
    const { port } = await serve({ handle });
    const ahead = `GET /v1.0/one HTTP/1.1\r\n${host}\r\nGET /v1.0/two HTTP/1.1\r\n${host}\r\n`;
    const answer = await raw(port, `${ahead}GET /v1.0/x HTTP/1.1\r\nbad line\r\n\r\n${smuggled}`);
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)|"target":"([^"]+)"/g)].map(([, status, target]) => status ?? target)).toEqual(["200", "/v1.0/one", "200", "/v1.0/two", "400"]); // prettier-ignore
  });

  test("a body that breaks off badly is refused at once", async () => {
    const { port } = await serve();
    const answer = await raw(port, `GET /v1.0/one HTTP/1.1\r\n${host}\r\n${post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nzz\r\n")}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
  });
});
