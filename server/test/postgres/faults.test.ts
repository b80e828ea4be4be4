import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFaultGround, type FaultGround } from "./faults/faultGround.ts";
import { cutConnections, restartImmediately } from "./faults/strikes.ts";

let ground: FaultGround;
beforeAll(async () => void (ground = await openFaultGround({ seed: 6 })), 60_000);
afterAll(() => ground.stop());

/** Milliseconds after which a server that was not restarted takes writes again, once its database is there. */
const healthy = 10_000;

describe("12 writers go through it: nothing acknowledged is lost, nothing torn or doubled; meanwhile 503 with Retry-After", () => {
  test.each([
    ["the database is stopped as by a crash and started again", restartImmediately],
    ["connections break at random bytes", cutConnections],
  ])("%s", { timeout: 60_000 }, async (what, strike) => {
    const report = await ground.rounds(1, strike);
    console.log(`${what}: ${report.line}`);
    expect(report.faults.slice(0, 10)).toEqual([]);
    expect(report.acknowledged).toBeGreaterThanOrEqual(90);
    expect(Math.max(...report.recoveries)).toBeLessThan(healthy);
  });
});
