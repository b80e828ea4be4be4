import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes, X509Certificate } from "node:crypto";
import type { JsonObject } from "../../base/json.ts";

/** The key that resource data is encrypted to. */
export interface ContentKey {
  readonly certificate: X509Certificate;
  /** The subscriber's own name of it. */
  readonly id: string;
}

/** Reads the certificate of a subscription: base64 of DER, or PEM. */
export function contentKey(text: string, id: string): ContentKey {
  return { certificate: new X509Certificate(text.includes("-----BEGIN") ? text : Buffer.from(text, "base64")), id };
}

/**
 * Resource data as only its subscriber reads it (R160): AES-256-CBC under a fresh key, whose first 16 bytes are the vector; HMAC-SHA256 of the
 * encrypted bytes under the same key; the key by RSA-OAEP with SHA-1.
 */
export function encryptContent(resource: string, { certificate, id }: ContentKey): JsonObject {
  const key = randomBytes(32);
  const cipher = createCipheriv("aes-256-cbc", key, key.subarray(0, 16));
  const data = Buffer.concat([cipher.update(resource, "utf8"), cipher.final()]);
  const dataKey = publicEncrypt({ key: certificate.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" }, key);
  return {
    data: data.toString("base64"),
    dataSignature: createHmac("sha256", key).update(data).digest("base64"),
    dataKey: dataKey.toString("base64"),
    encryptionCertificateId: id,
    encryptionCertificateThumbprint: certificate.fingerprint.replaceAll(":", ""),
  };
}
