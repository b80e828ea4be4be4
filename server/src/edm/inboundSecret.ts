import { isObject, textOf, type JsonObject } from "../base/json.ts";
import { sealedCredentials } from "./sealedCredentials.ts";

const name = "inbound";

/** Where the secret of a row that takes messages belongs: copied elsewhere it cannot be opened. */
export function inboundContext(hub: string, id: string): string {
  return JSON.stringify([name, hub, id]);
}

/** The members that keep a sealed secret in a stored row. */
export function withInboundSecret(sealed: string): JsonObject {
  return { [sealedCredentials]: { [name]: sealed } };
}

/** The sealed secret of a stored row; "" where there is none. */
export function inboundSecretOf(entity: JsonObject): string {
  const kept = entity[sealedCredentials];
  return isObject(kept) ? textOf(kept[name]) : "";
}
