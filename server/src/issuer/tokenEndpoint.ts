import type { HttpResponse } from "../base/http.ts";
import { isGuid } from "../base/ids.ts";
import { authenticateClient, readCredentials } from "./authenticateClient.ts";
import { tokenLife } from "./issuerSettings.ts";
import type { IssuerSettings } from "./issuerSettings.ts";
import type { IssuerParts, Visit } from "./issuerParts.ts";
import { keyRing } from "./keyRing.ts";
import { mintToken } from "./mintToken.ts";
import { OAuthFault, writeOAuthJson } from "./oauthFault.ts";
import { redeemCode, redeemDeviceCode, redeemRefreshToken } from "./personGrants.ts";
import type { TokenRequest } from "./personGrants.ts";
import { tellSignIn } from "./signInEvent.ts";
import { printable, readForm, requiredField } from "./readForm.ts";

type Grant = (request: TokenRequest, parts: IssuerParts) => Promise<HttpResponse>;

/** The grants that are given, by `grant_type` (R186); MSAL writes the device grant's name short (R29 of section 3). */
const grants: ReadonlyMap<string, Grant> = new Map([
  ["client_credentials", giveClientCredentials],
  ["authorization_code", redeemCode],
  ["refresh_token", redeemRefreshToken],
  ["urn:ietf:params:oauth:grant-type:device_code", redeemDeviceCode],
  ["device_code", redeemDeviceCode],
]);

/** Answers a POST to `/{tenant}/oauth2/v2.0/token` or `/{tenant}/oauth2/token` (RFC 6749, 3.2; R186-R188). */
export async function answerToken(visit: Visit, parts: IssuerParts): Promise<HttpResponse> {
  const form = readForm(visit.http);
  const type = requiredField(form, "grant_type");
  const grant = grants.get(type);
  if (grant === undefined) throw new OAuthFault("unsupported_grant_type", 70_003, `The app requested an unsupported grant type '${printable(type)}'.`);
  try {
    return await grant({ ...visit, form }, parts);
  } catch (error) {
    if (error instanceof OAuthFault && told.has(error.code)) await tellFailure(visit, form.get("client_id") ?? "", { fault: error, parts });
    throw error;
  }
}

/** Refusals that are about who asks; the others are about how. */
const told: ReadonlySet<string> = new Set(["invalid_client", "invalid_grant", "unauthorized_client", "access_denied"]);

/** What was sent as the name of an application that nobody registered is told where it is a GUID: else it may be a secret. */
async function tellFailure(visit: Visit, clientId: string, { fault, parts }: { readonly fault: OAuthFault; readonly parts: IssuerParts }): Promise<void> {
  const app = await parts.settings.store.app(clientId).catch(() => undefined);
  const tenant = visit.tenant.id ?? app?.tenant;
  if (tenant === undefined) return;
  const failure = { status: fault.status, code: `AADSTS${fault.number}` };
  tellSignIn(visit, parts, { activity: "signIn", tenant, appId: app?.clientId ?? (isGuid(clientId) ? clientId : ""), user: null, failure });
}

/** RFC 6749, 4.4: an application asks for itself and gets the roles of its registration. */
async function giveClientCredentials(request: TokenRequest, { settings, checkSecret, clock }: IssuerParts): Promise<HttpResponse> {
  const { http, tenant, form, version } = request;
  const app = await authenticateClient(readCredentials(http, form), { store: settings.store, check: checkSecret, tenant: tenant.id });
  const audience = version === "1.0" ? readResource(form, settings) : readDefaultScope(form, settings);
  const tenantId = tenant.id ?? app.tenant;
  if (tenantId === "*")
    throw new OAuthFault("invalid_request", 50_059, "No tenant-identifying information found in the request: put the tenant into the path.");
  const now = Math.floor(clock() / 1000);
  const { signing: key } = keyRing(await settings.store.signingKeys(), clock());
  const issuer = `${settings.addresses.issuerBaseFor(http.baseUrl)}/${tenantId}/v2.0`;
  const order = { issuer, audience, tenant: tenantId, appId: app.clientId, permissions: app.roles, version, seconds: tokenLife, now };
  const accessToken = await mintToken(order, key);
  tellSignIn(request, { settings }, { activity: "signIn", tenant: tenantId, appId: app.clientId, user: null });
  return writeOAuthJson(200, version === "1.0" ? answerV1(accessToken, audience, now) : answerV2(accessToken));
}

function answerV2(accessToken: string): object {
  return { token_type: "Bearer", expires_in: tokenLife - 1, ext_expires_in: tokenLife - 1, access_token: accessToken };
}

/** The v1 endpoint wrote its numbers as texts. */
function answerV1(accessToken: string, resource: string, now: number): object {
  const life = String(tokenLife - 1);
  return {
    token_type: "Bearer",
    expires_in: life,
    ext_expires_in: life,
    expires_on: String(now + tokenLife),
    not_before: String(now),
    resource,
    access_token: accessToken,
  };
}

/** What MSAL for Go and for Java ask for beside the scope, although nobody signs in; Entra overlooks it too. */
const signInScopes = new Set(["openid", "profile", "email", "offline_access"]);

/** The audience behind `{resource}/.default`, the one scope of this grant. */
function readDefaultScope(form: ReadonlyMap<string, string>, settings: IssuerSettings): string {
  const asked = requiredField(form, "scope").trim();
  const [scope = "", ...more] = asked.split(/ +/).filter((one) => !signInScopes.has(one));
  if (!scope.endsWith("/.default") || more.length > 0) {
    const text = `The provided value for scope ${printable(asked)} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
    throw new OAuthFault("invalid_scope", 1_002_012, text);
  }
  return readAudience(scope.slice(0, -"/.default".length), settings);
}

function readResource(form: ReadonlyMap<string, string>, settings: IssuerSettings): string {
  return readAudience(requiredField(form, "resource"), settings);
}

function readAudience(resource: string, { addresses }: IssuerSettings): string {
  const audience = resource.replace(/\/+$/, "");
  if (addresses.audiences().includes(audience)) return audience;
  const text = `The resource principal named ${printable(resource)} was not found. Known here: ${addresses.audiences().join(", ")}.`;
  throw new OAuthFault("invalid_resource", 500_011, text);
}
