import { expect, test } from "vitest";
import { leaseContract } from "./leaseContract.ts";
import { derivedGuid } from "../../src/base/ids.ts";
import { model, openStore, seed, temporaryFile, write } from "./fixture.ts";

leaseContract(async () => {
  let now = 1_000_000_000_000;
  const { leases } = await openStore({ steady: () => now });
  return { one: leases, two: leases, pass: async (milliseconds) => void (now += milliseconds) };
});

test("work survives a restart; what the process before held is free at once, though the clock was set back", async () => {
  const file = temporaryFile();
  const work = { hub: "", kind: "k", key: "a" };
  const taking = { owner: "s1", kinds: ["k"], most: 1, life: 60_000 };
  const before = await openStore({ file, steady: () => 1_000_000_000_000 });
  await before.leases.put([work]);
  const [lease] = await before.leases.take(taking);
  await before.close();
  const after = await openStore({ file, steady: () => 900_000_000_000 });
  expect([await after.leases.nextDue(["k"]), await after.leases.nextDue(["other"])]).toEqual([0, undefined]);
  const [next] = await after.leases.take({ ...taking, owner: "s2" });
  expect(await after.leases.nextDue(["k"])).toBe(60_000);
  expect(next).toMatchObject({ ...work, attempts: 2 });
  expect(next!.token).toBeGreaterThan(lease!.token);
  expect([await after.leases.complete(lease!), await after.leases.complete(next!)]).toEqual([false, true]);
});

test("a hub's work goes with it", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a" }]);
  const hub = derivedGuid("hub", "t1");
  await store.leases.put([{ hub, kind: "k", key: "a" }, { hub: "other", kind: "k", key: "a" }]); // prettier-ignore
  const row = { place: model.hub!.fleet, parents: [], id: hub, expect: 1, put: null, changed: [] };
  expect((await write(store, [row])).kind).toBe("written");
  expect(await store.leases.figures()).toEqual(new Map([["k", { waiting: 1, held: 0, givenUp: 0 }]]));
});
