import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Caller } from "../../auth/caller.ts";
import { contentKey, type ContentKey } from "./encryptContent.ts";

/** A subscription, read for delivering. */
export interface Watcher {
  readonly id: string;
  readonly resource: string;
  readonly notificationUrl: string;
  readonly lifecycleUrl: string | undefined;
  readonly clientState: Json;
  readonly changeTypes: ReadonlySet<string>;
  readonly expires: string;
  /** In whose name its resource is read. */
  readonly caller: Caller;
  /** The change that it begins behind, and replays that were asked for: deliveries of an earlier number do not tell how far it has come. */
  readonly position: number;
  readonly replays: number;
  readonly contentKey: ContentKey | undefined;
}

/** Reads the stored entity of a subscription; `state` is what the server keeps with it. */
export function watcherOf(entity: JsonObject, state: Json | undefined): Watcher {
  const kept = isObject(state) ? state : {};
  const user = typeof kept["user"] === "string" ? kept["user"] : null;
  const { lifecycleNotificationUrl, encryptionCertificate } = entity;
  return {
    id: textOf(entity["id"]),
    resource: textOf(entity["resource"]),
    notificationUrl: textOf(entity["notificationUrl"]),
    lifecycleUrl: typeof lifecycleNotificationUrl === "string" ? lifecycleNotificationUrl : undefined,
    clientState: entity["clientState"] ?? null,
    changeTypes: new Set(
      textOf(entity["changeType"])
        .split(",")
        .map((one) => one.trim().toLowerCase()),
    ),
    expires: textOf(entity["expirationDateTime"]),
    caller: {
      tenant: textOf(kept["tenant"]),
      appId: textOf(entity["applicationId"]),
      user,
      kind: user === null ? "application" : "delegated",
      permissions: new Set(Array.isArray(kept["permissions"]) ? kept["permissions"].map(String) : []),
      expires: Number.MAX_SAFE_INTEGER,
    },
    position: Number(kept["position"] ?? 0),
    replays: Number(kept["replays"] ?? 0),
    contentKey:
      entity["includeResourceData"] === true && typeof encryptionCertificate === "string"
        ? contentKey(encryptionCertificate, textOf(entity["encryptionCertificateId"]))
        : undefined,
  };
}
