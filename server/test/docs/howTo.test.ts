import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyConfigured } from "../../src/cli/connectors/applyConfigured.ts";
import { createService } from "../../src/app.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { openCaller } from "../../src/cli/identity.ts";
import { settings } from "../../src/cli/settings.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { openSqliteStore } from "../../src/store/sqlite/openSqliteStore.ts";
import { program, root, runningNode } from "../process/server.ts";
import { openHub } from "../wire/hub.ts";
import { codeBlocks } from "./codeBlocks.ts";
import { runPage } from "./runPage.ts";

/** The guides: their commands run, and the settings that they name are there. */
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "secgraph-guides-"));
  writeFileSync(join(folder, "secgraph"), `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(" ")} "$@"\n`);
  chmodSync(join(folder, "secgraph"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("docs/how-to/built-in-issuer.md", async () => {
  const env = {
    PATH: [folder, runningNode, process.env["PATH"] ?? ""].join(delimiter),
    SECGRAPH_DATA: join(folder, "data"),
    PASSWORD: "correct horse battery staple",
  };
  const blocks = await runPage(join(root, "docs/how-to/built-in-issuer.md"), { under: folder, env, fitted: (text) => text });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(2);
});

test("docs/how-to/backup.md", async () => {
  const data = join(folder, "to back up");
  const store = await openSqliteStore({ file: join(makeFolder(data), "secgraph.sqlite"), model: createModel(securityGraph) });
  await store.close();
  const env = { PATH: [folder, runningNode, process.env["PATH"] ?? ""].join(delimiter), SECGRAPH_DATA: data };
  const blocks = await runPage(join(root, "docs/how-to/backup.md"), { under: folder, env, fitted: (text) => text });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(2);
});

test("docs/how-to/connectors.md", async () => {
  const env = { PATH: [folder, runningNode, process.env["PATH"] ?? ""].join(delimiter), SECGRAPH_DATA: join(folder, "with connectors") };
  const page = join(root, "docs/how-to/connectors.md");
  const blocks = await runPage(page, { under: folder, env, fitted: (text) => text });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(3);
  const file = join(folder, "connectors.json");
  writeFileSync(file, blocks.find(({ info }) => info === "json file")!.text);
  const hub = await openHub();
  await applyConfigured(file, { app: hub.service.app, system: hub.store.system, env: {} });
  await hub.close();
});

test("docs/how-to/audit.md", async () => {
  const data = makeFolder(join(folder, "audited"));
  const model = createModel(securityGraph);
  const store = await openSqliteStore({ file: join(data, "secgraph.sqlite"), model });
  const service = await createService({ model, store, authenticate: () => openCaller, budgets: defaultBudgets, placeholders: [], faithful: [] });
  const body = Buffer.from(JSON.stringify({ vendorInformation: { vendor: "Contoso", provider: "Posture" } }));
  const headers = { "content-type": "application/json" };
  for (let made = 0; made < 3; made += 1)
    await service.handle({ method: "POST", target: "/v1.0/security/secureScores", headers, baseUrl: "https://hub.example", body });
  await store.close();
  const env = { PATH: [folder, runningNode, process.env["PATH"] ?? ""].join(delimiter), SECGRAPH_DATA: data };
  const blocks = await runPage(join(root, "docs/how-to/audit.md"), { under: folder, env, fitted: (text) => text });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(4);
});

function makeFolder(path: string): string {
  mkdirSync(path, { mode: 0o700 });
  return path;
}

const pages = globSync(["README.md", "docs/{tutorial,how-to,explanation}/*.md"], { cwd: root }).map((page) => page.replaceAll("\\", "/"));
const known = Object.values(settings);
const environment = new Set<string>([...known.flatMap((one) => ("env" in one ? [one.env] : [])), "SECGRAPH_DEV_REMOTE"]);

test.each(pages)("every setting that %s names is there", (page) => {
  const named = readFileSync(join(root, page), "utf8").matchAll(/\bSECGRAPH_[A-Z_]+\b/g);
  expect([...new Set([...named].map(([name]) => name))].filter((name) => !environment.has(name))).toEqual([]);
});

test.each(pages)("every block of %s says what it is", (page) => {
  expect(
    codeBlocks(join(root, page))
      .filter(({ info }) => info === "")
      .map(({ line }) => line),
  ).toEqual([]);
});
