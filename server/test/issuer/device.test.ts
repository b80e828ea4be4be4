import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { ada, askToken, authorizeUrl, confidential, credentials, faultOf, hiddenFields, openBrowser, serveIssuer } from "./issuerServer.ts";
import type { Browser, IssuerServer, Shown } from "./issuerServer.ts";
import { tenant } from "./testIssuer.ts";

interface Device {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly interval: number;
  readonly expires_in: number;
  readonly message: string;
}

async function begin({ base }: IssuerServer, scope = "openid offline_access SecurityEvents.Read.All", written = tenant): Promise<Device> {
  const form = new URLSearchParams({ client_id: "desktop", scope });
  return (await (await fetch(`${base}/${written}/oauth2/v2.0/devicecode`, { method: "POST", body: form })).json()) as Device;
}

const poll = (server: IssuerServer, { device_code }: Device, grant_type = "device_code", client_id = "desktop") =>
  askToken(server, { grant_type, client_id, device_code, client_info: "1" });

/** Types the code, signs in when asked, and answers the question. */
async function decide(device: Device, decision: "allow" | "deny", browser: Browser = openBrowser()): Promise<Shown> {
  let page = await browser.send(await browser.open(device.verification_uri), { user_code: device.user_code.toLowerCase().replace("-", " ") });
  if (page.text.includes('type="password"')) page = await browser.send(page, credentials);
  expect(page.text).toContain(`<strong>Desktop &#38; Co</strong> that shows the code <strong>${device.user_code}</strong>`);
  return browser.send(page, { decision });
}

describe("device code (R189; RFC 8628)", () => {
  test.each(["device_code", "urn:ietf:params:oauth:grant-type:device_code"])("pending, allowed, tokens, once: %s (Q29)", async (grant) => {
    const server = await serveIssuer();
    const device = await begin(server);
    expect(device).toMatchObject({
      user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
      interval: 5,
      expires_in: 900,
      verification_uri: `${server.base}/devicelogin`,
    });
    expect(device.message).toContain(device.user_code);
    expect(faultOf(await poll(server, device, grant))).toBe("400 authorization_pending 70016");
    expect((await decide(device, "allow")).text).toContain("The device is signed in.");
    const { status, json } = await poll(server, device, grant);
    expect([status, json["scope"]]).toEqual([200, "openid offline_access SecurityEvents.Read.All"]);
    expect(json).toMatchObject({ id_token: expect.any(String), refresh_token: expect.any(String), client_info: expect.any(String) });
    expect(decodeJwt(json["access_token"])).toMatchObject({ upn: ada.userPrincipalName, scp: "SecurityEvents.Read.All", appid: "desktop" });
    expect(faultOf(await poll(server, device, grant))).toBe("400 invalid_grant 70000");
  });

  test("who asks too fast is told to slow down, and longer after each time", async () => {
    const server = await serveIssuer();
    server.holdTime();
    const device = await begin(server);
    await poll(server, device);
    const second = await poll(server, device);
    expect([faultOf(second), second.json["error_description"]]).toEqual(["400 slow_down 70016", expect.stringContaining("every 10 seconds")]);
    server.wait(5);
    expect(faultOf(await poll(server, device))).toBe("400 slow_down 70016");
    server.wait(15);
    expect(faultOf(await poll(server, device))).toBe("400 authorization_pending 70016");
  });

  test("denied, expired, unknown, another client", async () => {
    const server = await serveIssuer();
    const [denied, expired] = [await begin(server), await begin(server)];
    expect((await decide(denied, "deny")).text).toContain("The device gets nothing.");
    expect(faultOf(await poll(server, denied))).toBe("400 access_denied 65004");
    server.wait(901);
    expect(faultOf(await poll(server, expired))).toBe("400 expired_token 70020");
    expect(faultOf(await askToken(server, { grant_type: "device_code", client_id: "desktop", device_code: "x" }))).toBe("400 invalid_grant 70000");
    const other = await begin(server);
    await server.store.putApp({ clientId: "other", displayName: "Other", tenant: "*", roles: [], secretHashes: [], publicClient: true });
    expect(faultOf(await poll(server, other, "device_code", "other"))).toBe("400 invalid_grant 700005");
  });

  test("a browser that has signed in is asked for its yes, not for the password; its form is its own", async () => {
    const server = await serveIssuer();
    const [browser, attacker] = [openBrowser(), openBrowser()];
    await browser.send(await browser.open(authorizeUrl(server, confidential)), credentials);
    const device = await begin(server);
    const page = await attacker.send(await attacker.open(device.verification_uri), { user_code: device.user_code });
    const forged = { method: "POST", body: new URLSearchParams({ ...hiddenFields(page), decision: "allow" }) };
    expect((await browser.open(`${server.base}/common/oauth2/v2.0/approve`, forged)).text).toContain("out of date");
    expect(faultOf(await poll(server, device))).toContain("authorization_pending");
    expect((await decide(device, "allow", browser)).text).toContain("The device is signed in.");
    expect((await poll(server, device)).status).toBe(200);
  });

  test("a device of another tenant, or one that wants what the person does not have, gets nothing", async () => {
    const server = await serveIssuer();
    const foreign = await begin(server, "openid", "fabrikam.com");
    const page = await decide(foreign, "allow");
    expect([page.status, page.text]).toEqual([403, expect.stringContaining("another tenant")]);
    const greedy = await begin(server, "Security.ReadWrite.All");
    expect((await decide(greedy, "allow")).status).toBe(403);
    expect(faultOf(await poll(server, greedy))).toBe("400 access_denied 65004");
  });

  test("guessing codes is slowed down", async () => {
    const server = await serveIssuer();
    const browser = openBrowser();
    const page = await browser.open(`${server.base}/devicelogin`);
    const statuses = [];
    for (let guess = 0; guess < 6; guess += 1) statuses.push((await browser.send(page, { user_code: "BBBB-BBBB" })).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  });

  test("guesses from one network count together, whatever the address in it", async () => {
    const server = await serveIssuer();
    const browser = openBrowser();
    const page = await browser.open(`${server.base}/devicelogin`);
    const guess = async (address: string) =>
      (await browser.open(`${server.base}/devicelogin`, {
        method: "POST",
        body: new URLSearchParams({ ...hiddenFields(page), user_code: "BBBB-BBBB" }),
        headers: { "x-forwarded-for": address },
      })).status; // prettier-ignore
    for (const host of ["::1", "::2", "0:0:0:3", "abcd:ef01:2345:6789", "::ffff"])
      expect(await guess(`2001:db8:0:7${host.startsWith("::") ? host : `:${host}`}`)).toBe(400);
    expect(await guess("2001:0DB8:0000:0007::99")).toBe(429);
    expect(await guess("2001:db8:0:8::1")).toBe(400);
  });

  test("one address cannot fill the room in which devices wait", async () => {
    const server = await serveIssuer();
    const form = new URLSearchParams({ client_id: "desktop", scope: "openid" });
    const ask = async (address: string): Promise<Response> =>
      fetch(`${server.base}/${tenant}/oauth2/v2.0/devicecode`, { method: "POST", body: form, headers: { "x-forwarded-for": address } });
    const statuses = new Set((await Promise.all(Array.from({ length: 500 }, () => ask("192.0.2.1")))).map(({ status }) => status));
    expect(statuses).toEqual(new Set([200]));
    const refused = await ask("192.0.2.1");
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([429, "temporarily_unavailable"]);
    expect((await ask("192.0.2.2")).status).toBe(200);
    server.wait(901);
    expect((await ask("192.0.2.1")).status).toBe(200);
  });
});
