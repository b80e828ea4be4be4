import { beforeAll, describe, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EntityType } from "../../src/edm/types.ts";
import type { Scalar } from "../../src/plan/typed.ts";
import { compileExpansion } from "../../src/store/compileExpansion.ts";
import { compileCount, compileQuery, type Compiled, type CompiledRows, type CompileTarget } from "../../src/store/compileQuery.ts";
import type { Dialect } from "../../src/store/dialect.ts";
import { postgresDialect } from "../../src/store/postgres/dialect.ts";
import { sqliteDialect } from "../../src/store/sqlite/dialect.ts";
import { schemaOf } from "../../src/store/schema.ts";
import { runWith, valuesOf, type SqlText } from "../../src/store/sqlText.ts";
import type { SqliteConnection } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { openSqliteStore } from "../../src/store/sqlite/openSqliteStore.ts";
import { statementsOf } from "../../src/store/statements.ts";
import { items, model, notes, queryOf } from "./fixture.ts";

const dialects: Readonly<Record<string, Dialect>> = { sqlite: sqliteDialect, postgres: postgresDialect };
const schema = schemaOf(model);
const table = schema.tableOf(items)!;
const noteTable = schema.tableOf(notes)!;
const special = model.findType("special");
const run = runWith({ hub: 7, tenant: "T", parents: ["P"], limit: 11, now: "2026-01-01T00:00:00.0000000Z", list: "[]" });

function page(
  options: string,
  { dialect = "sqlite", cursor, ...more }: Partial<Omit<CompileTarget, "dialect">> & { dialect?: string; cursor?: readonly Scalar[] } = {},
): CompiledRows {
  return compileQuery(queryOf(options), { dialect: dialects[dialect]!, table, scope: "hub", ...more }, cursor);
}

/** What stands between WHERE and ORDER BY, with the values of its parameters in their places. */
function condition(compiled: Compiled): string {
  const values = valuesOf(compiled, run);
  const text = /WHERE (.*) ORDER BY/.exec(compiled.sql)![1]!;
  return text.replaceAll(/[?$](\d+)/g, (_, n: string) => String(values[Number(n) - 1])).replaceAll('"', "");
}

describe("in sqlite", () => {
  test.each([
    ["name eq 'a'", "t.name = a"],
    ["name ne 'a'", "(t.name IS NOT a)"],
    ["'a' eq name", "a = t.name"],
    ["name eq null", "(t.name IS NULL)"],
    ["not (name eq 'a')", "NOT ((t.name IS a))"],
    ["rank gt 1", "t.rank > 1"],
    ["not (rank gt 1)", "NOT (coalesce(t.rank > 1, 0))"],
    ["active", "t.active = 1"],
    ["active eq false", "t.active = 0"],
    ["color eq 'blue'", "t.color = 2"],
    ["rights has test.store.rights'write,run'", "((t.rights & 6) = 6)"],
    ["created lt 2026-01-31T23:00:00-02:00", "t.created < 2026-02-01T01:00:00.0000000Z"],
    ["time eq 12:30", "t.time = 12:30:00.0000000"],
    ["lasts eq duration'PT1M'", "t.lasts = 600000000"],
    ["name in ('a','b',null)", "(t.name IN (a, b) OR (t.name IS NULL))"],
    ["contains(name,'50%')", "(instr(t.name, 50%) > 0)"],
    ["startswith(name,'ab')", "(t.name >= ab AND t.name < ac)"],
    ["endswith(name,'b')", "(length(t.name) >= length(b) AND substr(t.name, length(t.name) - length(b) + 1) = b)"],
    ["tolower(name) eq 'a'", "CASE WHEN t.name GLOB '*[^ -~]*' THEN secgraph_lower(t.name) ELSE lower(t.name) END = a"],
    ["year(created) eq 2026", "CAST(substr(t.created, 1, 4) AS INTEGER) = 2026"],
    ["hour(time) eq 12", "CAST(substr(t.time, 1, 2) AS INTEGER) = 12"],
    ["created gt now()", "t.created > 2026-01-01T00:00:00.0000000Z"],
    ["rank add 1 eq 2", "(t.rank + CAST(1 AS INTEGER)) = 2"],
    ["maker/provider eq 'p'", "t.maker_provider = p"],
    ["maker eq null", "(json_extract(t.body, $.maker) IS NULL)"],
    ["type eq 'x'", "t.type_ = x"],
    ["test.store.special/extra eq 'x'", "t.extra = x"],
    ["test.store.special/shared eq 'x'", "CASE WHEN t.type = test.store.special THEN t.shared END = x"],
    ["shared eq 'x'", "t.shared = x"],
    ["parts/any()", "EXISTS (SELECT 1 FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n)"],
    ["parts/any(p:p/name eq 'x')", "t.n IN (SELECT s1.n FROM hub_items.parts AS s1 WHERE s1.hub = 7 AND s1.name = x)"],
    ["parts/any(p:p/name eq name)", "EXISTS (SELECT 1 FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n AND ((s1.name IS t.name)))"],
    ["tags/all(x:x ne 'a')", "NOT EXISTS (SELECT 1 FROM hub_items.tags AS s1 WHERE s1.hub = t.hub AND s1.n = t.n AND ((s1.value IS NOT a)) IS NOT TRUE)"],
    ["parts/$count gt 1", "(SELECT count(*) FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n) > 1"],
    [
      "parts/any(p:p/labels/any(l:l eq 'x'))",
      "EXISTS (SELECT 1 FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n AND (EXISTS (SELECT 1 FROM hub_items.parts_labels AS s2 WHERE s2.hub = s1.hub AND s2.n = s1.n AND s2.o1 = s1.o1 AND (s2.value = x))))",
    ],
  ])("$filter=%s", (filter, expected) => {
    expect(condition(page(`$filter=${encodeURIComponent(filter)}`))).toBe(`t.hub = 7 AND ${expected}`);
  });
});

