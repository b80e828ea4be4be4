import { writeFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { expect, test } from "vitest";
import { servePages } from "./servedPages.ts";

const { data, readListening } = servePages("demo");

test("docs/how-to/change-notifications.md: its receiver is told, and reads what is encrypted", async () => {
  await makeKeys(data());
  const blocks = await readListening("how-to/change-notifications.md");
  expect(blocks.filter(({ info }) => info === "text")).toHaveLength(3);
});

/** What the page makes by openssl, which not every machine has. */
async function makeKeys(folder: string): Promise<void> {
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ name: "CN=subscriber", keys, signingAlgorithm: algorithm });
  writeFileSync(join(folder, "notify.pem"), certificate.toString("pem"));
  writeFileSync(join(folder, "notify.key"), x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY"));
}
