import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

/** A certificate and its key in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
const day = 24 * 3600 * 1000;

/** A certificate for names and addresses (and for the client's side too), signed by a CA; without one it is a CA, or signs itself when it has names. */
export async function certify(names: readonly string[], signer?: Pair, ends: number = Date.now() + day): Promise<Pair> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const subject = `CN=${names[0] ?? "test CA"} ${randomBytes(3).toString("hex")}`;
  const extensions = [
    new x509.BasicConstraintsExtension(names.length === 0, undefined, true),
    ...(names.length === 0
      ? [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)]
      : [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })))]),
  ];
  const common = {
    serialNumber: `4${randomBytes(8).toString("hex").slice(1)}`,
    notBefore: new Date(ends - 2 * day),
    notAfter: new Date(ends),
    signingAlgorithm,
    extensions,
  };
  const cert =
    signer === undefined
      ? await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: subject, keys })
      : await x509.X509CertificateGenerator.create({
          ...common,
          subject,
          issuer: new x509.X509Certificate(signer.cert).subject,
          publicKey: keys.publicKey,
          signingKey: await webcrypto.subtle.importKey("pkcs8", createPrivateKey(signer.key).export({ format: "der", type: "pkcs8" }), algorithm, false, [
            "sign",
          ]),
        });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" });
  return { cert: `${cert.toString("pem")}\n`, key };
}
