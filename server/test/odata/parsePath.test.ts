import { describe, expect, test } from "vitest";
import { parsePath } from "../../src/odata/parsePath.ts";
import { printPath } from "../../src/odata/printPath.ts";
import { refusal } from "./refusal.ts";
import { argumentsToText } from "./treeToText.ts";

const read = (path: string) =>
  parsePath(path)
    .map((segment) => segment.name + (segment.arguments === undefined ? "" : argumentsToText(segment.arguments)))
    .join(" | ");

describe("segments", () => {
  test.each([
    ["", ""],
    ["/", ""],
    ["/security/secureScores/", "security | secureScores"],
    ["security", "security"],
    ["/a('it''s')", "a{'it's'}"],
    ["/a(%27it%27%27s%27)", "a{'it's'}"],
    ["/a%28%27x%27%29", "a{'x'}"],
    ["/a('x%2Fy')", "a{'x/y'}"],
    ["/a/x%2Fy", "a | x/y"],
    ["/a/O'Neil", "a | O'Neil"],
    ["/a/Tablet%20(small)", "a | Tablet (small)"],
    ["/a(1)", "a{1}"],
    ["/a(-5)", "a{-5}"],
    ["/a(01234567-89ab-cdef-0123-456789abcdef)", "a{<guid 01234567-89ab-cdef-0123-456789abcdef>}"],
    ["/a(2018-02-13T23:59:59Z)", "a{<dateTimeOffset 2018-02-13T23:59:59Z>}"],
    ["/a(2018-02-13T23:59:59+02:00)", "a{<dateTimeOffset 2018-02-13T23:59:59+02:00>}"],
    ["/a(k=1,b='x')", "a{k=1, b='x'}"],
    ["/a(@key)", "a{<alias key>}"],
    ["/delta()", "delta{}"],
    ["/ns.f(a=@p,b=[1,2])/$count", "ns.f{a=<alias p>, b=<json [1,2]>} | $count"],
    ["/f(a=1)(2)", "f{a=1} | {2}"],
    ["/p/$filter(a/b%20eq%20'x/y)')/$each", "p | $filter{(a/b eq 'x/y)')} | $each"],
    ["/$crossjoin(A,B)", "$crossjoin{A, B}"],
    ["/a+b", "a+b"],
    ["/2f1b/\u00fc%C3%BC", "2f1b | \u00fc\u00fc"],
  ])("%s", (path, tree) => {
    expect(read(path)).toBe(tree);
    expect(read(printPath(parsePath(path)))).toBe(tree);
  });

  test("each segment knows where it stands and what it was", () => {
    expect(parsePath("/ab%20/c('%20')").map(({ at, raw }) => [at, raw])).toEqual([
      [1, "ab "],
      [7, "c(' ')"],
    ]);
  });
});

describe("refusals", () => {
  test.each([
    ["//", "path: expected a segment, found '/' at position 1."],
    ["/a//b", "path: expected a segment, found '/' at position 3."],
    ["/a/%2", "path: expected two hexadecimal digits behind '%' at position 3."],
    ["/a/%FF", "path: expected UTF-8 behind '%' at position 3."],
    ["/a%00", "path: expected text, found the character U+0000 at position 2."],
    ["/a('x", "path: expected the closing quote of the string that begins at position 3, found the end at position 5."],
    ["/a('x/y')", "path: expected the closing quote of the string that begins at position 3, found the end at position 5."],
    ["/a(", "path: expected a value, such as 'text', 42, a GUID or @alias, found the end at position 3."],
    ["/a(b)", "path: expected a value, such as 'text', 42, a GUID or @alias, found 'b' at position 3."],
    ["/a(1,2)", "path: expected ')', found ',' at position 4."],
    ["/a(b=1;c=2)", "path: expected ',' or ')', found ';' at position 6."],
    ["/a(b=1,2)", "path: expected 'name=value', found '2' at position 7."],
    ["/a(1)b", "path: expected '/' or the end of the path, found 'b' at position 5."],
    ["/a('O'Neil')", "path: expected ')', found 'Neil' at position 6."],
  ])("%s", (path, message) => expect(refusal(() => parsePath(path))).toBe(message));
});
