import { Client } from "pg";
import { expect, test } from "vitest";
import { create, homeOf, list, listPlan, model, openStore, permitted, temporaryFile, write } from "../store/fixture.ts";
import { databaseOf } from "../engine.ts";

/** A reader that follows the log as delta tokens do: it asks for what is behind the last it has seen. */
function follower(read: (since: number) => Promise<number[]>): { readonly look: () => Promise<void>; readonly seen: number[] } {
  const seen: number[] = [];
  return { seen, look: async () => void seen.push(...(await read(seen.at(-1) ?? 0))) };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

test("numbers of a sequence are not in commit order: who follows them misses a change", async () => {
  const { url } = await databaseOf(temporaryFile(), model);
  const [slow, quick, reader] = [await connect(url), await connect(url), await connect(url)];
  try {
    await reader.query("CREATE SEQUENCE naive_seq; CREATE TABLE naive (seq bigint PRIMARY KEY)");
    const { seen, look } = follower(async (since) =>
      (await reader.query("SELECT seq FROM naive WHERE seq > $1 ORDER BY seq", [since])).rows.map(({ seq }) => Number(seq)),
    );
    const insert = "INSERT INTO naive VALUES (nextval('naive_seq'))";
    await slow.query("BEGIN");
    await slow.query(insert);
    await quick.query(insert);
    await look();
    await slow.query("COMMIT");
    await look();
    const { rows } = await reader.query("SELECT count(*)::int AS n FROM naive");
    expect([seen, rows]).toEqual([[2], [{ n: 2 }]]);
  } finally {
    await Promise.all([slow, quick, reader].map((client) => client.end()));
  }
});

test("the change log's are: a write waits for one that has its number and is not committed", async () => {
  const file = temporaryFile();
  const store = await openStore({ file });
  expect((await write(store, [create({ id: "first" })])).kind).toBe("written");
  const { url } = await databaseOf(file, model);
  const [slow, reader] = [await connect(url), await connect(url)];
  try {
    const { seen, look } = follower(async (since) =>
      (await reader.query(`SELECT "seq" FROM "changes" WHERE "seq" > $1 ORDER BY "seq"`, [since])).rows.map(({ seq }) => Number(seq)),
    );
    // As a write of another server does that was held up before its COMMIT.
    await slow.query("BEGIN");
    const { rows } = await slow.query(`UPDATE "hubs" SET "seq" = "seq" + 1 RETURNING "n", "seq"`);
    await slow.query(`INSERT INTO "changes" VALUES ($1, $2, 'hub/items', '[]', 'slow', 'create', '[]', '')`, [rows[0].n, rows[0].seq]);
    const quick = write(store, [create({ id: "quick" })]);
    const waits = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await reader.query(waits)).rows[0].n === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await look();
    await slow.query("COMMIT");
    const answer = await quick;
    await look();
    expect(answer.kind === "written" && answer.rows[0]!.seq).toBe(4);
    expect(seen).toEqual([1, 2, 3, 4]);
  } finally {
    await Promise.all([slow, reader].map((client) => client.end()));
  }
});

test("many writers at once: whoever follows the log sees every change once, in order and without a gap", async () => {
  const file = temporaryFile();
  const store = await openStore({ file });
  await write(store, [create({ id: "first" })]);
  const { url } = await databaseOf(file, model);
  const reader = await connect(url);
  try {
    const { seen, look } = follower(async (since) =>
      (await reader.query(`SELECT "seq" FROM "changes" WHERE "seq" > $1 ORDER BY "seq"`, [since])).rows.map(({ seq }) => Number(seq)),
    );
    const ended = new AbortController();
    const following = (async () => {
      while (!ended.signal.aborted) await look();
    })();
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; n < 25; n += 1) expect((await write(store, [create({ id: `${writer} ${n}` })])).kind).toBe("written");
    });
    await Promise.all(writers).finally(() => ended.abort());
    await following;
    await look();
    expect(seen).toEqual(Array.from({ length: 102 }, (_, index) => index + 1));
    const page = await list(store, "$count=true&$top=1");
    expect(page.count).toBe(101);
    expect(await store.lastChange(permitted(listPlan(""), homeOf("t1")))).toBe(102);
  } finally {
    await reader.end();
  }
});
