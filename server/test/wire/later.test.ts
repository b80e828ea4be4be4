import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMemoryRecords } from "../../src/base/memoryRecords.ts";
import type { Records } from "../../src/base/records.ts";
import { harbourOperations } from "../models/harbourOperations.ts";
import { openHarbour } from "../models/harbour.ts";
import { baseUrl, callerOf, otherTenant, type Answer, type TestHub } from "./hub.ts";

/** `Prefer: respond-async` (OData 4.01 Protocol 8.2.8.8, 11.6). */
let hub: TestHub;
let now = 1_000_000;
let gate = Promise.withResolvers<string>();
/** Slow calls wait from now on until the gate is opened. */
const shut = (): void => void (gate = Promise.withResolvers());
const memory = createMemoryRecords(() => now);
const sets = new Map<string, unknown>();
/** Two servers have the same. */
const records = ((kind) => {
  if (!sets.has(kind.name)) sets.set(kind.name, memory(kind));
  return sets.get(kind.name);
}) as Records;
const settings = {
  operations: { ...harbourOperations, "CountVessels()": () => gate.promise.then(Number) },
  records,
  steady: () => now,
};
beforeAll(async () => {
  hub = await openHarbour(settings);
  await hub.post("/v1.0/Vessels", { "@odata.type": "#harbour.Tanker", Id: 1, Name: "T" });
});
afterAll(() => hub.close());

const slow = "/v1.0/CountVessels()";
const later = { Prefer: "respond-async" };
const newer = { "OData-MaxVersion": "4.01" };
const monitorOf = ({ headers }: Answer): string => headers["Location"]!.slice(baseUrl.length);

/** The answer of a monitor that comes some turns later. */
async function answered(monitor: string, headers: Readonly<Record<string, string>> = newer): Promise<Answer> {
  for (let turn = 0; turn < 400; turn += 1) {
    const answer = await hub.get(monitor, { headers });
    if (answer.status === 200) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("Nothing came.");
}

describe("a request that takes longer than its client waits", () => {
  test("is 202 with a status monitor, 202 there while it is worked on, then its answer", async () => {
    shut();
    const first = await hub.get(slow, { headers: later });
    expect([first.status, first.headers["Preference-Applied"], first.headers["Retry-After"]]).toEqual([202, "respond-async", "1"]);
    const monitor = monitorOf(first);
    expect(monitor).toMatch(/^\/v1\.0\/\$async\/[\w-]{36}$/);
    const waiting = await hub.get(monitor);
    expect([waiting.status, waiting.headers["Location"], waiting.text]).toEqual([202, first.headers["Location"], ""]);
    gate.resolve("12");
    const done = await answered(monitor);
    expect([done.status, done.headers["AsyncResult"], done.json.value]).toEqual([200, "200", 12]);
    expect((await answered(monitor)).json.value).toBe(12);
  });

  test("to a client of 4.0, and to who asks for it, the answer comes as a message", async () => {
    const monitor = monitorOf(await hub.get("/v1.0/Vessels(9)", { headers: later }));
    for (const headers of [{}, { ...newer, Accept: "application/http" }]) {
      const done = await answered(monitor, headers);
      expect([done.status, done.headers["Content-Type"], done.headers["AsyncResult"]]).toEqual([200, "application/http", undefined]);
      expect(done.text).toMatch(/^HTTP\/1\.1 404 Not Found\r\n(?:[\w-]+: [^\r\n]*\r\n)+\r\n\{"error":/);
    }
    expect((await answered(monitor)).headers["AsyncResult"]).toBe("404");
  });

  test("a write and a batch likewise: each is done once, and what they wrote is there", async () => {
    const made = await hub.post("/v1.0/Ports", { Code: "DEHAM", Name: "Hamburg" }, { headers: later });
    const answer = await answered(monitorOf(made));
    expect([answer.headers["AsyncResult"], answer.headers["Location"]]).toEqual(["201", `${baseUrl}/v1.0/Ports('DEHAM')`]);
    const requests = [{ id: "1", method: "GET", url: "/Ports('DEHAM')" }];
    const batch = await hub.post("/v1.0/$batch", { requests }, { headers: later });
    expect((await answered(monitorOf(batch))).json.responses[0].status).toBe(200);
    expect((await hub.get("/v1.0/Ports/$count")).text).toBe("1");
  });

  test("who waits long enough is answered at once", async () => {
    const answer = await hub.get("/v1.0/Ports", { headers: { Prefer: "odata.maxpagesize=1, respond-async, wait=20" } });
    expect([answer.status, answer.headers["Preference-Applied"], answer.json.value.length]).toEqual([200, "odata.maxpagesize=1", 1]);
  });

  test("it is forgotten on DELETE, after an hour, and where its server has gone; one that is worked on is not cut", async () => {
    shut();
    const running = monitorOf(await hub.get(slow, { headers: later }));
    const cut = await hub.remove(running);
    expect([cut.status, cut.headers["Allow"]]).toEqual([405, "GET"]);
    now += 61_000;
    expect((await hub.get(running)).status).toBe(404);
    gate.resolve("1");
    expect((await answered(running)).json.value).toBe(1);
    expect((await hub.remove(running)).status).toBe(204);
    expect((await hub.get(running)).status).toBe(404);
    const old = monitorOf(await hub.get("/v1.0/Ports", { headers: later }));
    expect((await answered(old)).status).toBe(200);
    now += 3_600_001;
    expect((await hub.get(old)).status).toBe(404);
  });

  test("it is its caller's alone", async () => {
    const monitor = monitorOf(await hub.get("/v1.0/Ports", { headers: later }));
    await answered(monitor);
    for (const caller of [callerOf({ tenant: otherTenant }), callerOf({ appId: "other" }), callerOf({ user: "u", kind: "delegated" })])
      expect((await hub.get(monitor, { caller })).status).toBe(404);
    expect((await hub.get(monitor, { caller: null })).status).toBe(401);
    expect((await hub.get("/v1.0/$async/nothing")).status).toBe(404);
    expect((await hub.post(monitor, {})).status).toBe(405);
  });

  test("another server with the same records answers too; seventeen at once of one caller are no more later", async () => {
    const other = await openHarbour(settings);
    const monitor = monitorOf(await hub.get("/v1.0/Ports", { headers: later }));
    await answered(monitor);
    expect((await other.get(monitor, { headers: newer })).headers["AsyncResult"]).toBe("200");
    await other.close();
    shut();
    const started = await Promise.all(Array.from({ length: 16 }, () => hub.get(slow, { headers: later })));
    expect(new Set(started.map(({ status }) => status))).toEqual(new Set([202]));
    expect((await hub.get("/v1.0/Ports", { headers: later })).status).toBe(200);
    gate.resolve("0");
  });
});

test("the graph profile answers at once", async () => {
  const graph = await openHarbour({ profile: "graph" });
  expect((await graph.get("/v1.0/Ports", { headers: later })).status).toBe(200);
  expect((await graph.get("/v1.0/$async/x")).status).toBe(400);
  await graph.close();
});
