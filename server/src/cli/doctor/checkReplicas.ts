import { openBulkSession } from "../../store/postgres/bulkSession.ts";
import { fail, ok, warn, type Finding } from "./finding.ts";

const check = "replica";

/** Each standby answers, is one, and goes on replaying. */
export async function checkReplicas(urls: readonly string[]): Promise<readonly Finding[]> {
  return Promise.all(urls.map(checkReplica));
}

async function checkReplica(url: string): Promise<Finding> {
  const { host } = new URL(url);
  try {
    const session = await openBulkSession(url);
    try {
      const [[isStandby, seconds, isPaused] = []] = await session.rows(
        `SELECT pg_is_in_recovery()::int, CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::int END,
         CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused()::int END`,
      );
      if (Number(isStandby) !== 1)
        return warn(check, `${host} is no standby: it answers no reads.`, "Take it out of SECGRAPH_REPLICA_URLS, or let it follow the primary.");
      if (Number(isPaused) === 1) return warn(check, `${host} does not replay: it is paused.`, "SELECT pg_wal_replay_resume()");
      return ok(check, `${host} follows, ${Number(seconds ?? 0)} s behind.`);
    } finally {
      await session.end();
    }
  } catch {
    return fail(check, `${host} cannot be reached; the primary answers its reads.`, "Start it, or take it out of SECGRAPH_REPLICA_URLS.");
  }
}
