import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installClients } from "../clients/installClients.ts";
import { setupPatience } from "../clients/realClients.ts";
import { freePort } from "../process/freePort.ts";
import { root } from "../process/server.ts";
import { servePages } from "./servedPages.ts";

/** The tutorials and the guides that need a server, read as a newcomer would: on a fresh demo hub, every command in its order, against what the pages show. */
const { data, fitted, read } = servePages("demo");

// Only reads, so it comes first: what it shows is what the demo hub holds.
test("docs/how-to/dashboards.md", async () => {
  const blocks = await read("how-to/dashboards.md");
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(4);
});

test("docs/tutorial/curl.md", { timeout: 240_000 }, async () => {
  const blocks = await read("tutorial/curl.md");
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(6);
});

/** An hour is five seconds here, and the firewall takes a free port and ends with the page. */
async function shorter(): Promise<(text: string) => string> {
  const port = await freePort();
  return (text) =>
    fitted(text)
      .replaceAll("9099", String(port))
      .replaceAll('"duration": "PT1H"', '"duration": "PT5S"')
      .replaceAll("node firewall.mjs & FIREWALL=$!", "node firewall.mjs & FIREWALL=$!; trap 'kill $FIREWALL 2>/dev/null || true' EXIT");
}

test("docs/tutorial/block-an-address.md", { timeout: 240_000 }, async () => {
  const blocks = await read("tutorial/block-an-address.md", { fitted: await shorter() });
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(4);
});

test("docs/how-to/security-actions.md", { timeout: 240_000 }, async () => {
  const blocks = await read("how-to/security-actions.md");
  expect(blocks.filter(({ info }) => info === "json")).toHaveLength(9);
});

test("docs/how-to/tls.md", async () => {
  const blocks = await read("how-to/tls.md", { fitted: (text) => fitted(text.replaceAll("$(secgraph ", "$(npm run -s secgraph -- ")) });
  expect(blocks.filter(({ info }) => info === "sh")).toHaveLength(2);
});

test("docs/tutorial/javascript.md", { timeout: setupPatience }, async () => {
  await installClients();
  const { clientId, clientSecret } = JSON.parse(readFileSync(join(data(), "development.json"), "utf8")) as Record<string, string>;
  const env = { TENANT: "demo.localtest", CLIENT_ID: clientId ?? "", CLIENT_SECRET: clientSecret ?? "", NODE_EXTRA_CA_CERTS: join(data(), "tls/ca.pem") };
  const blocks = await read("tutorial/javascript.md", { under: join(root, "clients/node_modules"), env });
  expect(blocks.filter(({ info }) => info.startsWith("text"))).toHaveLength(3);
});
