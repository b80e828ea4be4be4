import { describe, expect, test } from "vitest";
import type { QueryOptions } from "../../src/odata/options.ts";
import { parseOptions } from "../../src/odata/parseOptions.ts";
import { printApply } from "../../src/odata/printApply.ts";
import { refusal } from "./refusal.ts";
import { searchToText, treeToText } from "./treeToText.ts";

function optionsToText(options: QueryOptions): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (name === "filter" && options.filter) parts.push(`filter ${treeToText(options.filter)}`);
    else if (name === "search" && options.search) parts.push(`search ${searchToText(options.search)}`);
    else if (name === "orderby")
      parts.push(`orderby ${options.orderby?.map((item) => `${treeToText(item.expression)} ${item.descending ? "desc" : "asc"}`).join(", ")}`);
    else if (name === "compute") parts.push(`compute ${options.compute?.map((item) => `${treeToText(item.expression)} as ${item.name}`).join(", ")}`);
    else if (name === "select" || name === "expand") parts.push(`${name} ${itemsToText(options)[name]}`);
    else if (name === "apply") parts.push(`apply ${printApply(options.apply ?? [])}`);
    else parts.push(`${name} ${JSON.stringify(value)}`);
  }
  return parts.join("; ");
}

function itemsToText(options: QueryOptions): Record<"select" | "expand", string> {
  const items = (list: QueryOptions["select"] | QueryOptions["expand"]) =>
    (list ?? [])
      .map((item) => {
        const nested = optionsToText(item.options ?? {});
        const aliases = [...(item.aliases ?? [])].map(([name, value]) => `@${name} ${treeToText(value)}`);
        const inside = [...(nested === "" ? [] : [nested]), ...aliases].join("; ");
        return item.path.join("/") + (item.star ? "*" : "") + ("suffix" in item ? `:${String(item.suffix)}` : "") + (inside === "" ? "" : `{${inside}}`);
      })
      .join(", ");
  return { select: items(options.select), expand: items(options.expand) };
}

const read = (query: string) => optionsToText(parseOptions(query).options);

describe("system query options", () => {
  test.each([
    ["", ""],
    ["&&", ""],
    ["$top=0&$skip=10&$count=TRUE", "top 0; skip 10; count true"],
    ["%24top=2&$SKIP=3", "top 2; skip 3"],
    ["top=2&Filter=a", "top 2; filter a"],
    ["$filter=a+eq+'b+c'", "filter (a eq 'b c')"],
    ["$filter=a%20eq%20%27it%27%27s%26%27", "filter (a eq 'it's&')"],
    ["$filter=a gt 2020-01-01T00:00:00+03:00", "filter (a gt <dateTimeOffset 2020-01-01T00:00:00+03:00>)"],
    ["$filter=a+gt+2020-01-01T00%3A00+03%3A00+and+b", "filter ((a gt <dateTimeOffset 2020-01-01T00:00+03:00>) and b)"],
    ["$filter=a gt 2020-01-01T00:00:00.5%2B03:00", "filter (a gt <dateTimeOffset 2020-01-01T00:00:00.5+03:00>)"],
    ["$filter=a eq 1 ", "filter (a eq 1)"],
    ["$orderby=a desc, b/c ASC,d", "orderby a desc, b/c asc, d asc"],
    ["$select=id, a/b,*,ns.*,ns.f(x,y),@ns.T", "select id, a/b, *, ns.*, ns.f(x,y), @ns.T"],
    ["$select=a($select=b;$top=1)", "select a{select b; top 1}"],
    ["$expand=*", "expand *"],
    ["$expand=a/$ref,*/$ref,b/*($levels=max)", 'expand a:ref, *:ref, b*{levels "max"}'],
    [
      "$expand=a($select=b,c;$top=1;$filter=d eq ';';$orderby=e desc;$expand=f($count=true))",
      "expand a{select b, c; top 1; filter (d eq ';'); orderby e desc; expand f{count true}}",
    ],
    ["expand=a(select=b; top=1)", "expand a{select b; top 1}"],
    ["$expand=a/$count($filter=b;$search=c)", "expand a:count{filter b; search c}"],
    ["$expand=a(@p=$this;$filter=@p/x eq y)", "expand a{filter (@p/x eq y); @p $this}"],
    ["$expand=$value,a/ns.T/b", "expand $value, a/ns.T/b"],
    ["$expand=a($apply=filter(x eq ')');$top=1)", "expand a{apply filter(x eq ')'); top 1}"],
    ["$compute=a mul b as c,day(d) as e", "compute (a mul b) as c, day{d} as e"],
    ["$skiptoken=a@b:c?=d!", 'skiptoken "a@b:c?=d!"'],
    ["$format=application/json;odata.metadata=none", 'format "application/json;odata.metadata=none"'],
    ["$index=-3", "index -3"],
    ["$schemaversion=1.42.2&$id=Products(0)&$deltatoken=x", 'schemaversion "1.42.2"; id "Products(0)"; deltatoken "x"'],
    ["$apply=groupby((a),aggregate($count as n))", "apply groupby((a),aggregate($count as n))"],
  ])("%s", (query, tree) => expect(read(query)).toBe(tree));
});

