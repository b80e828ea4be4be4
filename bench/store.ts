/**
 * The store alone: node:sqlite against better-sqlite3 in it, interleaved, by CPU per operation; any() through side tables
 * against json_each; keyset pages at growing depth. `node run.mjs bench/store.ts [rows]`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grant, type Permitted, type Scope } from "../server/src/auth/permitted.ts";
import { defaultBudgets } from "../server/src/base/limits.ts";
import type { JsonObject } from "../server/src/base/json.ts";
import { createModel } from "../server/src/edm/createModel.ts";
import { securityGraph } from "../server/src/graph/securityGraph.ts";
import { parseOptions } from "../server/src/odata/parseOptions.ts";
import { bindQuery } from "../server/src/plan/bindQuery.ts";
import type { Cursor, RowPlan, Query } from "../server/src/plan/plan.ts";
import { betterSqlite } from "./betterSqlite.ts";
import type { SqliteDriver } from "../server/src/store/sqlite/driver.ts";
import { nodeSqlite } from "../server/src/store/sqlite/nodeSqlite.ts";
import { openSqliteStore } from "../server/src/store/sqlite/openSqliteStore.ts";
import type { RowWrite, Store } from "../server/src/store/store.ts";

const rows = Number(process.argv[2] ?? 10_000);
const model = createModel(securityGraph);
const scores = model.place("security/secureScores");
const profiles = model.place("security/userSecurityProfiles");
const scope: Scope = { kind: "hub", hub: { id: "11111111-1111-7111-8111-111111111111", real: true, settings: { uniqueKeys: false } } };
const caller = { tenant: "t", appId: "app", user: null, kind: "application", permissions: new Set<string>(), expires: 0 } as const;
const target = { kind: "collection", place: scores, hub: { kind: "home" }, parents: [] } as const;

function queryOf(text: string, place = scores): Query {
  const { options, aliases } = parseOptions(text);
  return bindQuery(options, { model, place, aliases, budgets: defaultBudgets });
}

function permitted<P extends RowPlan>(plan: P, cursor?: Cursor): Permitted<P> {
  return grant({ plan, caller, scope, own: new Set(), ...(cursor === undefined ? {} : { cursor }) });
}

const idOf = (n: number): string => `0195f000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const instantOf = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();

/** About 1 KB, with six control scores. */
function score(n: number): JsonObject {
  const controlScores = Array.from({ length: 6 }, (_, k) => ({
    "@odata.type": "microsoft.graph.controlScore",
    controlCategory: "Identity",
    controlName: `Control${(n * 7 + k) % 10_000}`,
    score: k,
  }));
  const vendorInformation = { "@odata.type": "microsoft.graph.securityVendorInformation", provider: `Provider${n % 3}`, vendor: "Contoso" };
  return {
    "@odata.type": "#microsoft.graph.secureScore",
    id: idOf(n),
    azureTenantId: "t",
    createdDateTime: instantOf(n),
    currentScore: n % 100,
    maxScore: 100,
    activeUserCount: n,
    enabledServices: ["HasExchange"],
    controlScores,
    vendorInformation,
  };
}

/** About 1 KB without collections of objects. */
function profile(n: number): JsonObject {
  return {
    "@odata.type": "#microsoft.graph.userSecurityProfile",
    id: idOf(n),
    azureTenantId: "t",
    createdDateTime: instantOf(n),
    userPrincipalName: `user${n}@example.com`,
    displayName: `Person ${n}`,
    pad: "x".repeat(700),
    riskScore: String(n % 10),
    tags: ["vip"],
  };
}

function rowWrite(place: typeof scores, entity: JsonObject): RowWrite {
  return { place, parents: [], id: entity["id"] as string, expect: "absent", put: { type: place.type.name, entity }, changed: [] };
}

async function write(store: Store, writes: readonly RowWrite[]): Promise<void> {
  const audit = { verb: "create", at: instantOf(0), tenant: "t", appId: "app", user: null };
  const answer = await store.write(permitted({ kind: "list", target, query: queryOf("") }), { rows: writes, grants: [], messages: [], audit });
  if (answer.kind !== "written") throw new Error(`A write was answered ${JSON.stringify(answer)}`);
}

interface Variant {
  readonly name: string;
  readonly run: () => Promise<number> | number;
}

/** Runs variants in turn, and gives the median CPU and wall microseconds of an operation for each. */
async function interleaved(variants: readonly Variant[], rounds = 9): Promise<Map<string, { cpu: number; wall: number }>> {
  const samples = new Map(variants.map(({ name }) => [name, { cpu: [] as number[], wall: [] as number[] }]));
  for (let round = -2; round < rounds; round += 1) {
    for (const { name, run } of variants) {
      const cpu = process.cpuUsage();
      const wall = performance.now();
      const operations = await run();
      const used = process.cpuUsage(cpu);
      if (round < 0) continue;
      samples.get(name)!.cpu.push((used.user + used.system) / operations);
      samples.get(name)!.wall.push(((performance.now() - wall) * 1000) / operations);
    }
  }
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  return new Map([...samples].map(([name, { cpu, wall }]) => [name, { cpu: median(cpu), wall: median(wall) }]));
}

function print(title: string, results: ReadonlyMap<string, { cpu: number; wall: number }>): void {
  console.log(`\n${title}`);
  for (const [name, { cpu, wall }] of results)
    console.log(`  ${name.padEnd(34)} ${cpu.toFixed(1).padStart(10)} us CPU ${wall.toFixed(1).padStart(10)} us wall`);
}

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < rows; from += 500) {
    const some = Array.from({ length: Math.min(500, rows - from) }, (_, k) => from + k);
    await write(
      store,
      some.map((n) => rowWrite(scores, score(n))),
    );
  }
}

