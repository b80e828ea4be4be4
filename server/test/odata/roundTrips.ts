import * as fc from "fast-check";
import { expect } from "vitest";
import { parseContext } from "../../src/odata/parseContext.ts";
import { parseExpression } from "../../src/odata/parseExpression.ts";
import { parseOptions } from "../../src/odata/parseOptions.ts";
import { parsePath } from "../../src/odata/parsePath.ts";
import { printApply } from "../../src/odata/printApply.ts";
import { printContext } from "../../src/odata/printContext.ts";
import { printExpression } from "../../src/odata/printExpression.ts";
import { printOptions } from "../../src/odata/printOptions.ts";
import { printPath } from "../../src/odata/printPath.ts";
import { apply } from "./arbitraryApply.ts";
import { context } from "./arbitraryContext.ts";
import { options } from "./arbitraryOptions.ts";
import { literal, name, tree } from "./arbitraryTree.ts";
import { seeded } from "../fuzz/seeded.ts";

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

/** What is printed parses to the same tree: the properties of all printers, each to be held for so many trees. */
export const roundTrips: Readonly<Record<string, (numRuns: number) => void>> = {
  expressions(numRuns) {
    fc.assert(
      fc.property(tree, (found) => {
        const text = printExpression(found).replaceAll("\0", ";");
        fc.pre(!/\$search=/.test(text));
        expect(bare(parseExpression(text, "test", limits))).toEqual(bare(found));
      }),
      seeded(numRuns),
    );
  },
  options(numRuns) {
    fc.assert(
      fc.property(options, (found) => {
        const query = printOptions(found);
        expect(query).toMatch(/^[\x21-\x7e]*$/);
        expect(query).not.toMatch(/[{}#+]/);
        expect(bare(parseOptions(query, limits).options)).toEqual(bare(found));
      }),
      seeded(numRuns),
    );
  },
  transformations(numRuns) {
    fc.assert(
      fc.property(apply, (found) => {
        const query = printOptions({ apply: found });
        const parsed = parseOptions(query, limits).options.apply;
        expect(bare(parsed)).toEqual(bare(found));
        expect(printApply(parsed ?? [])).toBe(printApply(found));
      }),
      seeded(numRuns),
    );
  },
  "context URLs"(numRuns) {
    fc.assert(
      fc.property(context, (found) => {
        const text = printContext(found);
        expect(bare(parseContext(text, limits))).toEqual(bare(found));
      }),
      seeded(numRuns),
    );
  },
  paths(numRuns) {
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
      seeded(numRuns),
    );
  },
};
