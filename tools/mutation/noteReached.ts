import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, afterEach, beforeEach, type RunnerTestCase, type RunnerTestSuite } from "vitest";
import type { Order } from "./runTests.ts";

declare module "vitest" {
  interface TaskMeta {
    /** The name by which an order asks for a test. */
    key?: string;
    /** Regions that ran in a test; of a file, those that ran outside its tests. */
    reached?: string[];
  }
}

/** Set up before each test file: runs the ordered tests alone, and notes what the probes of addProbes.ts say. */
const root = join(import.meta.dirname, "../..");
const { named } = JSON.parse(readFileSync(join(root, ".mutation-order.json"), "utf8")) as Order;

const outside = new Set<string>();
const note = (reached: ReadonlySet<string>): void => void Object.assign(globalThis, { reached });
note(outside);

function keyOf(task: RunnerTestCase): string {
  const names = [task.name];
  for (let suite: RunnerTestSuite | undefined = task.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  return names.join(" > ");
}

function isOrdered(task: RunnerTestCase): boolean {
  const names = named?.[relative(root, task.file.filepath).replaceAll("\\", "/")];
  return names === undefined || names.includes(keyOf(task));
}

let inside = new Set<string>();
beforeEach(({ task, skip }) => {
  if (!isOrdered(task)) skip();
  inside = new Set();
  note(inside);
});
afterEach(({ task }) => {
  task.meta.key = keyOf(task);
  task.meta.reached = [...inside];
  note(outside);
});
// oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern that no fixture is asked for
afterAll(({}, suite) => {
  suite.file.meta.reached = [...outside];
});