const gets = (store: Store, count: number): Variant["run"] => {
  const plans = Array.from({ length: count }, (_, n) =>
    permitted({ kind: "get", target: { ...target, kind: "entity", key: idOf((n * 7919) % rows) }, query: queryOf(""), conditions: {} }),
  );
  return async () => {
    for (const plan of plans) if ((await store.get(plan)) === undefined) throw new Error("A row is missing.");
    return count;
  };
};

const lists = (store: Store, text: string, expected: number, count = 30): Variant["run"] => {
  const plan = permitted({ kind: "list", target, query: queryOf(text) });
  return async () => {
    for (let n = 0; n < count; n += 1) {
      const page = await store.list(plan);
      if (page.rows.length !== expected) throw new Error(`${text}: ${page.rows.length} rows`);
    }
    return count;
  };
};

let next = 1_000_000_000;
const writes =
  (store: Store, place: typeof scores, entity: (n: number) => JsonObject, group: number): Variant["run"] =>
  async () => {
    const groups = 20;
    for (let n = 0; n < groups; n += 1) await Promise.all(Array.from({ length: group }, () => write(store, [rowWrite(place, entity(next++))])));
    return groups * group;
  };

/** Pages of 100 from a place deep in the list. */
const deep = (store: Store, text: string, cursor: Cursor): Variant["run"] => {
  const plan = permitted({ kind: "list", target, query: queryOf(text) }, cursor);
  return async () => {
    for (let n = 0; n < 30; n += 1) if ((await store.list(plan)).rows.length !== 100) throw new Error("A deep page is short.");
    return 30;
  };
};

/** The raw limits beside the store: the same rows through the driver alone. */
function raw(file: string, driver: SqliteDriver, sql: string, expected: number): Variant["run"] {
  const connection = driver.open(file, { readOnly: true });
  return () => {
    const count = expected === 100 ? 30 : 3;
    for (let n = 0; n < count; n += 1) {
      const found = connection.prepare(sql).all([]).length;
      if (found !== expected) throw new Error(`${sql}: ${found} rows`);
    }
    return count;
  };
}

const folder = mkdtempSync(join(tmpdir(), "secgraph-bench-"));
try {
  const file = (name: string): string => join(folder, `${name}.db`);
  const node = await openSqliteStore({ file: file("node"), model, driver: nodeSqlite });
  const better = await openSqliteStore({ file: file("better"), model, driver: betterSqlite });
  console.log(`Node ${process.version}, ${rows} secure scores of ${JSON.stringify(score(1)).length} bytes, six controls each`);
  for (const [name, store] of [
    ["node:sqlite", node],
    ["better-sqlite3", better],
  ] as const) {
    const from = process.cpuUsage();
    await fill(store);
    const used = process.cpuUsage(from);
    console.log(`  filled by ${name}: ${((used.user + used.system) / rows).toFixed(1)} us CPU a row`);
  }
  const both = (run: (store: Store) => Variant["run"]): Variant[] => [
    { name: "node:sqlite", run: run(node) },
    { name: "better-sqlite3", run: run(better) },
  ];
  print("get by id", await interleaved(both((store) => gets(store, 1000))));
  print("list of 100", await interleaved(both((store) => lists(store, "", 100))));
  print("page of 100, filtered by provider", await interleaved(both((store) => lists(store, "$filter=vendorInformation/provider eq 'Provider1'", 100))));
  print("durable write of a profile, 16 at once", await interleaved(both((store) => writes(store, profiles, profile, 16))));
  print("durable write of a score with six controls, 16 at once", await interleaved(both((store) => writes(store, scores, score, 16))));
  print("durable write of a profile, one at a time", await interleaved(both((store) => writes(store, profiles, profile, 1))));

  const wanted = "Control4242";
  // Scores written by the benches above count, too.
  const all = await node.count(permitted({ kind: "count", target, query: queryOf("") }));
  const ofAll = permitted({ kind: "count", target, query: queryOf(`$filter=controlScores/any(c:c/controlName eq '${wanted}')`) });
  const matches = await node.count(ofAll);
  const body = `SELECT "id", "body" FROM "security_secureScores" AS t WHERE EXISTS (SELECT 1 FROM json_each(t."body", '$.controlScores') AS e WHERE e.value ->> 'controlName' = '${wanted}')`;
  print(`any() on an indexed member, ${matches} of ${all} rows`, await interleaved([
    { name: "side table, in the store", run: lists(node, `$filter=controlScores/any(c:c/controlName eq '${wanted}')`, Math.min(matches, 100)) },
    { name: "json_each, bare", run: raw(file("node"), nodeSqlite, body, matches) },
  ], 5)); // prettier-ignore

  const last = (n: number): Cursor => ({ values: [`${instantOf(n).slice(0, 23)}0000Z`, idOf(n)] });
  const mixed = "$orderby=vendorInformation/provider,createdDateTime desc";
  print("keyset pages of 100", await interleaved([
    { name: "default order, at the start", run: lists(node, "", 100) },
    { name: "default order, in the middle", run: deep(node, "", last(rows >> 1)) },
    { name: "default order, near the end", run: deep(node, "", last(200)) },
    { name: "mixed directions, at the start", run: lists(node, mixed, 100) },
    { name: "mixed directions, in the middle", run: deep(node, mixed, { values: ["Provider1", ...last(rows >> 1).values] }) },
    { name: "bare SQL, the same 100 rows", run: raw(file("node"), nodeSqlite, `SELECT "id", "seq", "type", "body", "createdDateTime" FROM "security_secureScores" WHERE "hub" = 1 ORDER BY "createdDateTime" DESC, "id" LIMIT 100`, 100) },
  ])); // prettier-ignore
  await node.close();
  await better.close();
} finally {
  rmSync(folder, { recursive: true });
}
