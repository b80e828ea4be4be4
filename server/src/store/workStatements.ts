import type { Dialect } from "./dialect.ts";

/** The texts that work with the lease table, and their parameters. Times are milliseconds since 1970; `ready`: due, or when the lease ends. */
export interface WorkStatements {
  /** hub, kind, key, ready, payload or null. */
  readonly put: string;
  /** hub, kind, key, owner, token, until. */
  readonly extend: string;
  /** hub, kind, key, owner, token: free again; with nothing wanted since, it is done. */
  readonly finish: string;
  /** hub, kind, key: when it is done. */
  readonly remove: string;
  /** hub, kind, key, owner, token, ready. */
  readonly later: string;
  /** hub, kind, key, owner, token, ready, why. */
  readonly fail: string;
  /** hub, kind, key, owner, token, why. */
  readonly giveUp: string;
  /** kind, waiting, held, given up. */
  readonly figures: string;
}

/** Makes the texts of an engine; `at` makes a moment of a parameter, which holds it or the milliseconds until then. */
export function workStatements(dialect: Dialect, at: (parameter: string) => string): WorkStatements {
  const { parameter: p } = dialect;
  const columns = ["hub", "kind", "key", "ready", "payload"].map(dialect.quote).join(", ");
  const table = dialect.quote("leased_work");
  const isWork = `"hub" = ${p(1)} AND "kind" = ${p(2)} AND "key" = ${p(3)}`;
  const isMine = `${isWork} AND "owner" = ${p(4)} AND "token" = ${p(5)}`;
  const mine = (set: string): string => `UPDATE ${table} SET ${set} WHERE ${isMine}`;
  const smaller = (one: string, other: string): string => `CASE WHEN ${one} <= ${other} THEN ${one} ELSE ${other} END`;
  const held = `${table}."owner" IS NOT NULL`;
  const due = `CASE WHEN ${table}."attempts" > 0 AND ${table}."ready" IS NOT NULL THEN ${table}."ready" ELSE ${smaller(`coalesce(${table}."ready", excluded."ready")`, `excluded."ready"`)} END`;
  const free = `"owner" = NULL, "again" = NULL`;
  return {
    put: `INSERT INTO ${table} (${columns}) VALUES (${p(1)}, ${p(2)}, ${p(3)}, ${at(p(4))}, coalesce(${p(5)}, ''))
      ON CONFLICT ("hub", "kind", "key") DO UPDATE SET
        "payload" = coalesce(${p(5)}, ${table}."payload"),
        "again" = CASE WHEN ${held} THEN ${smaller(`coalesce(${table}."again", excluded."ready")`, `excluded."ready"`)} END,
        "attempts" = CASE WHEN ${table}."ready" IS NULL THEN 0 ELSE ${table}."attempts" END,
        "ready" = CASE WHEN ${held} THEN ${table}."ready" ELSE ${due} END,
        "note" = CASE WHEN ${table}."ready" IS NULL THEN NULL ELSE ${table}."note" END`,
    extend: mine(`"ready" = ${at(p(6))}`),
    finish: mine(`"ready" = "again", "attempts" = 0, "note" = NULL, ${free}`),
    remove: `DELETE FROM ${table} WHERE ${isWork} AND "owner" IS NULL AND "ready" IS NULL AND "note" IS NULL`,
    later: mine(`"ready" = ${smaller(`coalesce("again", ${at(p(6))})`, at(p(6)))}, "attempts" = 0, "note" = NULL, ${free}`),
    fail: mine(`"ready" = ${at(p(6))}, "note" = ${p(7)}, ${free}`),
    giveUp: mine(`"ready" = "again", "attempts" = CASE WHEN "again" IS NULL THEN "attempts" ELSE 0 END, "note" = ${p(6)}, ${free}`),
    figures: `SELECT "kind", sum(CASE WHEN "owner" IS NULL AND "ready" IS NOT NULL THEN 1 ELSE 0 END), sum(CASE WHEN "owner" IS NOT NULL THEN 1 ELSE 0 END), sum(CASE WHEN "ready" IS NULL AND "note" IS NOT NULL THEN 1 ELSE 0 END) FROM ${table} GROUP BY "kind"`,
  };
}
