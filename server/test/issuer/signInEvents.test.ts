import { expect, test } from "vitest";
import type { SignInEvent } from "../../src/issuer/signInEvent.ts";
import { askToken, authorizeUrl, confidential, credentials, issuerStoreIn, openBrowser, serveIssuerOver } from "./issuerServer.ts";
import { app, post, secret, startIssuer, temporaryFolder, tenant } from "./testIssuer.ts";

const told = ({ activity, appId, user, failure }: SignInEvent): string =>
  [activity, appId, user ?? "", failure?.code ?? "ok"].filter((one) => one !== "").join(" ");

test("every sign-in of an application is told, and those that failed", async () => {
  const events: SignInEvent[] = [];
  const { issuer } = await startIssuer({ onSignIn: (event) => events.push(event) });
  const form = { grant_type: "client_credentials", client_id: app.clientId, client_secret: secret, scope: "https://graph.microsoft.com/.default" };
  const at = `/${tenant}/oauth2/v2.0/token`;
  const unknown = "33333333-3333-4333-8333-333333333333";
  const statuses = [];
  for (const more of [{}, { client_secret: "wrong" }, { client_id: "hunter2", client_secret: "x" }, { client_id: unknown }, { scope: "" }])
    statuses.push((await post(issuer, at, { ...form, ...more }, { "user-agent": "msal" })).status);
  expect(statuses).toEqual([200, 401, 400, 400, 400]);
  expect(events.map(told)).toEqual(["signIn client-1 ok", "signIn client-1 AADSTS7000215", "signIn AADSTS700016", `signIn ${unknown} AADSTS700016`]);
  expect(new Set(events.map((event) => event.tenant))).toEqual(new Set([tenant]));
  expect(events[0]!.origin).toMatchObject({ userAgent: "msal", requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(JSON.stringify(events)).not.toMatch(/wrong|hunter2/);
});

test("people are told by their names, what others typed is not", async () => {
  const events: SignInEvent[] = [];
  const folder = temporaryFolder();
  const server = await serveIssuerOver(await issuerStoreIn(folder), { folder, onSignIn: (event) => events.push(event) });
  const browser = openBrowser();
  const page = await browser.open(authorizeUrl(server, confidential));
  await browser.send(page, { ...credentials, password: "not this" });
  const again = await browser.open(authorizeUrl(server, confidential));
  await browser.send(again, { username: "my secret by mistake", password: "x" });
  const last = await browser.open(authorizeUrl(server, confidential));
  const code = (await browser.send(last, credentials)).location!.searchParams.get("code")!;
  await askToken(server, { grant_type: "authorization_code", ...confidential, client_secret: "x", code });
  await browser.open(`${server.base}/${tenant}/oauth2/v2.0/logout`);
  expect(events.map(told)).toEqual([
    "signIn ada@contoso.com WrongPassword",
    "signIn WrongPassword",
    "signIn ada@contoso.com ok",
    "signIn client-1 AADSTS7000215",
    "signOut ada@contoso.com ok",
  ]);
});
