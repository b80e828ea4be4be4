import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningDispatcher, RunningNotifier } from "../../src/wiring/behindRequests.ts";
import { buildReadings, dispatchReadings, egressReadings, listenerReadings, notifierReadings, storeReadings } from "../../src/cli/figureReadings.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { healthMounts } from "../../src/http/healthMounts.ts";
import { listen } from "../../src/http/listen.ts";
import type { Listening } from "../../src/http/listen.ts";
import { metricFamilies } from "../../src/http/metricFamilies.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { labelText, writeMetrics } from "../../src/http/writeMetrics.ts";
import { createThrottle } from "../../src/limits/throttle.ts";
import { countAttempt, countCall } from "../../src/outbox/dispatch/dispatchFigures.ts";
import { callerOf, openHub } from "../wire/hub.ts";
import type { TestHub } from "../wire/hub.ts";
import { ask, limits, raw } from "./testServer.ts";

/** The whole way: sockets, service, store. */
const metrics = createMetrics();
let hub: TestHub;
let listening: Listening;
let notifier: RunningNotifier;
let dispatcher: RunningDispatcher;
const faults: unknown[] = [];

beforeAll(async () => {
  hub = await openHub({
    observe: metrics.observeAnswer,
    onKnownKey: metrics.observeIdempotency,
    throttle: createThrottle({ reads: "off", writes: 5 }, () => 0),
  });
  const { handle, refuse } = hub.service;
  const mounts = healthMounts({ ready: () => true, metrics, admit: async () => undefined });
  listening = await listen({ hosts: ["127.0.0.1"], port: 0, shell: { handle, refuse, mounts, limits, metrics }, onFault: metrics.observeFault });
  metrics.add(buildReadings);
  const egress = createEgress();
  await egress.send({ purpose: "notification", reach: "public", method: "POST", url: "https://127.0.0.1/" }).catch(() => undefined);
  metrics.add(() => egressReadings(egress.figures()));
  metrics.add(() => listenerReadings(listening));
  notifier = hub.service.startNotifying({ egress, keep: 1, onFault: (error) => void faults.push(error) });
  metrics.add(() => notifierReadings(notifier.figures()));
  dispatcher = hub.service.startDispatching({ drain: 1000, reportWithin: 1000, longestDrain: 1000, onFault: (error) => void faults.push(error) });
  metrics.add(() => dispatchReadings(dispatcher.figures, 7));
  countAttempt(dispatcher.figures!, "succeeded");
  countCall(dispatcher.figures!, "http", 0.02);
  metrics.add(async () => storeReadings(await hub.store.figures(), hub.store.ready()));
});

afterAll(async () => {
  await listening.close(0);
  await notifier.stop();
  await dispatcher.stop();
  await hub.close();
  if (faults.length > 0) throw new AggregateError(faults, "The notifier failed.");
});

/** The caller in the header, as `openHub` reads it. */
function authorization(appId = "test-app"): string {
  const caller = callerOf({ appId });
  return `Test ${Buffer.from(JSON.stringify({ ...caller, permissions: [...caller.permissions] })).toString("base64")}`;
}

const send = (
  method: string,
  path: string,
  more: { readonly body?: string; readonly headers?: Readonly<Record<string, string>>; readonly appId?: string } = {},
) =>
  ask(listening.port, path, {
    method,
    headers: { authorization: authorization(more.appId), "content-type": "application/json", ...more.headers },
    ...(more.body === undefined ? {} : { body: more.body }),
  });

async function scrape(): Promise<ReadonlyMap<string, number>> {
  const text = (await ask(listening.port, "/metrics")).bytes.toString();
  return new Map([...text.matchAll(/^(secgraph_\w+(?:\{.*\})?) (\S+)$/gm)].map(([, name = "", value]) => [name, Number(value)]));
}

const score = JSON.stringify({ currentScore: 1, maxScore: 2, vendorInformation: { vendor: "Contoso", provider: "Posture" } });

