import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeBlocks } from "../docs/codeBlocks.ts";
import { root, runToEnd, startGroup, waitFor } from "../process/server.ts";
import type { ProcessGroup } from "../process/server.ts";
import { clients, installClients } from "./installClients.ts";
import { setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** The programs of docs/how-to/sdk-javascript.md, each as it stands there but for the port, against what the page says that it prints. */
const blocks = codeBlocks(join(root, "docs/how-to/sdk-javascript.md"));
const programs = blocks.flatMap(({ info, text, line }, index) =>
  info === "js" || info === "js device" ? [{ line, program: text, prints: blocks[index + 1], isDevice: info === "js device" }] : [],
);
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
});

test("there is a program for each client", () => {
  expect(programs).toHaveLength(5);
});

test.each(programs)("the program at line $line prints what is shown below it", async ({ line, program, prints, isDevice }) => {
  const file = join(folder, `line-${line}.mjs`);
  const env: Readonly<Record<string, string>> = { ...served!.env, ...(isDevice ? { TENANT: served!.env["PEOPLE_TENANT"]! } : {}) };
  writeFileSync(file, program.replaceAll("https://localhost:7443", env["BASE_URL"]!));
  const group = startGroup({ command: [process.execPath, file], folder, env });
  const cut = setTimeout(() => void group.kill(), 100_000);
  if (isDevice) await letIn(group, env);
  const { code, stdout, stderr } = await group.ended;
  clearTimeout(cut);
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: prints?.text });
  expect(isDevice || stderr === "", stderr).toBe(true);
  expect(prints?.info).toBe("text");
});

/** The person who reads the address and the code, and signs in there. */
async function letIn(group: ProcessGroup, env: Readonly<Record<string, string>>): Promise<void> {
  const found = await waitFor(() => /(https:\S+) .* code (\S+) /.exec(group.stderr()) ?? undefined, { group, patience: 60_000 });
  const [, verificationUri, userCode] = found;
  const script = `import("./pages.mjs").then((pages) => pages.decideOnDevice(${JSON.stringify({ verificationUri, userCode })}, "allow"))`;
  const { code, stderr } = await runToEnd({ command: [process.execPath, "-e", script], folder: clients, env });
  expect(code, stderr).toBe(0);
}
