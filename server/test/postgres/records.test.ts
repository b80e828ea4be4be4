import { instantOf } from "../../src/base/instant.ts";
import { expect, onTestFinished, test } from "vitest";
import { createConnections, type Connections } from "../../src/store/postgres/connections.ts";
import { forgetExpired } from "../../src/store/postgres/forgetExpired.ts";
import { createRecords } from "../../src/store/postgres/records.ts";
import { recordContract } from "../base/recordContract.ts";
import { asSuperuser } from "./databases.ts";
import { createSharedDatabase } from "./sharedDatabase.ts";

async function open(): Promise<{
  readonly url: string;
  readonly one: Connections;
  readonly two: Connections;
  readonly pass: (milliseconds: number) => Promise<void>;
}> {
  const { url, drop } = await createSharedDatabase();
  const [one, two] = [1, 2].map(() => createConnections({ url, connections: 8, queryBudget: 60_000 }));
  onTestFinished(async () => {
    await Promise.all([one!.close(), two!.close()]);
    await drop();
  });
  const pass = async (milliseconds: number): Promise<void> => void (await asSuperuser(url, `UPDATE "records" SET "until" = "until" - ${milliseconds}`));
  return { url, one: one!, two: two!, pass };
}

recordContract(async () => {
  const { one, two, pass } = await open();
  return { one: createRecords(one), two: createRecords(two), pass };
});

test("what has outlived itself is deleted in batches, the rest stays", async () => {
  const { one, pass } = await open();
  const records = createRecords(one);
  const short = records<{ readonly n: number }>({ name: "short", life: { milliseconds: 1000, since: "made" } });
  const long = records<{ readonly n: number }>({ name: "long" });
  for (let n = 0; n < 5; n += 1) await short.change(String(n), () => ({ n }));
  await long.change("a", () => ({ n: 9 }));
  const forget = (most: number): Promise<number> => forgetExpired(one, instantOf(Date.now()), most);
  expect(await forget(10)).toBe(0);
  await pass(2000);
  expect([await forget(3), await forget(3), await forget(3)]).toEqual([3, 2, 0]);
  expect(await long.all()).toEqual([{ n: 9 }]);
});

test("a database that cannot be reached is told as such", async () => {
  const { one, url } = await open();
  const records = createRecords(createConnections({ url: url.replace(/:\d+\//, ":1/"), queryBudget: 1000 }));
  await expect(records({ name: "k" }).find("a")).rejects.toMatchObject({ key: "unavailable", extras: { headers: { "Retry-After": "1" } } });
  expect(await createRecords(one)({ name: "k" }).find("a")).toBeUndefined();
});
