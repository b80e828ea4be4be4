import { X509Certificate } from "node:crypto";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Decision, Draft, Found, NamedReads, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { watcherState } from "../../edm/watcherState.ts";
import { usuallyKept } from "./noteDelivery.ts";
import { invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

/** Longest lifetime of a subscription to what security keeps (R149). */
const longestMinutes = 43_200;
/** Clocks differ a little: who asks for the longest that there is gets it. */
const slackMinutes = 0.5;
const changeTypes = ["created", "updated", "deleted"];
const longest: Readonly<Record<string, number>> = {
  clientState: 128,
  encryptionCertificateId: 128,
  notificationUrl: 4096,
  lifecycleNotificationUrl: 4096,
  resource: 8192,
  encryptionCertificate: 16_384,
};
const rsaBits = { least: 2048, most: 4096 };

function changesRefused(entity: JsonObject): Refusal | undefined {
  const sent = textOf(entity["changeType"]);
  const types = sent.split(",").map((one) => one.trim().toLowerCase());
  const unknown = types.find((one) => !changeTypes.includes(one));
  if (unknown === undefined) return undefined;
  return invalid("changeType", `Property 'changeType': expected one or more of ${changeTypes.join(", ")}, separated by commas, got '${sent.slice(0, 100)}'.`);
}

function lifetimeRefused(entity: JsonObject, now: string): Refusal | undefined {
  const ends = textOf(entity["expirationDateTime"]);
  const minutes = (Date.parse(ends) - Date.parse(now)) / 60_000;
  if (minutes <= 0) return invalid("expirationDateTime", `Property 'expirationDateTime': '${ends}' is past.`);
  if (minutes <= longestMinutes + slackMinutes) return undefined;
  return invalid("expirationDateTime", `Subscription expiration can only be ${longestMinutes} minutes in the future; '${ends}' is ${Math.floor(minutes)}.`);
}

/** R159: what carries data is encrypted, and only to a key that holds for a while. */
function certificateRefused(entity: JsonObject): Refusal | undefined {
  if (entity["includeResourceData"] !== true) return undefined;
  for (const name of ["encryptionCertificate", "encryptionCertificateId"]) {
    if (typeof entity[name] !== "string" || entity[name] === "") return invalid(name, `Property '${name}' is required where 'includeResourceData' is true.`);
  }
  const bits = rsaBitsOf(textOf(entity["encryptionCertificate"]));
  if (bits !== undefined && bits >= rsaBits.least && bits <= rsaBits.most) return undefined;
  const expected = `expected an X.509 certificate in base64 with an RSA key of ${rsaBits.least} to ${rsaBits.most} bits`;
  return invalid("encryptionCertificate", `Property 'encryptionCertificate': ${expected}${bits === undefined ? "" : `, got ${bits} bits`}.`);
}

/** Undefined for what is no certificate of an RSA key. */
function rsaBitsOf(text: string): number | undefined {
  try {
    const { publicKey } = new X509Certificate(text.includes("-----BEGIN") ? text : Buffer.from(text, "base64"));
    return publicKey.asymmetricKeyType === "rsa" ? publicKey.asymmetricKeyDetails?.modulusLength : undefined;
  } catch {
    return undefined;
  }
}

/** R144, and what no address, path or certificate needs: a server holds its subscriptions in memory. */
function lengthRefused(entity: JsonObject): Refusal | undefined {
  const found = Object.entries(longest).find(([name, most]) => textOf(entity[name]).length > most);
  if (found === undefined) return undefined;
  const [name, most] = found;
  return invalid(name, `Property '${name}': expected at most ${most} characters, got ${textOf(entity[name]).length}.`);
}

const tlsVersions = ["v1_0", "v1_1", "v1_2", "v1_3"];

function tlsRefused({ latestSupportedTlsVersion: sent }: JsonObject): Refusal | undefined {
  if (sent === undefined || sent === null || tlsVersions.includes(textOf(sent))) return undefined;
  const name = "latestSupportedTlsVersion";
  return invalid(name, `Property '${name}': expected one of ${tlsVersions.join(", ")}, got '${textOf(sent).slice(0, 100)}'.`);
}

function refusalOf(entity: JsonObject, now: string): Refusal | undefined {
  return changesRefused(entity) ?? lengthRefused(entity) ?? lifetimeRefused(entity, now) ?? certificateRefused(entity);
}

/** What the server keeps with a subscription: how often it was asked to tell anew, and behind which change it begins since. */
interface Standing {
  readonly replays: number;
  readonly position: Json;
}

function standingOf(entity: JsonObject): Standing {
  const state = entity[watcherState];
  const { replays, position = 0 } = isObject(state) ? state : {};
  return { replays: typeof replays === "number" ? replays : 0, position };
}

/** In whose name the server reads what it tells: rights that were lost since are lost here too, at the next `reauthorize`. */
function watcherOf({ tenant, user, permissions }: Stamp, { replays, position }: Standing): JsonObject {
  return { tenant, user, permissions: [...permissions], position, ...(replays > 0 && { replays }) };
}

/** POST of a subscription (R143-R149, R163): both endpoints answer a challenge first, and the resource is one that the caller may read. */
export const subscribe: Rule = {
  confirm({ entity }, { now }) {
    const refusal = tlsRefused(entity) ?? refusalOf(entity, now);
    if (refusal !== undefined) return refusal;
    const { lifecycleNotificationUrl: lifecycle } = entity;
    return {
      position: { kind: "followed resource", value: textOf(entity["resource"]) },
      notificationUrl: { kind: "notification endpoint", value: textOf(entity["notificationUrl"]) },
      ...(typeof lifecycle === "string" && {
        lifecycleNotificationUrl: { kind: "notification endpoint", value: lifecycle, target: "lifecycleNotificationUrl" } as const,
      }),
    };
  },
  decide({ entity }, found, stamp) {
    const members = {
      applicationId: stamp.appId,
      creatorId: stamp.user ?? stamp.appId,
      latestSupportedTlsVersion: entity["latestSupportedTlsVersion"] ?? "v1_2",
      [watcherState]: watcherOf(stamp, { replays: 0, position: found["position"] ?? 0 }),
    };
    return { entity: withMembers(entity, members) };
  },
};

/** What may change afterwards (R151). */
const renewable = new Set(["expirationDateTime", "encryptionCertificate", "encryptionCertificateId"]);

function changedElsewhere({ sent, before }: Draft): string | undefined {
  return Object.keys(sent).find((name) => !name.startsWith("@") && !renewable.has(name) && sent[name] !== before?.[name]);
}

/** PATCH: a later end, another certificate. */
export const renew: Rule = {
  decide(draft, _, { now }) {
    const other = changedElsewhere(draft);
    if (other !== undefined) return invalid(other, `Property '${other}' of a subscription cannot be changed; ${[...renewable].join(", ")} can.`);
    return refusalOf(draft.entity, now) ?? { entity: draft.entity };
  },
};

/** The answer to `reauthorizationRequired` (R152): what the caller may read now counts from now on. */
export const reauthorize: Rule = {
  decide: ({ entity }, _, stamp) => ({ entity: withMembers(entity, { [watcherState]: watcherOf(stamp, standingOf(entity)) }) }),
};

const deliveries = "subscriptions/deliveries";

/**
 * Sends once more what a delivery carried, and everything behind it. Where it begins stands in the subscription, under a number of its own: what is
 * noted of calls that were under way has the number before and counts no more. Behind a replay that has not come so far yet nothing is left out.
 */
export const replay: Rule = {
  reads({ entity, sent }) {
    const parents = [textOf(entity["id"])];
    const { replays } = standingOf(entity);
    const ofThis = { path: "replays", equals: replays === 0 ? null : replays };
    return {
      delivery: { kind: "get", place: deliveries, parents, id: textOf(sent["deliveryId"]) },
      told: { kind: "greatest", place: deliveries, parents, path: "throughSequence", where: ofThis },
    };
  },
  further(_, found): NamedReads {
    const from = fromOf(found["delivery"]);
    return from === undefined ? {} : { logged: { kind: "logged", sequence: from } };
  },
  decide({ entity, sent }, found, { now, newId, deliveriesKept = usuallyKept }) {
    const from = fromOf(found["delivery"]);
    const id = textOf(sent["deliveryId"]).slice(0, 100);
    if (from === undefined) {
      const kept = `The log of a subscription keeps its last ${deliveriesKept} deliveries.`;
      return invalid("deliveryId", `There is no delivery '${id}' that can be sent again. ${kept}`);
    }
    if (found["logged"] === 0) return { refuse: "gone", parameters: { what: tooOld(id) }, extras: { target: "deliveryId" } };
    return sentAgain(entity, found, { from, now, id: newId() });
  },
};

interface Again {
  readonly from: number;
  readonly now: string;
  /** Of the entry in the log. */
  readonly id: string;
}

function fromOf(delivery: Json | undefined): number | undefined {
  const from = isObject(delivery) ? delivery["fromSequence"] : undefined;
  return typeof from === "number" ? from : undefined;
}

function tooOld(id: string): string {
  return `The changes that the delivery '${id}' told of are no longer in the change log. Read the resource anew, and follow it from there.`;
}

function sentAgain(entity: JsonObject, found: Found, { from, now, id }: Again): Decision {
  const before = standingOf(entity);
  const replays = before.replays + 1;
  const position = Math.min(from - 1, Math.max(Number(before.position), Number(found["told"] ?? 0)));
  const row = { "@odata.type": "#microsoft.graph.subscriptionDelivery", id, createdDateTime: now, outcome: "replay", replays, throughSequence: position };
  return {
    entity: withMembers(entity, { [watcherState]: { ...(entity[watcherState] as JsonObject), replays, position } }),
    also: [{ place: deliveries, parents: [textOf(entity["id"])], id, type: "microsoft.graph.subscriptionDelivery", entity: row }],
  };
}
