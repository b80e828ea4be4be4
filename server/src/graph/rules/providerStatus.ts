import type { Json, JsonObject } from "../../base/json.ts";
import type { Decision, Draft, Found, NamedReads, Rule, Stamp } from "../../edm/rules.ts";
import { withMembers } from "./stamped.ts";

const hubs = "securities";
const settings = "security/providerTenantSettings";

function reads(_draft: Draft, { hub }: Stamp): NamedReads {
  return { hub: { kind: "get", place: hubs, id: hub }, settings: { kind: "all", place: settings } };
}

/** What the hub shows of one registered provider; endpoint and region are its connector's to say. */
function statusOf({ enabled = null, provider = null, vendor = null }: JsonObject): JsonObject {
  return { "@odata.type": "microsoft.graph.securityProviderStatus", enabled, endpoint: null, provider, region: null, vendor };
}

function decided(draft: Draft, found: Found, stamp: Stamp, after: readonly JsonObject[]): Decision {
  const others = (found["settings"] as readonly JsonObject[]).filter((one) => one["id"] !== draft.entity["id"]);
  const providerStatus: Json = [...others, ...after].map(statusOf);
  const fresh = { "@odata.type": "#microsoft.graph.security", id: stamp.hub, displayName: null, azureTenantId: stamp.tenant };
  const hub = withMembers((found["hub"] as JsonObject | null) ?? fresh, { providerStatus });
  return { entity: draft.entity, also: [{ place: hubs, id: stamp.hub, entity: hub }] };
}

/** The hub's `providerStatus` follows the settings of its providers: one entry each, written with them. */
export const followedByStatus: { readonly create: Rule; readonly update: Rule; readonly delete: Rule } = {
  create: { reads, decide: (draft, found, stamp) => decided(draft, found, stamp, [draft.entity]) },
  update: { reads, decide: (draft, found, stamp) => decided(draft, found, stamp, [draft.entity]) },
  delete: { reads, decide: (draft, found, stamp) => decided(draft, found, stamp, []) },
};
