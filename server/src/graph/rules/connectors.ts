import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import {
  isRefusal,
  type AlsoWrite,
  type Confirmation,
  type Decision,
  type Draft,
  type Found,
  type NamedReads,
  type Refusal,
  type Rule,
  type Stamp,
} from "../../edm/rules.ts";
import { addressesOf } from "./addressesOf.ts";
import { actionFaults } from "./connectorActions.ts";
import { limitBounds } from "./connectorLimits.ts";
import { settingFaults } from "./settingFaults.ts";
import { credentialFaults, withSealedCredentials } from "./credentials.ts";
import { refusedFor, type Fault } from "./faults.ts";
import { hubWithStatus, statusReads } from "./providerStatus.ts";
import { providerKey } from "./providerKey.ts";
import { conflict } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

const catalogue = "security/actionProviders";

/** Connectors that a hub may have. */
const most = 200;

/** POST of a connector. */
export const registerConnector: Rule = {
  reads,
  confirm: confirmations,
  decide(draft, found, stamp) {
    const others = found["connectors"] as readonly JsonObject[];
    if (others.length >= most) return conflict(`This hub has ${most} connectors, which is the limit.`);
    const key = providerKey(textOf(draft.entity["vendor"]), textOf(draft.entity["provider"]));
    const other = others.find((one) => one["providerKey"] === key);
    if (other !== undefined) return taken(other);
    const { now, user, appId } = stamp;
    const own = { providerKey: key, state: "active", createdDateTime: now, stateDateTime: now, stateBy: user, stateByApp: appId, stateReason: null };
    return kept({ ...draft, entity: withMembers(draft.entity, own) }, found, stamp);
  },
};

/** PATCH of a connector; what it is called by and how it is reached stay (`Core.Immutable`). */
export const changeConnector: Rule = { reads, confirm: confirmations, decide: kept };

/** DELETE of a connector: its entry in the catalogue goes with it. */
export const removeConnector: Rule = {
  reads,
  decide: (draft, found, stamp) => ({
    entity: draft.entity,
    also: [{ place: catalogue, id: textOf(draft.entity["id"]), entity: null }, hubWithStatus(found, stamp, { without: draft.entity })],
  }),
};

function reads(_draft: Draft, stamp: Stamp): NamedReads {
  return statusReads(stamp);
}

/** Actions name vendor and provider: two connectors of both would leave it to chance which of them carries an action out. */
function taken({ id, vendor, provider }: JsonObject): Refusal {
  const what = `The connector '${textOf(id)}' is that of vendor '${textOf(vendor)}' and provider '${textOf(provider)}' already; names are compared without case.`;
  return { refuse: "nameAlreadyExists", parameters: { what }, extras: { target: "provider" } };
}

/** What stands on its own is looked at before anything is asked of the world. */
function confirmations(draft: Draft): Readonly<Record<string, Confirmation>> | Refusal {
  const { entity } = draft;
  const refusal = refusedFor(faultsOf(draft));
  if (refusal !== undefined) return refusal;
  const kind = textOf(entity["kind"]);
  const settings = entity[kind];
  if (!isObject(settings)) return {};
  const program = textOf(settings["program"]);
  const addresses = addressesOf(entity).map(({ target, url }) => [target, { kind: "destination", value: withoutTemplates(url), target } as const] as const);
  return {
    ...Object.fromEntries(addresses),
    ...(kind === "exec" && { program: { kind: "program", value: program, target: "exec/program" } as const }),
  };
}

/** Where it leads is decided by what no parameter fills in. */
function withoutTemplates(url: string): string {
  return url.replaceAll(/\{[^{}]*\}/g, "x");
}

function faultsOf(draft: Draft): readonly Fault[] {
  const { entity } = draft;
  return [...nameFaults(entity), ...actionFaults(entity), ...limitFaults(entity["limits"]), ...credentialFaults(draft), ...settingFaults(entity)];
}

function nameFaults(entity: JsonObject): readonly Fault[] {
  const names = ["vendor", "provider", "displayName", "reporterAppId"].filter((name) => entity[name] !== null && entity[name] !== undefined);
  return names.flatMap((target): Fault[] => {
    const text = textOf(entity[target]);
    if (text.trim() === "" || text !== text.trim()) return [{ target, message: "expected a text that neither is empty nor begins or ends with a space." }];
    if (text.length > 256) return [{ target, message: `expected at most 256 characters, got ${text.length}.` }];
    return /\p{Cc}/u.test(text) ? [{ target, message: "expected no control characters." }] : [];
  });
}

function limitFaults(limits: Json | undefined): readonly Fault[] {
  if (!isObject(limits)) return [];
  return Object.entries(limitBounds).flatMap(([name, { least, most: highest }]): Fault[] => {
    const value = limits[name] ?? null;
    const fits = value === null || (typeof value === "number" && value >= least && value <= highest);
    return fits ? [] : [{ target: `limits/${name}`, message: `expected a whole number from ${least} to ${highest}, got ${JSON.stringify(value)}.` }];
  });
}

/** What is not said is as usual: nobody has to know the defaults to read a connector. */
function wholeLimits(limits: Json | undefined): JsonObject {
  const given = isObject(limits) ? limits : {};
  const all = Object.entries(limitBounds).map(([name, { usual }]) => [name, given[name] ?? usual] as const);
  return { "@odata.type": "microsoft.graph.securityConnectorLimits", ...Object.fromEntries(all) };
}

function kept(draft: Draft, found: Found, stamp: Stamp): Decision | Refusal {
  const sealed = withSealedCredentials(draft, stamp);
  if (isRefusal(sealed)) return sealed;
  const entity = withMembers(sealed, { limits: wholeLimits(sealed["limits"]), lastModifiedDateTime: stamp.now });
  return { entity, also: followedBy(entity, found, stamp) };
}

/** The rows that follow a connector: its entry in the catalogue, and what its hub shows of its providers. */
export function followedBy(entity: JsonObject, found: Found, stamp: Stamp): readonly AlsoWrite[] {
  return [entryOf(entity), hubWithStatus(found, stamp, { with: entity })];
}

const told = ["displayName", "vendor", "provider", "kind", "state", "actions", "guarantee", "reporterAppId", "providerKey"];

/** The entry of the catalogue: what it can do, and nothing of how it is reached. */
function entryOf(entity: JsonObject): AlsoWrite {
  const id = textOf(entity["id"]);
  const members = Object.fromEntries(told.map((name) => [name, entity[name] ?? null]));
  return {
    place: catalogue,
    id,
    type: "microsoft.graph.securityActionProvider",
    entity: { "@odata.type": "#microsoft.graph.securityActionProvider", id, ...members },
  };
}
