import { afterAll, beforeAll, expect, test } from "vitest";
import { createConnections, Unanswered, type Connections } from "../../src/store/postgres/connections.ts";
import { failureOf } from "../../src/store/postgres/failure.ts";
import { roles } from "../../src/store/postgres/scope.ts";
import { asSuperuser, createDatabase, type TestDatabase } from "./databases.ts";

let database: TestDatabase;
let connections: Connections;
const system = { kind: "system" } as const;

beforeAll(async () => {
  database = await createDatabase();
  const make = Object.values(roles).map(
    (role) => `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
  );
  const grants = Object.values(roles).map((role) => `GRANT SELECT, INSERT ON kinds TO ${role}`);
  await asSuperuser(database.url, ...make, `CREATE TABLE kinds (i bigint UNIQUE, r float8, t text, b boolean, n numeric)`, ...grants);
  connections = createConnections({ url: database.url, connections: 2, queryBudget: 3000 });
});
afterAll(async () => {
  await connections.close();
  await database.drop();
});

const one = async (sql: string, ...values: (string | number | bigint | null)[]): Promise<unknown> =>
  (await connections.run(system, [{ sql, values }]))[0]!.rows[0]?.[0];

test("values come back as they were sent: integers of 64 bits, floating point, text, booleans, decimals, null", async () => {
  const values = [9007199254740993n, 1.5, "ä\u{1F600}", 1, "1234567890.25", null] as const;
  const sql = "SELECT $1::bigint, $2::float8, $3::text, $4::int = 1, $5::numeric, $6::text";
  const [result] = await connections.run(system, [{ sql, values: values }]);
  expect(result!.rows).toEqual([[9007199254740993n, 1.5, "ä\u{1F600}", 1, 1234567890.25, null]]);
  const [again] = await connections.run(system, [{ sql, values: [-1, Infinity, "", 0, "7", "x"] }]);
  expect(again!.rows).toEqual([[-1, Infinity, "", 0, 7, "x"]]);
});

test("statements of one round trip are one transaction, and one that fails undoes those before it", async () => {
  const insert = { sql: "INSERT INTO kinds (i) VALUES ($1)", values: [1] };
  const failing = connections.run(system, [insert, { sql: "SELECT 1 / $1::int", values: [0] }, insert]);
  await expect(failing).rejects.toMatchObject({ state: "22012" });
  expect(await one("SELECT count(*) FROM kinds")).toBe(0);
  const results = await connections.run(system, [insert, { sql: "SELECT count(*) FROM kinds", values: [] }, { sql: "SELECT 1 WHERE false", values: [] }]);
  expect(results.map(({ rows, count }) => [rows, count])).toEqual([
    [[], 1],
    [[[1]], 1],
    [[], 0],
  ]);
  await expect(connections.run(system, [insert])).rejects.toMatchObject({ state: "23505", constraint: "kinds_i_key" });
});

test("the role and the scope of a statement end with it", async () => {
  const asked = [{ sql: "SELECT current_user, current_setting('secgraph.hub', true), current_setting('statement_timeout')", values: [] }];
  const [inHub] = await connections.run({ kind: "hub", n: 7, hub: "h", tenant: "t" }, asked);
  expect(inHub!.rows).toEqual([[roles.hub, "7", "3s"]]);
  const [inSystem] = await connections.run(system, asked);
  expect(inSystem!.rows).toEqual([[roles.system, expect.toBeOneOf([null, ""]), "3s"]]);
});

test("more texts than a connection keeps prepared, each asked again", async () => {
  for (let round = 0; round < 2; round += 1) for (let n = 0; n < 600; n += 1) expect(await one(`SELECT ${n} + $1::int`, 1)).toBe(n + 1);
  const [row] = await asSuperuser(database.url, "SELECT 1 AS up");
  expect(row).toEqual({ up: 1 });
});

test("a query that takes too long is ended, and the connection serves on", async () => {
  const error = await one("SELECT pg_sleep(60)").catch((thrown: unknown) => thrown);
  expect(failureOf(error)).toBe("time");
  expect(await one("SELECT 1")).toBe(1);
});

test("a connection that the server ended is replaced, and the read is answered", async () => {
  await Promise.all([one("SELECT 1"), one("SELECT 2")]);
  await asSuperuser(
    database.url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'secgraph'",
  );
  expect(await one("SELECT 3")).toBe(3);
});

test("a transaction is run again after a deadlock, so both stand in the end", async () => {
  await asSuperuser(
    database.url,
    "CREATE TABLE pair (k int PRIMARY KEY, v int)",
    "INSERT INTO pair VALUES (1, 0), (2, 0)",
    `GRANT ALL ON pair TO ${roles.system}`,
  );
  let [runs, held] = [0, 0];
  // Until each holds its first row.
  const bothHold = Promise.withResolvers<void>();
  const both = (first: number, second: number): Promise<void> =>
    connections.transaction(system, async ({ send }) => {
      runs += 1;
      await send([{ sql: "UPDATE pair SET v = v + 1 WHERE k = $1", values: [first] }]);
      held += 1;
      if (held === 2) bothHold.resolve();
      await bothHold.promise;
      return { commit: [{ sql: "UPDATE pair SET v = v + 1 WHERE k = $1", values: [second] }], value: () => undefined };
    });
  await Promise.all([both(1, 2), both(2, 1)]);
  expect(runs).toBeGreaterThan(2);
  expect(await asSuperuser(database.url, "SELECT v FROM pair ORDER BY k")).toEqual([{ v: 2 }, { v: 2 }]);
});

test("a transaction that is given up leaves nothing, and one whose COMMIT was not answered says so", async () => {
  const insert = (i: number) => ({ sql: "INSERT INTO kinds (i) VALUES ($1)", values: [i] });
  const given = await connections.transaction(system, async ({ send }) => {
    await send([insert(100)]);
    return { commit: undefined, value: () => "given up" };
  });
  expect(given).toBe("given up");
  await expect(connections.transaction(system, ({ send }) => send([insert(101)]).then(() => Promise.reject(new RangeError("mine"))))).rejects.toThrow(
    RangeError,
  );
  expect(await one("SELECT count(*) FROM kinds WHERE i >= 100")).toBe(0);
  const torn = connections.transaction(system, async ({ send }) => {
    await send([insert(102)]);
    await asSuperuser(
      database.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'secgraph' AND state LIKE 'idle in transaction%'",
    );
    return { commit: [], value: () => undefined };
  });
  await expect(torn).rejects.toThrow(Unanswered);
});

test("answers larger than a piece of the stream, of many rows and of one long value, with a budget of characters", async () => {
  const long = "ä€\u{1F600}x".repeat(300_000);
  const sql = "SELECT n, NULL::int, repeat($1, $2::int) FROM generate_series(1, $3::int) AS n";
  const [single] = await connections.run(system, [{ sql, values: [long, 1, 1] }]);
  expect(single!.rows[0]![2] === long).toBe(true);
  const [many, last] = await connections.run(system, [
    { sql, values: ["ä", 1000, 3000] },
    { sql: "SELECT 1", values: [] },
  ]);
  expect(many!.rows.map(([n]) => n)).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1));
  expect(many!.rows.every(([, nothing, text]) => nothing === null && text === "ä".repeat(1000))).toBe(true);
  expect([many!.count, last!.rows]).toEqual([3000, [[1]]]);
  const [cut] = await connections.run(system, [{ sql, values: ["ä", 1000, 50], budget: 3500 }]);
  expect([cut!.rows.length, cut!.count]).toEqual([4, 50]);
});

test("values of every length go out whole", async () => {
  for (const length of [0, 1, 5000, 16_384, 70_000, 2_000_000]) {
    const sent = "€".repeat(length);
    expect(await one("SELECT $1::text = repeat('€', $2::int)", sent, length)).toBe(1);
  }
});

test("columns whose types were forgotten are asked for again, also of what is prepared", async () => {
  expect(await one("SELECT 41 + $1::int", 1)).toBe(42);
  for (let n = 0; n < 5200; n += 40)
    await connections.run(
      system,
      Array.from({ length: 40 }, (_, index) => ({ sql: `SELECT ${n + index}`, values: [] })),
    );
  expect(await one("SELECT 41 + $1::int", 1)).toBe(42);
  expect(await one("INSERT INTO kinds (i) VALUES ($1) RETURNING i", 900)).toBe(900);
});
