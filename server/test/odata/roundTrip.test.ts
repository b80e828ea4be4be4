import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExpression } from "../../src/odata/parseExpression.ts";
import { parseOptions } from "../../src/odata/parseOptions.ts";
import { parsePath } from "../../src/odata/parsePath.ts";
import { printExpression } from "../../src/odata/printExpression.ts";
import { printOptions } from "../../src/odata/printOptions.ts";
import { printPath } from "../../src/odata/printPath.ts";
import { literal, name, options, tree } from "./arbitraryTree.ts";
import { refusal } from "./refusal.ts";

const limits = { depth: 1000, nodes: 1_000_000, length: 1_000_000 };

/** The same tree without positions. */
function bare(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(bare);
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "at")
      .map(([key, member]) => [key, bare(member)]),
  );
}

describe("what is printed parses to the same tree", () => {
  test("expressions", () => {
    fc.assert(
      fc.property(tree, (found) => {
        const text = printExpression(found).replaceAll("\0", ";");
        fc.pre(!/\$search=/.test(text));
        expect(bare(parseExpression(text, "test", limits))).toEqual(bare(found));
      }),
      { numRuns: 2000 },
    );
  });

  test("options", () => {
    fc.assert(
      fc.property(options, (found) => {
        const query = printOptions(found);
        expect(query).toMatch(/^[\x21-\x7e]*$/);
        expect(query).not.toMatch(/[{}#+]/);
        expect(bare(parseOptions(query, limits).options)).toEqual(bare(found));
      }),
      { numRuns: 1000 },
    );
  });

  test("aliases and custom options", () => {
    const query = printOptions({ top: 1 }, parseOptions("@b=1&@a='x;y'").aliases, new Map([["x&y", "1+2;{3}"]]));
    expect(query).toBe("$top=1&@a='x;y'&@b=1&x%26y=1%2B2%3B%7B3%7D");
    expect(parseOptions(query).custom.get("x&y")).toBe("1+2;{3}");
  });

  test("paths", () => {
    const segment = fc.oneof(
      fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
        .filter((text) => !/[\0(]/.test(text))
        .map((text) => ({ at: 0, name: text, raw: text })),
      fc
        .tuple(name, fc.array(literal, { maxLength: 1 }))
        .map(([text, values]) => ({ at: 0, name: text, arguments: values.map((value) => ({ value })), raw: "" })),
    );
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const path = printPath(segments);
        expect(path).toMatch(/^[\x21-\x7e]*$/);
        expect(parsePath(path).map((found) => bare([found.name, found.arguments]))).toEqual(
          segments.map((given) => bare([given.name, "arguments" in given ? given.arguments : undefined])),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe("any text is read or refused, and nothing else", () => {
  test("expressions, queries and paths", () => {
    const piece = fc.constantFrom(
      "a",
      " ",
      "eq",
      "(",
      ")",
      "'",
      "not ",
      "in",
      ",",
      "/",
      "any",
      ":",
      "$",
      "@",
      "1",
      "-",
      ".",
      "T",
      "%27",
      "%",
      "&",
      "=",
      ";",
      "$filter=",
      "$expand=",
      '"',
      "[",
      "{",
      "]",
      "}",
      "\u00fc",
      "+",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        for (const act of [
          () => printExpression(parseExpression(text, "t")),
          () => printOptions(parseOptions(text).options),
          () => printPath(parsePath(text)),
        ]) {
          expect(typeof refusal(act)).toBe("string");
        }
      }),
      { numRuns: 3000 },
    );
  });
});
