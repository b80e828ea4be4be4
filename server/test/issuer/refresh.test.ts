import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { ada, askToken, faultOf, serveIssuer, signInOnDesktop } from "./issuerServer.ts";
import type { IssuerServer } from "./issuerServer.ts";

const refresh = (server: IssuerServer, refresh_token: string, more: Readonly<Record<string, string>> = {}) =>
  askToken(server, { grant_type: "refresh_token", client_id: "desktop", refresh_token, client_info: "1", ...more });
const scope = "openid profile offline_access SecurityEvents.Read.All SecurityActions.ReadWrite.All";

describe("refresh tokens (RFC 6749, 6; RFC 9700, 4.14)", () => {
  test("each is good once and brings the next; they outlive a restart", async () => {
    const server = await serveIssuer();
    const first = (await signInOnDesktop(server)).json["refresh_token"] as string;
    const second = await refresh(server, first);
    expect(second).toMatchObject({ status: 200, json: { scope: expect.stringContaining("SecurityEvents.Read.All"), client_info: expect.any(String) } });
    expect(second.json["refresh_token"]).not.toBe(first);
    expect(decodeJwt(second.json["access_token"])).toMatchObject({ oid: ada.id, scp: "SecurityEvents.Read.All" });
    expect(decodeJwt(second.json["id_token"])).not.toHaveProperty("nonce");
    const again = await serveIssuer(server.folder);
    expect((await refresh(again, second.json["refresh_token"])).status).toBe(200);
  });

  test("an old one ends the family", async () => {
    const server = await serveIssuer();
    const first = (await signInOnDesktop(server)).json["refresh_token"] as string;
    const second = (await refresh(server, first)).json["refresh_token"] as string;
    expect(faultOf(await refresh(server, first))).toBe("400 invalid_grant 50173");
    expect(faultOf(await refresh(server, second))).toBe("400 invalid_grant 50173");
  });

  test("of ten uses at once, one gets tokens at most", async () => {
    const server = await serveIssuer();
    const token = (await signInOnDesktop(server)).json["refresh_token"] as string;
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(server, token)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test("nothing of them can be read from the disk, and nobody else may read there", async () => {
    const server = await serveIssuer();
    const { refresh_token: token } = (await signInOnDesktop(server)).json;
    const secret = String(token).split(".")[1]!;
    for (const name of readdirSync(server.folder)) {
      expect(readFileSync(join(server.folder, name), "utf8")).not.toContain(secret);
      expect(statSync(join(server.folder, name)).mode & 0o077).toBe(process.platform === "win32" ? 0o066 : 0);
    }
  });

  test("less may be asked for, more is not given, and what the administrator takes away is gone", async () => {
    const server = await serveIssuer();
    const { refresh_token: first } = (await signInOnDesktop(server, { scope })).json;
    const less = await refresh(server, first, { scope: "SecurityActions.ReadWrite.All" });
    expect(less.json["scope"]).toBe("SecurityActions.ReadWrite.All");
    await server.store.changePerson(ada.id, (person) => ({ ...person!, permissions: ["SecurityEvents.Read.All", "Security.ReadWrite.All"] }));
    const rest = await refresh(server, less.json["refresh_token"], { scope: `${server.base}/.default` });
    expect(decodeJwt(rest.json["access_token"])["scp"]).toBe("SecurityEvents.Read.All");
    expect(faultOf(await refresh(server, rest.json["refresh_token"], { scope: "Security.ReadWrite.All" }))).toBe("400 invalid_grant 65001");
    expect((await refresh(server, rest.json["refresh_token"])).status).toBe(200);
  });

  test("another client, a removed person, a new password, three months without use", async () => {
    const server = await serveIssuer();
    const { refresh_token: token } = (await signInOnDesktop(server)).json;
    await server.store.putApp({ clientId: "other", displayName: "Other", tenant: "*", roles: [], secretHashes: [], publicClient: true });
    expect(faultOf(await refresh(server, token, { client_id: "other" }))).toBe("400 invalid_grant 700005");
    await server.store.changePerson(ada.id, (person) => ({ ...person!, passwordSince: new Date(Date.now() + 1000).toISOString() }));
    expect(faultOf(await refresh(server, token))).toBe("400 invalid_grant 50173");
    await server.store.changePerson(ada.id, () => ada);
    expect((await refresh(server, token)).status).toBe(200);
    const late = (await signInOnDesktop(server)).json["refresh_token"] as string;
    server.wait(91 * 24 * 3600);
    expect(faultOf(await refresh(server, late))).toBe("400 invalid_grant 700082");
    await server.store.changePerson(ada.id, () => undefined);
    expect(faultOf(await refresh(server, late))).toMatch(/^400 invalid_grant /);
  });

  test("none without offline_access", async () => {
    const server = await serveIssuer();
    expect((await signInOnDesktop(server, { scope: "openid SecurityEvents.Read.All" })).json).not.toHaveProperty("refresh_token");
  });
});
