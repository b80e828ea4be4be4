import { fixedTables } from "../ddl.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import { roles } from "./scope.ts";
import { policiesOf } from "./securityDdl.ts";
import type { Session } from "./session.ts";

/** The change log as it was before it was divided, now the oldest of its partitions. */
const before = `"changes.before"`;
/** For entries of times that no partition is there for. */
const other = `"changes.other"`;

/** An instant as the change log stores it. */
const instant = (time: string): string => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".0000000Z"')`;
const bound = `substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''([^'']*)''\\)')`;
const partitions = `SELECT c.relname AS name, ${bound} COLLATE "C" AS upto FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = '"changes"'::regclass`;
const day = (text: string): string => `left(${text}, 10)::date`;
const printed = (date: string): string => `to_char(${date}, 'YYYY-MM-DD')`;

/**
 * Makes the partitions that entries will be written into and drops those in which all are too old, as the owner of the tables for whoever serves.
 * `moment`, `cutoff`: now, and the instant before which entries go (null: none go); `period`: days of a partition; `most`: entries
 * outside of the partitions that are deleted at once. Answers `kept`, `more` (such entries are left), or `busy`: somebody reads or
 * writes for so long that nobody else shall wait for it.
 */
const keep = `
DECLARE reached text; starts text; ends text; part record; deleted bigint; answer text := 'kept';
BEGIN
  PERFORM pg_advisory_xact_lock(7305808868236254824);
  BEGIN
    LOOP
      SELECT max(p.upto) INTO reached FROM (${partitions}) AS p;
      EXIT WHEN reached >= ${printed(`${day("moment")} + 2 * period`)};
      starts := greatest(reached, CASE WHEN reached IS NULL THEN NULL ELSE left(moment, 10) END);
      ends := ${printed(`${day("coalesce(starts, moment)")} + period`)};
      IF starts IS NOT NULL AND EXISTS (SELECT FROM ${other} WHERE "at" >= starts AND "at" < ends) THEN
        starts := ${printed("starts::date + 1")};
        ends := ${printed("starts::date + period")};
        EXIT WHEN EXISTS (SELECT FROM ${other} WHERE "at" >= starts AND "at" < ends);
      END IF;
      EXECUTE format('CREATE TABLE %I (LIKE "changes", PRIMARY KEY ("hub", "seq"))', 'changes.' || coalesce(starts, 'first'));
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', 'changes.' || coalesce(starts, 'first'));
      EXECUTE format('ALTER TABLE "changes" ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%L)', 'changes.' || coalesce(starts, 'first'), coalesce(quote_literal(starts), 'MINVALUE'), ends);
    END LOOP;
  EXCEPTION WHEN lock_not_available OR check_violation THEN
    answer := 'busy';
  END;
  BEGIN
    FOR part IN SELECT p.name FROM (${partitions}) AS p WHERE p.upto <= cutoff LOOP
      EXECUTE format('DROP TABLE %I', part.name);
    END LOOP;
  EXCEPTION WHEN lock_not_available THEN
    answer := 'busy';
  END;
  DELETE FROM ${other} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${other} WHERE "at" < cutoff LIMIT most));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN CASE WHEN deleted >= most THEN 'more' ELSE answer END;
END`;

/** Days of a partition while nobody says otherwise. */
export const usualPeriod = 8;

/** What is made once the table `changes` is there: the partition for all that has no other, who may call `keep`, and the first partitions. Repeatable. */
export function partitionDefinitions(): string[] {
  const head = `secgraph_keep_changes(moment text, cutoff text, period integer, most integer)`;
  const options = "LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET lock_timeout = ''100ms''";
  return [
    `CREATE TABLE IF NOT EXISTS ${other} PARTITION OF "changes" (PRIMARY KEY ("hub", "seq")) DEFAULT`,
    `ALTER TABLE ${other} ENABLE ROW LEVEL SECURITY`,
    // The body first as a value: format() reads it as none of its own.
    `DO $do$ BEGIN EXECUTE format('CREATE OR REPLACE FUNCTION ${head} RETURNS text ${options} SET search_path = %I, pg_temp AS %L', current_schema(), $keep$${keep}$keep$); END $do$`,
    `REVOKE ALL ON FUNCTION secgraph_keep_changes FROM PUBLIC`,
    `GRANT EXECUTE ON FUNCTION secgraph_keep_changes TO ${roles.system}`,
    `SELECT secgraph_keep_changes(${instant("statement_timestamp()")}, NULL, ${usualPeriod}, 0)`,
  ];
}

/**
 * Divides the change log of a database that a version before made: what is there becomes one partition, in which no row is touched. What has to look
 * at every entry does so beside writers; the exchange itself waits for them a moment at most, and is tried again.
 */
export async function divideChanges(session: Session): Promise<void> {
  const [[kind] = []] = await session.rows(`SELECT relkind FROM pg_class WHERE oid = to_regclass('"changes"')`);
  if (kind !== "r") return;
  const [[upto] = []] = await session.rows(
    `SELECT ${printed(`greatest(${day(instant("now()"))}, (SELECT ${day(`max("at")`)} FROM "changes" WHERE "at" >= '0001')) + ${usualPeriod}`)}`,
  );
  await session.rows(`ALTER TABLE "changes" DROP CONSTRAINT IF EXISTS "changes.upto"`);
  await session.rows(`ALTER TABLE "changes" ADD CONSTRAINT "changes.upto" CHECK ("at" < '${String(upto)}') NOT VALID`);
  await session.rows(`ALTER TABLE "changes" VALIDATE CONSTRAINT "changes.upto"`);
  for (let tries = 0; ; tries += 1) {
    try {
      return await session.transaction(() => exchange(session, String(upto)));
    } catch (error) {
      if (tries === 20 || (error as { readonly state?: string }).state !== "55P03") throw error;
    }
  }
}

async function exchange(session: Session, upto: string): Promise<void> {
  const { sql } = fixedTables(dialect).find(({ name }) => name === "changes")!;
  const all = Object.values(roles).join(", ");
  await session.rows("SET LOCAL lock_timeout = '1s'");
  for (const statement of [
    `ALTER TABLE "changes" RENAME TO ${before}`,
    sql,
    `ALTER TABLE "changes" ATTACH PARTITION ${before} FOR VALUES FROM (MINVALUE) TO ('${upto}')`,
    `ALTER TABLE ${before} DROP CONSTRAINT "changes.upto"`,
    `REVOKE ALL ON ${before} FROM ${all}`,
    ...policiesOf("changes"),
    ...partitionDefinitions(),
  ]) {
    await session.rows(statement);
  }
}
