import { X509Certificate, createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type * as X509 from "@peculiar/x509";
import { makeFolderDurably, writeDurably } from "../base/durableFile.ts";
import { withLock } from "../base/fileLock.ts";
import type { TlsCredentials } from "./listen.ts";

/** The local certificate authority's certificate and the server's credentials. */
export interface LocalCertificates extends TlsCredentials {
  /** Path of the CA's certificate: what clients have to trust. */
  readonly caPath: string;
}

interface Signed {
  readonly cert: string;
  readonly key: string;
}

const day = 24 * 3600 * 1000;
const life = { ca: 3650 * day, leaf: 365 * day, renewBefore: 30 * day };
const alwaysNamed = ["localhost", "127.0.0.1", "::1"];

/**
 * Certificates for TLS on this machine (R191): a CA of this data folder, made once, and a server certificate for
 * localhost, 127.0.0.1, ::1 and the given hosts, made anew when names change or its end is near.
 */
export function localCertificates(folder: string, hosts: readonly string[], now: number = Date.now()): Promise<LocalCertificates> {
  makeFolderDurably(folder);
  const caPath = join(folder, "ca.pem");
  return withLock(join(folder, "lock"), async () => {
    const ca = (await readPair(folder, "ca")) ?? (await keepPair(folder, "ca", await makeCa(now)));
    const names = [...new Set([...alwaysNamed, ...hosts.map((host) => host.toLowerCase())])];
    const known = await readPair(folder, "server");
    const leaf = known !== undefined && serves(known, { ca, names, now }) ? known : await keepPair(folder, "server", await makeLeaf(ca, names, now));
    return { caPath, cert: leaf.cert + ca.cert, key: leaf.key };
  });
}

async function readPair(folder: string, name: string): Promise<Signed | undefined> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)];
  return existsSync(cert) && existsSync(key) ? { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") } : undefined;
}

async function keepPair(folder: string, name: string, pair: Signed): Promise<Signed> {
  writeDurably(join(folder, `${name}-key.pem`), pair.key);
  writeDurably(join(folder, `${name}.pem`), pair.cert);
  return pair;
}

interface Wanted {
  readonly ca: Signed;
  readonly names: readonly string[];
  readonly now: number;
}

function serves(leaf: Signed, { ca, names, now }: Wanted): boolean {
  const cert = new X509Certificate(leaf.cert);
  const covers = names.every((name) => (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) !== undefined);
  return (
    covers &&
    Date.parse(cert.validTo) - now > life.renewBefore &&
    cert.verify(new X509Certificate(ca.cert).publicKey) &&
    cert.checkPrivateKey(createPrivateKey(leaf.key))
  );
}

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };

async function makeCa(now: number): Promise<Signed> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=secgraph local CA ${randomBytes(3).toString("hex")}`,
    notBefore: new Date(now - day),
    notAfter: new Date(now + life.ca),
    signingAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${cert.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

async function makeLeaf(ca: Signed, names: readonly string[], now: number): Promise<Signed> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const caCert = new x509.X509Certificate(ca.cert);
  const caKey = createPrivateKey(ca.key).export({ format: "der", type: "pkcs8" });
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=secgraph",
    issuer: caCert.subject,
    notBefore: new Date(now - day),
    notAfter: new Date(Math.min(now + life.leaf, caCert.notAfter.getTime())),
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", caKey, keyAlgorithm, false, ["sign"]),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) === 0 ? "dns" : "ip", value: name }))),
      await x509.AuthorityKeyIdentifierExtension.create(caCert),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${cert.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

/** Loaded only when a certificate has to be made. */
async function loadX509(): Promise<typeof X509> {
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

/** A positive serial number of 127 random bits (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" });
}
