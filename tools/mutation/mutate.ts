import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findMutants, type Mutant } from "./findMutants.ts";
import { measureReach, type Reach, type Reaching } from "./measureReach.ts";
import { privateCopy } from "./privateCopy.ts";
import { endRuns, runTests } from "./runTests.ts";
import { sample } from "./sample.ts";
import { printSurvivor, readSurvivors } from "./survivors.ts";

const usage = `Makes small changes to sources, one at a time in a private copy, and tells which of them no test notices.

npm run mutate -- [--files GLOB[:LINE]]... [--again FILE] [--sample N] [--seed N] [--minutes N] [--patience N] [--workers N] [--tests GLOB]...

  --files    what to change (default: server/src/{odata,plan,respond}/**/*.ts), or one line of it
  --again    try what a run left again, from what it printed into this file
  --sample   how many changes, drawn from all (default: 50; 0: all)
  --seed     which ones are drawn (default: 1)
  --minutes  begin none after this time (default: no end)
  --patience tests for one change, the cheapest first, in percent of the time of all (default: 25; 100: all that reach it)
  --workers  test processes side by side (default: 2)
  --tests    tests to run (default: server/test without those that start programs)`;

/** Tests that start the program: slow, and what runs in another process is not seen. */
const programs = ["server/test/{clients,cli,process}/**", "server/test/docs/**", "server/test/issuer/chromium.test.ts", "server/test/layers.test.ts"];

type Fate = "killed" | "late" | "survived" | "unreached";

function wordsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      files: { type: "string", multiple: true, default: ["server/src/{odata,plan,respond}/**/*.ts"] },
      again: { type: "string" },
      sample: { type: "string", default: "50" },
      seed: { type: "string", default: "1" },
      minutes: { type: "string", default: "0" },
      patience: { type: "string", default: "25" },
      workers: { type: "string", default: "2" },
      tests: { type: "string", multiple: true, default: ["server/test/**/*.test.ts"] },
      help: { type: "boolean", default: false },
    },
  });
  return values;
}

/** The mutants of `GLOB` or `GLOB:LINE`. */
function mutantsOf(root: string, words: readonly string[]): readonly Mutant[] {
  return words.flatMap((word) => {
    const [, glob = word, line] = /^(.*?)(?::(\d+))?$/.exec(word) ?? [];
    const files = globSync(glob, { cwd: root }).map((file) => file.replaceAll("\\", "/"));
    if (files.length === 0) throw new Error(`--files ${word}: no such file, from the repository's root.`);
    const all = files.toSorted().flatMap((file) => findMutants(file, readFileSync(join(root, file), "utf8")));
    return line === undefined ? all : all.filter((mutant) => mutant.line === Number(line));
  });
}

interface Trial {
  readonly root: string;
  readonly reach: Reach;
  readonly workers: number;
  /** Seconds of tests for one change. */
  readonly patience: number;
  /** How often tests of a file noticed changes in a source: they go first. */
  readonly kills: Map<string, number>;
}

/** The tests for a mutant: those that noticed others of its file, then the cheapest, as far as patience goes. */
function testsFor(mutant: Mutant, { reach, patience, kills }: Trial): readonly Reaching[] {
  const killsOf = ({ file }: Reaching): number => kills.get(`${mutant.file} ${file}`) ?? 0;
  let spent = 0;
  return reach
    .testsOf(mutant)
    .toSorted((one, other) => killsOf(other) - killsOf(one))
    .filter(({ seconds }, index) => {
      spent += seconds;
      return index === 0 || spent <= patience;
    });
}

