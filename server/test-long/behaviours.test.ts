import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testsByNumber } from "../../tools/docs/protocol.ts";
import { privateCopy, type PrivateCopy } from "../../tools/mutation/privateCopy.ts";
import { endRuns, runTests, type Verdict } from "../../tools/mutation/runTests.ts";
import { behaviours as listed, type Behaviour } from "../test/mutation/behaviours.ts";
import { readingBehaviours } from "../test/mutation/readingBehaviours.ts";

/** A test that carries a number fails when the behaviour is removed: shown in a private copy, one behaviour after the other. */
const carriers = testsByNumber();
const behaviours = [...listed, ...readingBehaviours];
const numbers = [...new Set(behaviours.map(({ requirement }) => requirement))];
/** Fast ones: what is shown must not need programs of their own. */
const filesOf = (requirement: number): readonly string[] => (carriers.get(`R${requirement}`) ?? []).filter((file) => file.startsWith("server/test/"));

let copy: PrivateCopy;
let asItIs: Verdict;
beforeAll(async () => {
  copy = privateCopy();
  asItIs = await run([...new Set(numbers.flatMap(filesOf))]);
});
afterAll(() => {
  endRuns();
  copy.remove();
});

const run = (files: readonly string[], named: Readonly<Record<string, readonly string[]>> = {}): Promise<Verdict> =>
  runTests(copy.root, { files, named, bail: false, workers: 2, seconds: 500 });

/** True for names with the number, also within `R1-R9`. */
function carries(name: string, requirement: number): boolean {
  return [...name.matchAll(/\bR(\d+)(?:-R(\d+))?\b/g)].some(([, from, to]) => Number(from) <= requirement && requirement <= Number(to ?? from));
}

/** By file, the names of the tests that carry a number. */
function carrying(requirement: number): Readonly<Record<string, readonly string[]>> {
  const found = filesOf(requirement).map((file) => [file, Object.keys(asItIs.files[file]?.tests ?? {}).filter((name) => carries(name, requirement))] as const);
  return Object.fromEntries(found.filter(([, names]) => names.length > 0));
}

/** Runs the tests that carry the number of a behaviour while it is taken away. */
async function without({ file, text, replacement, requirement }: Behaviour): Promise<Verdict> {
  const path = join(copy.root, file);
  const source = readFileSync(path, "utf8");
  const named = carrying(requirement);
  writeFileSync(
    path,
    source.replace(text, () => replacement),
  );
  try {
    return await run(Object.keys(named), named);
  } finally {
    writeFileSync(path, source);
  }
}

test("as it is, tests carry every number and pass", () => {
  expect(asItIs.failed, asItIs.output.slice(-4000)).toEqual([]);
  expect(numbers.filter((number) => Object.keys(carrying(number)).length === 0)).toEqual([]);
});

describe("a test that carries the number fails", () => {
  test.each(behaviours.map((behaviour) => [`R${behaviour.requirement} without ${behaviour.without}`, behaviour] as const))("%s", async (_, behaviour) => {
    const { failed, output } = await without(behaviour);
    expect(failed.filter((name) => carries(name, behaviour.requirement)).length, output.slice(-2000)).toBeGreaterThan(0);
  });
});
