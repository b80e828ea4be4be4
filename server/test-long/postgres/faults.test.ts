import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFaultGround, type FaultGround } from "../../test/postgres/faults/faultGround.ts";
import { cutConnections, killBackend, killPostmaster, killServer, restartImmediately, terminateBackends } from "../../test/postgres/faults/strikes.ts";
import { findAllPostgres } from "../../test/postgres/findPostgres.ts";

/** Milliseconds after which a server that was not restarted takes writes again, once its database is there. */
const healthy = 10_000;

describe.each(findAllPostgres().map((postgres) => [postgres.version, postgres] as const))(
  "PostgreSQL %s: 16 writers go through it; nothing acknowledged is lost, nothing torn or doubled; meanwhile 503 with Retry-After",
  (version, postgres) => {
    let ground: FaultGround;
    beforeAll(async () => void (ground = await openFaultGround({ seed: 60, writers: 16, postgres })));
    afterAll(() => ground.stop());

    test.each([
      ["the database is stopped as by a crash and started again", restartImmediately, 10],
      ["its postmaster is killed", killPostmaster, 5],
      ["one of its backends is killed", killBackend, 5],
      ["connections are ended in the middle of transactions", terminateBackends, 10],
      ["connections break at random bytes", cutConnections, 20],
      ["the server is killed", killServer, 10],
    ])("%s", async (what, strike, rounds) => {
      const report = await ground.rounds(rounds, strike);
      console.log(`PostgreSQL ${version}: ${what}: ${report.line}`);
      expect(report.faults.slice(0, 10)).toEqual([]);
      expect(report.acknowledged).toBeGreaterThanOrEqual(90 * rounds);
      expect(Math.max(...report.recoveries)).toBeLessThan(healthy);
    });
  },
);
