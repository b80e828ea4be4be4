import { createServer, ServerResponse, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeHead } from "../../src/http/writeHead.ts";

/** Answers `/own` by writeHead and all else by Node, both with the fields of the moment. */
let fields: string[] = [];
let fault: unknown;
const kept = ["Connection", "keep-alive", "Keep-Alive", "timeout=5"];
const server = createServer((request, response) => {
  try {
    if (request.url === "/own") writeHead(response, 201, [...fields, ...kept]);
    else response.writeHead(201, fields);
    response.end("body", "latin1");
  } catch (error) {
    fault = error;
    response.writeHead(500, ["Content-Length", "0"]).end();
  }
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

/** The bytes of the answers to requests that follow each other on one connection. */
function answersTo(...paths: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const last = paths.length - 1;
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk) => (text += String(chunk)));
    socket.on("end", () => resolve(text)).on("error", reject);
    for (const [index, path] of paths.entries()) socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${index === last ? "Connection: close\r\n" : ""}\r\n`);
  });
}

/** The first line, the fields in alphabetical order, the body. */
async function answerTo(path: string): Promise<string> {
  const [first] = (await answersTo(path, "/node")).split(/(?<=\r\n\r\nbody)/);
  const [line, ...rest] = first!.replace(/Date: [^\r]+/, "Date: now").split("\r\n");
  return [line, ...rest.slice(0, -2).toSorted(), ...rest.slice(-2)].join("\r\n");
}

describe("writeHead", () => {
  test("writes the bytes that Node writes, fields in their own order, again and again, also when a value changes", async () => {
    for (const etag of ['W/"1"', 'W/"1"', 'W/"2"', 'W/"1"', "", "é\tü"]) {
      fields = ["Content-Type", "text/plain", "Content-Length", "4", "ETag", etag, "X-Same", "x"];
      const own = await answerTo("/own");
      expect(own).toBe(await answerTo("/node"));
      expect(own).toContain(`ETag: ${etag}\r\n`);
    }
  });

  test("tells the time as Node does", async () => {
    fields = ["Content-Length", "4"];
    const [before, own, after] = (await answersTo("/node", "/own", "/node")).split("body").map((text) => /Date: ([^\r]+)/.exec(text)?.[1]);
    expect(own).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    // Node keeps its time for up to a second.
    expect(Date.parse(own!)).toBeGreaterThanOrEqual(Date.parse(before!) - 1000);
    expect(Date.parse(own!)).toBeLessThanOrEqual(Date.parse(after!) + 1000);
  });

  test.each(["a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b", "čĊ", "\u010d\u010aX: 1", "\x7f"])(
    "refuses %j in a field, also where the same field was well before",
    async (value) => {
      fields = ["Content-Length", "4", "X-Sent", "well"];
      expect(await answerTo("/own")).toContain("X-Sent: well");
      fields = ["Content-Length", "4", "X-Sent", value];
      fault = undefined;
      expect(await answersTo("/own", "/own")).not.toContain("X-Sent");
      expect(fault).toBeInstanceOf(TypeError);
    },
  );

  test("leaves the head to a Node that keeps it elsewhere", () => {
    const response = new ServerResponse({ method: "GET", httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
    const headers: unknown[] = [];
    Object.assign(response, { _header: undefined, writeHead: (...given: unknown[]) => headers.push(given) });
    writeHead(response, 200, ["Content-Length", "4"]);
    expect(headers).toEqual([[200, ["Content-Length", "4"]]]);
  });
});
