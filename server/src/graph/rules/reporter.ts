import { textOf, type JsonObject } from "../../base/json.ts";
import { system } from "../../edm/systemPermission.ts";
import type { Found, NamedReads, Refusal, Stamp } from "../../edm/rules.ts";
import { dispatchOf } from "./dispatchState.ts";

/** Reads who may report on an action. */
export function reporterReads(entity: JsonObject): NamedReads {
  const connector = textOf(dispatchOf(entity)?.["connectorId"]);
  return connector === "" ? {} : { reporting: { kind: "get", place: "security/actionProviders", id: connector } };
}

/**
 * Why somebody may not report on an action: its connector names another application, or nobody has approved it yet. Of a connector that is gone that application
 * counts which it named when the last attempt began. The server itself reports on all.
 */
export function reporterRefusal(entity: JsonObject, found: Found, { appId, permissions }: Stamp): Refusal | undefined {
  if (permissions.has(system)) return undefined;
  const connector = (found["reporting"] ?? null) as JsonObject | null;
  const reporter = textOf((connector ?? dispatchOf(entity))?.["reporterAppId"]);
  if (reporter !== "" && reporter !== appId) return { refuse: "reporterMismatch", parameters: { reporter } };
  return dispatchOf(entity)?.["status"] === "pendingApproval" ? { refuse: "approvalRequired" } : undefined;
}