/** The condition in the SQL of PostgreSQL; the casts of parameters of text are left out. */
const onPostgres: Readonly<Record<string, string>> = {
  "name eq 'a'": "t.name = a",
  "name ne 'a'": "(t.name IS DISTINCT FROM a)",
  "'a' eq name": "a = t.name",
  "name eq null": "(t.name IS NULL)",
  "not (name eq 'a')": "NOT ((t.name IS NOT DISTINCT FROM a))",
  "rank gt 1": "t.rank > 1::bigint",
  "not (rank gt 1)": "NOT (coalesce(t.rank > 1::bigint, FALSE))",
  active: "t.active = TRUE",
  "active eq false": "t.active = FALSE",
  "color eq 'blue'": "t.color = 2::bigint",
  "rights has test.store.rights'write,run'": "((t.rights & 6::bigint) = 6::bigint)",
  "created lt 2026-01-31T23:00:00-02:00": "t.created < 2026-02-01T01:00:00.0000000Z",
  "time eq 12:30": "t.time = 12:30:00.0000000",
  "lasts eq duration'PT1M'": "t.lasts = 600000000::bigint",
  "name in ('a','b',null)": "(t.name IN (a, b) OR (t.name IS NULL))",
  "contains(name,'50%')": "(strpos(t.name, 50%) > 0)",
  "startswith(name,'ab')": "(t.name >= ab AND t.name < ac)",
  "endswith(name,'b')": "(length(t.name) >= length(b) AND substr(t.name, length(t.name) - length(b) + 1) = b)",
  "tolower(name) eq 'a'": "secgraph_lower(t.name) = a",
  "year(created) eq 2026": "CAST(substr(t.created, 1, 4) AS bigint) = 2026::bigint",
  "hour(time) eq 12": "CAST(substr(t.time, 1, 2) AS bigint) = 12::bigint",
  "created gt now()": "t.created > 2026-01-01T00:00:00.0000000Z",
  "rank add 1 eq 2": "secgraph_calculate('add', (t.rank)::numeric, 1::numeric, FALSE) = 2::numeric",
  "maker/provider eq 'p'": "t.maker_provider = p",
  "maker eq null": "((secgraph_any((t.body::json #> ARRAY[maker::text])) COLLATE C) IS NULL)",
  "type eq 'x'": "t.type_ = x",
  "test.store.special/extra eq 'x'": "t.extra = x",
  "test.store.special/shared eq 'x'": "CASE WHEN t.type = test.store.special THEN t.shared END = x",
  "shared eq 'x'": "t.shared = x",
  "parts/any()": "EXISTS (SELECT 1 FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n)",
  "parts/any(p:p/name eq 'x')": "t.n IN (SELECT s1.n FROM hub_items.parts AS s1 WHERE s1.hub = 7 AND s1.name = x)",
  "parts/any(p:p/name eq name)": "EXISTS (SELECT 1 FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n AND ((s1.name IS NOT DISTINCT FROM t.name)))",
  "tags/all(x:x ne 'a')": "NOT EXISTS (SELECT 1 FROM hub_items.tags AS s1 WHERE s1.hub = t.hub AND s1.n = t.n AND ((s1.value IS DISTINCT FROM a)) IS NOT TRUE)",
  "parts/$count gt 1": "(SELECT count(*) FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n) > 1::bigint",
  "parts/any(p:p/labels/any(l:l eq 'x'))":
    "EXISTS (SELECT 1 FROM hub_items.parts AS s1 WHERE s1.hub = t.hub AND s1.n = t.n AND (EXISTS (SELECT 1 FROM hub_items.parts_labels AS s2 WHERE s2.hub = s1.hub AND s2.n = s1.n AND s2.o1 = s1.o1 AND (s2.value = x))))",
};

