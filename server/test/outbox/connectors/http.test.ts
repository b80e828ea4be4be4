import { createHmac } from "node:crypto";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { httpConnection } from "../../../src/outbox/connectors/http/httpConnection.ts";
import type { Order, Report } from "../../../src/outbox/dispatch/connection.ts";
import { certify } from "../../egress/certificates.ts";
import { listenOn, openEgress, plainHere, serveHttp, serveRaw } from "../../egress/grounds.ts";
import { orderOf, withAction } from "./orders.ts";

interface Got {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answers = (got: Got, response: ServerResponse) => void;

/** A firewall that answers as it is told, and what it was asked. */
async function firewall(answers: Answers): Promise<{ readonly url: string; readonly got: Got[] }> {
  const got: Got[] = [];
  const url = await serveHttp((request, response) => {
    void text(request).then((body) => {
      const one = { method: request.method!, url: request.url!, headers: request.headers, body };
      got.push(one);
      answers(one, response);
    });
  });
  return { url, got };
}

const never = new AbortController().signal;
const connect = () => httpConnection({ egress: openEgress({ allow: plainHere }), clock: Date.now });
const deliver = (order: Order, signal = never): Promise<Report> => connect().deliver(order, signal);
const done: Answers = (_, response) => void response.end();
const answering =
  (status: number, headers: Record<string, string> = {}, body = ""): Answers =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

describe("an endpoint is told", () => {
  test("the whole order, where there is no template, with its id as key and a token that grows", async () => {
    const { url, got } = await firewall(done);
    const report = await deliver(orderOf("http", { url }));
    expect(report).toMatchObject({ kind: "completed", statusCode: 200 });
    const [{ method, headers, body }] = got as [Got];
    expect([method, headers["content-type"], headers["idempotency-key"], headers["x-fencing-token"]]).toEqual([
      "POST",
      "application/json",
      "0199b3ac-0000-7000-8000-000000000001",
      "7",
    ]);
    expect(JSON.parse(body)).toMatchObject({ name: "BlockIp", parameters: { ip: "203.0.113.9" }, attempt: 1, fencingToken: 7, hub: "hub-1", undoes: null });
  });

  test("what its templates say, for each action its own", async () => {
    const { url, got } = await firewall(done);
    const settings: JsonObject = {
      url: `${url}/{parameters.ip}?why={action.reason}`,
      method: "PUT",
      headers: [{ name: "X-Attempt", value: "{attempt}" }],
      body: '{"address":"{parameters.ip}","of":"secgraph {action.id}"}',
      requests: [{ action: "UnblockIp", method: "DELETE", url: `${url}/{parameters.ip}`, body: "" }],
    };
    const order = orderOf("http", settings);
    await deliver(order);
    await deliver(withAction(order, { name: "UnblockIp" }));
    expect(got.map(({ method, url: path, body }) => [method, path, body])).toEqual([
      ["PUT", "/hook/203.0.113.9?why=seen", '{"address":"203.0.113.9","of":"secgraph 0199b3ac-0000-7000-8000-000000000001"}'],
      ["DELETE", "/hook/203.0.113.9", ""],
    ]);
    expect(got[0]!.headers["x-attempt"]).toBe("1");
  });

  test("nothing when a value does not fit", async () => {
    const { url, got } = await firewall(done);
    const settings = { url: `${url}/{parameters.ip}`, method: "DELETE" };
    for (const ip of ["", "..", "../all", "a\r\nX: y", "\ud800"]) {
      const report = await deliver(withAction(orderOf("http", settings), { parameters: { ip } }));
      expect(report, ip).toMatchObject({ kind: "failed", retry: false, error: { code: "parameters" } });
    }
    expect(await deliver(withAction(orderOf("http", settings), { parameters: {} }))).toMatchObject({ error: { message: "{parameters.ip} has no value." } });
    expect(got).toEqual([]);
  });
});

describe("an endpoint knows who calls", () => {
  test("by a signature over id, time and body that a stale or altered call does not have", async () => {
    const { url, got } = await firewall(done);
    const key = Buffer.from("a key of thirty-two bytes, really");
    await deliver(orderOf("http", { url }, { secrets: [{ scheme: "hmac", secret: `whsec_${key.toString("base64")}` }] }));
    const [{ headers, body }] = got as [Got];
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = headers;
    expect(id).toBe("0199b3ac-0000-7000-8000-000000000001");
    expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
    expect(signature).toBe(
      `v1,${createHmac("sha256", key)
        .update(`${id as string}.${at as string}.${body}`)
        .digest("base64")}`,
    );
  });

  test.each([
    ["bearer", { secret: "tok-123456" }, { authorization: "Bearer tok-123456" }],
    ["basic", { userName: "hub", secret: "pä:ss" }, { authorization: `Basic ${Buffer.from("hub:pä:ss").toString("base64")}` }],
    ["apiKey", { name: "X-Key", secret: "key-123456" }, { "x-key": "key-123456" }],
  ])("by %s, and what is kept of the call does not know it, not even from an echo", async (scheme, credential, fields) => {
    const { url, got } = await firewall(({ headers }, response) => void response.end(JSON.stringify(headers)));
    const report = await deliver(orderOf("http", { url: `${url}?api_key=abcdef` }, { secrets: [{ scheme, ...credential }] }));
    expect(got[0]!.headers).toMatchObject(fields);
    const kept = `${report.request!}${report.response!}`;
    expect(kept).toContain("***");
    for (const secret of [credential.secret, ...Object.values(fields).map((field) => field.split(" ").at(-1)!), "abcdef"]) expect(kept).not.toContain(secret);
  });

  test("by a certificate", async () => {
    const ca = await certify([]);
    const server = createServer({ ...(await certify(["127.0.0.1"], ca)), ca: ca.cert, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      response.end(String((request.socket as TLSSocket).authorized));
    });
    const port = await listenOn(server);
    const own = await certify(["secgraph"], ca);
    const egress = openEgress();
    // Whom it trusts is the process's own setting, which a test cannot change.
    const trusting = { send: (call: Parameters<typeof egress.send>[0]) => egress.send({ ...call, identity: { ...call.identity, ca: ca.cert } }) };
    const connection = httpConnection({ egress: trusting, clock: Date.now });
    const order = orderOf("http", { url: `https://127.0.0.1:${port}/x` });
    expect(await connection.deliver({ ...order, secrets: [{ scheme: "mtls", certificate: own.cert, key: own.key }] }, never)).toMatchObject({
      kind: "completed",
    });
    expect((await connection.deliver(order, never)).kind).not.toBe("completed");
  });
});

describe("an answer means", () => {
  test.each([
    [200, {}, { kind: "completed" }],
    [204, {}, { kind: "completed" }],
    [202, { location: "/jobs/1", "retry-after": "2" }, { kind: "accepted", pollAfter: 2000 }],
    // Nobody can be asked: it is reported.
    [202, {}, { kind: "accepted", pollAfter: 2_147_483_647 }],
    [202, { location: "https://elsewhere.example/jobs/1" }, { kind: "accepted", pollAfter: 2_147_483_647 }],
    [302, { location: "/other" }, { kind: "failed", retry: false }],
    [400, {}, { kind: "failed", retry: false, error: { code: "http400", message: "The endpoint answered 400." } }],
    [404, {}, { kind: "failed", retry: false }],
    [408, {}, { kind: "failed", retry: true }],
    [409, {}, { kind: "failed", retry: false }],
    [409, { "x-fencing-token": "9" }, { kind: "unknown", error: { code: "staleToken" } }],
    [425, {}, { kind: "failed", retry: true }],
    [429, { "retry-after": "7" }, { kind: "busy", retryAfter: 7000 }],
    [429, { "retry-after": "tomorrow" }, { kind: "busy" }],
    [500, {}, { kind: "failed", retry: true }],
    [501, {}, { kind: "failed", retry: false }],
    [502, {}, { kind: "unknown" }],
    [503, {}, { kind: "failed", retry: true }],
    [503, { "retry-after": "1" }, { kind: "busy", retryAfter: 1000 }],
    [504, {}, { kind: "unknown" }],
  ])("%i %j", async (status, headers, report) => {
    const { url } = await firewall(answering(status, headers));
    expect(await deliver(orderOf("http", { url }))).toMatchObject({ ...report, statusCode: status });
  });

  test.each([
    ['{"state":"done"}', { kind: "completed" }],
    ['{"state":"open","id":17}', { kind: "accepted", handle: "17" }],
    [
      '{"state":"no","why":"it is the gateway\\u0000"}',
      { kind: "failed", retry: false, error: { code: "no", message: "The endpoint answered 200: it is the gateway\ufffd" } },
    ],
    ['{"state":"?"}', { kind: "unknown", error: { code: "rubbish" } }],
    ['{"__proto__":{"state":"done"}}', { kind: "unknown" }],
    ["<html>", { kind: "unknown" }],
    ["", { kind: "unknown" }],
    [`{"state":"done","x":"${"x".repeat(70_000)}"}`, { kind: "unknown", error: { code: "rubbish" } }],
  ])("what its member says: %.60s", async (body, report) => {
    const { url } = await firewall(answering(200, {}, body));
    const settings = {
      url,
      statusPointer: "/state",
      completedValues: ["done"],
      runningValues: ["open"],
      failedValues: ["no"],
      handlePointer: "/id",
      messagePointer: "/why",
    };
    expect(await deliver(orderOf("http", settings))).toMatchObject(report);
  });

  test("nothing certain, once the call was sent and no answer came", async () => {
    const silent = await firewall(() => undefined);
    expect(await deliver(orderOf("http", { url: silent.url }, { deadline: Date.now() + 150 }))).toMatchObject({ kind: "unknown", error: { code: "timeout" } });
    const closing = await serveRaw((socket) => void socket.once("data", () => socket.destroy()));
    expect(await deliver(orderOf("http", { url: closing }))).toMatchObject({ kind: "unknown", error: { code: "closed" } });
    const rubbish = await serveRaw((socket) => void socket.once("data", () => socket.end("rubbish\r\n\r\n")));
    expect(await deliver(orderOf("http", { url: rubbish }))).toMatchObject({ kind: "unknown", error: { code: "protocol" } });
    const stop = new AbortController();
    const waiting = deliver(orderOf("http", { url: silent.url }), stop.signal);
    setTimeout(() => stop.abort(), 50);
    expect(await waiting).toMatchObject({ kind: "unknown", error: { code: "stopped" } });
  });

  test("that nothing happened, when nobody was reached or may be", async () => {
    const { url, got } = await firewall(done);
    expect(await deliver(orderOf("http", { url: "http://127.0.0.1:1/" }))).toMatchObject({ kind: "failed", retry: true, error: { code: "connect" } });
    expect(await deliver(orderOf("http", { url: "https://169.254.169.254/" }))).toMatchObject({ kind: "failed", retry: false, error: { code: "forbidden" } });
    expect(await deliver(orderOf("http", { url }), AbortSignal.abort())).toMatchObject({ kind: "failed", retry: true, error: { code: "stopped" } });
    expect(got).toEqual([]);
  });

  test("what its status says, though the rest is endless or slow", async () => {
    const { url } = await firewall((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x".repeat(40_000)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const report = await deliver(orderOf("http", { url }));
    expect(report.kind).toBe("completed");
    expect(report.response!.length).toBeLessThanOrEqual(16_384);
    const slow = await firewall((_, response) => void response.writeHead(200).write("x"));
    expect(await deliver(orderOf("http", { url: slow.url }, { deadline: Date.now() + 150 }))).toMatchObject({ kind: "completed" });
  });
});

describe("work that runs on", () => {
  test("is asked for where its Location led, until it is done", async () => {
    let asked = 0;
    const { url, got } = await firewall((one, response) => {
      if (one.method === "POST") return void response.writeHead(202, { location: "/jobs/{1}?a=b" }).end();
      asked += 1;
      return void response.writeHead(asked === 1 ? 202 : asked === 2 ? 503 : 200).end();
    });
    const order = orderOf("http", { url, method: "POST" });
    const first = (await deliver(order)) as Extract<Report, { kind: "accepted" }>;
    expect(first.handle).toBe(url.replace("/hook", "/jobs/%7B1%7D?a=b"));
    const { poll } = connect();
    const kinds = [await poll!(order, first.handle!, never), await poll!(order, first.handle!, never), await poll!(order, first.handle!, never)].map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(["accepted", "accepted", "completed"]);
    expect(got[1]).toMatchObject({ method: "GET", url: "/jobs/%7B1%7D?a=b", body: "" });
    expect(got[1]!.headers["idempotency-key"]).toBeUndefined();
  });

  test("is never asked for elsewhere than the connector leads", async () => {
    const { url } = await firewall(done);
    const other = await firewall(done);
    const { poll } = connect();
    for (const handle of [other.url, "", "job 7"])
      expect(await poll!(orderOf("http", { url }), handle, never)).toEqual({ kind: "accepted", pollAfter: 2_147_483_647 });
    expect(other.got).toEqual([]);
  });

  test("is asked for and ended as the templates say", async () => {
    const { url, got } = await firewall((one, response) => void response.end(one.url.includes("state") ? '{"s":"failed"}' : ""));
    const call = { statusPointer: "/s", completedValues: ["ok"], failedValues: ["failed"] };
    const settings = {
      url,
      ...call,
      poll: { url: `${url}/state/{handle}` },
      cancel: { url: `${url}/stop/{handle}`, method: "POST", body: '{"job":"{handle}"}' },
    };
    const { poll, cancel } = connect();
    const order = orderOf("http", settings);
    expect(await poll!(order, "a/b", never)).toMatchObject({ kind: "failed", retry: false, error: { code: "failed" } });
    expect(await cancel!(order, "a/b", never)).toMatchObject({ kind: "completed" });
    expect(await cancel!(order, undefined, never)).toMatchObject({ kind: "failed", error: { code: "parameters" } });
    expect(got.map(({ method, url: path, headers, body }) => [method, path, headers["idempotency-key"], body])).toEqual([
      ["GET", "/hook/state/a%2Fb", undefined, ""],
      ["POST", "/hook/stop/a%2Fb", "0199b3ac-0000-7000-8000-000000000001-cancel", '{"job":"a/b"}'],
    ]);
  });
});
