import type { HttpResponse } from "../base/http.ts";
import { identifyClient, readCredentials } from "./authenticateClient.ts";
import { deviceInterval, deviceLife } from "./deviceCodes.ts";
import { addressOf } from "./issuerParts.ts";
import type { IssuerParts, Visit } from "./issuerParts.ts";
import { OAuthFault, writeOAuthJson } from "./oauthFault.ts";
import { readForm, requiredField } from "./readForm.ts";
import { readScopes } from "./scopes.ts";

/** POST of `/{tenant}/oauth2/v2.0/devicecode` (RFC 8628, 3.1 and 3.2; R189). */
export async function answerDeviceCode({ http, tenant, version }: Visit, parts: IssuerParts): Promise<HttpResponse> {
  const { settings, checkSecret, devices } = parts;
  const form = readForm(http);
  const { app } = await identifyClient(readCredentials(http, form), { store: settings.store, check: checkSecret, tenant: tenant.id });
  const text = version === "1.0" && form.has("resource") ? `openid profile offline_access ${form.get("resource")}/.default` : requiredField(form, "scope");
  const scopes = readScopes(text, http, settings);
  const begun = await devices.begin({ clientId: app.clientId, tenant: tenant.id, scopes, from: addressOf(http) });
  if (begun === undefined) {
    const headers = { "Retry-After": String(deviceLife) };
    throw new OAuthFault("temporarily_unavailable", 50_196, "Too many devices wait for a sign-in from this address.", { status: 429, headers });
  }
  const { deviceCode, userCode } = begun;
  const page = `${http.baseUrl}/devicelogin`;
  return writeOAuthJson(200, {
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: page,
    ...(version === "1.0" ? { verification_url: page } : {}),
    expires_in: deviceLife,
    interval: deviceInterval,
    message: `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`,
  });
}
