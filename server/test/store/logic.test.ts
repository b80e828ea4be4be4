import { assert, asyncProperty } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../src/store/store.ts";
import { dropEngine, openEngine } from "../engine.ts";
import { idsOf, list, model, queryOf, seed } from "./fixture.ts";
import { logicItems, predicate } from "./predicates.ts";
import { holds } from "./reference.ts";
import { seeded } from "../fuzz/seeded.ts";

let store: Store;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-logic-"));
  const file = join(folder, "data.db");
  store = await openEngine({ file, model });
  await seed(store, logicItems);
  return async () => {
    await store.close();
    await dropEngine(file);
    rmSync(folder, { recursive: true });
  };
});

async function expectAgreement(filter: string): Promise<void> {
  const text = `$filter=${encodeURIComponent(filter)}&$orderby=id&$top=100`;
  const { filter: bound } = queryOf(text);
  const expected = logicItems.filter((item) => holds(bound!, item)).map((item) => item.id);
  expect([filter, idsOf(await list(store, text))]).toEqual([filter, expected]);
}

describe("filters in SQL agree with OData's logic", () => {
  test.each([
    "not (name eq 'a')",
    "name ne null",
    "null eq 'a'",
    "not active",
    "not (rank gt 1)",
    "rank ge null",
    "not contains(name,'a')",
    "active or rank eq 1",
    "free eq 1",
    "free eq true",
  ])("%s", async (filter) => {
    await expectAgreement(filter);
  });

  test("generated predicates", async () => {
    await assert(asyncProperty(predicate, expectAgreement), seeded(1500));
  });
});
