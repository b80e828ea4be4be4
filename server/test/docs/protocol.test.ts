import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { numbers, numbersIn, protocolPage, reasons, testsByNumber } from "../../../tools/docs/protocol.ts";

const committed = readFileSync(join(import.meta.dirname, "../../../docs/reference/protocol.md"), "utf8").replaceAll("\r\n", "\n");
const carriers = testsByNumber();

test("requirements and quirks are numbered without a gap", () => {
  const rs = numbers.filter((number) => number.startsWith("R"));
  expect(numbers).toEqual([...rs.map((_, index) => `R${index + 1}`), ...numbers.slice(rs.length).map((_, index) => `Q${index + 1}`)]);
  expect([rs.length, numbers.length]).toEqual([194, 227]);
});

test("every number is carried by the name of a test in server/test, or it is said why not", () => {
  const carried = (number: string): boolean => (carriers.get(number) ?? []).some((file) => file.startsWith("server/test/"));
  expect(numbers.filter((number) => !carried(number) && !reasons.has(number))).toEqual([]);
});

test("what is not applicable has a number and is carried by no test", () => {
  expect([...reasons.keys()].filter((number) => !numbers.includes(number) || carriers.has(number))).toEqual([]);
  for (const why of reasons.values()) expect(why).toMatch(/^[A-Z].{20,}\.$/);
});

test("no test carries a number that is none", () => expect([...carriers.keys()].filter((number) => !numbers.includes(number))).toEqual([]));

test("docs/reference/protocol.md is what the tests' names say (else: node run.mjs tools/docs/write.ts)", () => expect(committed).toBe(protocolPage()));

test.each([
  ['test("R7 one", () => {', ["R7"]],
  ['test("R7, Q12-Q14 several", () => {', ["R7", "Q12", "Q13", "Q14"]],
  ['test("one (R7)", () => {', ["R7"]],
  ['test("several (R7, R12-R14; RFC 6749, 4.1), and more", () => {', ["R7", "R12", "R13", "R14"]],
  ["test(`a template (R9)`, () => {", ["R9"]],
  ['["a case (R3)", 1],', ["R3"]],
  ['// a comment about "R5 something"', []],
  [' * what R5 "(R5)" asks', []],
  ['const R6 = "no number: SR61, R1234, R2 in the middle (see R2)"', []],
  ['const R6 = "R6"', []],
])("numbers of %s", (source, found) => expect([...numbersIn(source)]).toEqual(found));
