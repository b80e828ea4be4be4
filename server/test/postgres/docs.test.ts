import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { openSqliteStore } from "../../src/store/sqlite/openSqliteStore.ts";
import { runPage } from "../docs/runPage.ts";
import { program, root, runningNode } from "../process/server.ts";
import { asSuperuser, createDatabase, urlOf, type TestDatabase } from "./databases.ts";

let folder = "";
let database: TestDatabase;
let empty: TestDatabase;
const serving = `serves_page_${process.pid}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secgraph-page-"));
  writeFileSync(join(folder, "secgraph"), `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(" ")} "$@"\n`);
  chmodSync(join(folder, "secgraph"), 0o755);
  [database, empty] = [await createDatabase(), await createDatabase()];
  await asSuperuser(database.url, `CREATE ROLE ${serving} LOGIN`);
});
afterAll(async () => {
  await database.drop();
  await empty.drop();
  await asSuperuser(empty.url.replace(/\/[^/]*$/, "/postgres"), `DROP ROLE ${serving}`);
  rmSync(folder, { recursive: true, force: true });
});

test("docs/how-to/postgresql.md", { timeout: 240_000 }, async () => {
  const data = join(folder, "data");
  mkdirSync(data);
  const store = await openSqliteStore({ file: join(data, "secgraph.sqlite"), model: createModel(securityGraph) });
  await store.system.grant({ tenant: "11111111-1111-4111-8111-111111111111", hub: "22222222-2222-4222-8222-222222222222", role: "home" });
  await store.system.setValue("kept", "value");
  await store.close();
  const env = {
    PATH: [folder, runningNode, process.env["PATH"] ?? ""].join(delimiter),
    DATABASE_URL: urlOf(database.url, new URL(database.url).pathname.slice(1), serving),
    SECGRAPH_DATABASE_OWNER_URL: database.url,
    SECGRAPH_DATA: data,
    OWNER_URL: database.url,
    EMPTY_URL: empty.url,
  };
  const fitted = (text: string): string => text.replace("sqlite:data ", `"sqlite:${data}" `);
  const blocks = await runPage(join(root, "docs/how-to/postgresql.md"), { under: folder, env, fitted });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(3);
});
