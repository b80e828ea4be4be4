import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { isGuid, randomGuid } from "../base/ids.ts";

/** The error codes of RFC 6749, 4.1.2.1 and 5.2, RFC 8628, 3.5, and OpenID Connect Core 1.0, 3.1.2.6. */
export type OAuthCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "invalid_resource"
  | "invalid_tenant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "access_denied"
  | "authorization_pending"
  | "slow_down"
  | "expired_token"
  | "login_required"
  | "interaction_required"
  | "request_not_supported"
  | "request_uri_not_supported"
  | "temporarily_unavailable"
  | "server_error";

/** A refusal of the token authority, told in OAuth's shape with Entra's numbered texts (R188). */
export class OAuthFault extends Error {
  readonly code: OAuthCode;
  readonly number: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: OAuthCode, number: number, text: string, more: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {}) {
    super(text);
    this.name = "OAuthFault";
    this.code = code;
    this.number = number;
    this.status = more.status ?? 400;
    this.headers = more.headers ?? {};
  }
}

/** The correlation id that the client sent (header or query), else a new one. */
export function correlationId(request: HttpRequest): string {
  const sent = request.headers["client-request-id"] ?? new URLSearchParams(request.target.split("?")[1]).get("client-request-id") ?? "";
  return isGuid(sent) ? sent : randomGuid();
}

/** Writes a fault as the JSON that MSAL prints (R188; RFC 6749, 5.2). */
export function writeOAuthFault(fault: OAuthFault, correlation: string, now: number): HttpResponse {
  const trace = randomGuid();
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const body = {
    error: fault.code,
    error_description: `AADSTS${fault.number}: ${fault.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [fault.number],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
  };
  return writeOAuthJson(fault.status, body, { "client-request-id": correlation, "x-ms-request-id": trace, ...fault.headers });
}

/** A JSON answer that nobody keeps (RFC 6749, 5.1). */
export function writeOAuthJson(status: number, body: object, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache", Pragma: "no-cache", ...headers },
    body: JSON.stringify(body),
  };
}
