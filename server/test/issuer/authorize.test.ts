import { createHash } from "node:crypto";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { createAuthenticator } from "../../src/auth/authenticate.ts";
import {
  ada,
  askToken,
  authorizeUrl,
  confidential,
  confidentialSecret,
  credentials,
  desktop,
  faultOf,
  hiddenFields,
  openBrowser,
  pkce,
  serveIssuer,
  signInOnDesktop,
} from "./issuerServer.ts";
import type { Browser, IssuerServer, Shown } from "./issuerServer.ts";
import { tenant } from "./testIssuer.ts";

const s256 = (challenge: string) => ({ code_challenge: challenge, code_challenge_method: "S256" });
const codeOf = ({ location }: Shown): string => location?.searchParams.get("code") ?? "";

/** Signs Ada in at the confidential client's request, without PKCE unless `more` has it. */
async function confidentialCode(server: IssuerServer, more: Record<string, string> = {}, browser: Browser = openBrowser()): Promise<Shown> {
  const page = await browser.open(authorizeUrl(server, { ...confidential, ...more }));
  return browser.send(page, credentials);
}
const redeem = { grant_type: "authorization_code", ...confidential, client_secret: confidentialSecret };

describe("authorization code with PKCE (R186, R187; RFC 6749, 4.1; RFC 7636)", () => {
  test("page, password, code, tokens; the hub takes the access token and refuses the ID token", async () => {
    const server = await serveIssuer();
    const { status, json } = await signInOnDesktop(server);
    expect(status).toBe(200);
    expect(json).toMatchObject({ token_type: "Bearer", expires_in: 3599, scope: "openid profile offline_access SecurityEvents.Read.All" });
    const clientInfo = JSON.parse(Buffer.from(json["client_info"], "base64url").toString()) as unknown;
    expect(clientInfo).toEqual({ uid: ada.id, utid: tenant });
    const idToken = decodeJwt(json["id_token"]);
    const atHash = createHash("sha256").update(json["access_token"]).digest().subarray(0, 16).toString("base64url");
    expect(idToken).toMatchObject({ aud: "desktop", iss: `${server.base}/${tenant}/v2.0`, nonce: "n-1", oid: ada.id, name: ada.displayName, at_hash: atHash });
    expect(decodeJwt(json["access_token"])).toMatchObject({ aud: server.base, azpacr: "0", wids: ["Security Reader"], sub: idToken.sub, oid: ada.id });
    const authenticate = createAuthenticator({ issuers: [server.issuer.trusted], challenge: () => ({ authorizationUri: "", clientId: "" }) });
    expect(await authenticate({ authorization: `Bearer ${json["access_token"]}` })).toMatchObject({
      kind: "delegated",
      user: ada.userPrincipalName,
      permissions: new Set(["SecurityEvents.Read.All"]),
      directoryRoles: new Set(["Security Reader"]),
    });
    await expect(authenticate({ authorization: `Bearer ${json["id_token"]}` })).rejects.toMatchObject({ status: 401 });
  });

  test("the answer carries state, issuer (RFC 9207) and client_info; no page is kept, framed or scripted", async () => {
    const server = await serveIssuer();
    const browser = openBrowser();
    const page = await browser.open(authorizeUrl(server, confidential));
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' https:\/\/app\.contoso\.com; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(Object.fromEntries(page.headers)).toMatchObject({ "cache-control": "no-store", "x-frame-options": "DENY", "referrer-policy": "no-referrer" });
    expect(page.headers.getSetCookie()[0]).toMatch(/^secgraph=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const { status, location } = await browser.send(page, credentials);
    expect(status).toBe(303);
    expect(location!.href).toMatch(/^https:\/\/app\.contoso\.com\/back\?x=1&code=/);
    expect(Object.fromEntries(location!.searchParams)).toMatchObject({ state: "s&1", iss: `${server.base}/${tenant}/v2.0`, client_info: expect.any(String) });
  });

  test("response_mode fragment and form_post", async () => {
    const server = await serveIssuer();
    const fragment = await confidentialCode(server, { response_mode: "fragment" });
    expect(fragment.location!.hash).toMatch(/^#code=[\w-]+&client_info=.+&state=s%261$/);
    const posted = await confidentialCode(server, { response_mode: "form_post", state: '"><script>' });
    expect(posted.status).toBe(200);
    expect(posted.text).toContain('<form method="post" action="https://app.contoso.com/back?x=1">');
    expect(posted.text).toContain('name="state" value="&#34;&#62;&#60;script&#62;"');
    const script = /<script src="([^"]+)"><\/script>/.exec(posted.text)![1]!;
    expect(posted.headers.get("content-security-policy")).toContain(`script-src ${script}; form-action 'self' https://app.contoso.com`);
    expect(await (await fetch(script)).text()).toBe("document.forms[0].submit();\n");
  });

  test("a browser that has signed in is not asked again, but with prompt=login or a max_age that is over", async () => {
    const server = await serveIssuer();
    const browser = openBrowser();
    await confidentialCode(server, {}, browser);
    expect(codeOf(await browser.open(authorizeUrl(server, confidential)))).not.toBe("");
    expect(codeOf(await browser.open(authorizeUrl(server, { ...confidential, prompt: "none" })))).not.toBe("");
    expect((await browser.open(authorizeUrl(server, { ...confidential, prompt: "login" }))).text).toContain('type="password"');
    server.wait(120);
    expect((await browser.open(authorizeUrl(server, { ...confidential, max_age: "60" }))).text).toContain('type="password"');
    const silent = await openBrowser().open(authorizeUrl(server, { ...confidential, prompt: "none" }));
    expect(silent.location!.searchParams.get("error")).toBe("login_required");
  });

  test("a posted request becomes the same with GET, which brings the cookie", async () => {
    const server = await serveIssuer();
    const url = new URL(authorizeUrl(server, confidential));
    const { status, location } = await openBrowser().open(`${url.origin}${url.pathname}`, { method: "POST", body: url.searchParams });
    expect([status, location!.href]).toEqual([303, url.href]);
  });

  test("browsers may ask the token endpoint from other sites (R184)", async () => {
    const server = await serveIssuer();
    const { headers } = await askToken(server, { grant_type: "x" }, { origin: "https://app.contoso.com" });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const preflight = { origin: "https://app.contoso.com", "access-control-request-method": "POST", "access-control-request-headers": "x-client-sku" };
    const reply = await fetch(`${server.base}/${tenant}/oauth2/v2.0/token`, { method: "OPTIONS", headers: preflight });
    expect([reply.status, reply.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });
});

describe("who has signed in is asked first (RFC 8252, 8.6)", () => {
  const mobile = { clientId: "mobile", displayName: "Mobile", tenant: "*", roles: [], secretHashes: [], publicClient: true, redirectUris: ["com.contoso.app:/back", "https://spa.contoso.com/"] }; // prettier-ignore
  const isPage = ({ status, location, text }: Shown): boolean => status === 200 && location === undefined && text.includes("Continue as ada@contoso.com");

  test.each([
    ["a program of this machine", desktop],
    ["an application's own scheme", { client_id: "mobile", redirect_uri: "com.contoso.app:/back" }],
  ])("when %s asks that has no secret: no code without a yes", async (_, client) => {
    const server = await serveIssuer();
    await server.store.putApp(mobile);
    const browser = openBrowser();
    await confidentialCode(server, {}, browser);
    const url = authorizeUrl(server, { ...client, ...s256(pkce().challenge) });
    const page = await browser.open(url);
    expect(isPage(page)).toBe(true);
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    const silent = await browser.open(`${url}&prompt=none`);
    expect(silent.location!.searchParams.get("error")).toBe("interaction_required");
    expect(codeOf(await browser.send(page, { decision: "continue" }))).not.toBe("");
    expect((await browser.send(page, { decision: "other" })).text).toContain('type="password"');
    expect((await browser.send(page, {})).text).toContain('type="password"');
  });

  test("a page of the web is not asked, unless it wants to be", async () => {
    const server = await serveIssuer();
    await server.store.putApp(mobile);
    const browser = openBrowser();
    await confidentialCode(server, {}, browser);
    const spa = { client_id: "mobile", redirect_uri: "https://spa.contoso.com/", ...s256(pkce().challenge) };
    expect(codeOf(await browser.open(authorizeUrl(server, spa)))).not.toBe("");
    for (const prompt of ["select_account", "consent"]) expect(isPage(await browser.open(authorizeUrl(server, { ...spa, prompt })))).toBe(true);
  });

  test("the yes of another browser, of another page, or after a sign-out is worth nothing", async () => {
    const server = await serveIssuer();
    const [browser, attacker] = [openBrowser(), openBrowser()];
    await confidentialCode(server, {}, browser);
    const url = authorizeUrl(server, { ...desktop, ...s256(pkce().challenge) });
    const page = await browser.open(url);
    const forged = { method: "POST", body: new URLSearchParams({ ...hiddenFields(page), decision: "continue" }) };
    await attacker.open(url);
    expect((await attacker.open(`${server.base}/${tenant}/oauth2/v2.0/continue`, forged)).text).toContain("out of date");
    const signInStep = hiddenFields(await openBrowser().open(url));
    expect((await browser.open(`${server.base}/${tenant}/oauth2/v2.0/continue`, { ...forged, body: new URLSearchParams({ ...signInStep, decision: "continue" }) })).text).toContain("out of date"); // prettier-ignore
    const { cookie } = browser;
    await browser.open(`${server.base}/${tenant}/oauth2/v2.0/logout`);
    browser.cookie = cookie;
    expect((await browser.send(page, { decision: "continue" })).text).toContain('type="password"');
  });

  test("another person than the one who is meant is asked for a password", async () => {
    const server = await serveIssuer();
    const browser = openBrowser();
    await confidentialCode(server, {}, browser);
    expect(codeOf(await browser.open(authorizeUrl(server, { ...confidential, login_hint: "ADA@contoso.com" })))).not.toBe("");
    expect((await browser.open(authorizeUrl(server, { ...confidential, login_hint: "bob@contoso.com" }))).text).toContain('type="password"');
    const silent = await browser.open(authorizeUrl(server, { ...confidential, login_hint: "bob@contoso.com", prompt: "none" }));
    expect(silent.location!.searchParams.get("error")).toBe("login_required");
  });
});

describe("refusals go to the application, once it is known where it is", () => {
  test.each([
    ["another response type", { response_type: "token" }, "unsupported_response_type"],
    ["a hybrid", { response_type: "code id_token" }, "unsupported_response_type"],
    ["no response type", { response_type: undefined }, "invalid_request"],
    ["an unknown response mode", { response_mode: "web_message" }, "invalid_request"],
    ["a plain challenge", { code_challenge: "a".repeat(43), code_challenge_method: "plain" }, "invalid_request"],
    ["a challenge without method", { code_challenge: "a".repeat(43) }, "invalid_request"],
    ["a request object", { request: "x.y.z" }, "request_not_supported"],
    ["an unknown resource", { scope: "https://evil.example/.default" }, "invalid_resource"],
    ["two resources", { scope: "https://graph.microsoft.com/A B" }, "invalid_scope"],
  ])("%s", async (_, more, error) => {
    const server = await serveIssuer();
    const { status, location } = await openBrowser().open(authorizeUrl(server, { ...confidential, ...more }));
    expect([status, location!.origin, location!.searchParams.get("error"), location!.searchParams.get("state")]).toEqual([
      303,
      "https://app.contoso.com",
      error,
      "s&1",
    ]);
  });

  test("a public client without PKCE", async () => {
    const server = await serveIssuer();
    const { location } = await openBrowser().open(authorizeUrl(server, desktop));
    expect(location!.searchParams.get("error_description")).toMatch(/^AADSTS9002325: /);
  });

  test("permissions that the person does not have", async () => {
    const server = await serveIssuer();
    const { location } = await confidentialCode(server, { scope: "openid Security.ReadWrite.All" });
    expect(location!.searchParams.get("error")).toBe("access_denied");
    const some = await confidentialCode(server, {
      scope: "https://graph.microsoft.com/securityevents.read.all https://graph.microsoft.com/Security.ReadWrite.All",
    });
    const { json } = await askToken(server, { ...redeem, code: codeOf(some) });
    expect([json["scope"], decodeJwt(json["access_token"])["scp"]]).toEqual(["https://graph.microsoft.com/securityevents.read.all", "SecurityEvents.Read.All"]);
    expect(json).not.toHaveProperty("refresh_token");
    expect(json).not.toHaveProperty("id_token");
  });
});

describe("attacks", () => {
  test.each([
    ["another address", "https://evil.example/back"],
    ["a longer path", "https://app.contoso.com/back/../evil?x=1"],
    ["another host with the same beginning", "https://app.contoso.com.evil.example/back?x=1"],
    ["a user name before the host", "https://app.contoso.com@evil.example/back?x=1"],
    ["another port", "https://app.contoso.com:444/back?x=1"],
    ["another case of the path", "https://app.contoso.com/BACK?x=1"],
    ["a script", "javascript:alert(1)"],
    ["none", undefined],
  ])("a redirect address that is not registered is never followed: %s", async (_, redirect) => {
    const server = await serveIssuer();
    const { status, location, text } = await openBrowser().open(authorizeUrl(server, { ...confidential, redirect_uri: redirect }));
    expect([status, location]).toEqual([400, undefined]);
    expect(text).toContain("AADSTS50011");
  });

  test("this machine may be named at any port, but at no other path or host", async () => {
    const server = await serveIssuer();
    const ask = async (redirect: string) =>
      (await openBrowser().open(authorizeUrl(server, { ...desktop, redirect_uri: redirect, ...s256(pkce().challenge) }))).status;
    expect(
      await Promise.all(
        ["http://localhost/back", "http://localhost:1/back", "http://localhost:1/other", "http://127.0.0.1:1/back", "https://localhost:1/back"].map(ask),
      ),
    ).toEqual([200, 200, 400, 400, 400]);
  });

  test("names of applications and texts of requests are no HTML", async () => {
    const server = await serveIssuer();
    const page = await openBrowser().open(authorizeUrl(server, { ...desktop, ...s256(pkce().challenge), login_hint: '"><script>alert(1)</script>' }));
    expect(page.text).toContain("Desktop &#38; Co");
    expect(page.text).not.toContain("<script");
    const fault = await openBrowser().open(authorizeUrl(server, { client_id: "<script>", redirect_uri: "x" }));
    expect([fault.status, fault.text.includes("<script")]).toEqual([400, false]);
  });

  test("a code used twice ends what came of it, the refresh token too", async () => {
    const server = await serveIssuer();
    const code = codeOf(await confidentialCode(server));
    const first = await askToken(server, { ...redeem, code });
    expect(first.status).toBe(200);
    expect(faultOf(await askToken(server, { ...redeem, code }))).toBe("400 invalid_grant 54005");
    const refresh = { grant_type: "refresh_token", client_id: "client-1", client_secret: confidentialSecret, refresh_token: first.json["refresh_token"] };
    expect(faultOf(await askToken(server, refresh))).toBe("400 invalid_grant 50173");
  });

  test("twenty uses of one code at once: one gets tokens at most, and none of them lasts", async () => {
    const server = await serveIssuer();
    const code = codeOf(await confidentialCode(server));
    const answers = await Promise.all(Array.from({ length: 20 }, () => askToken(server, { ...redeem, code })));
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    for (const { json } of given) {
      const refresh = { grant_type: "refresh_token", client_id: "client-1", client_secret: confidentialSecret, refresh_token: json["refresh_token"] };
      expect(faultOf(await askToken(server, refresh))).toBe("400 invalid_grant 50173");
    }
  });

  test.each([
    ["another verifier", { code_verifier: "b".repeat(43) }, "400 invalid_grant 501481"],
    ["no verifier", { code_verifier: "" }, "400 invalid_grant 501481"],
    ["another redirect address", { redirect_uri: "https://evil.example/" }, "400 invalid_grant 500112"],
    ["another client", { client_id: "desktop", client_secret: "" }, "400 invalid_grant 700005"],
    ["a wrong secret", { client_secret: "wrong" }, "401 invalid_client 7000215"],
    ["another code", { code: "x" }, "400 invalid_grant 70008"],
  ])("a code with %s", async (_, more, expected) => {
    const server = await serveIssuer();
    const { verifier, challenge } = pkce();
    const code = codeOf(await confidentialCode(server, s256(challenge)));
    expect(faultOf(await askToken(server, { ...redeem, code, code_verifier: verifier, ...more }))).toBe(expected);
  });

  test("PKCE downgrade: a code without challenge takes no verifier", async () => {
    const server = await serveIssuer();
    const code = codeOf(await confidentialCode(server));
    expect(faultOf(await askToken(server, { ...redeem, code, code_verifier: pkce().verifier }))).toBe("400 invalid_grant 501481");
  });

  test("a code is old after five minutes", async () => {
    const server = await serveIssuer();
    const code = codeOf(await confidentialCode(server));
    server.wait(301);
    expect(faultOf(await askToken(server, { ...redeem, code }))).toBe("400 invalid_grant 70008");
  });

  test("session fixation: signing in makes a new cookie, and the one before opens nothing", async () => {
    const server = await serveIssuer();
    const [browser, attacker] = [openBrowser(), openBrowser()];
    const page = await browser.open(authorizeUrl(server, confidential));
    attacker.cookie = browser.cookie;
    await browser.send(page, credentials);
    expect(browser.cookie).not.toBe(attacker.cookie);
    expect((await attacker.open(authorizeUrl(server, confidential))).text).toContain('type="password"');
  });

  test("CSRF: a form is good beside the cookie of its own browser only", async () => {
    const server = await serveIssuer();
    const attacker = openBrowser();
    const page = await attacker.open(authorizeUrl(server, confidential));
    const forged = { method: "POST", body: new URLSearchParams({ ...hiddenFields(page), ...credentials }) };
    const victim = openBrowser();
    const signIn = `${server.base}/${tenant}/oauth2/v2.0/signin`;
    const bare = await victim.open(signIn, forged);
    expect([bare.status, bare.headers.getSetCookie()]).toEqual([400, []]);
    await victim.open(authorizeUrl(server, confidential));
    expect((await victim.open(signIn, forged)).text).toContain("out of date");
    expect((await attacker.open(signIn.replace(tenant, "common"), forged)).text).toContain("out of date");
    server.wait(3700);
    expect((await attacker.open(signIn, forged)).text).toContain("out of date");
  });

  test("a new password and a removal end sessions", async () => {
    const server = await serveIssuer();
    const browser = openBrowser();
    await confidentialCode(server, {}, browser);
    await server.store.changePerson(ada.id, (person) => ({ ...person!, passwordSince: new Date(Date.now() + 1).toISOString() }));
    expect((await browser.open(authorizeUrl(server, confidential))).text).toContain('type="password"');
    const again = openBrowser();
    server.wait(1);
    await confidentialCode(server, {}, again);
    await server.store.changePerson(ada.id, () => undefined);
    expect((await again.open(authorizeUrl(server, confidential))).text).toContain('type="password"');
  });
});

describe("passwords", () => {
  const failed = (page: Shown): string => `${page.status} ${/<p role="alert">([^<]+)/.exec(page.text)?.[1]}`;

  test("a wrong one, an unknown name and a person of another tenant get the same answer", async () => {
    const server = await serveIssuer();
    await server.store.changePerson("b", () => ({ ...ada, id: "b", userPrincipalName: "bob@fabrikam.com", tenant: "11111111-1111-4111-8111-111111111111" }));
    const browser = openBrowser();
    const page = await browser.open(authorizeUrl(server, confidential));
    for (const typed of [
      { ...credentials, password: "wrong" },
      { ...credentials, username: "nobody@contoso.com" },
      { ...credentials, username: "bob@fabrikam.com" },
      { username: "", password: "" },
    ]) {
      expect(failed(await browser.send(page, typed))).toBe("403 The user name or password is not right.");
    }
    expect((await browser.send(page, { ...credentials, username: "ADA@Contoso.com" })).status).toBe(303);
  });

  test("five failures lock the name at that address, for longer each time; `user unlock` opens it", { timeout: 180_000 }, async () => {
    const server = await serveIssuer();
    server.holdTime();
    const browser = openBrowser();
    const page = await browser.open(authorizeUrl(server, confidential));
    const type = async (typed: Readonly<Record<string, string>>, address = "192.0.2.1") =>
      browser.open(`${server.base}/${tenant}/oauth2/v2.0/signin`, {
        method: "POST",
        body: new URLSearchParams({ ...hiddenFields(page), ...typed }),
        headers: { "x-forwarded-for": address },
      });
    const wrong = { ...credentials, password: "wrong" };
    for (let failure = 0; failure < 5; failure += 1) expect((await type(wrong)).status).toBe(403);
    const locked = await type(credentials);
    const wait = Number(locked.headers.get("retry-after"));
    expect([failed(locked), wait]).toEqual(["429 Too many failed attempts. Try again in 30 seconds.", 30]);
    server.wait(31);
    expect((await type(wrong)).status).toBe(403);
    expect((await type(credentials)).headers.get("retry-after")).toBe("60");
    expect((await type({ ...wrong, username: "nobody@contoso.com" })).status).toBe(403);
    server.wait(-31);
    await server.store.changePerson(ada.id, (person) => ({ ...person!, unlocked: new Date(Date.now() + 40_000).toISOString() }));
    expect((await type(credentials)).status).toBe(303);
  });

  test("an unknown name is locked like a known one", { timeout: 180_000 }, async () => {
    const server = await serveIssuer();
    server.holdTime();
    const browser = openBrowser();
    const page = await browser.open(authorizeUrl(server, confidential));
    const statuses = [];
    for (let failure = 0; failure < 6; failure += 1) statuses.push((await browser.send(page, { username: "nobody@contoso.com", password: "x" })).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
  });
});

describe("sign-out (OpenID Connect RP-Initiated Logout 1.0)", () => {
  test("ends the session, leads on to registered addresses and to no others", async () => {
    const server = await serveIssuer();
    const browser = openBrowser();
    await confidentialCode(server, {}, browser);
    const { cookie } = browser;
    const out = (query: string) => browser.open(`${server.base}/${tenant}/oauth2/v2.0/logout${query}`);
    const done = await out("");
    expect([done.status, browser.cookie]).toEqual([200, undefined]);
    browser.cookie = cookie;
    expect((await browser.open(authorizeUrl(server, confidential))).text).toContain('type="password"');
    const back = encodeURIComponent("https://app.contoso.com/back?x=1");
    expect((await out(`?post_logout_redirect_uri=${back}&state=z`)).location!.href).toBe("https://app.contoso.com/back?x=1&state=z");
    expect((await out(`?post_logout_redirect_uri=${back}&client_id=desktop`)).location).toBeUndefined();
    expect((await out("?post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F")).location).toBeUndefined();
  });
});
