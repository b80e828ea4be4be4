import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { addProbes, regionOf } from "../../../tools/mutation/addProbes.ts";
import { findMutants } from "../../../tools/mutation/findMutants.ts";
import { sample } from "../../../tools/mutation/sample.ts";
import { printSurvivor, readSurvivors } from "../../../tools/mutation/survivors.ts";

/** The source as each mutant of it reads. */
function changed(source: string): readonly string[] {
  return findMutants("a.ts", source).map(({ start, end, replacement }) => source.slice(0, start) + replacement + source.slice(end));
}

test.each([
  ["if (a) b = c;", ["if (true) b = c;", "if (false) b = c;"]],
  ["x = a < b;", ["x = a <= b;"]],
  ["x = a === b;", ["x = a !== b;"]],
  ["x = a && b;", ["x = a;", "x = b;"]],
  ["x = a ?? b;", ["x = a;"]],
  ["x = !a;", ["x = a;"]],
  ["f();", [";"]],
  ["await f();", [";"]],
  ["throw a;", [";"]],
  ["function f() { return a; }", ["function f() { return; }"]],
  ["x = 404;", ["x = 405;"]],
  ['x = "eq";', ['x = "";']],
  ["x = true;", ["x = false;"]],
  ["x = /^a$/i;", ["x = /a$/i;", "x = /^a/i;", "x = /^a$/;"]],
  ["x = [a, b];", ["x = [ b];", "x = [a, ];"]],
  ["const x = { a, b };", ["const x = {  b };", "const x = { a,  };"]],
  ["x = a.toLowerCase();", ["x = a;"]],
  ["x = a.some(b);", ["x = a.every(b);"]],
])("the mutants of %s", (source, mutants) => {
  expect(changed(source)).toEqual(mutants);
});

test.each([
  'import a from "b";',
  'export * from "b";',
  'export { a } from "b";',
  'type A = "x" | 1;',
  "let a: 1;",
  'x = "a sentence about it";',
  "function f() { x = { a: b }; }",
])("none in %s", (source) => {
  expect(changed(source)).toEqual([]);
});

/** Runs a source with probes and gives the texts of the regions that ran. */
function ran(source: string): readonly string[] {
  const { text, regions } = addProbes("a.ts", source, 7);
  const reached = new Set<string>();
  runInNewContext(text, { reached });
  return regions.filter((_, index) => reached.has(`7:${index}`)).map(({ start, end }) => source.slice(start, end).trim());
}

test.each([
  ["if (true) a(); else b(); function a() { 1; } function b() { 2; }", ["a();", "1;"]],
  ["const a = (x) => x ? 1 : 2; a(0);", ["x ? 1 : 2", "2"]],
  ["false && a; null ?? 5;", ["5"]],
  ["switch (1) { case 1: const x = 3; x; break; default: y(); }", ["const x = 3; x; break;"]],
  ["for (const x of [1]) x;", ["x;"]],
])("probes tell what of %s runs", (source, regions) => {
  expect(ran(source).toSorted()).toEqual([source, ...regions].toSorted());
});

test("a mutant belongs to the innermost region that holds it", () => {
  const source = "if (a) { if (b) c(); }";
  const { regions } = addProbes("a.ts", source, 0);
  const at = source.indexOf("c()");
  const { start, end } = regions[regionOf(regions, { start: at, end: at + 3 })]!;
  expect(source.slice(start, end)).toBe("c();");
});

test("a sample is the same for the same seed, another for another, and in order", () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const drawn = sample(items, 10, 1);
  expect(drawn).toHaveLength(10);
  expect(sample(items, 10, 1)).toEqual(drawn);
  expect(sample(items, 10, 2)).not.toEqual(drawn);
  expect(drawn.toSorted((one, other) => one - other)).toEqual(drawn);
  expect(sample(items, 1000, 1)).toEqual(items);
});

test("what a run prints of its survivors can be tried again, also when lines have moved", () => {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-survivors-"));
  const source = "const x = [\n  a,\n  b === c,\n];\nif (d) e();\n";
  const mutants = findMutants("a.ts", source);
  const log = mutants.map((mutant) => printSurvivor(mutant, source, "survived")).join("\n");
  writeFileSync(join(folder, "a.ts"), `// one more line\n${source}`);
  const again = readSurvivors(folder, log).map(
    ({ start, end, replacement }) => `// one more line\n${source}`.slice(0, start) + replacement + `// one more line\n${source}`.slice(end),
  );
  expect(again).toEqual(changed(source).map((text) => `// one more line\n${text}`));
  rmSync(folder, { recursive: true });
});