/** Tries one mutant on tests that reach it. */
async function fateOf(mutant: Mutant, trial: Trial): Promise<Fate> {
  const tests = testsFor(mutant, trial);
  if (tests.length === 0) return "unreached";
  const file = join(trial.root, mutant.file);
  const source = readFileSync(file, "utf8");
  writeFileSync(file, source.slice(0, mutant.start) + mutant.replacement + source.slice(mutant.end));
  const usual = tests.reduce((sum, { seconds }) => sum + seconds, 0);
  const named = Object.fromEntries(tests.flatMap(({ file: name, names }) => (names === undefined ? [] : [[name, names]])));
  const run = await runTests(trial.root, { files: tests.map((test) => test.file), named, bail: true, workers: trial.workers, seconds: 30 + 5 * usual });
  writeFileSync(file, source);
  const [by] = run.failed[0]?.split(" > ") ?? [];
  if (by !== undefined) trial.kills.set(`${mutant.file} ${by}`, (trial.kills.get(`${mutant.file} ${by}`) ?? 0) + 1);
  return run.outcome === "passed" ? "survived" : run.outcome === "failed" ? "killed" : "late";
}

const count = (fates: readonly Fate[], fate: Fate): number => fates.filter((one) => one === fate).length;

function score(fates: readonly Fate[]): string {
  const noticed = count(fates, "killed") + count(fates, "late");
  const percent = fates.length === 0 ? 0 : (100 * noticed) / fates.length;
  return `${count(fates, "killed")} killed, ${count(fates, "late")} late, ${count(fates, "survived")} survived, ${count(fates, "unreached")} reached by no test: ${percent.toFixed(1)} %`;
}

function remaining(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

/** A line that is overwritten in a terminal, and stands every tenth time elsewhere. */
function showProgress(done: number, total: number, started: number, fates: readonly Fate[]): void {
  const left = ((performance.now() - started) / 1000 / done) * (total - done);
  const line = `${done} of ${total}: ${score(fates)}, ${remaining(left)} left`;
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K${line}`);
  else if (done % 10 === 0 || done === total) console.log(line);
}

function showSurvivor(text: string): void {
  if (process.stdout.isTTY) process.stdout.write("\r\u001B[K");
  console.log(text);
}

async function tryAll(mutants: readonly Mutant[], end: number, trial: Trial): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  const started = performance.now();
  for (const mutant of mutants) {
    if (Date.now() > end) break;
    const fate = await fateOf(mutant, trial);
    fates.push(fate);
    if (fate === "survived" || fate === "unreached") {
      showSurvivor(printSurvivor(mutant, readFileSync(join(trial.root, mutant.file), "utf8"), fate));
    }
    showProgress(fates.length, mutants.length, started, fates);
  }
  return fates;
}

async function main(args: readonly string[]): Promise<void> {
  const words = wordsOf(args);
  if (words.help) return console.log(usage);
  const copy = privateCopy();
  const stop = (): void => {
    endRuns();
    copy.remove();
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  try {
    const all = words.again === undefined ? mutantsOf(copy.root, words.files) : readSurvivors(copy.root, readFileSync(words.again, "utf8"));
    const chosen = Number(words.sample) === 0 || words.again !== undefined ? all : sample(all, Number(words.sample), Number(words.seed));
    const sources = [...new Set(chosen.map(({ file }) => file))];
    const tests = globSync(words.tests, { cwd: copy.root, exclude: programs }).map((file) => file.replaceAll("\\", "/"));
    console.log(`${chosen.length} of ${all.length} changes in ${sources.length} files; running ${tests.length} test files as it is, to see what they reach`);
    const workers = Number(words.workers);
    const reach = await measureReach(copy.root, sources, tests, workers);
    for (const name of reach.failing) console.log(`fails as it is, left out: ${name}`);
    const end = Number(words.minutes) === 0 ? Infinity : Date.now() + Number(words.minutes) * 60_000;
    const fates = await tryAll(chosen, end, { root: copy.root, reach, workers, patience: (Number(words.patience) / 100) * reach.seconds, kills: new Map() });
    console.log(`\n${fates.length} of ${chosen.length} changes tried with ${reach.tests} tests, seed ${words.seed}: ${score(fates)}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    copy.remove();
  }
}

await main(process.argv.slice(2));
