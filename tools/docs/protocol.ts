import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { page, table } from "./markdown.ts";
import { notApplicable } from "./notApplicable.ts";
import { quirks } from "./quirks.ts";
import { requirements, type Requirement } from "./requirements.ts";

const root = join(import.meta.dirname, "../..");
/** Talks about numbers without testing what they stand for. */
const own = "server/test/docs/protocol.test.ts";
const comment = /^\s*(?:\/\/|\/?\*).*$/gm;
const quoted = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;
const list = String.raw`[RQ]\d{1,3}(?:-[RQ]\d{1,3})?(?:, [RQ]\d{1,3}(?:-[RQ]\d{1,3})?)*`;
/** At the beginning of a name, `R1, Q2 the name`, or in parentheses, `the name (R1-R4; RFC 9110)`. */
const cited = new RegExp(String.raw`^(${list})(?= \S)|\((${list})(?=[;)])`, "g");

/** The numbers that the names of tests in a test file carry, as R1 and Q1. */
export function numbersIn(source: string): ReadonlySet<string> {
  const texts = (source.replaceAll(comment, "").match(quoted) ?? []).map((text) => text.slice(1, -1));
  const lists = texts.flatMap((text) => [...text.matchAll(cited)].map(([, atStart, inside]) => atStart ?? inside ?? ""));
  return new Set(lists.flatMap((one) => one.split(", ")).flatMap(rangeOf));
}

function rangeOf(text: string): readonly string[] {
  const [from = "", to = from] = text.split("-");
  return numbersFrom(from, to);
}

function numbersFrom(from: string, to: string): readonly string[] {
  const [first, last] = [Number(from.slice(1)), Number(to.slice(1))];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => `${from[0]}${first + index}`);
}

/** By number, the test files that carry it, from the repository's root. */
export function testsByNumber(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = globSync(["server/test/**/*.test.ts", "server/test-long/**/*.test.ts"], { cwd: root }).map((file) => file.replaceAll("\\", "/"));
  for (const file of files.filter((name) => name !== own).toSorted()) {
    for (const number of numbersIn(readFileSync(join(root, file), "utf8"))) found.set(number, [...(found.get(number) ?? []), file]);
  }
  return found;
}

/** By number, why nothing can show it. */
export const reasons: ReadonlyMap<string, string> = new Map(
  notApplicable.flatMap(([from, to, why]) => numbersFrom(from, to).map((number) => [number, why] as const)),
);

/** Every number of the page, in its order. */
export const numbers: readonly string[] = [
  ...Object.values(requirements)
    .flat()
    .map(([number]) => `R${number}`),
  ...quirks.map(([number]) => `Q${number}`),
];

/** `docs/reference/protocol.md`: every requirement of the wire protocol and the tests that carry its number. */
export function protocolPage(): string {
  const tests = testsByNumber();
  const rows = (letter: "R" | "Q", all: readonly Requirement[]): string =>
    table(
      ["Number", "Requirement", "Tests"],
      all.map(([number, text, decided]) => {
        const name = `${letter}${number}`;
        const why = reasons.get(name);
        const carriers = why === undefined ? (tests.get(name) ?? []).map(link).join(", ") : `*not applicable:* ${why}`;
        return [name, decided === undefined ? text : `${text}. *Here:* ${decided}`, carriers];
      }),
    );
  const carried = numbers.filter((number) => tests.has(number)).length;
  return page(
    "# Wire protocol",
    "Generated from the names of the tests by `node run.mjs tools/docs/write.ts`.",
    `What clients of Graph's security API rely on, as ${numbers.length} numbered requirements: R is what the protocol asks for, Q what published clients were seen to do. *Here* says where this product decides otherwise or more narrowly. A test that carries a number in its name fails when the behaviour is gone; ${carried} numbers are carried by tests, for the other ${numbers.length - carried} stands why not.`,
    ...Object.entries(requirements).flatMap(([group, all]) => [`## ${group}`, rows("R", all)]),
    "## What published clients do",
    rows("Q", quirks),
  );
}

function link(file: string): string {
  return `[${basename(file, ".test.ts")}](../../${file})`;
}
