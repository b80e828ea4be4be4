import { hash } from "node:crypto";
import { random16 } from "../../base/ids.ts";
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

/** Members of the sealed part that are null where there is nothing to say: as if they were not there. */
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
  const detail = detailOf(recording);
  const core = coreOf(recording, sha256(`{${detail.sealed}}`));
  // Members without a value are shown, and not sealed.
  return { body: `{${core.sealed}${core.absent},${detail.sealed}${detail.absent}}`, seal: sha256(`{${core.sealed}}`) };
}

/** Members as text, those with a value in the order of their names, which makes them canonical. Put together by hand: every write passes here. */
class Members {
  sealed = "";
  absent = "";

  text(name: string, value: string | null | undefined): this {
    return this.json(name, value === null || value === undefined ? undefined : JSON.stringify(value));
  }

  /** A text that needs no escapes. */
  plain(name: string, value: string | undefined): this {
    return this.json(name, value === undefined ? undefined : `"${value}"`);
  }

  number(name: string, value: number | null | undefined): this {
    return this.json(name, value === null || value === undefined ? undefined : String(value));
  }

  json(name: string, value: string | undefined): this {
    if (value === undefined) this.absent += `,"${name}":null`;
    else this.sealed += `${this.sealed === "" ? "" : ","}"${name}":${value}`;
    return this;
  }
}

function coreOf({ entry, hub, number, previousSeal, first, last, resources }: Recording, detailDigest: string): Members {
  const { refusal, removed, repeated } = entry;
  return new Members()
    .text("activity", entry.verb)
    .text("appId", entry.appId)
    .plain("category", entry.category ?? "change")
    .text("createdDateTime", entry.at)
    .plain("detailDigest", detailDigest)
    .text("errorCode", refusal?.code)
    .number("firstChange", first)
    .text("hubId", hub)
    .number("lastChange", last)
    .text("lastDateTime", repeated?.lastAt)
    .number("number", number)
    .number("occurrences", repeated?.occurrences)
    .plain("previousSeal", previousSeal)
    .plain("removedSeal", removed?.seal)
    .number("removedThrough", removed?.through)
    .plain("requestId", entry.origin?.requestId)
    .text("resourceType", entry.resourceType ?? resources[0]?.type)
    .plain("result", refusal === undefined ? "success" : "failure")
    .number("statusCode", refusal?.status)
    .text("tenantId", entry.tenant)
    .plain("userPseudonym", entry.pseudonym);
}

function detailOf({ entry: { origin, user, path }, resources }: Recording): Members {
  return new Members()
    .text("clientAddress", origin?.address)
    .text("clientRequestId", origin?.clientRequestId)
    .text("resourcePath", path ?? resources[0]?.path)
    .json("resources", JSON.stringify(resources))
    .plain("salt", Buffer.from(random16()).toString("base64url"))
    .text("userAgent", origin?.userAgent)
    .text("userPrincipalName", user);
}
