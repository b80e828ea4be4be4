import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installClients } from "../clients/installClients.ts";
import { setupPatience } from "../clients/realClients.ts";
import { freePort } from "../postgres/startPostgres.ts";
import { program, root, startServer, type ServerProcess } from "../process/server.ts";
import { runPage } from "./runPage.ts";

/** The tutorials and the guides that need a server, read as a newcomer would: on a fresh demo hub, every command in its order, against what the pages show. */
let server: ServerProcess;
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secgraph-tutorial-"));
  server = await startServer({ command: [...program, "start"], data: join(folder, "data"), env: { SECGRAPH_SEED: "on" }, patience: 120_000 });
}, 130_000);
afterAll(async () => {
  server.signal("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const fitted = (text: string): string =>
  text
    .replaceAll("localhost:7443", `localhost:${server.tlsPort}`)
    .replaceAll('"$PWD/data', `"${folder}/data`)
    .replaceAll("npm run -s secgraph --", `npm --prefix "${root}" run -s secgraph --`);

// Only reads, so it comes first: what it shows is what the demo hub holds.
test("docs/how-to/dashboards.md", { timeout: 120_000 }, async () => {
  const blocks = await runPage(join(root, "docs/how-to/dashboards.md"), { under: folder, env: { SECGRAPH_DATA: join(folder, "data") }, fitted });
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(4);
});

test("docs/tutorial/curl.md", { timeout: 240_000 }, async () => {
  const blocks = await runPage(join(root, "docs/tutorial/curl.md"), { under: folder, env: { SECGRAPH_DATA: join(folder, "data") }, fitted });
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(6);
});

/** An hour is three seconds here, and the firewall takes a free port and ends with the page. */
async function shorter(): Promise<(text: string) => string> {
  const port = await freePort();
  return (text) =>
    fitted(text)
      .replaceAll("9099", String(port))
      .replaceAll('"duration": "PT1H"', '"duration": "PT3S"')
      .replaceAll("node firewall.mjs & FIREWALL=$!", "node firewall.mjs & FIREWALL=$!; trap 'kill $FIREWALL 2>/dev/null || true' EXIT");
}

test("docs/tutorial/block-an-address.md", { timeout: 240_000 }, async () => {
  const reader = { under: folder, env: { SECGRAPH_DATA: join(folder, "data") }, fitted: await shorter() };
  const blocks = await runPage(join(root, "docs/tutorial/block-an-address.md"), reader);
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(4);
});

test("docs/how-to/security-actions.md", { timeout: 240_000 }, async () => {
  const blocks = await runPage(join(root, "docs/how-to/security-actions.md"), { under: folder, env: { SECGRAPH_DATA: join(folder, "data") }, fitted });
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(9);
});

test("docs/how-to/tls.md", { timeout: 60_000 }, async () => {
  const own = (text: string): string => fitted(text.replaceAll("$(secgraph ", "$(npm run -s secgraph -- "));
  const blocks = await runPage(join(root, "docs/how-to/tls.md"), { under: folder, env: { SECGRAPH_DATA: join(folder, "data") }, fitted: own });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(2);
});

test("docs/tutorial/javascript.md", { timeout: setupPatience }, async () => {
  await installClients();
  const { clientId, clientSecret } = JSON.parse(readFileSync(join(folder, "data/development.json"), "utf8")) as Record<string, string>;
  const env = { TENANT: "demo.localtest", CLIENT_ID: clientId ?? "", CLIENT_SECRET: clientSecret ?? "", NODE_EXTRA_CA_CERTS: join(folder, "data/tls/ca.pem") };
  const blocks = await runPage(join(root, "docs/tutorial/javascript.md"), { under: join(root, "clients/node_modules"), env, fitted });
  expect(blocks.filter(({ info }) => info.startsWith("text"))).toHaveLength(3);
});
