import * as fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMatcher } from "../../src/base/pattern/matcher.ts";
import { PatternProblem } from "../../src/base/pattern/parsePattern.ts";
import { functionDefinitions } from "../../src/store/postgres/functions.ts";
import { patternText } from "../../src/store/postgres/patternText.ts";
import { functions, type SqlValue } from "../../src/store/sqlite/functions.ts";
import { createDatabase, type TestDatabase } from "./databases.ts";

/** The functions of both engines by which values become others give the same, over values that were made to differ. */

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await createDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  for (const sql of functionDefinitions()) await client.query(sql);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const double = fc.oneof(
  fc.double({ noNaN: true }),
  fc.constantFrom(0, -0, 0.1, 0.3, 1.1, 2.5, -0.5, 5e-324, 1e-7, 1e-6, 1e21, 1e20, 1.7976931348623157e308, Infinity, -Infinity, 2 ** 52 + 1, 2 ** 53, 1e15, 2 ** 66 + 2 ** 14),
  fc.integer({ min: -2000, max: 2000 }).map((value) => value / 100),
); // prettier-ignore
const whole = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(0n, 1n, -1n, 7n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)));
const number = fc.oneof(double, whole);
const duration = fc.oneof(whole, fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }));
const two = (most: number): fc.Arbitrary<string> => fc.integer({ min: 1, max: most }).map((value) => String(value).padStart(2, "0"));
const date = fc.tuple(fc.integer({ min: 1, max: 9999 }), two(12), two(28)).map(([year, month, day]) => `${String(year).padStart(4, "0")}-${month}-${day}`);
const instant = fc
  .tuple(date, two(23), two(59), two(59), fc.integer({ min: 0, max: 9_999_999 }))
  .map(([day, hour, minute, second, fraction]) => `${day}T${hour}:${minute}:${second}.${String(fraction).padStart(7, "0")}Z`);
const text = fc.oneof(
  fc.constantFrom("", "1", "-1", "+1", "007", "1.5", "-0", "-0.0", "1e5", "1E-400", "1e400", "1e999", " 1", "1 ", "INF", "NaN", "0x1", "9223372036854775808", "9223372036854775807", "1.0", "5.", ".5", "true", "True", "P1D", "PT", "P", "-PT1.5S", "P1DT2H3M4.56789012S", "p1d", "P99999999999999D", "2026-02-29", "2024-02-29", "0000-01-01", "10:30", "24:00", "10:30:15.1234567899", "2026-01-01T00:00:00+02:00", "2026-01-01T00:00Z", "01234567-89AB-cdef-0123-456789abcdef"),
  number.map(String),
  instant,
  date,
  fc.string({ unit: "grapheme", maxLength: 6 }),
); // prettier-ignore

interface Case {
  /** SQLite's name; PostgreSQL's, where it is another; and the types of PostgreSQL's parameters. */
  readonly name: string;
  readonly other?: string;
  readonly types: readonly string[];
  readonly values: fc.Arbitrary<readonly SqlValue[]>;
}

const sql = (kind: string): string => (kind === "exact" ? "numeric" : kind);
const cases: readonly Case[] = [
  { name: "secgraph_decimal", types: ["text", "exact", "exact"], values: fc.tuple(fc.constantFrom("add", "sub", "mul", "div", "mod"), number, number) },
  { name: "secgraph_scaled", types: ["exact", "exact", "boolean"], values: fc.tuple(duration, number, fc.constantFrom(0n, 1n)) },
  { name: "secgraph_moved", types: ["text", "exact"], values: fc.tuple(fc.oneof(instant, date), duration) },
  { name: "secgraph_between", types: ["text", "text"], values: fc.oneof(fc.tuple(instant, instant), fc.tuple(date, date)) },
  { name: "secgraph_offset", types: ["text"], values: fc.tuple(text) },
  {
    name: "secgraph_within",
    types: ["exact", "exact", "exact"],
    values: fc.tuple(number, fc.constantFrom(-128n, -(2n ** 63n)), fc.constantFrom(127n, 2n ** 63n - 1n)),
  },
  { name: "secgraph_decimal_text", types: ["exact"], values: fc.tuple(number) },
  { name: "secgraph_real_text", other: "secgraph_double_text", types: ["exact"], values: fc.tuple(number) },
  { name: "secgraph_duration_text", types: ["exact"], values: fc.tuple(duration) },
  { name: "secgraph_parsed_int", types: ["text"], values: fc.tuple(text) },
  { name: "secgraph_parsed_number", other: "secgraph_parsed_decimal", types: ["text"], values: fc.tuple(text) },
  { name: "secgraph_parsed_date", types: ["text"], values: fc.tuple(text) },
  { name: "secgraph_parsed_time", other: "secgraph_parsed_timeOfDay", types: ["text"], values: fc.tuple(text) },
  { name: "secgraph_parsed_duration", types: ["text"], values: fc.tuple(text) },
  { name: "secgraph_parsed_guid", types: ["text"], values: fc.tuple(text) },
  { name: "secgraph_instant", other: "secgraph_parsed_dateTimeOffset", types: ["text"], values: fc.tuple(text) },
  { name: "secgraph_substring", types: ["text", "exact"], values: fc.tuple(text, fc.constantFrom(0n, 1n, -1n, -9n, 2.7, -1.5, 1e300, -1e300)) },
  {
    name: "secgraph_substring",
    types: ["text", "exact", "exact"],
    values: fc.tuple(text, fc.constantFrom(0n, 1n, -2n, -9n), fc.constantFrom(0n, 1n, 3n, -1n, 1e300)),
  },
];

