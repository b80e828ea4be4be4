import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** Every test of server/test/clients, on PostgreSQL: side by side, for they wait for devices, pages and rates most of the time. */
const folder = join(import.meta.dirname, "../clients");
const files = globSync("*.test.ts", { cwd: folder }).toSorted();

test("there are clients", () => {
  expect(files.length).toBeGreaterThanOrEqual(11);
});

describe.concurrent.each(files)("%s", async (file) => {
  await import(join(folder, file));
});
