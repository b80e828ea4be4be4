import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { findClient } from "./authenticateClient.ts";
import type { TenantSegment } from "./discovery.ts";
import type { IssuerSettings } from "./issuerSettings.ts";
import type { AppRegistration } from "./issuerStore.ts";
import { OAuthFault } from "./oauthFault.ts";
import { html, seeOther, writePage } from "./page.ts";
import { formTarget, isRegistered } from "./redirectUri.ts";
import { readScopes } from "./scopes.ts";
import type { WantedScopes } from "./scopes.ts";

type Parameters = ReadonlyMap<string, string>;

/** Where the answer of an authorization request goes, once that is certain. */
export interface ReplyAddress {
  readonly app: AppRegistration;
  readonly redirectUri: string;
  readonly mode: "query" | "fragment" | "form_post";
  readonly state?: string;
}

/** An authorization request that can be answered (RFC 6749, 4.1.1; OpenID Connect Core 1.0, 3.1.2.1). */
export interface AuthorizeRequest {
  readonly scopes: WantedScopes;
  readonly challenge?: string;
  readonly nonce?: string;
  readonly prompt: string;
  readonly loginHint: string;
  /** Seconds since the password check. */
  readonly maxAge?: number;
  readonly clientInfo: boolean;
}

/** Finds the application and its registered address. Throws what must be shown on a page, since nobody is known to send it to (4.1.2.1). */
export async function readReplyAddress(parameters: Parameters, tenant: TenantSegment, { store }: IssuerSettings): Promise<ReplyAddress> {
  const clientId = parameters.get("client_id") ?? "";
  if (clientId === "") throw new OAuthFault("invalid_request", 900_144, "The request must contain the following parameter: 'client_id'.");
  const app = await findClient(clientId, store, tenant.id);
  const redirectUri = parameters.get("redirect_uri") ?? "";
  if (!isRegistered(redirectUri, app.redirectUris ?? [])) {
    const text = `The redirect URI specified in the request does not match the redirect URIs configured for the application '${app.clientId}'.`;
    throw new OAuthFault("invalid_request", 50_011, text);
  }
  const state = parameters.get("state");
  const mode = parameters.get("response_mode");
  return {
    app,
    redirectUri,
    mode: mode === "fragment" || mode === "form_post" ? mode : "query",
    ...(state === undefined ? {} : { state }),
  };
}

/** Reads the rest. Throws what is told to the application. */
export function readAuthorizeRequest(
  parameters: Parameters,
  app: AppRegistration,
  from: { readonly http: HttpRequest; readonly settings: IssuerSettings },
): AuthorizeRequest {
  refuseUnsupported(parameters);
  const nonce = parameters.get("nonce");
  const challenge = readChallenge(parameters, app);
  const resource = parameters.get("resource");
  const scope = parameters.get("scope") ?? (resource === undefined ? "" : `openid profile offline_access ${resource}/.default`);
  const maxAge = parameters.get("max_age");
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) throw new OAuthFault("invalid_request", 90_014, "The parameter 'max_age' is not a number of seconds.");
  return {
    scopes: readScopes(scope, from.http, from.settings),
    prompt: parameters.get("prompt") ?? "",
    loginHint: (parameters.get("login_hint") ?? "").slice(0, 256),
    clientInfo: parameters.get("client_info") === "1",
    ...(challenge === undefined ? {} : { challenge }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
  };
}

function refuseUnsupported(parameters: Parameters): void {
  if (parameters.has("request")) throw new OAuthFault("request_not_supported", 90_014, "Request objects are not supported.");
  if (parameters.has("request_uri")) throw new OAuthFault("request_uri_not_supported", 90_014, "Request objects are not supported.");
  const type = parameters.get("response_type");
  if (type === undefined) throw new OAuthFault("invalid_request", 900_144, "The request must contain the following parameter: 'response_type'.");
  if (type !== "code") throw new OAuthFault("unsupported_response_type", 700_054, "The one response_type of this issuer is 'code'.");
  const mode = parameters.get("response_mode") ?? "query";
  if (!["query", "fragment", "form_post"].includes(mode)) throw new OAuthFault("invalid_request", 90_014, "response_mode is query, fragment or form_post.");
}

/** Public clients must send an S256 challenge; `plain` protects nobody (RFC 7636, 4.3 and 7.2; RFC 9700, 2.1.1). */
function readChallenge(parameters: Parameters, app: AppRegistration): string | undefined {
  const challenge = parameters.get("code_challenge");
  const method = parameters.get("code_challenge_method");
  if (challenge === undefined) {
    if (app.publicClient !== true && method === undefined) return undefined;
    throw new OAuthFault("invalid_request", 9_002_325, "Proof Key for Code Exchange is required: send code_challenge.");
  }
  if (method !== "S256") throw new OAuthFault("invalid_request", 501_481, "The code_challenge_method must be S256.");
  if (!/^[\w-]{43}$/.test(challenge)) throw new OAuthFault("invalid_request", 501_481, "The code_challenge is not the base64url form of a SHA-256 hash.");
  return challenge;
}

/** Sends an answer to the application in the way that it asked for (OAuth 2.0 Multiple Response Types, 2.1; Form Post Response Mode). */
export function reply(to: ReplyAddress, answer: Readonly<Record<string, string>>, from: { readonly baseUrl: string; readonly cookie?: string }): HttpResponse {
  const fields = Object.entries({ ...answer, ...(to.state === undefined ? {} : { state: to.state }) });
  const headers = from.cookie === undefined ? {} : { "Set-Cookie": from.cookie };
  if (to.mode === "form_post") {
    const inputs = fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
    const body = html`<form method="post" action="${to.redirectUri}">
      ${inputs}
      <p>One more step to the application.</p>
      <button>Continue</button>
    </form>`;
    return writePage({ title: "Continue", body, headers, formTarget: formTarget(to.redirectUri), script: `${from.baseUrl}/common/oauth2/v2.0/submit` });
  }
  const text = new URLSearchParams(fields).toString();
  const glue = to.mode === "fragment" ? "#" : to.redirectUri.includes("?") ? "&" : "?";
  return seeOther(`${to.redirectUri}${glue}${text}`, headers);
}
