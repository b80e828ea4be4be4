import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createAddresses } from "../../src/cli/addresses.ts";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { allPermissions, createIdentity, openCaller } from "../../src/cli/identity.ts";
import { system } from "../../src/edm/systemPermission.ts";
import type { IdentityEvents } from "../../src/cli/identity.ts";
import { keyDocument, sign, tenant } from "../auth/testIssuer.ts";
import { temporaryFolder } from "./program.ts";

const now = Math.floor(Date.now() / 1000);

/** What production makes of an environment, and a token of the issuer. */
function production(env: Record<string, string>, events: IdentityEvents = {}) {
  const configuration = readConfiguration("production", {
    flags: { data: temporaryFolder() },
    env: { SECGRAPH_AUDIENCE: "api://hub", SECGRAPH_TENANTS: tenant, ...env },
  });
  const egress = createEgress();
  onTestFinished(egress.close);
  return createIdentity(configuration, { addresses: createAddresses(configuration), egress, events });
}
const tokenOf = (iss: string, claims: object = {}): Promise<string> => sign({ iss, exp: now + 600, nbf: now, iat: now, ...claims });

async function keyServer(): Promise<{ readonly issuer: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const { port } = server.address() as AddressInfo;
    const documents: Record<string, object> = { "/t/.well-known/openid-configuration": { jwks_uri: `http://127.0.0.1:${port}/keys` }, "/keys": keyDocument };
    response.end(JSON.stringify(documents[request.url!] ?? {}));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => server.close().closeAllConnections());
  await new Promise((resolve) => server.once("listening", resolve));
  return { issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}/t`, asked };
}

test("an outside issuer: its keys are found by discovery", async () => {
  const { issuer, asked } = await keyServer();
  const { authenticate, issuer: own } = production({ SECGRAPH_ISSUER: issuer });
  expect(own).toBeUndefined();
  expect(await authenticate({ authorization: `Bearer ${await tokenOf(issuer)}` })).toMatchObject({ tenant, appId: "client-1" });
  await authenticate({ authorization: `Bearer ${await tokenOf(issuer, { jti: "2" })}` });
  expect(asked).toEqual(["/t/.well-known/openid-configuration", "/keys"]);
});

test("an outside issuer that cannot be reached is told", async () => {
  const told: unknown[] = [];
  const issuer = "http://127.0.0.1:1/t";
  const { authenticate } = production({ SECGRAPH_ISSUER: issuer }, { onUnreachable: (name, error) => told.push(name, (error as NodeJS.ErrnoException).code) });
  await expect(authenticate({ authorization: `Bearer ${await tokenOf(issuer)}` })).rejects.toMatchObject({ key: "unavailable" });
  expect(told).toEqual([issuer, "ECONNREFUSED"]);
});

test("an outside issuer: its keys from a file; the challenge names it", async () => {
  const file = join(temporaryFolder(), "keys.json");
  writeFileSync(file, JSON.stringify(keyDocument));
  const issuer = "https://login.example/{tenantid}/";
  const { authenticate } = production({ SECGRAPH_ISSUER: issuer, SECGRAPH_JWKS: file });
  expect(await authenticate({ authorization: `Bearer ${await tokenOf(`https://login.example/${tenant}/`)}` })).toMatchObject({ tenant });
  await expect((async () => authenticate({}))()).rejects.toMatchObject({
    extras: { headers: { "WWW-Authenticate": expect.stringContaining(`authorization_uri="${issuer}"`) } },
  });
  expect(() => production({ SECGRAPH_ISSUER: issuer, SECGRAPH_JWKS: `${file}.none` })).toThrow("SECGRAPH_JWKS cannot be used");
});

test("the built-in issuer beside an outside one, each with its own keys", async () => {
  const { issuer } = await keyServer();
  const { authenticate, issuer: own } = production({ SECGRAPH_ISSUER: issuer, SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_PUBLIC_URL: "https://hub.example.com" });
  const token = await own!.tokenFor({ tenant, appId: "a", permissions: ["P"] });
  expect(await authenticate({ authorization: `Bearer ${token}` })).toMatchObject({ appId: "a" });
  const forged = await tokenOf(`https://hub.example.com/${tenant}/v2.0`, { aud: "https://hub.example.com" });
  await expect(authenticate({ authorization: `Bearer ${forged}` })).rejects.toMatchObject({ status: 401 });
});

test("what the server alone may do is given to nobody, calls without a token least", () => {
  expect([allPermissions.includes(system), openCaller.permissions.has(system)]).toEqual([false, false]);
  expect(allPermissions).toContain("AuditLog.Read.All");
});
