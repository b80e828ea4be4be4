import type { HttpResponse } from "../base/http.ts";
import type { KnownClient } from "./authenticateClient.ts";
import { tokenLife } from "./issuerSettings.ts";
import type { IssuerParts, Visit } from "./issuerParts.ts";
import type { Person } from "./issuerStore.ts";
import { keyRing } from "./keyRing.ts";
import { mintIdToken, mintToken } from "./mintToken.ts";
import { writeOAuthJson } from "./oauthFault.ts";
import { tellSignIn } from "./signInEvent.ts";
import type { GrantedScopes } from "./scopes.ts";

/** What is answered to an application that acts for a person. */
export interface PersonAnswer {
  readonly client: KnownClient;
  readonly person: Person;
  readonly granted: GrantedScopes;
  /** Unix seconds of the password check. */
  readonly signedIn: number;
  readonly nonce?: string;
  readonly clientInfo: boolean;
  /** Present when `offline_access` was granted. */
  readonly refreshToken?: string;
}

/** The answer of the token endpoint for a person's grants (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3; R187). */
export async function answerPerson({ http, version }: Visit, answer: PersonAnswer, { settings, clock }: IssuerParts): Promise<HttpResponse> {
  const { client, person, granted, refreshToken } = answer;
  const { signing: key } = keyRing(await settings.store.signingKeys(), clock());
  const order = {
    issuer: `${settings.addresses.issuerBaseFor(http.baseUrl)}/${person.tenant}/v2.0`,
    audience: granted.audience,
    tenant: person.tenant,
    appId: client.app.clientId,
    person,
    isPublic: client.isPublic,
    permissions: granted.permissions,
    version,
    seconds: tokenLife,
    now: Math.floor(clock() / 1000),
  };
  const accessToken = await mintToken(order, key);
  tellSignIn({ http }, { settings }, { activity: "token", tenant: person.tenant, appId: client.app.clientId, user: person.userPrincipalName });
  const { signedIn, nonce } = answer;
  const more = { signedIn, accessToken, openId: granted.openId, ...(nonce === undefined ? {} : { nonce }) };
  const life = version === "1.0" ? String(tokenLife - 1) : tokenLife - 1;
  return writeOAuthJson(200, {
    token_type: "Bearer",
    scope: granted.scope,
    expires_in: life,
    ext_expires_in: life,
    access_token: accessToken,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(granted.openId.includes("openid") ? { id_token: await mintIdToken(order, more, key) } : {}),
    ...(answer.clientInfo ? { client_info: clientInfoOf(person) } : {}),
  });
}

/** How MSAL tells accounts apart (R187): base64url of `{uid, utid}`. */
export function clientInfoOf({ id, tenant }: Pick<Person, "id" | "tenant">): string {
  return Buffer.from(JSON.stringify({ uid: id, utid: tenant })).toString("base64url");
}
