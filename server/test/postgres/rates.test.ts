import { expect, onTestFinished, test } from "vitest";
import { createConnections } from "../../src/store/postgres/connections.ts";
import { instantOf } from "../../src/base/instant.ts";
import { forgetExpired } from "../../src/store/postgres/forgetExpired.ts";
import { createRates } from "../../src/store/postgres/rates.ts";
import { asSuperuser } from "./databases.ts";
import { createSharedDatabase } from "./sharedDatabase.ts";

async function open() {
  const { url, drop } = await createSharedDatabase();
  const [one, two] = [1, 2].map(() => createConnections({ url, connections: 4, queryBudget: 60_000 }));
  onTestFinished(async () => {
    await Promise.all([one!.close(), two!.close()]);
    await drop();
  });
  const pass = async (milliseconds: number): Promise<void> => void (await asSuperuser(url, `UPDATE "rates" SET "full" = "full" - ${milliseconds}`));
  return { one: one!, shares: [createRates(one!), createRates(two!)], pass };
}

const reads = { tenant: "t", appId: "a", kind: "reads" };

test("what servers spend adds up, flows in again with the database's time, and is each bucket's own", async () => {
  const { one, shares, pass } = await open();
  // An hour each: what really passes in a test is little beside it.
  const hour = 3_600_000;
  const hours = (wait: number): number => Math.round((wait / hour) * 100) / 100;
  expect((await shares[0]!([{ ...reads, spent: hour }])).map(hours)).toEqual([1]);
  const asked = [
    { ...reads, spent: hour },
    { ...reads, kind: "writes", spent: 3 * hour },
    { ...reads, appId: "\0\ud800'\"\\", spent: hour },
  ];
  expect((await shares[1]!(asked)).map(hours)).toEqual([2, 3, 1]);
  await pass(hour);
  expect((await shares[0]!([{ ...reads, spent: 0 }])).map(hours)).toEqual([1]);
  await pass(5 * hour);
  expect((await shares[1]!([{ ...reads, spent: hour }])).map(hours)).toEqual([1]);
  expect(await forgetExpired(one, instantOf(Date.now()), 10)).toBe(2);
});

test("many servers tell at once: nothing is lost, nobody waits for ever", async () => {
  const { shares } = await open();
  const hour = 3_600_000;
  const names = Array.from({ length: 20 }, (_, index) => ({ ...reads, appId: `app ${index}`, spent: hour }));
  await Promise.all(Array.from({ length: 16 }, (_, index) => shares[index % 2]!(index % 3 === 0 ? names : names.toReversed())));
  const left = await shares[0]!(names.map((name) => ({ ...name, spent: 0 })));
  expect(new Set(left.map((wait) => Math.round(wait / hour)))).toEqual(new Set([16]));
});
