import { expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import type { Stamp } from "../../src/edm/rules.ts";
import { withEntry } from "../../src/graph/rules/taskHistory.ts";

const stamp = { user: null, appId: "app", now: "2026-11-22T06:00:00.0000000Z" } as Stamp;

test("the history of a task is as long as it may be: the first entry and the newest stay", () => {
  let task: JsonObject = { statusHistory: [] };
  for (let number = 0; number <= 1020; number += 1) task = withEntry(task, { status: "active", note: String(number) }, stamp);
  const notes = (task["statusHistory"] as JsonObject[]).map(({ note }) => note);
  expect([notes.length, notes[0], notes[1], notes.at(-1)]).toEqual([1000, "0", "22", "1020"]);
});
