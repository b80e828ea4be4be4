import { isPermitted, type Permitted } from "../../auth/permitted.ts";
import type { EntityType } from "../../edm/types.ts";
import type { CollectionTarget, EntityTarget, RowPlan } from "../../plan/plan.ts";
import type { CompileTarget } from "../compileQuery.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import type { StoreSchema, Table } from "../schema.ts";
import type { Run } from "../sqlText.ts";
import type { HubNumbers } from "./hubNumbers.ts";
import type { Readers } from "./readers.ts";
import type { RecentPages } from "./recentPages.ts";
import type { RecentRows } from "./recentRows.ts";

/** What reading needs. */
export interface Reading {
  readonly schema: StoreSchema;
  readonly readers: Readers;
  readonly recent: RecentRows;
  readonly pages: RecentPages;
  readonly numberOf: HubNumbers;
  readonly now: () => string;
  /** The same by a clock that is never set anew. */
  readonly steadyNow: () => string;
  /** Bytes of bodies that a page may have. */
  readonly pageBytes: number;
}

/** Refuses what `permit` did not make: a fault of ours, never of a client. */
export function requirePermitted(permitted: Permitted): void {
  if (!isPermitted(permitted)) throw new Error("The store was given a plan that nobody permitted.");
}

/** The part of a Run that the scope says. */
export function scopeOf({ scope, caller }: Permitted, { numberOf }: Reading): Pick<Run, "hub" | "tenant"> {
  return scope.kind === "hub" ? { hub: numberOf(scope.hub.id), tenant: caller.tenant } : { hub: 0, tenant: scope.tenant };
}

/** The condition that leaves a caller only the rows its application made, where that is all it may reach; its value is the n-th of the statement. */
export function ownRows({ own, caller }: Permitted, { place, byPath }: Table, n: number): { readonly sql: string; readonly values: readonly string[] } {
  if (!own.has(place)) return { sql: "", values: [] };
  const column = byPath.get(place.definition.owner ?? "")![0]!;
  return { sql: ` AND ${dialect.same(dialect.quote(column.name), dialect.parameter(n))}`, values: [caller.appId] };
}

/** The collection or row that a plan is about. */
export function targetOf(plan: RowPlan): CollectionTarget | EntityTarget {
  return "entity" in plan.target ? plan.target.entity : plan.target;
}

/** What a permitted plan's queries over a table are compiled for. */
export function compileTargetOf(permitted: Permitted, table: Table, cast?: EntityType): CompileTarget {
  return { dialect, table, scope: permitted.scope.kind, ...(cast === undefined ? {} : { cast }) };
}
