import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { behaviours as listed } from "./behaviours.ts";
import { readingBehaviours } from "./readingBehaviours.ts";

const behaviours = [...listed, ...readingBehaviours];
const root = join(import.meta.dirname, "../../..");

/** That tests miss them is shown by server/test-long/behaviours.test.ts; here, that the list still fits the sources. */
test.each(behaviours.map((one) => [`R${one.requirement} ${one.without}`, one] as const))("the text behind %s stands once in its file", (_, { file, text }) => {
  expect(readFileSync(join(root, file), "utf8").split(text).length - 1, `Whoever changed ${file} mends its entry in server/test/mutation`).toBe(1);
});

test("at least twenty requirements are listed", () => {
  expect(new Set(behaviours.map(({ requirement }) => requirement)).size).toBeGreaterThanOrEqual(20);
});
