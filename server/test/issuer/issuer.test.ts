import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { createAuthenticator } from "../../src/auth/authenticate.ts";
import type { Issuer } from "../../src/issuer/issuer.ts";
import { tenantId } from "../../src/issuer/tenants.ts";
import { app, base, get, post, secret, startIssuer, tenant } from "./testIssuer.ts";

const good = { grant_type: "client_credentials", client_id: "client-1", client_secret: secret, scope: `${base}/.default` };
const tokenPath = `/${tenant}/oauth2/v2.0/token`;
const authenticatorOf = (issuer: Issuer) => createAuthenticator({ issuers: [issuer.trusted], challenge: () => ({ authorizationUri: "", clientId: "" }) });

describe("discovery (R185, Q30)", () => {
  test("names endpoints at the address that was asked, and an https issuer of the same host", async () => {
    const { issuer } = await startIssuer();
    expect((await get(issuer, `/${tenant}/v2.0/.well-known/openid-configuration`)).json).toMatchObject({
      issuer: `${base}/${tenant}/v2.0`,
      authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}${tokenPath}`,
      device_authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/devicecode`,
      jwks_uri: `${base}/${tenant}/discovery/v2.0/keys`,
    });
    const elsewhere = await get(issuer, `/${tenant}/.well-known/openid-configuration?x=1`, "https://127.0.0.1:7443");
    expect(elsewhere.json["issuer"]).toBe(`https://127.0.0.1:7443/${tenant}/v2.0`);
    expect((await get(issuer, `/${tenant}/v2.0/.well-known/openid-configuration`, "http://localhost:7080")).json).toMatchObject({
      issuer: `${base}/${tenant}/v2.0`,
      token_endpoint: `http://localhost:7080${tokenPath}`,
    });
  });

  test("names nothing that is not there, no userinfo endpoint among it", async () => {
    const { issuer } = await startIssuer();
    const { json } = await get(issuer, `/${tenant}/v2.0/.well-known/openid-configuration`);
    const named = Object.entries(json).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name)) as [string, string][];
    expect(named.map(([name]) => name).toSorted()).toEqual(["authorization_endpoint", "device_authorization_endpoint", "end_session_endpoint", "jwks_uri", "token_endpoint"]); // prettier-ignore
    for (const [name, url] of named) {
      const target = url.slice(base.length);
      expect(issuer.owns(target), name).toBe(true);
      const answers = await Promise.all(["GET", "POST"].map((method) => issuer.answer({ method, target, headers: {}, baseUrl: base })));
      expect(
        answers.every(({ status }) => status !== 404),
        name,
      ).toBe(true);
      expect(
        answers.some(({ status }) => status !== 405),
        name,
      ).toBe(true);
    }
    for (const grant of json["grant_types_supported"] as readonly string[]) {
      expect((await post(issuer, tokenPath, { grant_type: grant })).json["error"], grant).not.toBe("unsupported_grant_type");
    }
    for (const grant of ["password", "implicit", "__proto__", "constructor"]) {
      expect((await post(issuer, tokenPath, { grant_type: grant })).json["error"], grant).toBe("unsupported_grant_type");
    }
  });

  test("a domain-like name leads to a stable tenant id (R190); common is a template", async () => {
    const { issuer } = await startIssuer();
    const named = await get(issuer, "/Contoso.LocalTest/v2.0/.well-known/openid-configuration");
    expect(named.json["issuer"]).toBe(`${base}/${tenantId("contoso.localtest")}/v2.0`);
    expect((await get(issuer, "/common/v2.0/.well-known/openid-configuration")).json["issuer"]).toBe(`${base}/{tenantid}/v2.0`);
  });

  test("instance discovery answers MSAL (Q31)", async () => {
    const { issuer } = await startIssuer();
    const answer = await get(issuer, `/common/discovery/instance?api-version=1.1&authorization_endpoint=${base}/${tenant}/oauth2/v2.0/authorize`);
    expect(answer.json).toMatchObject({ "api-version": "1.1", metadata: [{ preferred_network: "localhost:7443", aliases: ["localhost:7443"] }] });
  });

  test("keys are public halves only, the same after a restart", async () => {
    const { issuer, store } = await startIssuer();
    const { keys } = (await get(issuer, "/common/discovery/v2.0/keys")).json as { readonly keys: readonly Record<string, string>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0]!).toSorted()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    expect((await store.signingKeys())[0]!.kid).toBe(keys[0]!["kid"]);
  });

  test("owns Entra's paths and no others", async () => {
    const { issuer } = await startIssuer();
    expect([tokenPath, "/common/discovery/instance", "/x/oauth2/token", "/x/oauth2/v2.0/devicecode", "/devicelogin"].every(issuer.owns)).toBe(true);
    expect(["/", "/healthz", "/v1.0/security", "/a/b/oauth2/token", "/v1.0/security/secureScores/oauth2"].some(issuer.owns)).toBe(false);
  });
});

