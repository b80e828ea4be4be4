import { describe, expect, test } from "vitest";
import { parseOptions } from "../../src/odata/parseOptions.ts";
import { printApply } from "../../src/odata/printApply.ts";
import { refusal } from "./refusal.ts";
import { aggregationToText, treeToText } from "./treeToText.ts";

/** A tree with all its members, positions left out, expressions in brackets of their own. */
function toText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if ("value" in value && "from" in value) return aggregationToText(value as never);
  if ("kind" in value && ["path", "binary", "literal", "call", "not"].includes(String(value.kind)) && !("path" in value) && !("parameters" in value)) {
    return treeToText(value as never);
  }
  const members = Object.entries(value).filter(([name]) => name !== "at" && name !== "kind");
  const inside = members.map(([name, member]) => `${name}: ${toText(member)}`).join(", ");
  return ("kind" in value ? String(value.kind) : "") + (inside === "" ? "" : `{${inside}}`);
}

const parse = (apply: string) => parseOptions(`$apply=${encodeURIComponent(apply)}`).options.apply ?? [];

describe("transformations", () => {
  test.each([
    ["identity", "[identity]"],
    ["aggregate(score with sum as total)", "[aggregate{items: [{of: score with sum, alias: total}]}]"],
    ["AGGREGATE( score  WITH Sum  AS total )", "[aggregate{items: [{of: score with sum, alias: total}]}]"],
    [
      "aggregate(a mul 2 with ns.median as m,$count as n)",
      "[aggregate{items: [{of: (a mul 2) with ns.median, alias: m}, {of: $count with its own, alias: n}]}]",
    ],
    ["aggregate(budget,tags/$count as n)", "[aggregate{items: [{of: budget with its own}, {of: tags/$count with its own, alias: n}]}]"],
    ["aggregate(budget as b)", "[aggregate{items: [{of: budget with its own, alias: b}]}]"],
    ["aggregate(a with sum from day,b/c with average as x)", "[aggregate{items: [{of: a with sum from day+b/c with average, alias: x}]}]"],
    ["aggregate(budget from day from b with max as x)", "[aggregate{items: [{of: budget with its own from day with its own from b with max, alias: x}]}]"],
    ["groupby((a,b/c))", "[groupby{keys: [path{path: [a]}, path{path: [b, c]}]}]"],
    ["groupby((rollup(a,b/c),d),top(1)/skip(2))", "[groupby{keys: [rollup{paths: [[a], [b, c]]}, path{path: [d]}], each: [top{count: 1}, skip{count: 2}]}]"],
    [
      "groupby((rolluprecursive($root/nodes,h,node/id,filter(id eq 1))))",
      "[groupby{keys: [rolluprecursive{hierarchy: {nodes: $root/nodes, qualifier: h, path: [node, id]}, nodes: [filter{predicate: (id eq 1)}]}]}]",
    ],
    ["topcount(2,a)/bottompercent(a add 1,b)", "[topcount{amount: 2, by: a}, bottompercent{amount: (a add 1), by: b}]"],
    ["compute(a add 1 as b, year(c) as d)", "[compute{items: [{expression: (a add 1), name: b}, {expression: year{c}, name: d}]}]"],
    ["concat(identity,aggregate($count as n))", "[concat{sequences: [[identity], [aggregate{items: [{of: $count with its own, alias: n}]}]]}]"],
    ["nest(identity as a,top(1) as b)", "[nest{items: [{sequence: [identity], alias: a}, {sequence: [top{count: 1}], alias: b}]}]"],
    ["addnested(a/b,filter(c) as d)", "[addnested{path: [a, b], items: [{sequence: [filter{predicate: c}], alias: d}]}]"],
    ["join(a as b)/outerjoin(a as b,top(1))", "[join{path: [a], alias: b}, outerjoin{path: [a], alias: b, each: [top{count: 1}]}]"],
    [
      "ancestors($root/n,h,id,identity,2,keep start)",
      "[ancestors{hierarchy: {nodes: $root/n, qualifier: h, path: [id]}, start: [identity], distance: 2, keepStart: true}]",
    ],
    [
      "traverse($root/n,h,id,preorder,identity,a desc)",
      "[traverse{hierarchy: {nodes: $root/n, qualifier: h, path: [id]}, order: preorder, start: [identity], siblings: [{expression: a, descending: true}]}]",
    ],
    ["ns.f()/ns.g(p=1)", "[call{name: ns.f, parameters: []}, call{name: ns.g, parameters: [{name: p, value: 1}]}]"],
    ["orderby(a desc,b)/search(x)", "[orderby{items: [{expression: a, descending: true}, {expression: b, descending: false}]}, search{search: word{text: x}}]"],
  ])("%s", (apply, tree) => {
    expect(toText(parse(apply))).toBe(tree);
    expect(toText(parse(printApply(parse(apply))))).toBe(tree);
  });

  test("a first sibling that looks like a transformation is printed so that it stays one", () => {
    const tree = parse("traverse($root/n,h,id,postorder,(concat(a,b)) desc,c)");
    expect(printApply(tree)).toBe("traverse($root/n,h,id,postorder,(concat(a,b)) desc,c)");
    expect(toText(parse(printApply(tree)))).toBe(toText(tree));
  });
});