describe("$search", () => {
  test.each([
    ["blue", "blue"],
    ["a b", "(a AND b)"],
    ["a AND b OR c d", "((a AND b) OR (c AND d))"],
    ["NOT a b", "((NOT a) AND b)"],
    ["a NOT b", "(a AND (NOT b))"],
    ["NOT NOT", "(NOT NOT)"],
    ["AND", "AND"],
    ["AND OR NOT", "(AND OR NOT)"],
    ["a OR", "(a AND OR)"],
    ["(a OR b) AND NOT (c d)", "((a OR b) AND (NOT (c AND d)))"],
    ["a OR(b c)", "(a OR (b AND c))"],
    ["NOT(a)", "(NOT a)"],
    ['"a b" c', '("a b" AND c)'],
    ['"say \\"hi\\""', '"say "hi""'],
    ["a%3Bb", "a;b"],
    ["Daniel's", "Daniel's"],
    ["'\"blue'", '""blue"'],
  ])("%s", (search, tree) => expect(read(`$search=${search}`)).toBe(`search ${tree}`));
});

describe("aliases and custom options", () => {
  test("aliases are trees", () => {
    const { aliases } = parseOptions("@p='x'&$filter=a eq @p&@q=[1,{\"a\":2}]");
    expect([...aliases].map(([name, value]) => `${name} ${treeToText(value)}`)).toEqual(["p 'x'", 'q <json [1,{"a":2}]>']);
  });

  test("names without $ that are not OData's are custom, the first of several counts", () => {
    expect([...parseOptions("foo=b%20c+d&foo=2&!x&A=").custom]).toEqual([
      ["foo", "b c d"],
      ["!x", ""],
      ["A", ""],
    ]);
  });
});

