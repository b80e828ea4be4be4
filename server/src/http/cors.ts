import type { IncomingHttpHeaders } from "node:http";
import type { HttpResponse } from "../base/http.ts";

/** What scripts of any site may send (R182): tokens are never in cookies, so no site gains by asking. */
const allowedHeaders =
  "Authorization, Content-Type, Content-Encoding, Accept, Accept-Language, Prefer, ConsistencyLevel, If-Match, If-None-Match, " +
  "Idempotency-Key, client-request-id, return-client-request-id, SdkVersion, Retry-Attempt, OData-Version, OData-MaxVersion, *";

/** What scripts may read of an answer (R183). */
const exposedHeaders =
  "ETag, Location, OData-EntityId, OData-Version, Preference-Applied, Content-Range, Retry-After, Server-Timing, Warning, " +
  "request-id, client-request-id, ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-ags-diagnostic, " +
  "x-ms-client-gcc-tenant, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";

/** Headers that let a script of another site read the answer, as name, value, name, value. */
export const corsHeaders: readonly string[] = ["Access-Control-Allow-Origin", "*", "Access-Control-Expose-Headers", exposedHeaders];

/** True for a preflight (Fetch standard, CORS-preflight request). */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return method === "OPTIONS" && headers["origin"] !== undefined && headers["access-control-request-method"] !== undefined;
}

/** The answer to every preflight: 204, no token needed (R182). */
export const preflightAnswer: HttpResponse = {
  status: 204,
  headers: {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": allowedHeaders,
    "Access-Control-Max-Age": "7200",
  },
};
