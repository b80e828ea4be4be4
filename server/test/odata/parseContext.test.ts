import { describe, expect, test } from "vitest";
import { parseContext } from "../../src/odata/parseContext.ts";
import { printContext } from "../../src/odata/printContext.ts";
import { refusal } from "./refusal.ts";

describe("context URLs", () => {
  test.each([
    ["$ref", { kind: "reference", collection: false }],
    ["Collection($ref)", { kind: "reference", collection: true }],
    ["Edm.String", { kind: "type", type: "Edm.String", collection: false }],
    ["Collection(ns.A)(b,c)", { kind: "type", type: "ns.A", collection: true, select: [{ path: ["b"] }, { path: ["c"] }] }],
    ["a/$entity", { kind: "path", segments: [{ name: "a" }], suffix: "entity" }],
    ["a/$deletedLink", { kind: "path", segments: [{ name: "a" }], suffix: "deletedLink" }],
    ["a/ns.B(*,c/d(e),f+(g))/$delta", { kind: "path", suffix: "delta", segments: [{ name: "a" }, { name: "ns.B" }] }],
    ["a('x%2Fy')/b", { kind: "path", segments: [{ name: "a", arguments: [{ value: { value: "x/y" } }] }, { name: "b" }] }],
    ["a(k=1,l='m')/b(c)", { kind: "path", segments: [{ name: "a" }, { name: "b" }], select: [{ path: ["c"] }] }],
    ["a(b(),@ns.t#q,ns.*)", { select: [{ items: [] }, { path: ["@ns.t#q"] }, { path: ["ns.*"] }] }],
  ])("%s", (text, tree) => {
    expect(parseContext(text)).toMatchObject(tree);
    expect(printContext(parseContext(text))).toBe(text);
  });

  test.each([
    ["", "context: expected the name of an entity set, singleton or type, found the end at position 0."],
    ["a(b", "context: expected ',' or ')', found the end at position 3."],
    ["a(b)/c", "context: expected one of $entity, $delta, $deletedEntity, $link, $deletedLink, found 'c' at position 5."],
    ["a/$each", "context: expected one of $entity, $delta, $deletedEntity, $link, $deletedLink, found '$each' at position 2."],
    ["a/$entity/b", "context: expected the end, found '/' at position 9."],
    ["a(b%2Cc)", "context: expected ',' or ')', found '%' at position 3."],
    ["a('%zz')", "context: expected two hexadecimal digits behind '%' at position 2."],
  ])("%s is refused", (text, message) => expect(refusal(() => parseContext(text))).toBe(message));
});
