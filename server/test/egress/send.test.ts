import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { SpanKind, SpanStatusCode, context, propagation, trace } from "@opentelemetry/api";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createCallTracing } from "../../src/egress/traceCalls.ts";
import { registerMemoryTracer } from "../http/memoryTracer.ts";
import type { MemorySpan } from "../http/memoryTracer.ts";
import { faultOf, openEgress, plainHere, post, serveHttp, serveRaw } from "./grounds.ts";

interface Seen {
  readonly head: string;
  readonly body: string;
}

async function receiver(
  answer: (request: IncomingMessage) => { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string } = () => ({}),
) {
  const seen: Seen[] = [];
  const url = await serveHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => take(request, response, Buffer.concat(chunks).toString()));
  });
  function take(request: IncomingMessage, response: ServerResponse, sent: string): void {
    const fields = request.rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${request.rawHeaders[index + 1]}`] : []));
    seen.push({ head: [`${request.method} ${request.url}`, ...fields].join("\n"), body: sent });
    const { status = 202, headers = {}, body = "" } = answer(request);
    response.writeHead(status, headers).end(body);
  }
  return { url, seen };
}

describe("a call", () => {
  test("goes out as it was written, with nothing of its own but a name", async () => {
    const { url, seen } = await receiver(() => ({ headers: { "X-Given": "1" }, body: "thanks" }));
    const egress = openEgress({ allow: plainHere });
    const { status, headers, body } = await egress.send(post(`${url}?code=1&b=%20`));
    expect({ status, body: body.toString(), given: headers["x-given"] }).toEqual({ status: 202, body: "thanks", given: "1" });
    expect(seen).toEqual([
      {
        head: `POST /hook?code=1&b=%20\nhost: ${new URL(url).host}\nconnection: keep-alive\nuser-agent: secgraph\naccept-encoding: identity\ncontent-type: application/json\ncontent-length: 12`,
        body: '{"value":[]}',
      },
    ]);
  });

  test("a bearer token and the signature of the body, by Standard Webhooks 1.0, with one secret and while it is changed", async () => {
    const { url, seen } = await receiver();
    const egress = openEgress({ allow: plainHere });
    const [key, older] = [Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64"), "an older secret of some length"];
    await egress.send(post(url, { bearer: "a.b-c", signing: { keys: [key, older], id: "msg_1", at: 1_614_265_330 }, body: '{"test": 2432232314}' }));
    const hmac = (secret: string | Buffer): string => createHmac("sha256", secret).update('msg_1.1614265330.{"test": 2432232314}').digest("base64");
    expect(seen[0]!.head).toMatch(/^authorization: Bearer a\.b-c$/m);
    expect(seen[0]!.head).toMatch(/^webhook-id: msg_1$/m);
    expect(seen[0]!.head).toMatch(/^webhook-timestamp: 1614265330$/m);
    expect(seen[0]!.head).toContain(`webhook-signature: v1,${hmac(key)} v1,${hmac(older)}`);
    expect(seen[0]!.body).toBe('{"test": 2432232314}');
  });

  test.each([
    { headers: { Host: "elsewhere.example" } },
    { headers: { "Content-Length": "5" } },
    { headers: { "Transfer-Encoding": "chunked" } },
    { headers: { Cookie: "a=b" } },
    { headers: { "Proxy-Authorization": "x" } },
    { headers: { Connection: "close" } },
    { headers: { "accept-encoding": "gzip" } },
    { headers: { "webhook-signature": "v1,forged" } },
    { headers: { "x-a": "1\r\nx-b: 2" } },
    { headers: { "x-a": "1\u0000" } },
    { headers: { "x-a": "\u{1f600}" } },
    { headers: { "x-a\r\nx-b": "1" } },
    { headers: { "": "1" } },
    { bearer: "a b" },
    { bearer: "a\r\nx-b: 2" },
    { signing: { keys: ["k"], id: "a.b\r\nx: 1" } },
  ])("%j is not sent", async (more) => {
    const { url, seen } = await receiver();
    const fault = await faultOf(openEgress({ allow: plainHere }).send(post(url, more)));
    expect(fault).toMatchObject({ reason: "request", sent: "never" });
    expect(seen).toEqual([]);
  });

  test.each([300, 301, 302, 303, 305, 307, 308])("a redirect with %i is an answer, nothing follows it", async (status) => {
    const { url, seen } = await receiver(() => ({ status, headers: { Location: "/elsewhere" } }));
    expect((await openEgress({ allow: plainHere }).send(post(url))).status).toBe(status);
    expect(seen).toHaveLength(1);
  });

  test("cookies are not kept", async () => {
    const { url, seen } = await receiver(() => ({ headers: { "Set-Cookie": "id=1; Path=/" } }));
    const egress = openEgress({ allow: plainHere });
    await egress.send(post(url));
    await egress.send(post(url));
    expect(seen).toHaveLength(2);
    expect(seen.map(({ head }) => head).join("\n")).not.toMatch(/cookie/i);
  });

  test("no proxy of the environment is asked", async () => {
    let proxied = 0;
    const proxy = await serveRaw((socket) => {
      proxied += 1;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    for (const name of ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) vi.stubEnv(name, proxy);
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url, seen } = await receiver();
    await openEgress({ allow: plainHere }).send(post(url));
    expect([seen.length, proxied]).toEqual([1, 0]);
  });

  test("one after the other they share connections", async () => {
    const ports = new Set<number | undefined>();
    const url = await serveHttp((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on("end", () => response.writeHead(204).end());
    });
    const egress = openEgress({ allow: plainHere });
    for (let n = 0; n < 9; n += 1) expect((await egress.send(post(url))).status).toBe(204);
    // The library lets a connection rest for a turn of the event loop.
    expect(ports.size).toBeLessThanOrEqual(2);
    expect(egress.figures().pools).toBe(1);
  });

  test("what is counted: outcomes by purpose, times, nothing left behind", async () => {
    const { url } = await receiver((request) => ({ status: Number(request.url!.slice(6)) }));
    const egress = openEgress({ allow: plainHere });
    for (const status of [200, 204, 302, 404, 500]) await egress.send(post(`${url}/${status}`));
    await faultOf(egress.send(post("https://127.0.0.2/")));
    await faultOf(egress.send(post("https://a:b@c/", { purpose: "connector" })));
    const { outcomes, durations, running, waiting } = egress.figures();
    expect([...outcomes].map(([purpose, counts]) => [purpose, Object.fromEntries(counts)])).toEqual([
      ["notification", { "2xx": 2, "3xx": 1, "4xx": 1, "5xx": 1, forbidden: 1 }],
      ["connector", { credentials: 1 }],
    ]);
    expect(durations.get("notification")).toMatchObject({ count: 6 });
    expect({ running, waiting }).toEqual({ running: 0, waiting: 0 });
  });

  test("when the program stops, calls under way end and new ones are refused", async () => {
    let calls = 0;
    const url = await serveHttp(() => void (calls += 1));
    const egress = openEgress({ allow: plainHere });
    const under = faultOf(egress.send(post(url)));
    await expect.poll(() => calls).toBe(1);
    await egress.close();
    expect(await under).toMatchObject({ reason: "stopped", sent: "perhaps" });
    expect(await faultOf(egress.send(post(url)))).toMatchObject({ reason: "stopped", sent: "never" });
  });
});

test("a call is a client span below the current one, without path and query", async () => {
  const spans: MemorySpan[] = [];
  registerMemoryTracer((span) => void spans.push(span));
  onTestFinished(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
  const { url } = await receiver((request) => ({ status: request.url === "/hook?secret=1" ? 200 : 500 }));
  const port = Number(new URL(url).port);
  const egress = openEgress({ allow: plainHere, trace: (await createCallTracing("1"))! });
  await egress.send(post(`${url}?secret=1`));
  await egress.send(post(url));
  await faultOf(egress.send(post("https://10.0.0.1/secret")));
  const common = { "http.request.method": "POST", "secgraph.purpose": "notification" };
  const here = { ...common, "url.scheme": "http", "server.address": "127.0.0.1", "server.port": port };
  expect(spans.map(({ kind, attributes, status }) => ({ kind, attributes, status }))).toEqual([
    { kind: SpanKind.CLIENT, attributes: { ...here, "http.response.status_code": 200 }, status: undefined },
    { kind: SpanKind.CLIENT, attributes: { ...here, "http.response.status_code": 500, "error.type": "500" }, status: SpanStatusCode.ERROR },
    {
      kind: SpanKind.CLIENT,
      attributes: { ...common, "url.scheme": "https", "server.address": "10.0.0.1", "server.port": 443, "error.type": "forbidden" },
      status: SpanStatusCode.ERROR,
    },
  ]);
});

test("without an SDK there are no spans at all", async () => {
  expect(await createCallTracing("1")).toBeUndefined();
});
