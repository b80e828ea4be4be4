import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant } from "./findMutants.ts";

/** A change that no test noticed, as it is printed: place, kind, and the lines before and after. */
export function printSurvivor(mutant: Mutant, source: string, fate: string): string {
  const { file, line, what, start, end, replacement } = mutant;
  const from = source.lastIndexOf("\n", start - 1) + 1;
  const to = source.indexOf("\n", end) === -1 ? source.length : source.indexOf("\n", end);
  const after = source.slice(from, start) + replacement + source.slice(end, to);
  return `${file}:${line} ${what}, ${fate}\n${marked(source.slice(from, to), "-")}\n${marked(after, "+")}`;
}

const marked = (text: string, mark: string): string => text.replaceAll(/^/gm, `  ${mark} `);

/** The changes that a printed run left, as far as the lines that they change still stand once in their files. */
export function readSurvivors(root: string, log: string): readonly Mutant[] {
  const found = log.replaceAll("\r\n", "\n").matchAll(/^(\S+):(\d+) (.+), (?:survived|unreached)\n((?: {2}- .*\n)+)((?: {2}\+ .*(?:\n|$))+)/gm);
  return [...found].flatMap(([, file = "", , what = "", before = "", after = ""]) => {
    const [text, replacement] = [before, after].map((lines) => lines.replaceAll(/^ {2}[-+] /gm, "").replace(/\n$/, "")) as [string, string];
    const source = readFileSync(join(root, file), "utf8");
    const start = source.indexOf(text);
    if (start < 0 || source.includes(text, start + 1)) return [];
    return [{ file, what, start, end: start + text.length, replacement, line: source.slice(0, start).split("\n").length }];
  });
}
