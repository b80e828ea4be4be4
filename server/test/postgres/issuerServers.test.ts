import { randomBytes } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthenticator } from "../../src/auth/authenticate.ts";
import { createRecordIssuerStore } from "../../src/issuer/recordIssuerStore.ts";
import { rotated } from "../../src/issuer/keyRing.ts";
import { createSigningKey } from "../../src/issuer/signingKey.ts";
import { createConnections } from "../../src/store/postgres/connections.ts";
import { createRecords } from "../../src/store/postgres/records.ts";
import {
  askToken,
  authorizeUrl,
  confidential,
  confidentialSecret,
  credentials,
  desktop,
  faultOf,
  fillIssuerStore,
  openBrowser,
  pkce,
  serveIssuerOver,
  signInOnDesktop,
  type IssuerServer,
} from "../issuer/issuerServer.ts";
import { tenant } from "../issuer/testIssuer.ts";
import { createSharedDatabase } from "./sharedDatabase.ts";

const publicBase = "https://hub.contoso.com";

/** Two issuers on one database, behind one name, and the connections of neither. */
async function issuers(): Promise<readonly [IssuerServer, IssuerServer]> {
  const { url, drop } = await createSharedDatabase();
  const pageSecret = randomBytes(32);
  const serve = async (): Promise<IssuerServer> => {
    const connections = createConnections({ url, connections: 5, queryBudget: 60_000 });
    onTestFinished(() => connections.close());
    const records = createRecords(connections);
    return serveIssuerOver(await fillIssuerStore(createRecordIssuerStore(records)), { records, pageSecret, publicBase });
  };
  onTestFinished(drop);
  return [await serve(), await serve()];
}

const authenticatorOf = ({ issuer }: IssuerServer) =>
  createAuthenticator({ issuers: [issuer.trusted], challenge: () => ({ authorizationUri: "", clientId: "" }) });
const accepts = (authenticate: ReturnType<typeof createAuthenticator>, token: string): Promise<boolean> =>
  Promise.resolve(authenticate({ authorization: `Bearer ${token}` })).then(() => true, () => false); // prettier-ignore
const appToken = async (server: IssuerServer): Promise<string> => {
  const form = { grant_type: "client_credentials", client_id: "client-1", client_secret: confidentialSecret, scope: `${publicBase}/.default` };
  return (await askToken(server, form)).json["access_token"] as string;
};
/** The same page, its form sent to another server. */
const sentTo = ({ base }: IssuerServer, page: { readonly text: string }) => ({ ...page, text: page.text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, base) }) as Parameters<ReturnType<typeof openBrowser>["send"]>[0]; // prettier-ignore
const refresh = (server: IssuerServer, refresh_token: string) => askToken(server, { grant_type: "refresh_token", client_id: "desktop", refresh_token });

