import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExpression } from "../../src/odata/parseExpression.ts";
import { parseOptions } from "../../src/odata/parseOptions.ts";
import { parsePath } from "../../src/odata/parsePath.ts";
import { printExpression } from "../../src/odata/printExpression.ts";
import { printOptions } from "../../src/odata/printOptions.ts";
import { printPath } from "../../src/odata/printPath.ts";
import { refusal } from "./refusal.ts";
import { roundTrips } from "./roundTrips.ts";
import { seeded } from "../fuzz/seeded.ts";

/** Of many more trees: server/test-long/grammar.test.ts. */
describe("what is printed parses to the same tree", () => {
  test.each(Object.entries(roundTrips))("%s", (_, holds) => expect(() => holds(1500)).not.toThrow());

  test("aliases and custom options", () => {
    const query = printOptions({ top: 1 }, parseOptions("@b=1&@a='x;y'").aliases, new Map([["x&y", "1+2;{3}"]]));
    expect(query).toBe("$top=1&@a='x;y'&@b=1&x%26y=1%2B2%3B%7B3%7D");
    expect(parseOptions(query).custom.get("x&y")).toBe("1+2;{3}");
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
      seeded(3000),
    );
  });
});
