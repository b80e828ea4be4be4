import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { ProblemExtras } from "../../base/errors.ts";
import type { Found, NamedReads, Refusal, Stamp } from "../../edm/rules.ts";
import { providerKey } from "./providerKey.ts";

const catalogue = "security/actionProviders";
const settings = "security/providerTenantSettings";

/** Who carries an action out: the entry of the catalogue, and what it says of the action. */
export interface Carrier {
  readonly provider: JsonObject;
  readonly action: JsonObject;
}

function named(vendorInformation: Json | undefined): string | undefined {
  if (!isObject(vendorInformation)) return undefined;
  const { vendor = null, provider = null } = vendorInformation;
  return typeof vendor === "string" && typeof provider === "string" ? providerKey(vendor, provider) : undefined;
}

/** Finds the connector of an action by vendor and provider, in any case, and whether the hub has any. */
export function providerReads({ vendorInformation }: JsonObject): NamedReads {
  return {
    provider: { kind: "where", place: catalogue, path: "providerKey", equals: named(vendorInformation) ?? "", limit: 1 },
    providerCount: { kind: "count", place: catalogue, parents: [] },
  };
}

/** The names that a refusal tells: read only where there is one to come. */
export function knownReads({ vendorInformation }: JsonObject, found: Found): NamedReads {
  const isUnknown = named(vendorInformation) !== undefined && providerOf(found) === undefined && Number(found["providerCount"]) > 0;
  return isUnknown ? { providers: { kind: "all", place: catalogue }, providerSettings: { kind: "all", place: settings } } : {};
}

/** The entry of the catalogue that was found. */
export function providerOf(found: Found): JsonObject | undefined {
  const [provider] = (found["provider"] ?? []) as readonly JsonObject[];
  return provider;
}

function actionsOf({ actions = null }: JsonObject): readonly JsonObject[] {
  return Array.isArray(actions) ? (actions as readonly Json[]).filter(isObject) : [];
}

/** What a connector says of an action, by its name in any case. */
export function actionNamed(provider: JsonObject, name: Json | undefined): JsonObject | undefined {
  const wanted = textOf(name).toLowerCase();
  return actionsOf(provider).find((one) => textOf(one["name"]).toLowerCase() === wanted);
}

/**
 * Who carries an action out; undefined where it waits for somebody. Where a hub has connectors, a provider that is none of
 * theirs is refused, unless `providerTenantSettings` names it (then its own program looks for its actions) or it has none but the one that the demo plays with.
 */
export function carrierOf(entity: JsonObject, found: Found, { faithful }: Pick<Stamp, "faithful">): Carrier | Refusal | undefined {
  const key = named(entity["vendorInformation"]);
  const provider = providerOf(found);
  if (provider !== undefined) {
    const action = actionNamed(provider, entity["name"]);
    return action === undefined ? { refuse: "actionNotFound", extras: knownActions(provider) } : { provider, action };
  }
  if (faithful.has("providers") || (key !== undefined && Number(found["providerCount"]) > 0 && !isListed(key, found) && !isForPractice(found))) {
    return { refuse: "providerNotFound", extras: knownProviders(found) };
  }
  return undefined;
}

function isListed(key: string, found: Found): boolean {
  const listed = (found["providerSettings"] ?? []) as readonly JsonObject[];
  return listed.some((one) => one["enabled"] !== false && providerKey(textOf(one["vendor"]), textOf(one["provider"])) === key);
}

/** The connector of the demo: whoever tries things out there names providers of his own, and is told of none that is missing. */
const practice = providerKey("Contoso", "Practice");

function isForPractice({ providers = [] }: Found): boolean {
  return (providers as readonly JsonObject[]).every((one) => one["kind"] === "mock" && one["providerKey"] === practice);
}

function knownProviders(found: Found): ProblemExtras {
  const providers = (found["providers"] ?? []) as readonly JsonObject[];
  const details = providers.map((one) => {
    const names = actionsOf(one).map(({ name = null }) => textOf(name));
    const message = `vendor '${textOf(one["vendor"])}', provider '${textOf(one["provider"])}': ${names.join(", ")}`;
    return { code: "KnownProvider", message, target: "vendorInformation/provider" };
  });
  return { target: "vendorInformation/provider", inner: "providerNotFound", ...(details.length > 0 && { details }) };
}

function knownActions(provider: JsonObject): ProblemExtras {
  const details = actionsOf(provider).map((one) => ({ code: "KnownAction", message: textOf(one["name"]), target: "name" }));
  return { target: "name", inner: "actionNotFound", details };
}
