import { problem, type Problem } from "../base/errors.ts";
import { etagMatches } from "../odata/parseEtags.ts";
import type { ODataRequest } from "../odata/request.ts";
import type { Conditions } from "./plan.ts";

function modified(what: string): Problem {
  return problem("resourceModified", { what }, { inner: "entityTagDoesNotMatch" });
}

const unconditional: Conditions = {};

/** The conditions of a request. */
export function conditionsOf({ ifMatch, ifNoneMatch }: ODataRequest): Conditions {
  if (ifMatch === undefined && ifNoneMatch === undefined) return unconditional;
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }) };
}

/** Holds a write to its If-Match and If-None-Match (RFC 9110, 13.1; R100-R102). Throws 412. */
export function requireConditions(conditions: Conditions, etag: string): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch !== undefined && !etagMatches(ifMatch, etag)) {
    throw modified(`The entity has changed: its ETag is ${etag}.`);
  }
  if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag)) {
    throw modified(ifNoneMatch.any ? "The entity exists already." : `If-None-Match names the entity's ETag ${etag}.`);
  }
}

/** True when a read may be answered 304 (R103). Throws 412 for an If-Match that does not hold. */
export function isUnmodified(conditions: Conditions, etag: string): boolean {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch !== undefined && !etagMatches(ifMatch, etag)) throw modified(`The entity has changed: its ETag is ${etag}.`);
  return ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag);
}
