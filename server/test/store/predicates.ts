import { constantFrom, letrec, oneof, tuple, uniqueArray, boolean as eitherWay } from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";

type Item = JsonObject & { readonly id: string };

const texts = [null, "", "a", "ab", "Ab", "b%", "_", "Ärger", "ÄRGER", "😀z", " x "];
const pick = <T>(values: readonly T[], n: number): T => values[n % values.length]!;

function partsOf(n: number): JsonObject["parts"] & object {
  if (n % 5 === 0) return [];
  return Array.from({ length: n % 4 }, (_, k) => ({
    name: pick(texts, n + k),
    score: pick([null, 0, 1, 2.5, -1], n * 3 + k),
    maker: pick([null, { vendor: "v" }, {}], n + k),
    labels: pick([[], ["x"], ["x", "y"], [null]], n + k) as never,
    total: pick([1, "1", true, null], n + k),
  }));
}

/** Sixty items in which every kind of value is missing, null or there. */
export const logicItems: readonly Item[] = Array.from({ length: 60 }, (_, n) => ({
  id: `i${String(n).padStart(2, "0")}`,
  name: pick(texts, n),
  rank: pick([null, 0, 1, 2, -3], n >> 1),
  weight: pick([null, 0, 1.5, 2, -2.5], n >> 2),
  ...(n % 3 === 0 ? {} : { active: pick([true, false, null], n) }),
  color: pick(["red", "green", "blue", null], n >> 1),
  created: pick(["2026-01-31T23:00:00-02:00", "2025-12-31T23:59:59.9999999Z", null, "2026-02-01T01:00:00Z"], n),
  maker: pick([null, { vendor: "v", size: 3 }, { vendor: null, provider: "p" }, {}], n) as never,
  ...(n % 7 === 0 ? {} : { parts: partsOf(n) as never }),
  tags: pick([[], ["x"], ["x", "y"], [null, "a"]], n) as never,
  ...(n % 2 === 0 ? {} : { free: pick([1, "1", true, false, null, "a", 2.5], n) }),
}));

const literals: Readonly<Record<string, readonly string[]>> = {
  name: ["'a'", "''", "'b%'", "'_'", "'Ärger'", "null"],
  rank: ["0", "1", "-3", "null"],
  weight: ["0", "1.5", "-2.5", "null"],
  color: ["'green'", "'blue'", "null"],
  created: ["2026-02-01T01:00:00Z", "2025-12-31T23:59:59.9999999Z", "null"],
  "maker/vendor": ["'v'", "null"],
  "maker/size": ["3", "null"],
  free: ["1", "'1'", "true", "'a'", "2.5", "null"],
};

const oneOf = (values: readonly string[]) => constantFrom(...values);
const comparison = constantFrom(...Object.keys(literals)).chain((name) =>
  tuple(oneOf(["eq", "ne", "gt", "ge", "lt", "le"]), oneOf(literals[name]!), eitherWay()).map(([operator, literal, turned]) =>
    turned ? `${literal} ${operator} ${name}` : `${name} ${operator} ${literal}`,
  ),
);
const membership = constantFrom("name", "rank", "color").chain((name) =>
  uniqueArray(oneOf(literals[name]!), { minLength: 1, maxLength: 3 }).map((items) => `${name} in (${items.join(",")})`),
);
const textTest = tuple(
  oneOf(["contains", "startswith", "endswith"]),
  oneOf(["name", "tolower(name)", "trim(name)", "concat(name,name)", "maker/vendor", "free"]),
  oneOf(["''", "'a'", "'b%'", "'_'", "'är'", "'Ä'", "'1'"]),
).map(([name, value, part]) => `${name}(${value},${part})`);
const computed = oneOf([
  "length(name) gt 1", "indexof(name,'b') eq 1", "substring(name,1) eq 'b'", "toupper(name) eq 'ÄRGER'", "rank add 1 gt 1", "rank div 2 eq 1", "weight mul 2 eq 3",
  "rank mod 2 eq 1", "year(created) eq 2026", "month(created) eq 2", "day(created) ge 1", "round(weight) eq 3", "floor(weight) lt -2", "ceiling(weight) eq -2", "-rank gt 0", "rank eq weight",
  "case(rank gt 0:1,weight gt 1:2.5,true:null) ge 1", "case(active:name,rank eq null:'a') eq 'a'", "case(rank lt 0:name in ('a','b'),true:active) eq true", "case(name eq null:true,false:false)", "case(rank eq 1:free,true:1) eq 1",
  "tags/$count($filter=$this eq 'x') eq 1", "tags/$filter($this ne 'x')/$count($filter=$this ne null) gt 0", "parts/$filter(score gt 0)/any(p:p/name eq 'a' or $it/rank eq 1)", "parts/$filter(score gt 0)/all(p:p/total eq 1)",
  "parts/$filter(score gt 0)/any()", "parts/$count($filter=labels/any(l:l eq 'x') and name ne null) ge 1", "parts/$filter(score ge 0)/$filter($this/name ne null)/$count eq 1", "name in tags", "'x' in tags", "null in tags", "not (name in tags)", "parts/any(p:p/name in tags)",
]); // prettier-ignore
const boolean = oneOf([
  "active",
  "active eq true",
  "active eq null",
  "active ne false",
  "true",
  "null eq null",
  "maker eq null or false",
  "maker ne null and true",
  "free",
]);
const inPart = oneOf([
  "p/name eq 'a'", "p/name ne 'a'", "p/score gt 1", "p/score eq null", "not (p/score gt 1)", "p/total eq 1", "p/total eq '1'", "p/maker eq null", "p/maker/vendor eq 'v'",
  "p/name eq name", "p/labels/any(l:l eq 'x')", "p/labels/all(l:l ne null)", "p/labels/any()", "p/name eq 'a' and p/score ge 0", "p/labels/$count gt 1", "p/labels/any(l:l eq name or p/score lt 0)", "startswith(p/name,'A')", "p/name in ('a','ab')",
]); // prettier-ignore
const lambda = oneof(
  tuple(oneOf(["any", "all"]), inPart).map(([kind, predicate]) => `parts/${kind}(p:${predicate})`),
  oneOf([
    "tags/any()",
    "not tags/any()",
    "tags/any(t:t eq 'x')",
    "tags/any(t:t eq null)",
    "tags/all(t:t eq 'x')",
    "tags/$count eq 2",
    "parts/$count gt 1",
    "tags/any(t:t eq name)",
    "tags/any(t:t in ('y','a'))",
  ]),
);
/** Filters over every kind of value, nested. */
export const predicate = letrec<{ all: string }>((tie) => ({
  all: oneof(
    { maxDepth: 4, depthSize: "small" },
    oneof(comparison, membership, textTest, computed, boolean, lambda),
    tuple(tie("all"), oneOf(["and", "or"]), tie("all")).map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    tie("all").map((one) => `not (${one})`),
    tuple(tie("all"), oneOf(["eq", "ne"]), oneOf(["true", "false"])).map(([one, operator, value]) => `(${one}) ${operator} ${value}`),
  ),
})).all;