describe("client credentials (R186, R187)", () => {
  test("an answer as MSAL reads it, and a token with Entra's claims", async () => {
    const { issuer } = await startIssuer();
    const { status, headers, json } = await post(issuer, `${tokenPath}?client-request-id=x`, { ...good, "x-client-SKU": "msal.js.node", client_info: "1" });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "Cache-Control": "no-store, no-cache", Pragma: "no-cache" });
    expect(json).toEqual({ token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599, access_token: expect.any(String) });
    const token = json["access_token"] as string;
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "RS256", typ: "JWT", kid: expect.any(String) });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      iss: `${base}/${tenant}/v2.0`,
      aud: base,
      tid: tenant,
      appid: "client-1",
      azp: "client-1",
      idtyp: "app",
      roles: app.roles,
      ver: "2.0",
    });
    expect(claims).not.toHaveProperty("scp");
    expect(claims.exp! - claims.iat!).toBe(3600);
  });

  test("its token opens the hub", async () => {
    const { issuer } = await startIssuer();
    const { json } = await post(issuer, tokenPath, good);
    const caller = await authenticatorOf(issuer)({ authorization: `Bearer ${String(json["access_token"])}` });
    expect(caller).toMatchObject({ tenant, appId: "client-1", kind: "application", permissions: new Set(app.roles) });
  });

  test("client_secret_basic, with form-encoded credentials", async () => {
    const { issuer } = await startIssuer();
    const basic = Buffer.from(`client-1:${encodeURIComponent(secret)}`).toString("base64");
    const rest = { grant_type: good.grant_type, scope: good.scope };
    expect((await post(issuer, tokenPath, rest, { authorization: `Basic ${basic}` })).status).toBe(200);
  });

  test.each(["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000", `${base}/`])("audience %s (R179)", async (resource) => {
    const { issuer } = await startIssuer();
    const { json } = await post(issuer, tokenPath, { ...good, scope: `${resource}/.default` });
    expect(decodeJwt(json["access_token"] as string).aud).toBe(resource.replace(/\/$/, ""));
  });

  test("the v1 endpoint takes a resource and writes numbers as texts", async () => {
    const { issuer } = await startIssuer();
    const { json } = await post(issuer, `/${tenant}/oauth2/token`, { ...good, resource: base });
    expect(json).toMatchObject({ token_type: "Bearer", expires_in: "3599", resource: base });
    expect(decodeJwt(json["access_token"] as string)["ver"]).toBe("1.0");
  });

  test("common means the application's own tenant; an application for all tenants must name one", async () => {
    const { issuer, store } = await startIssuer();
    const { json } = await post(issuer, "/common/oauth2/v2.0/token", good);
    expect(decodeJwt(json["access_token"] as string)["tid"]).toBe(tenant);
    await store.putApp({ ...app, tenant: "*" });
    expect((await post(issuer, "/common/oauth2/v2.0/token", good)).json).toMatchObject({ error: "invalid_request", error_codes: [50_059] });
    const other = await post(issuer, "/fabrikam.com/oauth2/v2.0/token", good);
    expect(decodeJwt(other.json["access_token"] as string)["tid"]).toBe(tenantId("fabrikam.com"));
  });
});