describe("refusals", () => {
  test.each([
    ["", "$apply: expected a transformation such as aggregate(...), groupby(...) or filter(...), found the end at position 0."],
    ["top(1)/", "$apply: expected a transformation such as aggregate(...), groupby(...) or filter(...), found the end at position 7."],
    ["identity()", "$apply: expected the end, found '(' at position 8."],
    ["aggregate(a with sum)", "$apply: expected 'as' and a name, found ')' at position 20."],
    ["aggregate($count)", "$apply: expected 'as' and a name, found ')' at position 16."],
    ["aggregate($count with sum as n)", "$apply: expected 'as' and a name, found 'with' at position 17."],
    ["aggregate(a add 1 as b)", "$apply: expected 'with' and a method of aggregation, found 'as' at position 18."],
    [
      "aggregate(a with median as b)",
      "$apply: expected sum, min, max, average, countdistinct or the qualified name of a method, found 'median' at position 17.",
    ],
    ["aggregate(a with sum from b as c)", "$apply: expected 'with' and a method of aggregation, found 'as' at position 28."],
    ["groupby(a)", "$apply: expected '(', found 'a' at position 8."],
    ["groupby((a/@ns.t))", "$apply: expected ',' or ')', found '/' at position 10."],
    ["groupby((a/ns.T))", "$apply: expected '/' and a property of this type, found ')' at position 15."],
    ["groupby((a),top(1)", "$apply: expected ',' or ')', found the end at position 18."],
    ["concat(identity)", "$apply: expected ',' and another sequence of transformations, found ')' at position 15."],
    ["nest(identity)", "$apply: expected 'as' and a name, found ')' at position 13."],
    ["topcount(1)", "$apply: expected ',', found ')' at position 10."],
    ["top(-1)", "$apply: expected a whole number that is not negative, found '-' at position 4."],
    ["ancestors(n,h,id,identity)", "$apply: expected $root and the path of the hierarchy's nodes, found 'n' at position 10."],
    ["ancestors($root/n,h,id,identity,0)", "$apply: expected a distance from 1 or 'keep start', found '0' at position 32."],
    ["ancestors($root/n,h,id,identity,2,3)", "$apply: expected 'keep start', found '3' at position 34."],
    ["traverse($root/n,h,id,inorder)", "$apply: expected preorder or postorder, found 'inorder' at position 22."],
  ])("%s", (apply, message) => expect(refusal(() => parse(apply))).toBe(message));

  test("an unknown transformation: those that there are", () => {
    expect(refusal(() => parse("average(a)"))).toMatch(/^\$apply: expected one of identity, aggregate, groupby, .*, found 'average' at position 0\.$/);
  });

  test("sequences in sequences count towards the depth", () => {
    expect(refusal(() => parse(`${"concat(identity,".repeat(101)}identity${")".repeat(101)}`))).toContain("nested deeper than 100 levels");
  });
});
