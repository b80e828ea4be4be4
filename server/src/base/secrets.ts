import { hkdfSync } from "node:crypto";
import { createSeal, type Seal } from "./sealed.ts";

/** Keeps what is never shown: sealed with AES-256-GCM under a key that is not where the sealed text is. */
export interface Secrets {
  /** Seals a text for a context, without which it cannot be opened; the context is no secret. */
  readonly seal: (text: string, context: string) => string;
  /** The text; undefined when it was sealed with a key that is not here, was altered, or belongs to another context. */
  readonly open: (sealed: string, context: string) => string | undefined;
}

/** Characters of a key at least: 32 random bytes in base64url have 43. */
export const shortestKey = 32;

/** Over several keys, the one that seals first: the others only open what was sealed before. A sealed text begins with the name of its key. */
export function createSecrets(keys: readonly [string, ...string[]]): Secrets {
  const ring = keys.map((key) => ({ name: keyName(key), seal: createSeal(Buffer.from(key), "secrets") }));
  const [current] = ring as [{ readonly name: string; readonly seal: Seal }];
  return {
    seal: (text, context) => `${current.name}.${current.seal.seal(text, context)}`,
    open(sealed, context) {
      const [name, token = ""] = sealed.split(".", 2) as [string, string?];
      for (const one of ring) {
        const text = one.name === name ? one.seal.open(token, context) : undefined;
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

/** What tells keys apart, and nothing of them. */
export function keyName(key: string): string {
  return Buffer.from(hkdfSync("sha256", Buffer.from(key), "secgraph", "name of the key", 6)).toString("base64url");
}
