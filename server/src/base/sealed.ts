import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { random16 } from "./ids.ts";

/** Seals small texts so that nobody outside reads or alters them; bound to a context that must be given again. */
export interface Seal {
  readonly seal: (text: string, context: string) => string;
  /** The text, or undefined when it was not sealed here, was altered, or belongs to another context. */
  readonly open: (token: string, context: string) => string | undefined;
}

/** A Seal over AES-256-GCM with a key derived from the installation's secret; tokens are base64url. */
export function createSeal(secret: Uint8Array, purpose: string): Seal {
  const key = Buffer.from(hkdfSync("sha256", secret, "secgraph", purpose, 32));
  return {
    seal(text, context) {
      const nonce = random16().subarray(0, 12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
    },
    open(token, context) {
      const bytes = Buffer.from(token, "base64url");
      // Buffer overlooks what is no base64url: one token has one spelling.
      if (bytes.length < 28 || bytes.toString("base64url") !== token) return undefined;
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}
