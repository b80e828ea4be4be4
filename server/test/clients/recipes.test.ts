import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeBlocks } from "../docs/codeBlocks.ts";
import { root, runToEnd } from "../process/server.ts";
import { installClients } from "./installClients.ts";
import { setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** The programs of docs/how-to/sdk-javascript.md, each as it stands there but for the port, against what the page says that it prints. */
const blocks = codeBlocks(join(root, "docs/how-to/sdk-javascript.md"));
const programs = blocks.flatMap(({ info, text, line }, index) => (info === "js" ? [{ line, program: text, prints: blocks[index + 1] }] : []));
let served: ClientServer | undefined;
let folder = "";

beforeAll(async () => {
  await installClients();
  served = await startForClients();
  // Where the packages of clients/ are found.
  folder = mkdtempSync(join(root, "clients/node_modules/.recipes-"));
}, setupPatience);
afterAll(async () => {
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
  await served?.close();
}, 60_000);

test("there is a program for each client", () => {
  expect(programs).toHaveLength(4);
});

test.each(programs)("the program at line $line prints what is shown below it", { timeout: 120_000 }, async ({ line, program, prints }) => {
  const file = join(folder, `line-${line}.mjs`);
  const { env } = served!;
  writeFileSync(file, program.replaceAll("https://localhost:7443", env["BASE_URL"]!));
  const { code, stdout, stderr } = await runToEnd({ command: [process.execPath, file], folder, env }, 100_000);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: prints?.text, stderr: "" });
  expect(prints?.info).toBe("text");
});