test("requests are counted by route, method, status and code; writes, keys, throttling, the store and the process are told", async () => {
  const headers = { "idempotency-key": "one" };
  const created = await send("POST", "/v1.0/security/secureScores", { body: score, headers });
  expect(created.status).toBe(201);
  const { id } = created.json() as { readonly id: string };
  expect((await send("POST", "/v1.0/security/secureScores", { body: score, headers })).status).toBe(201);
  expect((await send("POST", "/v1.0/security/secureScores", { body: "{}", headers })).status).toBe(409);
  expect((await send("GET", `/beta/Security/secureScores/${id}`)).status).toBe(200);
  expect((await send("GET", `/beta/security/secureScores/${randomUUID()}?$select=id`)).status).toBe(404);
  const statuses = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await send("POST", "/v1.0/security/secureScores", { body: score })).status);
  expect(statuses).toEqual([201, 201, 429, 429]);
  await raw(listening.port, "hello\r\n\r\n");
  const found = await scrape();
  const count = (route: string, method: string, rest: string): number | undefined =>
    found.get(`secgraph_http_requests_total{kind="api",route="${route}",method="${method}",${rest}}`);
  expect(count("/security/secureScores", "POST", 'status="201",code=""')).toBe(4);
  expect(count("/security/secureScores", "POST", 'status="409",code="Conflict"')).toBe(1);
  expect(count("", "POST", 'status="429",code="TooManyRequests"')).toBe(2);
  expect(count("/security/secureScores/{id}", "GET", 'status="200",code=""')).toBe(1);
  expect(count("/security/secureScores/{id}", "GET", 'status="404",code="itemNotFound"')).toBe(1);
  expect(found.get('secgraph_http_request_duration_seconds_count{kind="api",route="/security/secureScores/{id}",method="GET"}')).toBe(2);
  for (const stage of ["authenticate", "parse", "plan", "permit", "execute", "respond"])
    expect(found.get(`secgraph_stage_duration_seconds_count{stage="${stage}"}`)).toBeGreaterThan(0);
  expect(found.get('secgraph_idempotent_total{outcome="replayed"}')).toBe(1);
  expect(found.get('secgraph_idempotent_total{outcome="conflict"}')).toBe(1);
  expect(found.get('secgraph_throttled_total{caller="application",access="write"}')).toBe(2);
  expect(found.get('secgraph_store_rows{set="security/secureScores"}')).toBe(3);
  expect(found.get("secgraph_store_group_size_sum")).toBeGreaterThanOrEqual(3);
  expect(found.get("secgraph_store_commit_duration_seconds_count")).toBeGreaterThan(0);
  expect([found.get("secgraph_store_ready"), found.get("secgraph_store_commit_failures_total"), found.get("secgraph_store_writes_waiting")]).toEqual([1, 0, 0]);
  expect(found.get("secgraph_store_wal_bytes")).toBeGreaterThan(0);
  expect(found.get("secgraph_store_data_bytes")).toBeGreaterThan(0);
  expect(found.get("secgraph_http_connections")).toBe(1);
  expect(found.get('secgraph_egress_calls_total{purpose="notification",outcome="forbidden"}')).toBe(1);
  expect(found.get('secgraph_connection_faults_total{layer="http",reason="malformed"}')).toBe(1);
});

test("every family of the table is there with its labels, and no other", async () => {
  const text = (await ask(listening.port, "/metrics")).bytes.toString();
  const seen = new Map([...text.matchAll(/^# TYPE (secgraph_\w+) (\w+)$/gm)].map(([, name = "", type]) => [name, type]));
  // Standbys are told of where there are any.
  const told = Object.entries(metricFamilies).filter(([name]) => !name.startsWith("secgraph_replica_"));
  expect([...seen]).toEqual(told.map(([name, { type }]) => [name, type]));
  for (const [, name = "", labels = ""] of text.matchAll(/^(secgraph_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$/gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== "le");
    expect([name, names]).toEqual([name, metricFamilies[name as keyof typeof metricFamilies].labels]);
  }
  for (const name of ["process_resident_memory_bytes", "nodejs_eventloop_lag_p99_seconds", "nodejs_gc_duration_seconds", "process_cpu_seconds_total"])
    expect(text).toContain(`# TYPE ${name} `);
});

test("whatever clients send, the series stay as many, and nothing of it is in them", async () => {
  const odd = async (): Promise<void> => {
    const mark = randomUUID();
    await send("GET", `/v1.0/security/secureScores/${mark}`, { appId: mark });
    await send("GET", `/v1.0/security/secureScores?$filter=id eq '${mark}'`.replaceAll(" ", "%20"));
    await send("GET", `/v1.0/security/${mark}`, { headers: { "client-request-id": mark } });
    await send("GET", `/${mark}`);
    await send("PROPFIND", `/v1.0/security/userSecurityProfiles/${mark}/x`);
    await send("PATCH", `/v1.0/securities/${mark}/secureScores/${mark}`, { body: "{}" });
  };
  await odd();
  const before = [...(await scrape()).keys()];
  for (let round = 0; round < 5; round += 1) await odd();
  const after = [...(await scrape()).keys()];
  expect(after).toEqual(before);
  expect(after.join("\n")).not.toMatch(/[\da-f]{8}-[\da-f]{4}|test-app/);
});

test("label values are escaped", () => {
  expect(writeMetrics({ secgraph_build_info: [[labelText({ version: 'a"b\\c\nd' }), 1]] })).toContain('secgraph_build_info{version="a\\"b\\\\c\\nd"} 1\n');
});
