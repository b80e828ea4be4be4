import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { numbersIn, protocolPage } from "../../../tools/docs/protocol.ts";
import { requirements } from "../../../tools/docs/requirements.ts";

const root = join(import.meta.dirname, "../../..");
const committed = readFileSync(join(root, "docs/reference/protocol.md"), "utf8").replaceAll("\r\n", "\n");

interface Row {
  readonly number: string;
  readonly title: string;
  readonly files: readonly string[];
}

function rowsOf(page: string): readonly Row[] {
  return [...page.matchAll(/^\| (R\d+) \| (.*?) \| (.*) \|$/gm)].map(([, number = "", title = "", tests = ""]) => ({
    number,
    title,
    files: [...tests.matchAll(/\(\.\.\/\.\.\/([^)]+)\)/g)].map(([, file = ""]) => file),
  }));
}

test("the requirements are numbered without a gap", () => {
  const numbers = Object.values(requirements)
    .flat()
    .map(([number]) => number);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

test("docs/reference/protocol.md has every requirement (else: node run.mjs tools/docs/write.ts)", () => {
  const named = (page: string): unknown => rowsOf(page).map(({ number, title }) => [number, title]);
  expect(named(committed)).toEqual(named(protocolPage()));
});

/** A page may wait for new tests; what it names must be true. */
test("every test that docs/reference/protocol.md names is there and carries the number (else: node run.mjs tools/docs/write.ts)", () => {
  const wrong = rowsOf(committed).flatMap(({ number, files }) =>
    files
      .filter((file) => !existsSync(join(root, file)) || !numbersIn(readFileSync(join(root, file), "utf8")).has(Number(number.slice(1))))
      .map((file) => `${number} ${file}`),
  );
  expect(wrong).toEqual([]);
});

test.each([
  ['test("one (R7)", () => {', [7]],
  ['test("several (R7, R12-R14)", () => {', [7, 12, 13, 14]],
  ["test(`a template (R9)`, () => {", [9]],
  ['["a case (R3)", 1],', [3]],
  ["// a comment about R5", []],
  ['const R6 = "no number: SR61, R1234"', []],
])("numbers of %s", (source, numbers) => {
  expect([...numbersIn(source)]).toEqual(numbers);
});
