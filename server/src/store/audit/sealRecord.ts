import { hash } from "node:crypto";
import { randomText } from "../../base/ids.ts";
import type { AuditEntry } from "./auditEntry.ts";
import type { AuditedResource } from "./describeWrites.ts";

/** What stands in the audit besides who did what: where in the chain it is, and what it is about. */
export interface Recording {
  readonly entry: AuditEntry;
  /** Id of the hub. */
  readonly hub: string;
  /** Its number in the hub, from 1 on without gaps. */
  readonly number: number;
  /** The seal of the record before; `firstSeal` for the first. */
  readonly previousSeal: string;
  /** The changes of the hub's log that it made. */
  readonly first: number | null;
  readonly last: number | null;
  readonly resources: readonly AuditedResource[];
}

/** A record as it is stored. */
export interface SealedRecord {
  /** Everything but the seal, as JSON text. */
  readonly body: string;
  readonly seal: string;
}

/**
 * Members that can be erased while the chain stays whole: the sealed text has their digest alone. `salt` keeps others from
 * finding out by trying what an erased record said.
 */
export const erasable: ReadonlySet<string> = new Set([
  "clientAddress",
  "clientRequestId",
  "resourcePath",
  "resources",
  "salt",
  "userAgent",
  "userPrincipalName",
]);

/** Members of the sealed part that are not there where there is nothing to say, or null. */
export const optional: ReadonlySet<string> = new Set([
  "errorCode",
  "firstChange",
  "lastChange",
  "lastDateTime",
  "occurrences",
  "removedSeal",
  "removedThrough",
  "requestId",
  "resourceType",
  "statusCode",
  "userPseudonym",
]);

/** What a hub's chain begins with. */
export function firstSeal(hub: string): string {
  return sha256(`secgraph audit\n${hub}`);
}

/** SHA-256 in base64url, as seals and digests are written. */
export function sha256(text: string): string {
  return hash("sha256", text, "base64url");
}

/** Makes a record and seals it: SHA-256 over its canonical form (RFC 8785), in which the seal before and the digest of what is erasable stand. */
export function sealRecord(recording: Recording): SealedRecord {
  const detail = JSON.stringify(detailOf(recording));
  const core = JSON.stringify(coreOf(recording, sha256(detail)));
  return { body: `${core.slice(0, -1)},${detail.slice(1)}`, seal: sha256(core) };
}

/** Members that a record may have, in the order of their names, which makes their text canonical. What has no value is left out. */
type Members = Readonly<Record<string, string | number | readonly AuditedResource[] | undefined>>;

function coreOf({ entry, hub, number, previousSeal, first, last, resources }: Recording, detailDigest: string): Members {
  const { refusal, removed, repeated } = entry;
  return {
    activity: entry.verb,
    appId: entry.appId,
    category: entry.category ?? "change",
    createdDateTime: entry.at,
    detailDigest,
    errorCode: refusal?.code,
    firstChange: first ?? undefined,
    hubId: hub,
    lastChange: last ?? undefined,
    lastDateTime: repeated?.lastAt,
    number,
    occurrences: repeated?.occurrences,
    previousSeal,
    removedSeal: removed?.seal,
    removedThrough: removed?.through,
    requestId: entry.origin?.requestId,
    resourceType: entry.resourceType ?? resources[0]?.type,
    result: refusal === undefined ? "success" : "failure",
    statusCode: refusal?.status,
    tenantId: entry.tenant,
    userPseudonym: entry.pseudonym,
  };
}

function detailOf({ entry: { origin, user, path }, resources }: Recording): Members {
  return {
    clientAddress: origin?.address,
    clientRequestId: origin?.clientRequestId,
    resourcePath: path ?? resources[0]?.path,
    resources,
    salt: randomText(),
    userAgent: origin?.userAgent,
    userPrincipalName: user ?? undefined,
  };
}