test.each(Object.entries(onPostgres))("in postgres: $filter=%s", (filter, expected) => {
  const text = condition(page(`$filter=${encodeURIComponent(filter)}`, { dialect: "postgres" }));
  expect(text.replaceAll("::text COLLATE C", "")).toBe(`t.hub = 7 AND ${expected}`);
});

describe("texts", () => {
  test("condition the hub first, in every scope", () => {
    expect(page("").sql).toContain('WHERE t."hub" = ?1 ORDER BY');
    expect(page("", { scope: "fleet" }).sql).toContain(
      'WHERE t."hub" IN (SELECT h."n" FROM "hub_access" AS a JOIN "hubs" AS h ON h."hub" = a."hub" WHERE a."tenant" = ?1) ORDER BY',
    );
    expect(compileQuery(queryOf("", notes), { dialect: sqliteDialect, table: noteTable, scope: "hub" }).sql).toContain(
      'WHERE t."hub" = ?1 AND t."p1" = ?2 ORDER BY',
    );
    expect(page("", { cast: special as EntityType }).sql).toContain('WHERE t."hub" = ?1 AND t."type" = ?2 ORDER BY');
  });

  test("hold no value, and are the same for all values", () => {
    const one = page("$filter=name eq 'secret one' or free eq 'x'");
    expect(one.sql).not.toContain("secret");
    expect(page("$filter=name eq 'other' or free eq 'y'").sql).toBe(one.sql);
  });

  test("of a query are made once", () => {
    const query = queryOf("$filter=name eq 'a'");
    const target = { dialect: sqliteDialect, table, scope: "hub" } as const;
    expect(compileQuery(query, target)).toBe(compileQuery(query, target));
    expect(compileQuery(query, target, [null, "a"])).not.toBe(compileQuery(query, target, ["x", "a"]));
  });

  test("behind a cursor are one range for each prefix of the order", () => {
    const compiled = page("$orderby=rank desc", { cursor: [1, "2026", "i"] });
    const ranges = [compiled, ...compiled.behind].map(({ sql }) => /WHERE (.*?) LIMIT/.exec(sql)![1]!.replaceAll('"', "").replaceAll("t.", ""));
    expect(ranges).toEqual([
      "hub = ?1 AND rank = ?2 AND created = ?3 AND id > ?4 ORDER BY id",
      "hub = ?1 AND rank = ?2 AND created > ?3 ORDER BY created, id",
      "hub = ?1 AND rank < ?2 ORDER BY rank DESC, created, id",
      "hub = ?1 AND rank IS NULL ORDER BY created, id",
    ]);
  });

  test("behind a cursor order by all terms on PostgreSQL, whose indexes serve no less, with nulls lowest", () => {
    const compiled = page("$orderby=rank desc", { dialect: "postgres", cursor: [1, "2026", "i"] });
    const ranges = [compiled, ...compiled.behind].map(({ sql }) => /WHERE (.*?) LIMIT/.exec(sql)![1]!.replaceAll('"', "").replaceAll("t.", ""));
    const order = " ORDER BY rank DESC NULLS LAST, created NULLS FIRST, id";
    expect(ranges).toEqual([
      `hub = $1 AND rank = $2::bigint AND created = $3::text COLLATE C AND id > $4::text COLLATE C${order}`,
      `hub = $1 AND rank = $2::bigint AND created > $3::text COLLATE C${order}`,
      `hub = $1 AND rank < $2::bigint${order}`,
      `hub = $1 AND rank IS NULL${order}`,
    ]);
  });

  test("of an expansion look at each parent's children on PostgreSQL", () => {
    const { sql } = compileExpansion(queryOf("$top=2", notes), { dialect: postgresDialect, table: noteTable, scope: "hub" });
    expect(sql.replaceAll('"', "")).toBe(
      "SELECT t.id, t.seq, t.body, (p.key - 1) FROM json_array_elements($1::json) WITH ORDINALITY AS p(value, key) CROSS JOIN LATERAL " +
        "(SELECT x.* FROM hub_items_notes AS x WHERE x.hub = $3 AND x.p1 = (p.value ->> 1) COLLATE C ORDER BY x.id LIMIT $2) AS t ORDER BY p.key, t.id LIMIT $4",
    );
  });

  test("of long chains stay shallow", () => {
    const terms = Array.from({ length: 400 }, (_, n) => `rank eq ${n}`);
    expect(() => explain(page(`$filter=${terms.join(" or ")}`))).not.toThrow();
  });
});

