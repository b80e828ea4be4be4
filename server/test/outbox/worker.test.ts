import { describe, expect, onTestFinished, test } from "vitest";
import { startUpkeep } from "../../src/outbox/upkeep.ts";
import { startWorker, type Job, type WorkerSettings } from "../../src/outbox/worker.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { create, openStore, temporaryFile, write } from "../store/fixture.ts";

const kind = "k";
const work = (key: string) => ({ hub: "", kind, key });

/** A worker over a store of its own, whose clock is moved by hand. */
async function working(job: Job, more: Partial<WorkerSettings> = {}) {
  const time = { now: 1_000_000_000_000 };
  const { leases } = await openStore({ steady: () => time.now });
  const faults: string[] = [];
  const onFault = (error: unknown, of: string | undefined): void => void faults.push(`${of}: ${(error as Error).message}`);
  const worker = startWorker({ leases, jobs: new Map([[kind, job]]), onFault, ...more });
  onTestFinished(() => worker.stop());
  return { time, leases, worker, faults };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

describe("a worker", () => {
  test("does what is put, some at once and no more than it may", async () => {
    const done: string[] = [];
    const three = Promise.withResolvers<void>();
    let [now, most] = [0, 0];
    const job: Job = async ({ key }) => {
      most = Math.max(most, (now += 1));
      if (now === 3) three.resolve();
      await three.promise;
      now -= 1;
      done.push(key);
      return "done";
    };
    const { leases, worker, faults } = await working(job, { most: 3 });
    await leases.put(Array.from({ length: 20 }, (_, index) => work(String(index))));
    await until(async () => (await leases.figures()).size === 0);
    await worker.stop();
    expect([new Set(done).size, done.length, most, faults]).toEqual([20, 20, 3, []]);
  });

  test("tells what failed, tries it again after a pause that doubles, and gives it up in the end", async () => {
    const job: Job = async ({ attempts }) => {
      throw new Error(`try ${attempts}`);
    };
    const { leases, time, faults } = await working(job, { attempts: 3 });
    await leases.put([work("a")]);
    for (const pause of [1000, 2000]) {
      await until(async () => (await leases.figures()).get(kind)?.waiting === 1 && (await leases.nextDue([kind])) === pause);
      time.now += pause;
      await leases.put([]);
    }
    await until(async () => (await leases.figures()).get(kind)?.givenUp === 1);
    expect(faults).toEqual(["k: try 1", "k: try 2", "k: try 3"]);
  });

  test("comes back to what shall be looked at later", async () => {
    const seen: number[] = [];
    const { leases, time } = await working(async ({ attempts }) => (seen.push(attempts) < 3 ? { later: 5000 } : "done"));
    await leases.put([work("a")]);
    for (const times of [1, 2]) {
      await until(async () => seen.length === times && (await leases.nextDue([kind])) === 5000);
      time.now += 5000;
      await leases.put([]);
    }
    await until(async () => (await leases.figures()).size === 0);
    expect(seen).toEqual([1, 1, 1]);
  });

  test("ends a job whose lease another has taken over, and does not spoil what that one does", async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const job: Job = async (_, lost) => {
      begun.resolve();
      await new Promise((resolve) => lost.addEventListener("abort", resolve));
      ended.resolve();
      return "done";
    };
    const { leases, time, worker } = await working(job, { life: 300, most: 1 });
    await leases.put([work("a")]);
    await begun.promise;
    // The time of the lease is over; the worker, which counts by itself, does not know yet.
    time.now += 300;
    const [taken] = await leases.take({ owner: "other", kinds: [kind], most: 1, life: 1_000_000 });
    await ended.promise;
    await worker.stop();
    expect([(await leases.figures()).get(kind)?.held, await leases.complete(taken!)]).toEqual([1, true]);
  });

  test("stops: what runs is told and ends, nothing new begins", async () => {
    const begun = Promise.withResolvers<void>();
    const job: Job = async (_, lost) => {
      begun.resolve();
      await new Promise((resolve) => lost.addEventListener("abort", resolve));
      return { later: 0 };
    };
    const { leases, worker } = await working(job);
    await leases.put([work("a")]);
    await begun.promise;
    await worker.stop();
    await leases.put([work("b")]);
    expect((await leases.figures()).get(kind)).toEqual({ waiting: 2, held: 0, givenUp: 0 });
  });

  test("goes on when the table could not be reached, and tells it once", async () => {
    const { leases } = await openStore();
    let failures = 2;
    const shaky = { ...leases, nextDue: (kinds: readonly string[]) => ((failures -= 1) >= 0 ? Promise.reject(new Error("gone")) : leases.nextDue(kinds)) };
    const faults: string[] = [];
    const done = Promise.withResolvers<string>();
    const job: Job = async ({ key }) => (done.resolve(key), "done");
    const worker = startWorker({ leases: shaky, jobs: new Map([[kind, job]]), onFault: (error, of) => void faults.push(`${of}: ${(error as Error).message}`) });
    onTestFinished(() => worker.stop());
    await leases.put([work("a")]);
    expect([await done.promise, faults]).toEqual(["a", ["undefined: gone"]]);
  });
});

describe("upkeep", () => {
  test("deletes answers that are older than a day, all of them, while nobody writes", async () => {
    const time = { now: Date.parse("2026-01-01T00:00:00Z") };
    const file = temporaryFile();
    const store = await openStore({ file, clock: () => time.now });
    const put = (key: string) => write(store, [create({ id: key })], { idempotency: { appId: "app", path: "/x", key, hash: "h", outcome: () => "{}" } });
    for (let index = 0; index < 1203; index += 1) await put(`k${index}`);
    time.now += 23 * 3_600_000;
    await put("young");
    time.now += 3_600_001;
    const faults: unknown[] = [];
    const upkeep = startUpkeep(store, (error) => faults.push(error));
    onTestFinished(() => upkeep.stop());
    await until(async () => (await store.leases.nextDue(["forget expired"])) !== undefined);
    time.now += 60_000;
    await store.leases.put([]);
    const reader = nodeSqlite.open(file, { readOnly: true });
    const kept = () => reader.prepare(`SELECT "key" FROM "idempotency"`).all([]);
    await until(async () => kept().length === 1);
    expect([kept(), faults]).toEqual([[["young"]], []]);
    reader.close();
    await until(async () => (await store.leases.nextDue(["forget expired"])) === 3_600_000);
  });
});
