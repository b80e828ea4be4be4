import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { program, root, runningNode, startServer, type ServerProcess } from "../process/server.ts";
import { runPage } from "./runPage.ts";

/** The guide to models of one's own: its commands against the bookshop that it starts, and its program. */
const shop = join(root, "docs/how-to/bookshop");
let server: ServerProcess;
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secgraph-bookshop-"));
  const files = ["--model", join(shop, "bookshop.csdl.xml"), "--seed", join(shop, "rows.json"), "--operations", join(shop, "operations.mjs")];
  const command = [...program, "serve", ...files, "--root", "/", "--auth", "none"];
  server = await startServer({ command, data: join(folder, "data"), env: { SECGRAPH_TLS_PORT: "off" }, patience: 60_000 });
});
afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

test("docs/how-to/own-model.md", async () => {
  copyFileSync(join(shop, "bookshop.csdl.xml"), join(folder, "bookshop.csdl.xml"));
  const fitted = (text: string): string =>
    text
      .replaceAll("localhost:7080", `localhost:${server.port}`)
      .replaceAll('"secgraph"', `"${pathToFileURL(join(root, "server/src/index.ts")).href}"`)
      .replaceAll('readFileSync("bookshop', `readFileSync("${shop}/bookshop`);
  const env = { PATH: [runningNode, process.env["PATH"] ?? ""].join(delimiter) };
  const blocks = await runPage(join(root, "docs/how-to/own-model.md"), { under: folder, env, fitted });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(3);
});
