import { Problem, problem } from "../base/errors.ts";
import type { HttpResponse } from "../base/http.ts";
import { commonHeaders, type RequestIds } from "./headers.ts";

/**
 * The one place that writes an error to the wire (R35-R40, R51): Graph's shape, whatever was thrown. What is
 * not a Problem becomes 500 `generalException` and says nothing of itself.
 */
export function refuse(error: unknown, ids: RequestIds, now: number): HttpResponse {
  const known = error instanceof Problem ? error : problem("internal");
  const { code, status, message, extras } = known;
  const innerError = {
    ...(extras.inner === undefined ? {} : { code: extras.inner }),
    date: new Date(now).toISOString().slice(0, 19),
    "request-id": ids.requestId,
    "client-request-id": ids.clientRequestId,
    ...(extras.innerStatus === undefined ? {} : { status: extras.innerStatus }),
  };
  const target = extras.target === undefined ? {} : { target: extras.target };
  const details = extras.details === undefined ? {} : { details: extras.details };
  const body = JSON.stringify({ error: { code, message, ...target, ...details, innerError } });
  const headers = { ...commonHeaders(ids), "Content-Type": "application/json;charset=utf-8", ...extras.headers };
  return { status, headers, body, refusal: { code, error } };
}
