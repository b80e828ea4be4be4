import { SpanKind, SpanStatusCode, context, propagation, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createTracing } from "../../src/http/traceRequests.ts";
import { callerOf, openHub } from "../wire/hub.ts";
import { registerMemoryTracer } from "./memoryTracer.ts";
import type { MemorySpan } from "./memoryTracer.ts";
import { ask, serve } from "./testServer.ts";

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

test("without an SDK there is no tracing at all", async () => {
  expect(await createTracing("1")).toBeUndefined();
});

function authorization(): string {
  const caller = callerOf();
  return `Test ${Buffer.from(JSON.stringify({ ...caller, permissions: [...caller.permissions] })).toString("base64")}`;
}

async function tracedHub() {
  const spans: MemorySpan[] = [];
  registerMemoryTracer((span) => void spans.push(span));
  const tracing = (await createTracing("1"))!;
  const hub = await openHub();
  onTestFinished(hub.close);
  const seen: (string | undefined)[] = [];
  const { port } = await serve({
    handle: async (request) => {
      await Promise.resolve();
      seen.push(trace.getActiveSpan()?.spanContext().spanId);
      if (request.target === "/v1.0/fault") throw new Error("x");
      return hub.service.handle(request);
    },
    refuse: hub.service.refuse,
    around: tracing.around,
    observe: tracing.answered,
    onError: () => undefined,
  });
  const send = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<readonly MemorySpan[]> => {
    spans.length = 0;
    await ask(port, path, { headers: { authorization: authorization(), ...headers } });
    while (!spans.some(({ kind }) => kind === SpanKind.SERVER)) await new Promise((resolve) => setTimeout(resolve, 5));
    return spans;
  };
  return { send, seen };
}

describe("with an SDK", () => {
  test("a request is one server span by the HTTP conventions, its stages are spans below it, and it is the current one meanwhile", async () => {
    const { send, seen } = await tracedHub();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const spans = await send("/v1.0/security/secureScores?$top=1&$filter=maxScore%20eq%201", { traceparent });
    const server = spans.find(({ kind }) => kind === SpanKind.SERVER)!;
    expect(server).toMatchObject({
      name: "GET /security/secureScores",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      parent: "b7ad6b7169203331",
      status: undefined,
    });
    expect(server.attributes).toEqual({
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "http.route": "/security/secureScores",
      "network.protocol.version": "1.1",
      "secgraph.hub": expect.stringMatching(/^[\da-f-]{36}$/),
      "secgraph.kind": "api",
      "secgraph.request_id": expect.stringMatching(/^[\da-f-]{36}$/),
      "url.path": "/security/secureScores",
      "url.scheme": "http",
    });
    const stages = spans.filter(({ kind }) => kind === SpanKind.INTERNAL);
    expect(stages.map(({ name, parent, traceId }) => [name, parent, traceId])).toEqual(
      ["authenticate", "parse", "plan", "permit", "execute", "respond"].map((name) => [name, server.spanId, server.traceId]),
    );
    for (const [index, { start, end }] of stages.entries()) {
      expect(start).toBeGreaterThanOrEqual(index === 0 ? server.start : stages[index - 1]!.end - 0.001);
      expect(end).toBeLessThanOrEqual(server.end);
    }
    expect(seen).toEqual([server.spanId]);
  });

  test("refusals and faults are marked; no id of a row, no query and no address of a client is told", async () => {
    const { send } = await tracedHub();
    const [missing] = (await send("/beta/security/userSecurityProfiles/ada@contoso.com?$select=id", { "user-agent": "ada's browser" })).filter(
      ({ kind }) => kind === SpanKind.SERVER,
    );
    expect(missing).toMatchObject({ name: "GET /security/userSecurityProfiles/{id}", status: undefined });
    expect(missing!.attributes).toMatchObject({ "http.response.status_code": 404, "error.type": "itemNotFound" });
    expect(JSON.stringify(missing)).not.toMatch(/contoso|browser|select|127\.0\.0\.1/);
    const [fault] = (await send("/v1.0/fault")).filter(({ kind }) => kind === SpanKind.SERVER);
    expect(fault).toMatchObject({
      name: "GET",
      status: SpanStatusCode.ERROR,
      attributes: { "http.response.status_code": 500, "error.type": "generalException" },
    });
  });
});
