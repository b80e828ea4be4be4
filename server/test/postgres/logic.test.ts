import { assert, asyncProperty } from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { queryOf } from "../store/fixture.ts";
import { logicItems, predicate } from "../store/predicates.ts";
import { holds } from "../store/reference.ts";
import { openCompiled, type Compiled } from "./compiled.ts";
import { createDatabase } from "./databases.ts";

let compiled: Compiled;
beforeAll(async () => {
  const database = await createDatabase();
  compiled = await openCompiled(database.url);
  await compiled.load(logicItems);
  return async () => {
    await compiled.client.end();
    await database.drop();
  };
});

test("filters in PostgreSQL's SQL agree with OData's logic", async () => {
  const property = asyncProperty(predicate, async (filter) => {
    const options = `$filter=${encodeURIComponent(filter)}&$orderby=id`;
    const { filter: bound } = queryOf(options);
    const expected = logicItems.filter((item) => holds(bound!, item)).map((item) => item.id);
    expect([filter, await compiled.ids(options)]).toEqual([filter, expected]);
  });
  await assert(property, { numRuns: 1500 });
});
