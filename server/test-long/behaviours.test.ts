import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testsByRequirement } from "../../tools/docs/protocol.ts";
import { privateCopy, type PrivateCopy } from "../../tools/mutation/privateCopy.ts";
import { endRuns, runTests, type Verdict } from "../../tools/mutation/runTests.ts";
import { behaviours, type Behaviour } from "./behaviours.ts";

/** A test that carries a number fails when the behaviour is removed: shown in a private copy, one behaviour after the other. */
let copy: PrivateCopy;
beforeAll(() => {
  copy = privateCopy();
});
afterAll(() => {
  endRuns();
  copy.remove();
});

const carriers = testsByRequirement();
const numbers = [...new Set(behaviours.map(({ requirement }) => requirement))];
/** Fast ones: what is shown must not need programs of their own. */
const filesOf = (requirement: number): readonly string[] => (carriers.get(requirement) ?? []).filter((file) => file.startsWith("server/test/"));

/** Names that carry the number, also within `R1-R9`. */
function carries(name: string, requirement: number): boolean {
  return [...name.matchAll(/\bR(\d+)(?:-R(\d+))?\b/g)].some(([, from, to]) => Number(from) <= requirement && requirement <= Number(to ?? from));
}

const run = (files: readonly string[], bail: boolean): Promise<Verdict> => runTests(copy.root, { files, bail, workers: 2, seconds: 300 });

async function without({ file, text, replacement }: Behaviour, work: () => Promise<Verdict>): Promise<Verdict> {
  const path = join(copy.root, file);
  const source = readFileSync(path, "utf8");
  writeFileSync(
    path,
    source.replace(text, () => replacement),
  );
  try {
    return await work();
  } finally {
    writeFileSync(path, source);
  }
}

test("at least twenty behaviours are listed, each text stands once in its file", () => {
  expect(numbers.length).toBeGreaterThanOrEqual(20);
  for (const { file, text, requirement } of behaviours) {
    expect(readFileSync(join(copy.root, file), "utf8").split(text).length - 1, `R${requirement} in ${file}`).toBe(1);
  }
});

test("as it is, tests carry every number and pass", async () => {
  const verdict = await run([...new Set(numbers.flatMap(filesOf))], false);
  expect(verdict.failed, verdict.output.slice(-4000)).toEqual([]);
  for (const number of numbers)
    expect(
      verdict.passed.some((name) => carries(name, number)),
      `R${number} is carried`,
    ).toBe(true);
});

describe("a test that carries the number fails", () => {
  test.each(behaviours.map((behaviour) => [`R${behaviour.requirement} without ${behaviour.without}`, behaviour] as const))("%s", async (_, behaviour) => {
    const verdict = await without(behaviour, () => run(filesOf(behaviour.requirement), false));
    const carrying = verdict.failed.filter((name) => carries(name, behaviour.requirement));
    expect(carrying, `failed: ${verdict.failed.join("; ")}`).not.toEqual([]);
  });
});
