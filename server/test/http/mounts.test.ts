import { expect, test } from "vitest";
import { problem } from "../../src/base/errors.ts";
import { healthMounts } from "../../src/http/healthMounts.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { welcomePage } from "../../src/http/welcomePage.ts";
import { ask, serve } from "./testServer.ts";

function health(ready = true) {
  const metrics = createMetrics();
  const admit = async ({ headers }: { readonly headers: Readonly<Record<string, string | undefined>> }): Promise<void> => {
    if (headers["authorization"] !== "Bearer good") throw problem("badToken", { what: "Access token is empty." });
  };
  return { metrics, mounts: healthMounts({ ready: () => ready, metrics, admit }) };
}

test("healthz tells that the process lives, readyz that it can work", async () => {
  const { port } = await serve({ mounts: health(false).mounts });
  expect(await ask(port, "/healthz")).toMatchObject({ status: 200 });
  expect((await ask(port, "/readyz")).status).toBe(503);
});

test("metrics count requests by kind, method and status, and stages", async () => {
  const { metrics, mounts } = health();
  const { port } = await serve({ mounts, metrics });
  await ask(port, "/v1.0/x");
  await ask(port, "/v1.0/x", { method: "PROPFIND" });
  await ask(port, "/v1.0/fail");
  await ask(port, "/healthz");
  const facts = {
    requestId: "",
    clientRequestId: "",
    stages: [{ stage: "plan", from: 0, milliseconds: 0.3 } as const],
    caller: undefined,
    hub: undefined,
    route: undefined,
  };
  metrics.observeAnswer({ method: "GET" }, { status: 200, headers: {}, facts });
  const text = (await ask(port, "/metrics")).bytes.toString();
  expect(text).toContain('secgraph_http_requests_total{kind="api",route="",method="GET",status="200",code=""} 1');
  expect(text).toContain('secgraph_http_requests_total{kind="api",route="",method="other",status="200",code=""} 1');
  expect(text).toContain('secgraph_http_requests_total{kind="refused",route="",method="GET",status="500",code=""} 1');
  expect(text).toContain('secgraph_http_request_duration_seconds_count{kind="health",route="",method="GET"} 1');
  expect(text).toContain('secgraph_stage_duration_seconds_bucket{stage="plan",le="0.00025"} 0');
  expect(text).toContain('secgraph_stage_duration_seconds_bucket{stage="plan",le="0.0005"} 1');
  expect(text).toContain("process_resident_memory_bytes");
});

test("metrics are for this machine, or with a token", async () => {
  const { mounts } = health();
  const { port } = await serve({ mounts });
  const forwarded = { "x-forwarded-for": "203.0.113.7" };
  expect(await ask(port, "/metrics", { headers: forwarded })).toMatchObject({ status: 401 });
  expect(await ask(port, "/metrics", { headers: { ...forwarded, authorization: "Bearer good" } })).toMatchObject({ status: 200 });
});

test("the start page escapes what it shows and forbids scripts", async () => {
  const { port } = await serve({ mounts: [welcomePage(() => [{ heading: "A & B", rows: [["name", "<script>\"'"]] }])] });
  const { headers, bytes } = await ask(port, "/?x");
  expect(headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": expect.stringContaining("default-src 'none'; style-src 'sha256-"),
  });
  expect(bytes.toString()).toContain("<dd><code>&#60;script&#62;&#34;&#39;</code></dd>");
});

test.each<[string, Record<string, string>]>([
  ["a script of another site", { origin: "https://evil.example" }],
  ["a name that was bound to this machine", { host: "evil.example" }],
  ["a proxy", { "x-forwarded-for": "203.0.113.7" }],
])("settings and metrics are not for %s", async (_, headers) => {
  const { port } = await serve({ mounts: [welcomePage(() => [{ heading: "Secret", rows: [] }]), ...health().mounts] });
  expect((await ask(port, "/")).bytes.toString()).toContain("Secret");
  expect((await ask(port, "/", { headers })).bytes.toString()).not.toContain("Secret");
  expect((await ask(port, "/metrics", { headers })).status).toBe(401);
});