let connection: SqliteConnection;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-plans-"));
  const file = join(folder, "data.db");
  await (await openSqliteStore({ file, model })).close();
  connection = nodeSqlite.open(file);
  return () => {
    connection.close();
    rmSync(folder, { recursive: true });
  };
});

/** SQLite's plan: how it comes at the tables. */
function explain(compiled: Compiled & { readonly behind?: readonly SqlText[] }, cursor: readonly Scalar[] = []): string[] {
  return [compiled, ...(compiled.behind ?? [])].flatMap((text) => {
    const rows = connection.prepare(`EXPLAIN QUERY PLAN ${text.sql}`).all(valuesOf(text, { ...run, cursor }));
    return rows.map((row) => String(row[3])).filter((line) => /SEARCH|SCAN [a-z]\d?\b(?! VIRTUAL)|TEMP/.test(line));
  });
}

describe("hot plans are ranges of an index", () => {
  test("get", () => {
    const { find } = statementsOf(table, sqliteDialect);
    expect(explain({ sql: find, parameters: [7, "a"], scans: false, cost: { terms: 1, depth: 0 }, bigints: false })).toEqual([
      "SEARCH hub_items USING COVERING INDEX sqlite_autoindex_hub_items_1 (hub=? AND id=?)",
    ]);
  });

  test.each([
    ["", ["SEARCH t USING INDEX hub_items.by created (hub=?)"]],
    ["$orderby=id", ["SEARCH t USING INDEX sqlite_autoindex_hub_items_1 (hub=?)"]],
    ["$orderby=name", ["SEARCH t USING INDEX hub_items.by name (hub=?)"]],
    ["$orderby=name desc", ["SEARCH t USING INDEX hub_items.by name (hub=?)"]],
    ["$orderby=name,created desc", ["SEARCH t USING INDEX hub_items.by name (hub=?)"]],
    ["$filter=name eq 'a'", ["SEARCH t USING INDEX hub_items.by name (hub=? AND name=?)"]],
    ["$filter=name eq 'a' and weight gt 1", ["SEARCH t USING INDEX hub_items.by name (hub=? AND name=?)"]],
    ["$filter=created ge 2026-01-01T00:00:00Z", ["SEARCH t USING INDEX hub_items.by created (hub=? AND created>?)"]],
    [
      "$filter=maker/provider eq 'p' and created ge 2026-01-01T00:00:00Z",
      ["SEARCH t USING INDEX hub_items.by maker_provider (hub=? AND maker_provider=? AND created>?)"],
    ],
    ["$filter=id eq 'a'", ["SEARCH t USING INDEX sqlite_autoindex_hub_items_1 (hub=? AND id=?)"]],
    ["$filter=startswith(name,'a')&$orderby=name", ["SEARCH t USING INDEX hub_items.by name (hub=? AND name>? AND name<?)"]],
  ])("%s", (options, expected) => {
    const compiled = page(options);
    expect(compiled.scans).toBe(false);
    expect(explain(compiled)).toEqual(expected);
  });

  test("any() on an indexed member begins at the members", () => {
    const compiled = page("$filter=parts/any(p:p/name eq 'x' and p/score gt 1)");
    expect(compiled.scans).toBe(false);
    expect(explain(compiled).slice(0, 2)).toEqual([
      "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
      "SEARCH s1 USING INDEX hub_items.parts.by name (hub=? AND name=?)",
    ]);
  });

  test("a cursor deep in the default order", () => {
    const compiled = page("", { cursor: ["2026", "x"] });
    expect(explain(compiled, ["2026", "x"])).toEqual([
      "SEARCH t USING INDEX hub_items.by created (hub=? AND created=? AND id<?)",
      "SEARCH t USING INDEX hub_items.by created (hub=? AND created<?)",
      "SEARCH t USING INDEX hub_items.by created (hub=? AND created=?)",
    ]);
  });

  test("an expansion", () => {
    const compiled = compileExpansion(queryOf("$top=2", notes), { dialect: sqliteDialect, table: noteTable, scope: "hub" });
    expect(explain(compiled).slice(0, 2)).toEqual([
      "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
      "SEARCH x USING COVERING INDEX sqlite_autoindex_hub_items_notes_1 (hub=? AND p1=?)",
    ]);
  });
});