describe("refusals have OAuth's shape with Entra's texts (R188, Q3)", () => {
  test("every field of it", async () => {
    const { issuer } = await startIssuer();
    const correlation = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    const { status, headers, json } = await post(issuer, tokenPath, { ...good, client_secret: "wrong" }, { "client-request-id": correlation });
    expect(status).toBe(401);
    expect(Object.keys(json)).toEqual(["error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id"]);
    expect(json).toMatchObject({ error: "invalid_client", error_codes: [7_000_215], correlation_id: correlation });
    expect(json["error_description"]).toMatch(
      /^AADSTS7000215: Invalid client secret provided\. .* Trace ID: .* Correlation ID: 3f2504e0.* Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
    );
    expect(headers).not.toHaveProperty("WWW-Authenticate");
    expect(JSON.stringify(json)).not.toContain("wrong");
  });

  const cases: readonly (readonly [string, string, Record<string, string> | string, string])[] = [
    ["an unknown client", tokenPath, { ...good, client_id: "nobody" }, "400 unauthorized_client 700016"],
    ["a client of another tenant", "/fabrikam.com/oauth2/v2.0/token", good, "400 unauthorized_client 700016"],
    ["no secret", tokenPath, { grant_type: "client_credentials", client_id: "client-1", scope: good.scope }, "401 invalid_client 7000218"],
    [
      "an assertion instead",
      tokenPath,
      { grant_type: "client_credentials", client_id: "client-1", scope: good.scope, client_assertion: "x" },
      "401 invalid_client 7000218",
    ],
    ["no client", tokenPath, { grant_type: "client_credentials", scope: good.scope }, "400 invalid_request 900144"],
    ["no scope", tokenPath, { ...good, scope: "" }, "400 invalid_request 900144"],
    ["a scope without .default", tokenPath, { ...good, scope: `${base}/SecurityEvents.Read.All` }, "400 invalid_scope 1002012"],
    ["two scopes", tokenPath, { ...good, scope: `${base}/.default openid/.default` }, "400 invalid_scope 1002012"],
    ["an unknown resource", tokenPath, { ...good, scope: "https://evil.example/.default" }, "400 invalid_resource 500011"],
    ["no grant type", tokenPath, { client_id: "client-1" }, "400 invalid_request 900144"],
    ["password grant", tokenPath, { ...good, grant_type: "password" }, "400 unsupported_grant_type 70003"],
    ["device code grant", tokenPath, { ...good, grant_type: "device_code" }, "400 invalid_request 900144"],
    ["a device code", `/${tenant}/oauth2/v2.0/devicecode`, { client_id: "client-1", scope: "openid" }, "401 invalid_client 7000218"],
    ["a field twice", tokenPath, "grant_type=client_credentials&grant_type=client_credentials", "400 invalid_request 90013"],
    ["consumers", "/consumers/oauth2/v2.0/token", good, "400 invalid_request 90002"],
    ["a tenant that is no name", "/a%20b/oauth2/v2.0/token", good, "400 invalid_request 90002"],
    ["an endpoint that is not there", `/${tenant}/oauth2/v2.0/other`, good, "404 invalid_request 900561"],
  ];
  test.each(cases)("%s", async (_, path, form, expected) => {
    const { issuer } = await startIssuer();
    const { status, json } = await post(issuer, path, form);
    expect(`${status} ${String(json["error"])} ${String((json["error_codes"] as readonly number[])[0])}`).toBe(expected);
  });

  test("both ways of client authentication at once, and a broken Basic header", async () => {
    const { issuer } = await startIssuer();
    expect((await post(issuer, tokenPath, good, { authorization: "Basic YTpi" })).json).toMatchObject({ error: "invalid_request" });
    const rest = { grant_type: good.grant_type, client_id: good.client_id, scope: good.scope };
    const broken = await post(issuer, tokenPath, rest, { authorization: "Basic !!" });
    expect(broken).toMatchObject({ status: 401, headers: { "WWW-Authenticate": 'Basic realm="secgraph"' } });
  });

  test("JSON instead of a form, and GET instead of POST", async () => {
    const { issuer } = await startIssuer();
    expect((await post(issuer, tokenPath, "{}", { "content-type": "application/json" })).json).toMatchObject({ error: "invalid_request" });
    expect(await get(issuer, tokenPath)).toMatchObject({ status: 405, headers: { Allow: "POST" }, json: { error_codes: [900_561] } });
  });

  test("a tenant that this installation does not serve", async () => {
    const { issuer } = await startIssuer({ tenants: new Set(["11111111-1111-4111-8111-111111111111"]) });
    expect((await post(issuer, tokenPath, good)).json).toMatchObject({ error_codes: [90_002] });
  });

  test("an expired secret", async () => {
    const { issuer, store } = await startIssuer();
    await store.changeApp("client-1", (one) => ({ ...one, secretHashes: [{ ...one.secretHashes[0]!, expires: "2020-01-01T00:00:00.000Z" }] }));
    expect((await post(issuer, tokenPath, good)).json).toMatchObject({ error: "invalid_client", error_codes: [7_000_222] });
  });
});

