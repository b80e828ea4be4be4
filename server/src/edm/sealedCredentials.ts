import { isObject, type Json, type JsonObject } from "../base/json.ts";

/** Where the stored entity of a connector keeps its sealed credentials: by scheme, and in it by the name of the property. */
export const sealedCredentials = "@secgraph.sealed";

/** What credentials hold that is never shown. */
export const secretNames = ["secret", "key"] as const;

/** Where one secret belongs: a row that is copied into another hub or under another id cannot be opened there. */
export interface SecretPlace {
  readonly hub: string;
  readonly connector: string;
  readonly scheme: string;
  readonly name: string;
}

/** The context that a secret is sealed for. */
export function secretContext({ hub, connector, scheme, name }: SecretPlace): string {
  return JSON.stringify(["connector", hub, connector, scheme, name]);
}

/** The sealed secrets of one scheme, by the name of the property. */
export function sealedOf(entity: JsonObject | undefined, scheme: string): Readonly<Record<string, Json>> {
  const all = entity?.[sealedCredentials];
  const found = isObject(all) && Object.hasOwn(all, scheme) ? all[scheme] : undefined;
  return isObject(found) ? found : {};
}