test.each([
  ["$filter=weight gt 1", true], ["$filter=name ne 'a'", true], ["$filter=not (name eq 'a')", true], ["$filter=name eq 'a' or weight gt 1", true], ["$filter=name eq 'a' or rank gt 1", false],
  ["$filter=contains(name,'a')", true], ["$filter=startswith(name,'')", true], ["$filter=free eq 1", true], ["$orderby=weight", true], ["$filter=name eq 'a'&$orderby=weight", false],
  ["$filter=tags/any()", true], ["$filter=tags/any(t:t eq 'x')", false], ["$filter=parts/any(p:p/score gt 1)", true], ["$filter=parts/any(p:p/name eq 'x' and p/total eq 1)", true], ["$filter=length(name) eq 1", true],
  ["$filter=id gt '' and contains(name,'a')", true], ["$filter=id eq 'a' and contains(name,'a')", false], ["$filter=name eq 'a' and tags/any(t:contains(t,'x'))", true], ["$filter=name eq 'a' and free eq 1", true],
  ["$filter=name eq 'a' and weight gt 1", false], ["$filter=name eq 'a'&$orderby=length(name)", true], ["$orderby=name,tolower(name)", true], ["$filter=created le now() and name eq 'a'", false],
  [`$filter=name eq 'a' and (${Array.from({ length: 40 }, () => "weight ne 1").join(" or ")})`, true], [`$filter=name in (${Array.from({ length: 90 }, (_, n) => `'${n}'`).join(",")})`, false],
])("%s scans: %s", (options, scans) => {
  expect(page(options).scans).toBe(scans);
}); // prettier-ignore

test("counting all of a hub reads a covering index", () => {
  const compiled = compileCount(queryOf(""), { dialect: sqliteDialect, table, scope: "hub" });
  expect(explain(compiled)).toEqual(["SEARCH t USING COVERING INDEX sqlite_autoindex_hub_items_1 (hub=?)"]);
});
