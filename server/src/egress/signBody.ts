import { createHmac } from "node:crypto";

/** How a body is signed. */
export interface Signing {
  /** Shared secrets; several while one follows the other. */
  readonly keys: readonly (string | Uint8Array)[];
  /** The message's own id: the same when it is sent again. */
  readonly id: string;
  /** Seconds since 1970; now, unless a test says otherwise. */
  readonly at?: number;
}

/**
 * The fields that sign a body by the Standard Webhooks specification, 1.0: `webhook-id`, `webhook-timestamp` and
 * `webhook-signature` (`v1,` and HMAC-SHA256 of `id.timestamp.body` in base64, one for each key).
 */
export function signBody({ keys, id, at = Math.floor(Date.now() / 1000) }: Signing, body: string | Uint8Array): Readonly<Record<string, string>> {
  const signatures = keys.map((key) => `v1,${createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest("base64")}`);
  return { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": signatures.join(" ") };
}
