import type { HubSettings } from "../../edm/rules.ts";
import type { Scalar } from "../../plan/typed.ts";
import { defaultSettings, readSettings } from "../hubSettings.ts";
import type { Step, Transaction } from "./connections.ts";
import type { Result } from "./pipeline.ts";
import type { DatabaseScope } from "./scope.ts";

/** A hub's counters while a transaction holds them. */
export interface HubState {
  readonly hub: string;
  /** What rows know the hub by. */
  readonly n: number;
  readonly scope: Extract<DatabaseScope, { readonly kind: "hub" }>;
  /** False when this transaction makes the hub. */
  readonly real: boolean;
  /** The last change sequence given. */
  seq: number;
  /** The last number of its audit trail. */
  audits: number;
  /** The seal of the last record of the trail; undefined where none is sealed. */
  seal: string | undefined;
  settings: HubSettings;
  /** What the counter row says already. */
  reserved: { seq: number; audits: number };
}

/** A hub whose number is known. */
export type Numbered = Pick<HubState, "hub" | "n" | "scope" | "real">;

const makeHub = `INSERT INTO "hubs" ("hub", "seq", "audits", "settings", "at") VALUES ($1, 0, 0, $2, $3) ON CONFLICT ("hub") DO NOTHING`;
const findHub = `SELECT "n" FROM "hubs" WHERE "hub" = $1`;
const count = `UPDATE "hubs" SET "seq" = "seq" + $2, "audits" = "audits" + $3 WHERE "n" = $1 RETURNING "seq", "audits", "settings", secgraph_last_seal("n")`;
const save = `UPDATE "hubs" SET "seq" = $2, "audits" = $3 WHERE "n" = $1`;

interface Known {
  readonly tenant: string;
  readonly now: string;
  readonly numberOf: (hub: string) => number;
}

/** The numbers of hubs; those that are not real yet are made, together with whoever makes them at the same time. */
export async function numberHubs({ send }: Transaction, hubs: readonly string[], { tenant, now, numberOf }: Known): Promise<Numbered[]> {
  const scope: DatabaseScope = { kind: "system" };
  const unknown = hubs.filter((hub) => numberOf(hub) === 0);
  const steps = unknown.flatMap((hub): Step[] => [
    { scope, sql: makeHub, values: [hub, JSON.stringify(defaultSettings), now] },
    { scope, sql: findHub, values: [hub] },
  ]);
  const results = steps.length === 0 ? [] : await send(steps);
  const made = new Map(unknown.map((hub, index) => [hub, { real: results[2 * index]!.count === 0, n: Number(results[2 * index + 1]!.rows[0]![0]) }]));
  return hubs.map((hub) => {
    const { n, real } = made.get(hub) ?? { n: numberOf(hub), real: true };
    return { hub, n, real, scope: { kind: "hub", n, hub, tenant } };
  });
}

/**
 * The function that looks at the end of a hub's chain while its counters are being taken. Volatile: a subquery would see what stood
 * when the statement began, this one sees what the transaction added that the counters were waited for.
 */
export const lastSealDefinition = `CREATE OR REPLACE FUNCTION secgraph_last_seal(number bigint) RETURNS text LANGUAGE plpgsql VOLATILE STRICT AS $body$
  BEGIN RETURN (SELECT a."seal" FROM "audit" AS a WHERE a."hub" = number AND a."seal" IS NOT NULL ORDER BY a."seq" DESC LIMIT 1); END $body$`;

/** The step that takes a hub's counters and holds them until the transaction ends: commits of one hub follow each other, so that its changes are in commit order. */
export function countStep({ n, scope }: Numbered, reserve: { readonly seq: number; readonly audits: number }): Step {
  return { scope, sql: count, values: [n, reserve.seq, reserve.audits] };
}

/** The counters as they were before, and the end of the chain. */
export function stateOf(hub: Numbered, { rows: [row] }: Result, reserve: { readonly seq: number; readonly audits: number }): HubState {
  const [seq, audits, settings, seal] = row as readonly [number, number, Scalar, string | null];
  const before = { seq: seq - reserve.seq, audits: audits - reserve.audits, seal: seal ?? undefined };
  return { ...hub, ...before, settings: readSettings(String(settings)), reserved: { seq, audits } };
}

/** Brings the counter row to what was used, where that is not what was reserved. */
export function saveSteps({ n, scope, seq, audits, reserved }: HubState): Step[] {
  return seq === reserved.seq && audits === reserved.audits ? [] : [{ scope, sql: save, values: [n, seq, audits] }];
}
