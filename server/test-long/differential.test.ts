import { beforeAll, expect, test } from "vitest";
import { wanted } from "../test/fuzz/campaign.ts";
import { asSuperuser, urlOf } from "../test/postgres/databases.ts";
import { differ } from "../test/postgres/differential/differ.ts";
import { models } from "../test/postgres/differential/models.ts";
import { startPostgres, type PostgresServer } from "../test/postgres/startPostgres.ts";

/** Requests to one pair of hubs, before others begin empty. */
const round = 2_500;
const count = wanted("FUZZ_COUNT", 50_000);
const first = wanted("FUZZ_SEED", 1_000);

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  return () => server.stop();
});

test.each(models)(`SQLite and PostgreSQL give the same answers to ${count} requests: %s`, { timeout: 7_200_000 }, async (name, model) => {
  for (let seed = first; seed < first + Math.ceil(count / round); seed += 1) {
    await asSuperuser(server.url, `DROP DATABASE IF EXISTS twin WITH (FORCE)`);
    await asSuperuser(server.url, `CREATE DATABASE twin TEMPLATE template0`);
    const { faults } = await differ({ model, name, url: urlOf(server.url, "twin"), seed, count: Math.min(round, count) });
    await asSuperuser(server.url, `DROP DATABASE twin WITH (FORCE)`);
    expect(faults).toEqual([]);
  }
});