describe("two issuers on one database", () => {
  test("tokens of one are accepted by the other; what is changed on one holds on the other", async () => {
    const [one, two] = await issuers();
    const authenticate = [authenticatorOf(one), authenticatorOf(two)];
    const token = await appToken(one);
    for (const each of authenticate) expect(await accepts(each, token)).toBe(true);
    await one.store.removeApp("client-1");
    expect(await appToken(two)).toBeUndefined();
  });

  test("a key that is withdrawn on one is refused on the other within a second, also for tokens that it has seen; the new one counts at once", async () => {
    const [one, two] = await issuers();
    const authenticate = authenticatorOf(two);
    const token = await appToken(one);
    expect(await accepts(authenticate, token)).toBe(true);
    const withdraw = async (): Promise<void> => {
      const fresh = await createSigningKey();
      await one.store.changeSigningKeys((keys) => rotated(keys, fresh, Date.now(), true));
    };
    await withdraw();
    const from = performance.now();
    let asked = from;
    while (await accepts(authenticate, token)) {
      expect(asked - from).toBeLessThanOrEqual(1010);
      await new Promise((resolve) => setTimeout(resolve, 20));
      asked = performance.now();
    }
    expect(await accepts(authenticate, await appToken(two))).toBe(true);
    await withdraw();
    expect(await accepts(authenticate, await appToken(one))).toBe(true);
  });

  test("a sign-in wanders between them: page, password, code and session", async () => {
    const [one, two] = await issuers();
    const browser = openBrowser();
    const { verifier, challenge } = pkce();
    const url = authorizeUrl(one, { ...desktop, code_challenge: challenge, code_challenge_method: "S256" });
    const { location } = await browser.send(sentTo(two, await browser.open(url)), credentials);
    const code = location!.searchParams.get("code")!;
    const redeemed = await askToken(one, { grant_type: "authorization_code", code, code_verifier: verifier, ...desktop });
    expect(redeemed.status).toBe(200);
    expect((await browser.open(authorizeUrl(one, confidential))).location!.searchParams.get("code")).toMatch(/^[\w-]{43}$/);
    expect(faultOf(await askToken(two, { grant_type: "authorization_code", code, code_verifier: verifier, ...desktop }))).toBe("400 invalid_grant 54005");
    expect(faultOf(await refresh(one, redeemed.json["refresh_token"] as string))).toBe("400 invalid_grant 50173");
    await browser.open(`${two.base}/${tenant}/oauth2/v2.0/logout`);
  });

  test("a code that is redeemed on both at once: one gets tokens, and all that came of the code ends", async () => {
    const [one, two] = await issuers();
    for (let round = 0; round < 3; round += 1) {
      const { verifier, challenge } = pkce();
      const browser = openBrowser();
      const page = await browser.open(authorizeUrl(one, { ...desktop, code_challenge: challenge, code_challenge_method: "S256" }));
      const code = (await browser.send(page, credentials)).location!.searchParams.get("code")!;
      const answers = await Promise.all(
        [one, two].map((server) => askToken(server, { grant_type: "authorization_code", code, code_verifier: verifier, ...desktop })),
      );
      expect(answers.map(({ status }) => status).toSorted((x, y) => x - y)).toEqual([200, 400]);
      const token = answers.find(({ status }) => status === 200)!.json["refresh_token"] as string;
      expect(faultOf(await refresh(two, token))).toBe("400 invalid_grant 50173");
    }
  });

  test("a refresh token is rotated once, whoever is faster; used one after the other on both it goes on", async () => {
    const [one, two] = await issuers();
    let token = (await signInOnDesktop(one)).json["refresh_token"] as string;
    for (const server of [two, one, two]) token = (await refresh(server, token)).json["refresh_token"] as string;
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => refresh([one, two][index % 2]!, token)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(faultOf))).toEqual(new Set(["400 invalid_grant 50173"]));
  });

  test("a device that began on one is let in on the other, and gets its tokens once, from either", async () => {
    const [one, two] = await issuers();
    const form = new URLSearchParams({ client_id: "desktop", scope: "openid offline_access SecurityEvents.Read.All" });
    const device = (await (await fetch(`${one.base}/${tenant}/oauth2/v2.0/devicecode`, { method: "POST", body: form })).json()) as Record<string, string>;
    const poll = (server: IssuerServer) => askToken(server, { grant_type: "device_code", client_id: "desktop", device_code: device["device_code"]! });
    expect(faultOf(await poll(two))).toBe("400 authorization_pending 70016");
    expect(faultOf(await poll(one))).toBe("400 slow_down 70016");
    const browser = openBrowser();
    let page = await browser.send(sentTo(one, await browser.open(`${two.base}/devicelogin`)), { user_code: device["user_code"]! });
    page = await browser.send(sentTo(two, page), credentials);
    expect((await browser.send(sentTo(one, page), { decision: "allow" })).text).toContain("The device is signed in.");
    const answers = await Promise.all([poll(one), poll(two), poll(one), poll(two)]);
    expect(answers.map(({ status }) => status).toSorted((x, y) => x - y)).toEqual([200, 400, 400, 400]);
  });

  test("failures on all servers count together; an unlocked name is free on all", async () => {
    const [one, two] = await issuers();
    const attempt = async (server: IssuerServer, password: string): Promise<number> => {
      const browser = openBrowser();
      return (await browser.send(await browser.open(authorizeUrl(server, confidential)), { ...credentials, password })).status;
    };
    for (let failure = 0; failure < 5; failure += 1) expect(await attempt([one, two][failure % 2]!, "wrong")).toBe(403);
    expect([await attempt(one, "wrong"), await attempt(two, credentials.password)]).toEqual([429, 429]);
    await two.store.changePerson(credentials.username, (known) => ({ ...known!, unlocked: new Date().toISOString() }));
    expect(await attempt(one, credentials.password)).toBe(303);
  });
});
