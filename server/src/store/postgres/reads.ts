import { andThen, type Awaitable } from "../../base/awaitable.ts";
import type { Permitted } from "../../auth/permitted.ts";
import { createChangeReads } from "../changeReads.ts";
import { createDecisionReads, type Deciding } from "../decisionReads.ts";
import { fillRows } from "../fillRows.ts";
import { countOf, listPage } from "../listReads.ts";
import { requirePermitted, targetOf, type Reading } from "../reading.ts";
import { ofCast, rowText, wantedRow } from "../rowByKey.ts";
import type { StoreSchema } from "../schema.ts";
import { valuesOf } from "../sqlText.ts";
import type { Row, StoreReads } from "../store.ts";
import type { Within } from "./connections.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import { explainStopped } from "./explainStopped.ts";
import type { Directory } from "./hubDirectory.ts";
import { pageText } from "./pageText.ts";
import type { LastWrites } from "./lastWrites.ts";
import type { Result, Statement } from "./pipeline.ts";
import type { Replicas } from "./replicas.ts";
import type { ScanGate } from "./scanGate.ts";
import type { DatabaseScope } from "./scope.ts";

/** What reads need. */
export interface ReadParts {
  readonly schema: StoreSchema;
  readonly connections: Within;
  readonly directory: Directory;
  readonly scans: ScanGate;
  /** Milliseconds that a statement may take. */
  readonly queryBudget: number;
  /** Standbys that may be read, and how far each caller's last write needs them to have come. */
  readonly replicas?: Pick<Replicas, "run"> | undefined;
  readonly lastWrites: LastWrites;
  readonly now: () => string;
  readonly steadyNow: () => string;
  readonly pageBytes: number;
}

/** The reads of a store on PostgreSQL: each one round trip, in the scope of its plan. */
export function createReads(parts: ReadParts): StoreReads {
  const inScope = (permitted: Permitted): Awaitable<ScopedReading> =>
    andThen(scopeOf(parts, permitted), (scope) => readingIn(parts, scope, runOf(parts, permitted, scope)));
  return {
    async list(permitted) {
      requirePermitted(permitted);
      return listPage(await inScope(permitted), permitted);
    },
    async count(permitted) {
      requirePermitted(permitted);
      const { target, query } = permitted.plan;
      return countOf(await inScope(permitted), permitted, { target, query });
    },
    async get(permitted) {
      requirePermitted(permitted);
      return getRow(parts, permitted);
    },
    async complete(permitted, row, query) {
      requirePermitted(permitted);
      const { place, cast } = targetOf(permitted.plan);
      const [filled] = await fillRows(await inScope(permitted), { permitted, query, place, cast }, [row]);
      return filled!;
    },
    ...createChangeReads(inScope),
    ...createDecisionReads(inScope),
  };
}

type ScopedReading = Reading & Deciding;

/** The scope of a plan for the database. */
function scopeOf({ directory }: ReadParts, { scope, caller }: Permitted): Awaitable<DatabaseScope> {
  if (scope.kind === "fleet") return { kind: "fleet", tenant: scope.tenant, learn: directory.learnNumber };
  const hub = scope.hub.id;
  const inHub = (n: number): DatabaseScope => ({ kind: "hub", n, hub, tenant: caller.tenant });
  const known = directory.knownNumber(hub);
  return known === undefined ? directory.numberOf(hub).then(inHub) : inHub(known);
}

type RunAll = (statements: readonly Statement[]) => Promise<Result[]>;

/** What reads for an answer may ask a standby. What a write is decided on, and changes since a token, which no standby may be behind of, are the primary's. */
const ofStandbys: ReadonlySet<string> = new Set(["list", "count", "get", "property"]);

/** Where a plan's statements are run. */
function runOf({ connections, replicas, lastWrites }: ReadParts, { plan, caller }: Permitted, scope: DatabaseScope): RunAll {
  if (replicas === undefined || !ofStandbys.has(plan.kind)) return (statements) => connections.run(scope, statements);
  return (statements) => replicas.run(scope, statements, lastWrites.of(caller));
}

function readingIn({ schema, directory, scans, queryBudget, now, steadyNow, pageBytes }: ReadParts, scope: DatabaseScope, runAll: RunAll): ScopedReading {
  return {
    dialect,
    schema,
    now,
    steadyNow,
    pageBytes,
    numberOf: (hub) => directory.knownNumber(hub) ?? 0,
    async rows(statements) {
      return (await runAll(statements)).map(({ rows }) => rows);
    },
    async fetch(compiled, run, { table, budget }) {
      const text = pageText(compiled, compiled.behind ?? []);
      const statement = { sql: text.sql, values: valuesOf(text, run), budget };
      const ask = async () => (await explainStopped(statement, { run: runAll, cost: compiled.cost, budget: queryBudget })).rows;
      return compiled.scans ? scans.run(run.hub === 0 ? run.tenant : String(run.hub), table.name, ask) : ask();
    },
  };
}

async function getRow(parts: ReadParts, permitted: Permitted): Promise<Row | undefined> {
  const wanted = wantedRow(permitted, { schema: parts.schema, dialect }, targetOf(permitted.plan));
  if (wanted === undefined) return undefined;
  const scope = await scopeOf(parts, permitted);
  const { place, id, owned } = wanted;
  const { hub, parents } = place;
  const n = scope.kind === "hub" ? scope.n : 0;
  const values = [n, ...parents, ...(id === undefined ? [] : [id]), ...owned.values];
  const [result] = await runOf(parts, permitted, scope)([{ sql: rowText(wanted, dialect), values }]);
  const [row] = result!.rows;
  if (row === undefined) return undefined;
  const [found, seq, type, body] = row as readonly [string, number, string, string];
  return ofCast({ hub, parents, id: found, seq, type, body }, wanted);
}
