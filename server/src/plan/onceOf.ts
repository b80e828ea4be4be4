import type { Json } from "../base/json.ts";
import type { ODataRequest } from "../odata/request.ts";
import { bodyHash } from "./bodyHash.ts";
import type { CollectionTarget, EntityTarget, Once } from "./plan.ts";

/** Where a write is sent, and its body. */
export interface Sending {
  readonly on: CollectionTarget | EntityTarget;
  /** The action that is called; "" for a create. */
  readonly operation: string;
  readonly json: () => Json;
}

/** The key under which a write takes effect once. It is good for one place, whatever root and spelling lead there. */
export function onceOf({ once, body }: ODataRequest, { on, operation, json }: Sending): { readonly once?: Once } {
  if (once === undefined) return {};
  const isEmpty = body === undefined || body.length === 0;
  const hash = bodyHash(isEmpty ? undefined : json());
  const path = JSON.stringify([on.place.path, ...on.parents, on.kind === "entity" ? on.key : "", operation, ...(on.via === undefined ? [] : [on.via.path])]);
  return { once: { key: once.own ? `key:${once.key}` : `client-request-id:${once.key} ${hash}`, path, hash, lookup: once.lookup } };
}
