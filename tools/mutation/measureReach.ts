import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addProbes, regionOf, type Region } from "./addProbes.ts";
import type { Mutant } from "./findMutants.ts";
import { runTests, type FileFacts } from "./runTests.ts";

/** Tests of one file that run the code of a mutant. */
export interface Reaching {
  readonly file: string;
  /** Absent: all of the file. */
  readonly names?: readonly string[];
  /** What they usually cost. */
  readonly seconds: number;
}

/** Which tests can notice a mutant. */
export interface Reach {
  /** The cheapest first. */
  readonly testsOf: (mutant: Mutant) => readonly Reaching[];
  /** How many tests there are, and what they cost together. */
  readonly tests: number;
  readonly seconds: number;
  /** Those that fail as it is: they tell nothing and are left out. */
  readonly failing: readonly string[];
}

/** Runs the tests once over sources with probes and puts the sources back. Throws an Error when none passes. */
export async function measureReach(root: string, sources: readonly string[], tests: readonly string[], workers: number): Promise<Reach> {
  const plain = new Map(sources.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  const regions = new Map<string, { readonly id: number; readonly regions: readonly Region[] }>();
  let id = 0;
  for (const [file, source] of plain) {
    const probed = addProbes(file, source, id);
    regions.set(file, { id, regions: probed.regions });
    writeFileSync(join(root, file), probed.text);
    id += 1;
  }
  const run = await runTests(root, { files: tests, bail: false, workers, seconds: 1800 });
  for (const [file, source] of plain) writeFileSync(join(root, file), source);
  if (run.passed.length === 0) throw new Error(`No test passes as it is:\n${run.output.slice(-4000)}`);

  const failing = new Set(run.failed);
  const files = Object.entries(run.files).map(([file, facts]) => knowing(file, facts, failing));
  return {
    tests: run.passed.length,
    seconds: Object.values(run.files).reduce((sum, { seconds }) => sum + seconds, 0),
    failing: run.failed,
    testsOf(mutant) {
      const known = regions.get(mutant.file);
      const key = known === undefined ? "" : `${known.id}:${regionOf(known.regions, mutant)}`;
      return files.flatMap((file) => file(key)).toSorted((one, other) => one.seconds - other.seconds);
    },
  };
}

/** What of a file reaches a region. */
function knowing(file: string, { seconds, reached, tests }: FileFacts, failing: ReadonlySet<string>): (region: string) => readonly Reaching[] {
  const outside = new Set(reached);
  const all = Object.entries(tests).map(([name, facts]) => ({ name, seconds: facts.seconds, reached: new Set(facts.reached) }));
  const passing = all.filter(({ name }) => !failing.has(`${file} > ${name}`));
  const around = Math.max(0, seconds - all.reduce((sum, test) => sum + test.seconds, 0));
  return (region) => {
    const found = outside.has(region) ? passing : passing.filter((test) => test.reached.has(region));
    if (found.length === 0) return [];
    const cost = found.reduce((sum, test) => sum + test.seconds, around);
    return [{ file, seconds: cost, ...(found.length === all.length ? {} : { names: found.map(({ name }) => name) }) }];
  };
}
