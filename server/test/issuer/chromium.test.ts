import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { browserPatience, hasBrowser, launchBrowser } from "../browser/launchBrowser.ts";
import { ada, askToken, authorizeUrl, credentials, pkce, serveIssuer } from "./issuerServer.ts";
import type { IssuerServer } from "./issuerServer.ts";
import { tenant } from "./testIssuer.ts";

/** The program that people sign in to: a page at a port of this machine that tells what it was sent. */
async function startApplication(): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => void (body += chunk.toString()));
    request.on("end", () => response.setHeader("Content-Type", "text/plain").end(`${request.method} ${request.url} ${body}`));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://localhost:${(server.address() as AddressInfo).port}/back`;
}

describe.skipIf(!hasBrowser)("the pages in Chromium", () => {
  let browser: Browser | undefined;
  beforeAll(async () => void (browser = await launchBrowser()), browserPatience);
  afterAll(() => browser?.close());

  async function visit(): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly complaints: readonly string[] }> {
    const context = await browser!.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(browserPatience);
    const complaints: string[] = [];
    page.on("console", (message) => void (/Content Security Policy/i.test(message.text()) && complaints.push(message.text())));
    return { context, page, complaints };
  }
  async function signIn(page: Page, password: string): Promise<void> {
    await page.getByLabel("User name").fill(ada.userPrincipalName);
    await page.getByLabel("Password").fill(password);
    // A click does not wait for what it leads to: the next page has not this mark.
    await page.locator("body").evaluate((body) => body.setAttribute("data-seen", ""));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("body:not([data-seen])").waitFor({ state: "attached" });
  }
  async function ask(
    server: IssuerServer,
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly url: string; readonly redirect: string; readonly verifier: string }> {
    const redirect = await startApplication();
    const { verifier, challenge } = pkce();
    const url = authorizeUrl(server, { client_id: "desktop", redirect_uri: redirect, code_challenge: challenge, code_challenge_method: "S256", ...more });
    return { url, redirect, verifier };
  }

  test("a wrong password, the right one, tokens; the second time a question only; after sign-out a password again", async () => {
    const server = await serveIssuer();
    const { page, complaints, context } = await visit();
    const { url, redirect, verifier } = await ask(server);
    await page.goto(url);
    await signIn(page, "wrong");
    expect(await page.getByRole("alert").textContent()).toBe("The user name or password is not right.");
    await signIn(page, credentials.password);
    await page.waitForURL(`${redirect}?code=*`);
    const code = new URL(page.url()).searchParams.get("code")!;
    const form = { grant_type: "authorization_code", client_id: "desktop", redirect_uri: redirect, code, code_verifier: verifier };
    expect((await askToken(server, form)).status).toBe(200);
    expect((await context.cookies(server.base))[0]).toMatchObject({ name: "secgraph", httpOnly: true, sameSite: "Lax" });

    const again = await ask(server);
    await page.goto(again.url);
    expect(await page.locator("p").first().textContent()).toContain(`You are signed in as ${ada.userPrincipalName}. The program Desktop & Co`);
    await page.getByRole("button", { name: `Continue as ${ada.userPrincipalName}` }).click();
    await page.waitForURL(`${again.redirect}?code=*`);
    await page.goto(again.url);
    await page.getByRole("button", { name: "Use another account" }).click();
    expect(await page.getByLabel("Password").count()).toBe(1);
    await page.goto(`${server.base}/${tenant}/oauth2/v2.0/logout`);
    expect(await page.getByRole("heading").textContent()).toBe("Signed out");
    await page.goto(url);
    expect(await page.getByRole("heading").textContent()).toBe("Sign in");
    expect(complaints).toEqual([]);
  });

  test("a form post goes on by itself, under the page's policy", async () => {
    const server = await serveIssuer();
    const { page, complaints } = await visit();
    const { url, redirect } = await ask(server, { response_mode: "form_post" });
    await page.goto(url);
    await signIn(page, credentials.password);
    await page.waitForURL(redirect);
    expect(await page.locator("body").textContent()).toMatch(/^POST \/back code=[\w-]+&/);
    expect(complaints).toEqual([]);
  });

  test("five wrong passwords lock, also for the right one", { timeout: 180_000 }, async () => {
    const server = await serveIssuer();
    server.holdTime();
    const { page } = await visit();
    await page.goto((await ask(server)).url);
    for (let failure = 0; failure < 5; failure += 1) await signIn(page, "wrong");
    await signIn(page, credentials.password);
    expect(await page.getByRole("alert").textContent()).toBe("Too many failed attempts. Try again in 30 seconds.");
  });

  test("a device is let in by its code", async () => {
    const server = await serveIssuer();
    const { page, complaints } = await visit();
    const form = new URLSearchParams({ client_id: "desktop", scope: "openid SecurityEvents.Read.All" });
    const begun = await fetch(`${server.base}/${tenant}/oauth2/v2.0/devicecode`, { method: "POST", body: form });
    const device = (await begun.json()) as { readonly device_code: string; readonly user_code: string; readonly verification_uri: string };
    await page.goto(device.verification_uri);
    await page.getByLabel("Code").fill("WRNG-CODE");
    await page.getByRole("button", { name: "Next" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("not right");
    await page.getByLabel("Code").fill(device.user_code);
    await page.getByRole("button", { name: "Next" }).click();
    await signIn(page, credentials.password);
    expect(await page.locator("strong").allTextContents()).toEqual(["Desktop & Co", device.user_code]);
    await page.getByRole("button", { name: "Allow" }).click();
    expect(await page.getByRole("heading").textContent()).toBe("Done");
    const { status } = await askToken(server, { grant_type: "device_code", client_id: "desktop", device_code: device.device_code });
    expect([status, complaints]).toEqual([200, []]);
  });

  test("no other page can frame the sign-in", async () => {
    const server = await serveIssuer();
    const { page } = await visit();
    const { url } = await ask(server);
    await page.setContent(`<iframe src="${url.replaceAll("&", "&amp;")}"></iframe>`, { waitUntil: "networkidle" });
    const shown = await Promise.all(page.frames().map((frame) => frame.locator("input").count()));
    expect(shown.every((count) => count === 0)).toBe(true);
  });
});
