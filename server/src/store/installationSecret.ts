import { randomBytes } from "node:crypto";
import type { Store } from "./store.ts";

const sealName = "seal";

/** The secret of this installation, made at the first start and kept in the store: page tokens survive a restart. */
export async function installationSecret(store: Store): Promise<Uint8Array> {
  const kept = (await store.system.getValue(sealName)) ?? (await store.system.keepValue(sealName, randomBytes(32).toString("base64url")));
  return Buffer.from(kept, "base64url");
}
