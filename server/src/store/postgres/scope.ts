import type { Result, Statement } from "./pipeline.ts";

/** Whose rows a transaction may touch: row-level security holds it, whatever the statements say. */
export type DatabaseScope =
  /** One hub: its number (0 for one that is not real yet), and its id. */
  | { readonly kind: "hub"; readonly n: number; readonly hub: string; readonly tenant: string }
  /** Every hub that a tenant may see; told of each. */
  | { readonly kind: "fleet"; readonly tenant: string; readonly learn?: (hub: string, n: number) => void }
  /** Work without a caller. */
  | { readonly kind: "system" };

/** The roles that serve: none owns anything, none may log in, each has its own policies (`securityDdl.ts`). */
export const roles = { hub: "secgraph_hub", fleet: "secgraph_fleet", system: "secgraph_system" } as const;

/** The hubs of the tenant, for the policies; their numbers and ids are its result. */
const fleetHubs = `SELECT f."n", f."hub", set_config('secgraph.hubs', '{' || (SELECT coalesce(string_agg(h."n"::text, ','), '') FROM "hubs" AS h) || '}', true) FROM "hubs" AS f`;

/** Milliseconds that a statement may take, wait for a lock, and leave its transaction idle. */
export interface Patience {
  readonly statement: number;
  readonly lock: number;
  readonly idle: number;
}

/** The statements that put a transaction into a scope; all of it ends with the transaction. */
export type ScopeStatements = (scope: DatabaseScope) => readonly Statement[];

/**
 * What is the same for all stands in the texts, and nothing comes back: the statement goes ahead of each read. `num_nulls` asks for every
 * setting, and is never so large.
 */
export function scopeStatements({ statement, lock, idle }: Patience): ScopeStatements {
  const common = {
    jit: "off",
    max_parallel_workers_per_gather: 0,
    statement_timeout: statement,
    lock_timeout: lock,
    idle_in_transaction_session_timeout: idle,
  };
  const set = (role: string, ...names: readonly string[]): string => {
    const fixed = Object.entries({ role, ...common }).map(([name, value]) => `set_config('${name}', '${value}', true)`);
    const given = names.map((name, index) => `set_config('${name}', $${index + 1}, true)`);
    return `SELECT WHERE num_nulls(${[...fixed, ...given].join(", ")}) > 99`;
  };
  const hub = set(roles.hub, "secgraph.hub", "secgraph.hub_id", "secgraph.tenant");
  const fleet = set(roles.fleet, "secgraph.tenant", "secgraph.hub_id");
  const system = [{ sql: set(roles.system), values: [] }];
  return (scope) => {
    switch (scope.kind) {
      case "hub":
        return [{ sql: hub, values: [scope.n, scope.hub, scope.tenant] }];
      case "fleet":
        return [
          { sql: fleet, values: [scope.tenant, scope.tenant] },
          { sql: fleetHubs, values: [] },
        ];
      case "system":
        return system;
    }
  };
}

/** Takes note of what the statements of a scope gave. */
export function noteScope(scope: DatabaseScope, results: readonly Result[]): void {
  if (scope.kind !== "fleet" || scope.learn === undefined) return;
  for (const [n, hub] of results[1]?.rows ?? []) scope.learn(String(hub), Number(n));
}
