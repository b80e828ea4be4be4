import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { AlsoWrite, CollectionRule, NamedReads, Refusal, Rule } from "../../edm/rules.ts";
import { invalid } from "./refusals.ts";

const place = "security/tiIndicators";

/** What can be watched for; an indicator needs at least one (tiIndicator resource page). */
const observables = [
  "domainName", "url", "networkIPv4", "networkIPv6", "networkCidrBlock", "networkDestinationIPv4", "networkDestinationIPv6",
  "networkDestinationCidrBlock", "networkSourceIPv4", "networkSourceIPv6", "networkSourceCidrBlock", "fileHashValue", "fileName",
  "filePath", "fileMutexName", "emailSenderAddress", "emailSourceDomain", "emailSourceIpAddress", "emailSubject", "emailSenderName",
  "emailRecipient", "userAgent",
]; // prettier-ignore

const ranges: Readonly<Record<string, number>> = { severity: 5, confidence: 100 };
const longestDescription = 100;

function refusalOf(entity: JsonObject): Refusal | undefined {
  for (const [name, highest] of Object.entries(ranges)) {
    const value = entity[name];
    if (typeof value === "number" && (value < 0 || value > highest)) {
      return invalid(name, `Property '${name}': expected 0 to ${highest}, got ${value}.`);
    }
  }
  const { description } = entity;
  if (typeof description === "string" && description.length > longestDescription) {
    return invalid("description", `Property 'description': expected at most ${longestDescription} characters, got ${description.length}.`);
  }
  return undefined;
}

/** Limits of an indicator's values. */
export const checkIndicator: Rule = {
  decide: (draft) => refusalOf(draft.entity) ?? { entity: draft.entity },
};

/** A new indicator also names something to watch for. */
export const createIndicator: Rule = {
  decide(draft) {
    const observed = observables.some((name) => draft.entity[name] !== null && draft.entity[name] !== undefined);
    if (!observed) return invalid("networkIPv4", `An indicator needs something to watch for: one of ${observables.slice(0, 8).join(", ")}, ...`);
    return refusalOf(draft.entity) ?? { entity: draft.entity };
  },
};

function result(code: number, message: string | null): JsonObject {
  return { "@odata.type": "microsoft.graph.resultInfo", code, message, subcode: 0 };
}

function valuesOf(sent: JsonObject): readonly string[] {
  return [...new Set((sent["value"] ?? []) as readonly string[])];
}

/** deleteTiIndicators: each id is answered by a resultInfo, code 0 for deleted and 404 for unknown. */
export const deleteIndicators: CollectionRule = {
  reads: (sent): NamedReads => Object.fromEntries(valuesOf(sent).map((id) => [`id ${id}`, { kind: "get", place, id }])),
  decide(sent, found) {
    const ids = valuesOf(sent);
    const known = ids.filter((id) => found[`id ${id}`] !== null);
    const value: Json = ids.map((id) => (found[`id ${id}`] === null ? result(404, `There is no indicator with the id '${id}'.`) : result(0, null)));
    return { writes: known.map((id): AlsoWrite => ({ place, id, entity: null })), result: { kind: "value", value } };
  },
};

/** deleteTiIndicatorsByExternalId: every indicator that carries one of the ids. */
export const deleteIndicatorsByExternalId: CollectionRule = {
  reads: (sent): NamedReads => Object.fromEntries(valuesOf(sent).map((id) => [`id ${id}`, { kind: "where", place, path: "externalId", equals: id }])),
  decide(sent, found) {
    const rows = valuesOf(sent).map((id) => ({ id, found: (found[`id ${id}`] ?? []) as readonly JsonObject[] }));
    const writes = rows.flatMap((one) => one.found.map((entity): AlsoWrite => ({ place, id: textOf(entity["id"]), entity: null })));
    const value: Json = rows.map((one) => (one.found.length === 0 ? result(404, `There is no indicator with the external id '${one.id}'.`) : result(0, null)));
    return { writes, result: { kind: "value", value } };
  },
};
