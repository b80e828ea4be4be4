import { Pool } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf } from "../../src/store/postgres/failure.ts";
import { Lending } from "../../src/store/postgres/lending.ts";
import { asSuperuser, createDatabase, type TestDatabase } from "./databases.ts";

let database: TestDatabase;
let lending: Lending;

beforeEach(async () => {
  database = await createDatabase();
  const pool = new Pool({ connectionString: database.url, max: 2, application_name: "lent" });
  lending = new Lending(pool, { most: 2, patience: 2_000 });
});
afterEach(async () => {
  await lending.close().catch(() => undefined);
  await database.drop();
});

const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lent'";

test("what comes back is lent again at once, to who waited longest first", async () => {
  const [one, two] = [await lending.take(), await lending.take()];
  const order: string[] = [];
  const waiting = ["a", "b"].map(async (name) => {
    const client = await lending.take();
    order.push(name);
    return client;
  });
  expect(lending.figures()).toEqual({ connections: 2, busy: 2, waiting: 2 });
  lending.give(one, false);
  lending.give(two, false);
  expect(await Promise.all(waiting)).toEqual([one, two]);
  expect(order).toEqual(["a", "b"]);
  lending.give(one, false);
  expect(lending.take()).toBe(one);
  lending.give(one, false);
  lending.give(two, false);
  expect(lending.figures()).toEqual({ connections: 2, busy: 0, waiting: 0 });
});

test("who waits too long is told so, and takes no connection from others", async () => {
  const held = [await lending.take(), await lending.take()];
  const error = await Promise.resolve(lending.take()).catch((thrown: unknown) => thrown);
  expect(failureOf(error)).toBe("unreachable");
  for (const client of held) lending.give(client, false);
  expect(lending.figures()).toEqual({ connections: 2, busy: 0, waiting: 0 });
});

test("in the place of one that failed, who waits gets a new one", async () => {
  const [one, two] = [await lending.take(), await lending.take()];
  const waiting = Promise.resolve(lending.take());
  lending.give(one, true);
  const fresh = await waiting;
  expect(fresh).not.toBe(one);
  expect((await fresh.query("SELECT 1 AS up")).rows).toEqual([{ up: 1 }]);
  for (const client of [fresh, two]) lending.give(client, false);
});

test("one that breaks is never lent again, idle or lent", async () => {
  const [one, two] = [await lending.take(), await lending.take()];
  lending.give(one, false);
  await asSuperuser(database.url, end);
  await expect.poll(() => lending.figures().connections).toBe(1);
  await two.query("SELECT 1").catch(() => undefined);
  lending.give(two, false);
  const next = await lending.take();
  expect([one, two]).not.toContain(next);
  expect((await next.query("SELECT 1 AS up")).rows).toEqual([{ up: 1 }]);
  lending.give(next, false);
});

test("closing waits for what is lent, and lends no more", async () => {
  const client = await lending.take();
  let closed = false;
  const closing = lending.close().then(() => (closed = true));
  expect(() => lending.take()).toThrow("closed");
  await client.query("SELECT 1");
  expect(closed).toBe(false);
  lending.give(client, false);
  await closing;
});
