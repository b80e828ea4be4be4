import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { hasBrowser } from "../browser/launchBrowser.ts";
import { program, runToEnd } from "../process/server.ts";
import { factsOf } from "./realClients.ts";
import { runInBrowser } from "./runInBrowser.ts";

type Environment = Readonly<Record<string, string>>;

/** Registers the page as an application without a secret, and signs in wherever the page is led to. */
async function runSignedIn(script: string, env: Environment, patience: number): Promise<string> {
  const data = join(dirname(env["NODE_EXTRA_CA_CERTS"]!), "..");
  const flags = ["--name", "Page", "--tenant", env["PEOPLE_TENANT"]!, "--public", "--redirect-uri", "http://localhost/msal-browser/index.html", "--data", data];
  const { stdout, stderr } = await runToEnd({ command: [...program, "app", "add", ...flags], env });
  const clientId = /^Client id +(\S+)$/m.exec(stdout)?.[1];
  if (clientId === undefined) throw new Error(`app add: ${stdout}${stderr}`);
  return runInBrowser(script, { ...env, CLIENT_ID: clientId }, { patience, visit: (page) => signInOn(page, env) });
}

function signInOn(page: Page, { USER_NAME, PASSWORD }: Environment): void {
  page.on("load", () => {
    if (!page.url().includes("/oauth2/v2.0/authorize")) return;
    const fill = async (): Promise<void> => {
      await page.getByLabel("User name").fill(USER_NAME!);
      await page.getByLabel("Password").fill(PASSWORD!);
      await page.getByRole("button", { name: "Sign in" }).click();
    };
    void fill().catch((error: unknown) => console.error(error));
  });
}

/** @azure/msal-browser, as published, in Chromium: a page of another origin, which the issuer and the API let in by CORS. */
describe.skipIf(!hasBrowser)("@azure/msal-browser (R184, R185-R189)", () => {
  const facts = factsOf("msal-browser/msal-browser.mjs", { run: runSignedIn });
  const scope = expect.stringMatching(/^https:\/\/localhost:\d+\/SecurityEvents\.Read\.All$/) as unknown;
  const api = { status: 200, readsIds: true, isList: true };

  test("R184 a person signs in by redirect, with PKCE; the page redeems the code itself and asks the API", () => {
    const user = { user: "admin@demo.localtest", hasToken: true, scopes: expect.arrayContaining([scope]) as unknown, state: "here" };
    expect(facts["redirect.signedIn"]).toEqual({ ...user, fromCache: false, api });
  });

  test("R184 tokens are kept, and renewed by refresh tokens that rotate", () => {
    expect(facts["silent.kept"]).toMatchObject({ fromCache: true, same: true });
    expect(facts["silent.renewed"]).toMatchObject({ user: "admin@demo.localtest", fromCache: false, same: false, api });
    expect(facts["silent.renewedAgain"]).toEqual({ same: false });
  });

  test("R188 a permission that nobody has is refused as MSAL knows it", () => {
    expect(facts["silent.refused"]).toMatch(/invalid_grant/);
  });

  test("signing out leads back to the page, and leaves no account", () => {
    expect(facts["signedOut"]).toEqual({ accounts: 0 });
  });
});
