import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../postgres/startPostgres.ts";
import { program, root, startServer, type ServerProcess } from "../process/server.ts";
import { runPage } from "./runPage.ts";

let server: ServerProcess;
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secgraph-notified-"));
  server = await startServer({ command: [...program, "start"], data: join(folder, "data"), env: { SECGRAPH_SEED: "on" }, patience: 120_000 });
}, 130_000);
afterAll(async () => {
  server.signal("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test("docs/how-to/change-notifications.md: its receiver is told, and reads what is encrypted", { timeout: 120_000 }, async () => {
  await makeKeys(join(folder, "data"));
  const port = await freePort();
  const fitted = (text: string): string =>
    text
      .replaceAll("localhost:7443", `localhost:${server.tlsPort}`)
      .replaceAll("127.0.0.1:9000", `127.0.0.1:${port}`)
      .replaceAll("listen(9000", `listen(${port}`)
      .replaceAll('"$PWD/data', `"${folder}/data`)
      .replaceAll("npm run -s secgraph --", `npm --prefix "${root}" run -s secgraph --`);
  const page = join(root, "docs/how-to/change-notifications.md");
  const blocks = await runPage(page, { under: folder, env: { SECGRAPH_DATA: join(folder, "data") }, fitted });
  expect(blocks.filter(({ info }) => info === "text")).toHaveLength(3);
});

/** What the page makes by openssl, which not every machine has. */
async function makeKeys(data: string): Promise<void> {
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ name: "CN=subscriber", keys, signingAlgorithm: algorithm });
  writeFileSync(join(data, "notify.pem"), certificate.toString("pem"));
  writeFileSync(join(data, "notify.key"), x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY"));
}
