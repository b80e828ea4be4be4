import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { base, post, secret, startIssuer, tenant } from "./testIssuer.ts";

const path = `/${tenant}/oauth2/v2.0/token`;
const form = { grant_type: "client_credentials", client_id: "client-1", client_secret: secret };

test.each([
  ["MSAL for Go", `${base}/.default openid offline_access profile`],
  ["MSAL for Java", `openid profile offline_access ${base}/.default`],
])("%s asks for scopes of a sign-in beside its own: they are overlooked (R186)", async (_, scope) => {
  const { issuer } = await startIssuer();
  const { status, json } = await post(issuer, path, { ...form, scope });
  expect(status).toBe(200);
  expect(json).not.toHaveProperty("id_token");
  expect(json).not.toHaveProperty("refresh_token");
  expect(decodeJwt(json["access_token"] as string)).toMatchObject({ aud: base, appid: "client-1", idtyp: "app" });
});

test.each([
  ["nothing but scopes of a sign-in", "openid profile"],
  ["two resources", `${base}/.default https://graph.microsoft.com/.default openid`],
])("%s is refused", async (_, scope) => {
  const { issuer } = await startIssuer();
  const { status, json } = await post(issuer, path, { ...form, scope });
  expect(status).toBe(400);
  expect(json).toMatchObject({ error: "invalid_scope", error_codes: [1_002_012], error_description: expect.stringContaining(scope) as unknown });
});
