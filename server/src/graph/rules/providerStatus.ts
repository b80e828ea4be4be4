import type { Json, JsonObject } from "../../base/json.ts";
import type { AlsoWrite, Draft, Found, NamedReads, Rule, Stamp } from "../../edm/rules.ts";
import { addressesOf, originOf } from "./addressesOf.ts";
import { withMembers } from "./stamped.ts";

const hubs = "securities";

/** What the hub's `providerStatus` is made of: the hub, the settings of its providers, and its connectors. */
export function statusReads({ hub }: Stamp): NamedReads {
  return {
    hub: { kind: "get", place: hubs, id: hub },
    settings: { kind: "all", place: "security/providerTenantSettings" },
    connectors: { kind: "all", place: "security/connectors" },
  };
}

function pairOf({ vendor = null, provider = null }: JsonObject): string {
  return JSON.stringify([vendor, provider]);
}

/** Where it is reached: the rest of an address may hold what is nobody's business. */
function endpointOf(connector: JsonObject | undefined): string | null {
  const [address] = addressesOf(connector);
  return address === undefined ? null : originOf(address.url);
}

/** What the hub shows of one provider: switched on by its setting, and reached by its connector. */
function statusOf({ vendor = null, provider = null }: JsonObject, setting: JsonObject | undefined, connector: JsonObject | undefined): JsonObject {
  const enabled: Json = connector === undefined ? (setting?.["enabled"] ?? null) : connector["state"] === "active" && setting?.["enabled"] !== false;
  return { "@odata.type": "microsoft.graph.securityProviderStatus", enabled, endpoint: endpointOf(connector), provider, region: null, vendor };
}

/** One entry for each setting, and one for each connector whose provider has none. */
function statuses(settings: readonly JsonObject[], connectors: readonly JsonObject[]): Json {
  const reached = new Map(connectors.map((one) => [pairOf(one), one]));
  const set = new Set(settings.map(pairOf));
  return [
    ...settings.map((one) => statusOf(one, one, reached.get(pairOf(one)))),
    ...connectors.filter((one) => !set.has(pairOf(one))).map((one) => statusOf(one, undefined, one)),
  ];
}

/** How one of the rows is about to change. */
interface Change {
  readonly with?: JsonObject;
  readonly without?: JsonObject;
}

function changed(rows: Json | undefined, { with: next, without }: Change): readonly JsonObject[] {
  const id = (next ?? without)?.["id"];
  const others = (rows as readonly JsonObject[]).filter((one) => one["id"] !== id);
  return next === undefined ? others : [...others, next];
}

function hubOf(found: Found, stamp: Stamp, providerStatus: Json): AlsoWrite {
  const known = found["hub"] as JsonObject | null;
  const hub = known ?? { "@odata.type": "#microsoft.graph.security", id: stamp.hub, displayName: null, azureTenantId: stamp.tenant };
  return { place: hubs, id: stamp.hub, entity: withMembers(hub, { providerStatus }), ...(known === null && { isNew: true }) };
}

/** The hub as it is after a connector changed. */
export function hubWithStatus(found: Found, stamp: Stamp, connector: Change): AlsoWrite {
  return hubOf(found, stamp, statuses(found["settings"] as readonly JsonObject[], changed(found["connectors"], connector)));
}

function followed(changeOf: (draft: Draft) => Change): Rule {
  return {
    reads: (_, stamp) => statusReads(stamp),
    decide(draft, found, stamp) {
      const providerStatus = statuses(changed(found["settings"], changeOf(draft)), found["connectors"] as readonly JsonObject[]);
      return { entity: draft.entity, also: [hubOf(found, stamp, providerStatus)] };
    },
  };
}

const standing = followed(({ entity }) => ({ with: entity }));

/** The hub's `providerStatus` follows the settings of its providers: one entry each, written with them. */
export const followedByStatus: { readonly create: Rule; readonly update: Rule; readonly delete: Rule } = {
  create: standing,
  update: standing,
  delete: followed(({ entity }) => ({ without: entity })),
};
