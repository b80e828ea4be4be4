import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../postgres/startPostgres.ts";
import { program, root, startServer, type ServerProcess } from "../process/server.ts";
import { runPage } from "./runPage.ts";

let server: ServerProcess;
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secgraph-tasks-"));
  server = await startServer({ command: [...program, "start"], data: join(folder, "data"), patience: 120_000 });
}, 130_000);
afterAll(async () => {
  server.signal("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test("docs/how-to/remediation-tasks.md: raised, worked on, proven, and followed by a ticket system", { timeout: 120_000 }, async () => {
  const port = await freePort();
  const fitted = (text: string): string =>
    text
      .replaceAll("localhost:7443", `localhost:${server.tlsPort}`)
      .replaceAll("127.0.0.1:9000", `127.0.0.1:${port}`)
      .replaceAll("listen(9000", `listen(${port}`)
      .replaceAll('"$PWD/data', `"${folder}/data`)
      .replaceAll("npm run -s secgraph --", `npm --prefix "${root}" run -s secgraph --`);
  const page = join(root, "docs/how-to/remediation-tasks.md");
  const blocks = await runPage(page, { under: folder, env: { SECGRAPH_DATA: join(folder, "data") }, fitted });
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(7);
});
