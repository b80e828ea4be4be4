import { beforeAll, describe, expect, test } from "vitest";
import { createDatabase } from "./databases.ts";
import type { Scalar } from "../../src/plan/typed.ts";
import { compileQuery } from "../../src/store/compileQuery.ts";
import { queryOf } from "../store/fixture.ts";
import { openCompiled, target, type Compiled } from "./compiled.ts";

let compiled: Compiled;
beforeAll(async () => {
  const database = await createDatabase();
  compiled = await openCompiled(database.url);
  return async () => {
    await compiled.client.end();
    await database.drop();
  };
});

const characters = Array.from({ length: 0x110000 - 1 }, (_, index) => index + 1)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));
const texts = Array.from({ length: Math.ceil(characters.length / 100) }, (_, index) => characters.slice(index * 100, index * 100 + 100).join(" "));

describe("hot plans are ranges of an index, in the order of the page, nothing is sorted", () => {
  beforeAll(async () => {
    await compiled.client.query(`INSERT INTO "hub_items" ("hub", "id", "seq", "type", "name", "rank", "created", "maker_provider", "body")
      SELECT 5, 'i' || i, i, 'test.store.item', 'n' || i % 200, i % 300, '2026-01-' || i % 20, CASE WHEN i % 3 > 0 THEN 'p' || i % 300 END, '{}' FROM generate_series(1, 20000) AS e(i)`);
    await compiled.client.query("ANALYZE");
    return () => compiled.client.query('DELETE FROM "hub_items"');
  });
  const plans = async (options: string, cursor?: readonly Scalar[]): Promise<string[]> => {
    const query = compileQuery(queryOf(options), target, cursor);
    const lines: string[] = [];
    for (const text of [query, ...query.behind]) lines.push(...(await compiled.plan(text, { hub: 5, limit: 21, ...(cursor === undefined ? {} : { cursor }) })));
    return lines.filter((line) => !line.startsWith("Limit")).map((line) => line.replaceAll(/::(bigint|text)( COLLATE "C")?|"|->\s+/g, ""));
  };

  test.each([
    ["", ["Index Scan Backward using hub_items.by created on hub_items t", "Index Cond: (hub = '5')"]],
    ["$orderby=id", ["Index Scan using hub_items_hub_id_key on hub_items t", "Index Cond: (hub = '5')"]],
    ["$orderby=name", ["Index Scan using hub_items.by name on hub_items t", "Index Cond: (hub = '5')"]],
    ["$orderby=name desc", ["Index Scan Backward using hub_items.by name on hub_items t", "Index Cond: (hub = '5')"]],
    ["$filter=name eq 'n7'", ["Index Scan using hub_items.by name on hub_items t", "Index Cond: ((hub = '5') AND (name = 'n7'))"]],
    ["$filter=rank eq 7", ["Index Scan using hub_items.by rank on hub_items t", "Index Cond: ((hub = '5') AND (rank = '7'))"]],
    [
      "$filter=created ge 2026-01-18T00:00:00Z",
      ["Index Scan Backward using hub_items.by created on hub_items t", "Index Cond: ((hub = '5') AND (created >= '2026-01-18T00:00:00.0000000Z'))"],
    ],
    [
      "$filter=startswith(name,'n19')&$orderby=name",
      ["Index Scan using hub_items.by name on hub_items t", "Index Cond: ((hub = '5') AND (name >= 'n19') AND (name < 'n1:'))"],
    ],
    ["$filter=id eq 'i7'", ["Index Scan using hub_items_hub_id_key on hub_items t", "Index Cond: ((hub = '5') AND (id = 'i7'))"]],
  ])("%s", async (options, expected) => {
    const lines = await plans(options);
    expect(lines.filter((line) => !line.startsWith("Sort"))).toEqual(expected);
    if (!options.includes("id eq")) expect(lines).toEqual(expected);
  });

  test("a cursor deep in the default order, and one among the rows without a value", async () => {
    const index = "Index Scan Backward using hub_items.by created on hub_items t";
    expect(await plans("", ["2026-01-7", "i99"])).toEqual([
      index,
      "Index Cond: ((hub = '5') AND (created = '2026-01-7') AND (id < 'i99'))",
      index,
      "Index Cond: ((hub = '5') AND (created < '2026-01-7'))",
      index,
      "Index Cond: ((hub = '5') AND (created IS NULL))",
    ]);
    expect(await plans("$orderby=maker/provider", [null, "2026-01-7", "i99"])).toContain("Index Cond: ((hub = '5') AND (maker_provider IS NOT NULL))");
  });
});

describe("case is JavaScript's", () => {
  test.each(["lower", "upper"] as const)("%s, of every character of Unicode", async (direction) => {
    const change = (text: string) => (direction === "lower" ? text.toLowerCase() : text.toUpperCase());
    const { rows } = await compiled.client.query<{ c: string; changed: string }>(
      `SELECT c, secgraph_${direction}(c) AS changed FROM json_array_elements_text($1::json) AS e(c)`,
      [JSON.stringify(texts)],
    );
    expect(rows.length).toBe(texts.length);
    expect(rows.filter(({ c, changed }) => changed !== change(c))).toEqual([]);
  });

  test.each(["ΑΣ", "ΑΣΑ", "Σ", "ΑΣ ΒΣ", "ΑΣ'", "ΑΣ'Β", "Α'Σ", "aΣ.b", "𝐀Σ", "ʰΣ", "aʰΣ", "ΑΣΣ", "STRASSE ßΣ", "İΣ"])("of a sigma in %s", async (text) => {
    const { rows } = await compiled.client.query(`SELECT secgraph_lower($1) AS lower, secgraph_upper($1) AS upper`, [text]);
    expect(rows).toEqual([{ lower: text.toLowerCase(), upper: text.toUpperCase() }]);
  });
});

test.each([
  "$filter=big eq 9007199254740993.0", "$filter=weight eq 9007199254740993", "$filter=big gt weight", "$filter=price eq weight", "$filter=rank eq 1.5",
  "$filter=rank add 1 eq 2", "$filter=big add big gt 1", "$filter=weight mul 1e308 gt 1e308", "$filter=weight mul 1e-320 eq 0", "$filter=rank div 2 eq 1",
  "$filter=rank mod 2 eq 1", "$filter=weight mod 0.1 gt 0.05", "$filter=rank divby 2 eq 0.5", "$filter=-rank gt 0", "$filter=null eq null", "$filter=null add 1 eq null", "$filter=-null eq 1",
  "$filter=length(null) eq 1", "$filter=null gt 1", "$filter=not null", "$filter=null", "$filter=true", "$filter=true and active", "$filter=active in (true,false)", "$filter=active gt false",
  "$filter=(name eq 'a') eq true", "$filter=free", "$filter=free eq null", "$filter=free in (1,'a',true,null)", "$filter=free eq free", "$filter=free gt duration'PT1S'", "$filter=free add 1 gt 0",
  "$filter=contains(free,'a')", "$filter=year(free) eq 2026", "$filter=lasts gt duration'PT1S'", "$filter=lasts add lasts gt duration'PT1S'", "$filter=time gt 12:00", "$filter=day eq 2026-01-01",
  "$filter=year(day) eq 2026", "$filter=date(created) eq 2026-01-01", "$filter=time(created) gt 12:00", "$filter=fractionalseconds(created) lt 0.5", "$filter=substring(name,1) eq 'b'",
  "$filter=substring(name,1,null) eq 'b'", "$filter=substring(name,-1,rank) eq 'b'", "$filter=indexof(name,'') eq 0", "$filter=trim(name) eq 'x'", "$filter=concat(name,null) eq 'x'",
  "$filter=tolower(name) gt toupper(name)", "$filter='a' gt 'B'", "$filter=startswith(name,tolower(name))", "$filter=endswith(name,free)", "$filter=color eq 'red'", "$filter=color in ('red',null)",
  "$filter=rights has test.store.rights'write'", "$filter=rights has free", "$filter=ref eq 01234567-89ab-cdef-0123-456789abcdef", "$filter=parts/any(p:p/total eq 1 and p/score gt rank)", "$filter=tags/all(t:t ne name)",
  "$filter=parts/any(p:p/labels/any(l:l eq name and p/total eq 1))", "$filter=parts/$count gt rank", "$filter=maker eq null", "$filter=parts/any(p:p/maker eq null)", "$filter=isof(test.store.special)",
  "$filter=round(weight) eq 1", "$filter=floor(rank) eq ceiling(weight)", "$filter=created gt now()", "$filter=created lt maxdatetime()", "$filter=test.store.special/shared eq 'x'", "$filter=rank in (1,2.5,9007199254740993)",
  "$filter=free in (2.5,duration'PT1S')", "$filter=1 eq 1.0", "$filter=1 in (1,2)", "$filter=rank eq null", "$filter=null ne rank", "$filter=free mod 2 eq 1", "$filter=big eq 9223372036854775808",
  "$orderby=free desc,name,weight desc,active", "$orderby=name eq 'a'", "$orderby=true", "$orderby=null", "$orderby=1", "$orderby='a' desc", "$orderby=rank add 1", "$orderby=tolower(name) desc", "$orderby=parts/$count",
  "$filter=name eq 'a'&$top=1&$skip=2", "$count=true",
])("%s is prepared and run", async (options) => {
  await expect(compiled.run(compileQuery(queryOf(options), target))).resolves.toEqual([]);
}); // prettier-ignore

test("floating-point arithmetic is IEEE 754's, to the ends of its range", async () => {
  const values = [
    5e-324,
    1e-323,
    -5e-324,
    2.2250738585072014e-308,
    1e-200,
    0.1,
    -0.3,
    1,
    2,
    3,
    1e200,
    8.98846567431158e307,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    Infinity,
  ];
  const pairs = values.flatMap((a) => values.map((b) => [a, b] as const));
  const { rows } = await compiled.client.query<Record<string, string>>(
    `SELECT ${["add", "sub", "mul", "div", "mod"].map((name) => `secgraph_calculate('${name}', secgraph_exact(a), secgraph_exact(b), TRUE)::float8::text AS "${name}"`).join(", ")}
     FROM unnest($1::float8[], $2::float8[]) AS p(a, b)`,
    [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
  );
  const shown = (value: number) => (Number.isNaN(value) ? null : value + 0);
  const found = rows.map((row) => Object.values(row).map((text: string | null) => (text === null ? null : Number(text))));
  expect(found).toEqual(pairs.map(([a, b]) => [a + b, a - b, a * b, a / b, a % b].map(shown)));
});
