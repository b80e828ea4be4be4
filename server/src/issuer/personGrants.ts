import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpResponse } from "../base/http.ts";
import { randomGuid } from "../base/ids.ts";
import { answerPerson } from "./answerPerson.ts";
import type { PersonAnswer } from "./answerPerson.ts";
import { identifyClient, readCredentials } from "./authenticateClient.ts";
import type { KnownClient } from "./authenticateClient.ts";
import type { CodeGrant } from "./authorizationCodes.ts";
import { isSince } from "./browserStep.ts";
import type { DeviceAnswer, DeviceDecision } from "./deviceCodes.ts";
import type { IssuerParts, Visit } from "./issuerParts.ts";
import type { Person, RefreshFamily } from "./issuerStore.ts";
import { OAuthFault } from "./oauthFault.ts";
import { requiredField } from "./readForm.ts";
import { grantScopes, readScopes } from "./scopes.ts";
import type { GrantedScopes } from "./scopes.ts";

/** One request to the token endpoint, read as far as every grant needs it. */
export interface TokenRequest extends Visit {
  readonly form: ReadonlyMap<string, string>;
}

/** RFC 6749, 4.1.3 with RFC 7636, 4.5: a code becomes tokens, once. Used again, all that came of it ends (RFC 6749, 10.5). */
export async function redeemCode(request: TokenRequest, parts: IssuerParts): Promise<HttpResponse> {
  const { form } = request;
  const code = requiredField(form, "code");
  const client = await clientOf(request, parts);
  const issued = await parts.codes.use(code);
  if (issued === undefined) throw new OAuthFault("invalid_grant", 70_008, "The provided authorization code is unknown or has expired.");
  const { grant, family } = issued;
  if (issued.uses > 1) {
    await parts.refresh.revoke(family);
    throw new OAuthFault("invalid_grant", 54_005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code.");
  }
  requireSameClient(grant.clientId, client);
  if (form.get("redirect_uri") !== grant.redirectUri) {
    throw new OAuthFault("invalid_grant", 500_112, "The redirect_uri is not the one for which the code was issued.");
  }
  requireVerifier(grant, form.get("code_verifier"));
  const { person, granted } = await grantTo(grant, request, parts);
  const answer = { client, person, granted, signedIn: grant.signedIn, clientInfo: grant.clientInfo || form.get("client_info") === "1" };
  const nonce = grant.nonce === undefined ? {} : { nonce: grant.nonce };
  const written = await answerPerson(request, { ...answer, ...nonce, ...(await startFamily(family, answer, parts)) }, parts);
  // A second use may have come while the tokens were made, before there was anything to end.
  if (((await parts.codes.find(code))?.uses ?? 1) > 1) await parts.refresh.revoke(family);
  return written;
}

/** RFC 8628, 3.4 and 3.5 (R189): what a device asks until somebody has decided. */
export async function redeemDeviceCode(request: TokenRequest, parts: IssuerParts): Promise<HttpResponse> {
  const { form } = request;
  const code = requiredField(form, "device_code");
  const client = await clientOf(request, parts);
  const waiting = await parts.devices.byDeviceCode(code);
  if (waiting !== undefined) requireSameClient(waiting.clientId, client);
  const answer = await parts.devices.ask(code);
  if (answer === undefined) throw new OAuthFault("invalid_grant", 70_000, "The device code is unknown, or it has been used.");
  const { device } = answer;
  const decision = requireDecision(answer, parts.steady());
  if (decision === "denied") throw new OAuthFault("access_denied", 65_004, "The person declined to let the device in.");
  const { person, granted } = await grantTo({ ...decision, scopes: device.scopes }, request, parts);
  const given = { client, person, granted, signedIn: decision.signedIn, clientInfo: form.get("client_info") === "1" };
  return answerPerson(request, { ...given, ...(await startFamily(randomGuid(), given, parts)) }, parts);
}

/** RFC 6749, 6 with RFC 9700, 4.14.2: each refresh token is good once and brings the next. */
export async function redeemRefreshToken(request: TokenRequest, parts: IssuerParts): Promise<HttpResponse> {
  const { form } = request;
  const token = requiredField(form, "refresh_token");
  const client = await clientOf(request, parts);
  const family = await parts.refresh.open(token);
  requireSameClient(family.clientId, client);
  const person = await requirePerson(family.personId, family.signedIn, request, parts);
  const granted = regrant(request, { family, person, parts });
  const refreshToken = await parts.refresh.rotate(family);
  return answerPerson(request, { client, person, granted, signedIn: family.signedIn, clientInfo: form.get("client_info") === "1", refreshToken }, parts);
}

interface Regrant {
  readonly family: RefreshFamily;
  readonly person: Person;
  readonly parts: IssuerParts;
}

/** Less than before, never more: neither than the sign-in gave, nor than the administrator grants now. */
function regrant({ form, http, version }: TokenRequest, { family, person, parts }: Regrant): GrantedScopes {
  // A server that has got another address since then gives tokens for that one.
  const prefix = parts.settings.addresses.audiences().includes(family.audience) ? `${family.audience}/` : "";
  const usual = `openid profile offline_access ${family.permissions.map((name) => `${prefix}${name}`).join(" ")}`;
  const text = form.get("scope") ?? (version === "1.0" && form.has("resource") ? `openid ${form.get("resource")}/.default` : usual);
  return requireGranted(
    grantScopes(
      readScopes(text, http, parts.settings),
      person.permissions,
      family.permissions.filter((name) => person.permissions.includes(name)),
    ),
  );
}

async function clientOf({ http, tenant, form }: TokenRequest, { settings, checkSecret }: IssuerParts): Promise<KnownClient> {
  return identifyClient(readCredentials(http, form), { store: settings.store, check: checkSecret, tenant: tenant.id });
}

function requireSameClient(clientId: string, { app }: KnownClient): void {
  if (clientId !== app.clientId) throw new OAuthFault("invalid_grant", 700_005, "The grant was issued to another application.");
}

/** A code with a challenge needs its verifier, one without takes none (RFC 7636, 4.6; RFC 9700, 2.1.1 and 4.8). */
function requireVerifier({ challenge }: CodeGrant, verifier: string | undefined): void {
  if (challenge === undefined && verifier === undefined) return;
  const made = createHash("sha256")
    .update(verifier ?? "")
    .digest("base64url");
  const fits = challenge !== undefined && /^[\w.~-]{43,128}$/.test(verifier ?? "") && timingSafeEqual(Buffer.from(made), Buffer.from(challenge));
  if (!fits) throw new OAuthFault("invalid_grant", 501_481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.");
}

function requireDecision({ device, isTooFast }: DeviceAnswer, now: number): DeviceDecision {
  if (device.until <= now) throw new OAuthFault("expired_token", 70_020, "The device code has expired.");
  if (device.decision !== "pending") return device.decision;
  if (!isTooFast) throw new OAuthFault("authorization_pending", 70_016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");
  throw new OAuthFault("slow_down", 70_016, `OAuth 2.0 device flow error. Ask every ${device.interval} seconds.`);
}

async function grantTo(
  { personId, signedIn, scopes }: Pick<CodeGrant, "personId" | "signedIn" | "scopes">,
  visit: Visit,
  parts: IssuerParts,
): Promise<{ readonly person: Person; readonly granted: GrantedScopes }> {
  const person = await requirePerson(personId, signedIn, visit, parts);
  return { person, granted: requireGranted(grantScopes(scopes, person.permissions)) };
}

async function requirePerson(id: string, signedIn: number, { tenant }: Visit, { settings }: IssuerParts): Promise<Person> {
  const person = await settings.store.person(id);
  if (person === undefined || !isSince(person, signedIn) || (tenant.id !== undefined && person.tenant !== tenant.id)) {
    throw new OAuthFault("invalid_grant", 50_173, "The grant has ended: the person was removed, has a new password, or is of another tenant. Sign in again.");
  }
  return person;
}

function requireGranted(granted: GrantedScopes | undefined): GrantedScopes {
  if (granted !== undefined) return granted;
  throw new OAuthFault("invalid_grant", 65_001, "The administrator has granted this person none of the permissions that were asked for.");
}

/** The first refresh token of a sign-in, when the application asked for one (OpenID Connect Core 1.0, 11). */
async function startFamily(id: string, { client, person, granted, signedIn }: PersonAnswer, parts: IssuerParts): Promise<{ readonly refreshToken?: string }> {
  if (!granted.openId.includes("offline_access")) return {};
  const family = { id, clientId: client.app.clientId, personId: person.id, audience: granted.audience, permissions: granted.permissions, signedIn };
  return { refreshToken: await parts.refresh.start(family) };
}
