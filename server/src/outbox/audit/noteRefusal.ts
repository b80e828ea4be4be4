import { originOf } from "../../base/origin.ts";
import type { HttpRequest, HttpResponse, RequestFacts } from "../../base/http.ts";
import type { Note } from "./gatherNotes.ts";

/** Longest name of a method that is kept. */
const longestMethod = 16;

/**
 * What the audit shall know of an answer: a write that was refused, and whoever was not let in or was held back (429), whatever was asked. Undefined for all else.
 * `keeper`: the tenant that is told of callers whose tenant nobody knows.
 */
export function refusalOf(
  http: HttpRequest,
  { status, refusal, facts }: HttpResponse & { readonly facts: RequestFacts },
  keeper: string | undefined,
): Note | undefined {
  if (refusal === undefined || status < 400 || status >= 500) return undefined;
  const { caller, hub, route } = facts;
  if (!isTold(http, status, caller !== undefined || route !== undefined)) return undefined;
  const tenant = caller?.tenant ?? keeper;
  if (tenant === undefined) return undefined;
  const { appId = "", user = null } = caller ?? {};
  const failure = { status, code: refusal.code };
  return { category: "refusal", hub, tenant, appId, user, activity: http.method.slice(0, longestMethod), path: route, failure, origin: originOf(http, facts) };
}

/** `isOurs`: somebody known asked it, or it was asked of a place of the model. */
function isTold({ method, target }: HttpRequest, status: number, isOurs: boolean): boolean {
  if (status === 401 || status === 403 || status === 429) return true;
  const isRead = method === "GET" || method === "HEAD" || method === "OPTIONS";
  // A query in a body reads.
  return !isRead && isOurs && !/\/(?:\$|%24)query\b/i.test(target);
}
