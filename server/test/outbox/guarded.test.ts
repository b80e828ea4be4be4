import { expect, test } from "vitest";
import { guarded } from "../../src/outbox/dispatch/guarded.ts";
import type { Report } from "../../src/outbox/dispatch/connection.ts";

/** A call that ends when it is told to, and says that it was. */
const obedient = (signal: AbortSignal): Promise<Report> =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve({ kind: "unknown", error: { code: "stopped", message: "Stopped." } }));
  });

test("a call whose time is up says so, one that was stopped that", async () => {
  const stop = new AbortController();
  expect(await guarded(obedient, { most: 5, stop: stop.signal }).report).toMatchObject({ error: { code: "timeout", message: "Nothing came within 5 ms." } });
  const stopped = guarded(obedient, { most: 60_000, stop: stop.signal }).report;
  stop.abort();
  expect(await stopped).toMatchObject({ kind: "unknown", error: { code: "stopped" } });
});

test("what was done in the last moment is done", async () => {
  const { report } = guarded((signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve({ kind: "completed" }))), {
    most: 5,
    stop: new AbortController().signal,
  });
  expect(await report).toEqual({ kind: "completed" });
});