/** A number as engines of numerics get it: a double by the shortest decimal that gives it. */
function parameter(value: SqlValue, kind: string): string {
  if (kind === "boolean") return String(value === 1n);
  return String(value);
}

const shown = (value: string | number | bigint | null): string | null =>
  value === null ? null : typeof value === "number" ? String(value + 0) : String(value);
const same = (mine: string | number | bigint | null, theirs: string | null): boolean =>
  mine === null || theirs === null
    ? mine === theirs
    : shown(mine) === theirs || (typeof mine !== "string" && Number(mine) === Number(theirs) && (typeof mine === "number" || BigInt(theirs) === mine));

test.each(cases)(
  "$name of $types",
  async ({ name, other = name, types, values }) => {
    const made = fc.sample(values, { numRuns: 2000, seed: 7 });
    const places = types.map((kind, index) => {
      const place = `(v ->> ${index})`;
      // A double comes as what `secgraph_exact` makes of it, as columns of doubles do.
      return kind === "exact"
        ? `CASE WHEN v ->> ${index} ~ '^i' THEN substr(v ->> ${index}, 2)::numeric ELSE secgraph_exact((v ->> ${index})::float8) END`
        : `${place}::${sql(kind)}`;
    });
    const list = made.map((row) =>
      row.map((value, index) => (types[index] === "exact" ? `${typeof value === "bigint" ? "i" : ""}${String(value)}` : parameter(value, types[index]!))),
    );
    const { rows } = await client.query<{ r: string | null }>(
      `SELECT (${other}(${places.join(", ")}))::text AS r FROM json_array_elements($1::json) WITH ORDINALITY AS e(v, n) ORDER BY n`,
      [JSON.stringify(list)],
    );
    const differing = made.flatMap((row, index) => {
      const mine = functions[name]!(...row);
      return same(mine, rows[index]!.r) ? [] : [[...row.map(String), shown(mine), rows[index]!.r]];
    });
    expect(differing.slice(0, 5)).toEqual([]);
  },
  60_000,
);

/** What ECMAScript takes and is refused here: to repeat a place without characters. */
function isServed(source: string): boolean {
  try {
    createMatcher(source);
    return true;
  } catch (error) {
    if (error instanceof PatternProblem) return false;
    throw error;
  }
}

describe("patterns find the same as ECMAScript's", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    "B",
    "1",
    "_",
    " ",
    ".",
    "é",
    "😀",
    "\\d",
    "\\w",
    "\\s",
    "\\D",
    "\\W",
    "\\S",
    "[ab]",
    "[^a]",
    "[a-c1]",
    "[^\\w]",
    "\\.",
    "[\\s\\S]",
    "\\u0041",
    "\\x61",
    "[😀-😂]",
    "[-a]",
    "[]",
    "[^]",
  );
  const pattern = fc.letrec<{ all: string }>((tie) => ({
    all: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      atom,
      fc.constantFrom("^", "$", "\\b", "\\B", ""),
      fc.tuple(tie("all"), tie("all")).map(([a, b]) => a + b),
      fc.tuple(tie("all"), tie("all")).map(([a, b]) => `(?:${a}|${b})`),
      fc.tuple(tie("all"), fc.constantFrom("*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?", "??", "{0}")).map(([a, q]) => `(${a})${q}`),
    ),
  })).all;
  const subject = fc
    .array(fc.constantFrom("a", "b", "B", "c", "1", "_", " ", "\n", "é", "😀", "😁", "-", "A", "."), { maxLength: 8 })
    .map((parts) => parts.join(""));

  test("on both engines", async () => {
    const made = fc.sample(fc.tuple(pattern.filter(isServed), fc.array(subject, { minLength: 5, maxLength: 5 })), { numRuns: 1500, seed: 3 });
    // V8 finds \B between the halves of a surrogate pair, where no character begins.
    const isTold = ({ source, subject: one }: { source: string; subject: string }): boolean => !source.includes("\\B") || !/[\u{10000}-\u{10FFFF}]/u.test(one);
    const asked = made.flatMap(([source, subjects]) => subjects.map((one) => ({ source, subject: one }))).filter(isTold);
    const { rows } = await client.query<{ r: boolean }>(
      'SELECT (e.v ->> 0) COLLATE "C" ~ (e.v ->> 1) AS r FROM json_array_elements($1::json) WITH ORDINALITY AS e(v, n) ORDER BY n',
      [JSON.stringify(asked.map(({ source, subject: one }) => [one, patternText(source)]))],
    );
    const differing = asked.flatMap(({ source, subject: one }, index) => {
      const found = [new RegExp(source, "u").test(one), createMatcher(source)(one), rows[index]!.r];
      return new Set(found).size === 1 ? [] : [[source, one, ...found]];
    });
    expect(differing.slice(0, 5)).toEqual([]);
  });

  test.each(["(a+)+$", "(a|a)*b", "(a*)*b", "(.*)*x", "(\\w+\\s?)+$!", "(a|b|ab)*c", "\\b(a+)+\\b!"])("%s takes one pass over 20,000 characters", (source) => {
    expect(createMatcher(source)(`${"a".repeat(20_000)}!?`)).toBe(source === "\\b(a+)+\\b!");
  });
});
