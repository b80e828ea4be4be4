import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shownBy, withClientsTable } from "../../../tools/docs/clients.ts";

const readme = readFileSync(join(import.meta.dirname, "../../../clients/README.md"), "utf8").replaceAll("\r\n", "\n");

test("the table of clients/README.md says what the names of the tests say (else: node run.mjs tools/docs/write.ts)", () => {
  expect(readme).toBe(withClientsTable(readme));
});

test("no client lacks a test without a reason", () => {
  const rows = readme
    .slice(readme.indexOf("<!-- table -->"), readme.indexOf("<!-- end of table -->"))
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| -"));
  const empty = rows.slice(1).filter((row) => /\|  \|/.test(row));
  expect([rows.length, empty]).toEqual([21, []]);
});

test.each([
  ['test("list, filter: by objects", () => {', true, "list yes, filter yes"],
  ['test("count (fault): is always 0", () => {', true, "count fault"],
  ['test("count: well"); test("count (fault): is always 0")', true, "count yes, fault"],
  ['["409 in a batch, 412 in a batch: each in its place", 1],', true, "409 in a batch yes, 412 in a batch yes"],
  ['test("kiota 429: waits"); test("pnp 400: no")', false, "429 yes"],
  ['test("kiota 429: waits"); test("400: of a shared file")', true, "429 yes, 400 yes"],
  ['test("a listing: nothing of the kind")', true, ""],
])("what kiota is shown to do by %s", (source, isOwn, expected) => {
  expect([...shownBy(source, "kiota", isOwn)].map(([name, shown]) => `${name} ${shown}`).join(", ")).toBe(expected);
});