describe("refusals", () => {
  test.each([
    ["$foo=1", "The query option '$foo' is not known."],
    ["$filter =a", "The query option '$filter ' is not known."],
    ["$levels=1", "The query option '$levels' is not known."],
    ["$top=1&$top=1", "The query option '$top' is given more than once."],
    ["$top=1&top=2", "The query option '$top' is given more than once."],
    ["@a=1&@a=2", "The parameter alias '@a' is given more than once."],
    ["@=1", "'@' is not the name of a parameter alias."],
    ["$count", "The query option '$count' has no value: write $count=..."],
    ["$count=1", "$count: expected true or false, found '1' at position 0."],
    ["$top=-1", "$top: expected a whole number that is not negative, found '-' at position 0."],
    ["$top=1.5", "$top: expected a whole number that is not negative, found '1' at position 0."],
    ["$top=", "$top: expected a whole number that is not negative, found the end at position 0."],
    ["$skip=9007199254740993", "$skip: expected a whole number that is not negative, found '9007199254740993' at position 0."],
    ["$top=1 2", "$top: expected the end, found '2' at position 2."],
    ["$filter=%zz", "$filter: expected two hexadecimal digits behind '%' at position 0."],
    ["$filter=a%2", "$filter: expected two hexadecimal digits behind '%' at position 1."],
    ["%zz=1", "query: expected two hexadecimal digits behind '%' at position 0."],
    ["$filter=a %C3%28", "$filter: expected UTF-8 behind '%' at position 2."],
    ["$filter='%ED%A0%80'", "$filter: expected UTF-8 behind '%' at position 1."],
    ["$filter='%00'", "$filter: expected text, found the character U+0000 at position 1."],
    ["$filter='\ud800'", "$filter: expected Unicode text, found half of a surrogate pair at position 0."],
    ["x=%00", "x: expected text, found the character U+0000 at position 0."],
    ["$filter=a#b", "query: a '#' in a value is sent as %23, found '#' at position 9."],
    ["$filter=a eq 'x'&B eq 'y'", "'B eq 'y'' is not a query option. Join conditions of $filter with `and`; an '&' inside a value is sent as %26."],
    ["$filter=a eq 'x'&b eq 'y=z'", "'b eq 'y=z'' is not a query option. Join conditions of $filter with `and`; an '&' inside a value is sent as %26."],
    ["$filter=a&b", "'b' is not a query option. Join conditions of $filter with `and`; an '&' inside a value is sent as %26."],
    ["$search=more&more", "'more' is not a query option. An '&' inside a value is sent as %26."],
    ["$filter=id eq 'a&b'", "$filter: expected the closing quote of the string that begins at position 6, found the end at position 8."],
    ["$select=", "$select: expected a name, found the end at position 0."],
    ["$select=a,", "$select: expected a name, found the end at position 2."],
    ["$orderby=a descending", "$orderby: expected the end, found 'descending' at position 2."],
    ["$compute=a", "$compute: expected 'as' and a name, found the end at position 1."],
    ["$expand=a($top=1", "$expand: expected ';' or ')', found the end at position 8."],
    ["$expand=a($top=1;$top=2)", "$expand: $top twice at position 9."],
    [
      "$expand=a($skiptoken=1)",
      "$expand: expected one of $filter, $search, $orderby, $skip, $top, $count, $select, $expand, $compute, $levels, $apply, found '$skiptoken' at position 2.",
    ],
    [
      "$expand=a()",
      "$expand: expected one of $filter, $search, $orderby, $skip, $top, $count, $select, $expand, $compute, $levels, $apply, found ')' at position 2.",
    ],
    ["$expand=*/a", "$expand: expected $ref, found 'a' at position 2."],
    ["$expand=*/$count", "$expand: expected /$ref, found '/' at position 1."],
    ["$expand=a/$ref/b", "$expand: expected the end, found '/' at position 6."],
    ["$search=a;b", "$search: expected the end, found ';' at position 1."],
    ["$search=", "$search: expected a word or phrase, found the end at position 0."],
    ['$search=""', "$search: expected a word between the double quotes, found '\"' at position 1."],
    ["$search=''", "$search: expected a word between the quotes, found ''' at position 1."],
    ['$search=a AND"b"', "$search: expected the end, found '\"' at position 5."],
    ["$search=(a", "$search: expected ')', found the end at position 2."],
    ["$skiptoken=", "$skiptoken: expected a value, found the end at position 0."],
  ])("%s", (query, message) => expect(refusal(() => parseOptions(query))).toBe(message));

  test("nested options count towards the depth", () => {
    const query = `$expand=${"a($expand=".repeat(101)}b${")".repeat(101)}`;
    expect(refusal(() => parseOptions(query))).toContain("nested deeper than 100 levels");
    expect(refusal(() => parseOptions(`$search=${"(".repeat(101)}a`))).toContain("nested deeper than 100 levels");
    expect(refusal(() => parseOptions(`$search=${"NOT ".repeat(101)}a`))).toContain("nested deeper than 100 levels");
  });
});
