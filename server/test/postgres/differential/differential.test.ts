import { afterEach, expect, test } from "vitest";
import { wanted } from "../../fuzz/campaign.ts";
import { createDatabase, type TestDatabase } from "../databases.ts";
import { differ } from "./differ.ts";
import { models } from "./models.ts";

let database: TestDatabase;
afterEach(() => database.drop());

test.each(models)("SQLite and PostgreSQL give the same answers: %s", { timeout: 300_000 }, async (name, model) => {
  database = await createDatabase();
  const { faults, compared } = await differ({ model, name, url: database.url, seed: wanted("FUZZ_SEED", 41), count: wanted("FUZZ_COUNT", 500) });
  expect(faults).toEqual([]);
  expect([...compared.keys()]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404]));
});