describe("tokens without client authentication", () => {
  test("for an application and for a person", async () => {
    const { issuer } = await startIssuer();
    const authenticate = authenticatorOf(issuer);
    const forApp = await issuer.tokenFor({ tenant: "contoso.com", appId: "a", permissions: ["P"] });
    expect(await authenticate({ authorization: `Bearer ${forApp}` })).toMatchObject({
      tenant: tenantId("contoso.com"),
      appId: "a",
      user: null,
      permissions: new Set(["P"]),
    });
    const forUser = await issuer.tokenFor({ tenant, appId: "a", user: "ada@contoso.com", permissions: ["P", "Q"] });
    expect(await authenticate({ authorization: `Bearer ${forUser}` })).toMatchObject({
      kind: "delegated",
      user: "ada@contoso.com",
      permissions: new Set(["P", "Q"]),
    });
  });

  test("the tokens of another installation are not accepted (R194)", async () => {
    const [one, two] = [await startIssuer(), await startIssuer()];
    const token = await one.issuer.tokenFor({ tenant, appId: "a", permissions: [] });
    await expect(authenticatorOf(two.issuer)({ authorization: `Bearer ${token}` })).rejects.toMatchObject({ status: 401 });
  });
});

test.each([
  ["GET", `/${tenant}/v2.0/.well-known/openid-configuration`, "/{tenant}/.well-known/openid-configuration"],
  ["GET", "/common/discovery/v2.0/keys", "/{tenant}/discovery/keys"],
  ["POST", `/${tenant}/OAuth2/v2.0/Token`, "/{tenant}/oauth2/token"],
  ["PUT", `/${tenant}/oauth2/v2.0/token`, "/{tenant}/oauth2/token"],
  ["GET", "/devicelogin?user_code=x", "/devicelogin"],
  ["GET", `/${tenant}/oauth2/v2.0/whatever`, "/{tenant}/{other}"],
])("logs and metrics know %s %s as %s", async (method, target, route) => {
  const { issuer } = await startIssuer();
  const id = "5f0c6d1e-0000-4000-8000-00000000abcd";
  const { facts } = await issuer.answer({ method, target, headers: { "client-request-id": id }, baseUrl: base });
  expect(facts).toMatchObject({ route, requestId: id, caller: undefined });
});
