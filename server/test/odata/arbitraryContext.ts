import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { contextSuffixes } from "../../src/odata/context.ts";
import type { Context, ContextItem } from "../../src/odata/context.ts";
import { at, literal, name, optional, qualified, steps } from "./arbitraryTree.ts";

const contextItems = fc.letrec<{ items: ContextItem[] }>((tie) => ({
  items: fc.array(
    fc
      .tuple(
        fc.oneof(
          steps,
          qualified.map((found) => [`${found}.*`]),
          fc.constant(["*"]),
          qualified.map((found) => [`@${found}#q`]),
        ),
        fc.boolean(),
        fc.oneof({ maxDepth: 2 }, fc.constant({}), optional(tie("items"), "items")),
      )
      .map(([path, recursive, items]): ContextItem => ({ at, path, recursive, ...items })),
    { minLength: 1, maxLength: 2 },
  ),
})).items;

const keyLiteral = literal.filter((found) => !["geo", "enum", "null"].includes(found.literal));

/** The fragment of a context URL. */
export const context: Arbitrary<Context> = fc.oneof(
  fc.boolean().map((collection): Context => ({ kind: "reference", collection })),
  fc
    .tuple(qualified, fc.boolean(), optional(contextItems, "select"))
    .map(([type, collection, select]): Context => ({ kind: "type", type, collection, ...select })),
  fc
    .tuple(
      name,
      fc.array(fc.oneof(name, qualified), { maxLength: 2 }),
      fc.option(keyLiteral),
      optional(contextItems, "select"),
      optional(fc.constantFrom(...contextSuffixes), "suffix"),
    )
    .map(([first, rest, key, select, suffix]): Context => {
      const begin = { at, name: first, ...(key === null ? {} : { arguments: [{ value: key }] }) };
      return { kind: "path", segments: [begin, ...rest.map((found) => ({ at, name: found }))], ...select, ...suffix };
    }),
);
