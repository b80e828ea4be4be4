import { isPermitted, type Permitted } from "../auth/permitted.ts";
import type { EntityType } from "../edm/types.ts";
import type { CollectionTarget, EntityTarget, RowPlan } from "../plan/plan.ts";
import type { Compiled, CompiledRows, CompileTarget } from "./compileQuery.ts";
import type { Dialect } from "./dialect.ts";
import type { StoreSchema, Table } from "./schema.ts";
import type { SqlRow } from "./sqlRow.ts";
import type { Run } from "./sqlText.ts";

/** The number by which rows know a hub, given its id; 0, which no hub has, for one that is not real yet. */
export type HubNumbers = (hub: string) => number;

export interface FetchOptions {
  readonly table: Table;
  /** Characters of bodies after which no more is read. */
  readonly budget?: number;
  /** Rows that are expanded at once, each into as many as the run's limit. */
  readonly parents?: number;
}

/** What reading needs of an engine. */
export interface Reading {
  readonly dialect: Dialect;
  readonly schema: StoreSchema;
  /** Runs a compiled statement, and those behind it while there are too few rows. */
  readonly fetch: (compiled: Compiled & Partial<Pick<CompiledRows, "behind">>, run: Run, options: FetchOptions) => Promise<readonly SqlRow[]>;
  readonly numberOf: HubNumbers;
  readonly now: () => string;
  /** Bytes of bodies that a page may have. */
  readonly pageBytes: number;
}

/** Refuses what `permit` did not make: a fault of ours, never of a client. */
export function requirePermitted(permitted: Permitted): void {
  if (!isPermitted(permitted)) throw new Error("The store was given a plan that nobody permitted.");
}

/** The part of a Run that the scope says. */
export function scopeOf({ scope, caller }: Permitted, { numberOf }: Pick<Reading, "numberOf">): Pick<Run, "hub" | "tenant"> {
  return scope.kind === "hub" ? { hub: numberOf(scope.hub.id), tenant: caller.tenant } : { hub: 0, tenant: scope.tenant };
}

/** A condition, with values for the parameters in it. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

/** The condition that leaves a caller only the rows its application made, where that is all it may reach; its value is the n-th of the statement. */
export function ownRows({ own, caller }: Permitted, { place, byPath }: Table, { dialect, n }: { readonly dialect: Dialect; readonly n: number }): Condition {
  if (!own.has(place)) return { sql: "", values: [] };
  const column = byPath.get(place.definition.owner ?? "")![0]!;
  return { sql: ` AND ${dialect.same(dialect.quote(column.name), dialect.parameter(n, "text"))}`, values: [caller.appId] };
}

/** The collection or row that a plan is about. */
export function targetOf(plan: RowPlan): CollectionTarget | EntityTarget {
  return "entity" in plan.target ? plan.target.entity : plan.target;
}

/** What a permitted plan's queries over a table are compiled for. */
export function compileTargetOf(
  permitted: Permitted,
  { dialect }: Pick<Reading, "dialect">,
  { table, cast, via }: Pick<CompileTarget, "table" | "via"> & { readonly cast?: EntityType | undefined },
): CompileTarget {
  return { dialect, table, scope: permitted.scope.kind, ...(cast === undefined ? {} : { cast }), ...(via === undefined ? {} : { via }) };
}

/** The way along a link to the rows of a collection, for what is compiled and for what it is run with. */
export function wayTo(
  { place, via }: CollectionTarget,
  schema: StoreSchema,
): { readonly via?: NonNullable<CompileTarget["via"]>; readonly from: readonly string[] } {
  if (via === undefined || via.link.to !== place) return { from: [] };
  return { via: { link: via.link, schema }, from: keyOf(via.from) };
}

/** The key of a row behind its parents'; a singleton has none of its own. */
export function keyOf({ place, parents, key }: EntityTarget): readonly string[] {
  return place.kind === "singleton" ? parents : [...parents, key];
}
