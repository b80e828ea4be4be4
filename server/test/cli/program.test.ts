import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { secgraph, shell, startProgram, temporaryFolder } from "./program.ts";

const printed = (out: string, name: string): string => new RegExp(`${name} +(\\S+)`).exec(out)?.[1] ?? "";
const statusOf = async (url: string, token?: string): Promise<number> => {
  const reply = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  await reply.arrayBuffer();
  return reply.status;
};

describe("start", () => {
  test("the printed lines work as printed, from another folder", async () => {
    const { out, http, https, data } = await startProgram(temporaryFolder());
    expect(out).toContain(`Data folder  ${data}`);
    const page = await (await fetch(`${http}/`)).text();
    expect(page).toContain(printed(out, "Client id"));
    expect(page).not.toContain(printed(out, "Client secret"));
    const post = await shell(`${/\n(curl -sS .+)\n/.exec(out)![1]!} -o /dev/null -w '%{http_code}'`);
    expect(post).toMatchObject({ code: 0, out: "201", error: "" });
    const token = await shell(/A token(?: +|:\n)(.+)/.exec(out)![1]!);
    expect(decodeJwt(token.out.trim())).toMatchObject({ aud: https, tid: printed(out, "Tenant") });
    const trusted = await shell(
      `${/(export NODE_EXTRA_CA_CERTS=.+)/.exec(out)![1]!}; "${process.execPath}" -e 'fetch("${https}/readyz").then((r) => console.log(r.status))'`,
    );
    expect(trusted.out).toBe("200\n");
  });

  test("the printed client gets a token at the printed authority, and the hub takes it", async () => {
    const { out, http } = await startProgram(temporaryFolder());
    const form = {
      grant_type: "client_credentials",
      client_id: printed(out, "Client id"),
      client_secret: printed(out, "Client secret"),
      scope: printed(out, "Scope"),
    };
    const path = new URL(printed(out, "Authority")).pathname;
    const reply = await fetch(`${http}${path}/oauth2/v2.0/token`, { method: "POST", body: new URLSearchParams(form) });
    const { access_token: token } = (await reply.json()) as { readonly access_token: string };
    expect(await statusOf(`${http}/v1.0/security/secureScores`, token)).toBe(200);
    expect(await statusOf(`${http}/v1.0/security/secureScores`)).toBe(401);
  });

  test("the secret and the data outlive a restart; SIGTERM drains and gives the folder back", async () => {
    const data = temporaryFolder();
    const first = await startProgram(data);
    expect(await first.stop()).toBe(0);
    expect(existsSync(join(data, "lock"))).toBe(false);
    const second = await startProgram(data);
    expect(printed(second.out, "Client secret")).toBe(printed(first.out, "Client secret"));
    expect(statSync(join(data, "development.json")).mode & 0o077).toBe(0);
  });

  test("a data folder serves one process", async () => {
    const { data, https } = await startProgram(temporaryFolder());
    const { code, error } = await secgraph(["start", "--data", data, "--port", "0", "--tls-port", "0"]);
    expect({ code, error }).toEqual({
      code: 1,
      error: expect.stringMatching(/^secgraph: The data folder \S+ is in use by process \d+ \(https:\/\/localhost:\d+\)\. [^\n]+\n$/),
    });
    expect(error).toContain(https);
  });

  test("a taken port is one clear line", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    const data = temporaryFolder();
    const { code, error } = await secgraph(["start", "--data", data, "--port", String(port), "--tls-port", "0", "--seed", "off"]);
    expect(code).toBe(1);
    expect(error).toBe(`secgraph: Port ${port} on 127.0.0.1 is taken by another program. Set PORT (--port) to another one, or to 0 for any free one.\n`);
    expect(existsSync(join(data, "lock"))).toBe(false);
  });

  test("--auth none lets this machine in without a token, and pages of other sites not", async () => {
    const { http } = await startProgram(temporaryFolder(), ["--auth", "none"]);
    expect(await statusOf(`${http}/v1.0/security/secureScores`)).toBe(200);
    const { status } = await fetch(`${http}/v1.0/security/secureScores`, { headers: { origin: "https://evil.example" } });
    expect(status).toBe(401);
  });
});

describe("token", () => {
  test("for the development client, another application, and a person", async () => {
    const { data } = await startProgram(temporaryFolder());
    const claimsOf = async (...args: readonly string[]) => decodeJwt((await secgraph(["token", "--data", data, ...args])).out);
    expect(await claimsOf()).toMatchObject({ roles: expect.arrayContaining(["SecurityEvents.ReadWrite.All", "SecurityData.Import"]) });
    expect(await claimsOf("--app", "a", "--permissions", "P Q", "--tenant", "contoso.com")).toMatchObject({ azp: "a", roles: ["P", "Q"] });
    const forUser = await claimsOf("--user", "ada@contoso.com", "--permissions", "P", "--minutes", "5");
    expect(forUser).toMatchObject({ upn: "ada@contoso.com", scp: "P" });
    expect(forUser.exp! - forUser.iat!).toBe(300);
  });

  test("says what is missing", async () => {
    const folder = temporaryFolder();
    expect(await secgraph(["token", "--data", folder])).toEqual({
      code: 1,
      out: "",
      error: `secgraph: There is no signing key in ${folder}: start the server once, or name its data folder with --data.\n`,
    });
  });
});

describe("app", () => {
  test("a running server sees new applications, new secrets and removals at once", async () => {
    const { data, http } = await startProgram(temporaryFolder());
    const added = await secgraph(["app", "add", "--data", data, "--name", "Feed", "--tenant", "contoso.com", "--roles", "SecurityEvents.Read.All"]);
    const [clientId, secret] = [printed(added.out, "Client id"), printed(added.out, "Client secret")];
    const ask = async (clientSecret: string): Promise<number> => {
      const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope: "https://graph.microsoft.com/.default" };
      return (await fetch(`${http}/contoso.com/oauth2/v2.0/token`, { method: "POST", body: new URLSearchParams(form) })).status;
    };
    expect(await ask(secret)).toBe(200);
    const renewed = await secgraph(["app", "secret", clientId, "--data", data, "--replace"]);
    expect([await ask(secret), await ask(printed(renewed.out, "Client secret"))]).toEqual([401, 200]);
    expect((await secgraph(["app", "list", "--data", data])).out).toContain(`${clientId}  Feed`);
    expect((await secgraph(["app", "remove", clientId, "--data", data])).code).toBe(0);
    expect(await ask(printed(renewed.out, "Client secret"))).toBe(400);
    expect(await secgraph(["app", "remove", clientId, "--data", data])).toMatchObject({ code: 1, error: `secgraph: There is no application ${clientId}.\n` });
  });
});

describe("audit", () => {
  test("what commands did beside a running server is told, tokens and who they are for first of all", async () => {
    const { data, http, stop } = await startProgram(temporaryFolder());
    const token = (await secgraph(["token", "--data", data])).out.trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ vendorInformation: { vendor: "V", provider: "P" } });
    expect((await fetch(`${http}/v1.0/security/secureScores`, { method: "POST", headers, body })).status).toBe(201);
    await secgraph(["token", "--data", data, "--user", "ada@contoso.example"]);
    const { out } = await secgraph(["app", "add", "--data", data, "--name", "Feed", "--tenant", "*"]);
    expect(await stop()).toBe(0);
    const lines = (await secgraph(["audit", "export", "--data", data])).out.trim().split("\n");
    const told = lines.map((line) => JSON.parse(line)).filter(({ category }) => category !== "change");
    const shown = told.map(({ category, activity, userPrincipalName, resourcePath }) => [category, activity, userPrincipalName ?? resourcePath]);
    expect(shown).toContainEqual(["signIn", "token", "ada@contoso.example"]);
    expect(shown).toContainEqual(["system", "addApplication", `applications/${printed(out, "Client id")}`]);
    expect(readdirSync(join(data, "told"))).toEqual([]);
  });

  test("the trail is signed beside a running server; a checkpoint or a key that holds nothing is refused", async () => {
    const { data } = await startProgram(temporaryFolder());
    const [key, checkpoint, empty] = ["key.json", "checkpoint.jws", "empty"].map((name) => join(data, name)) as [string, string, string];
    writeFileSync(empty, "");
    writeFileSync(key, (await secgraph(["audit", "key", "--data", data])).out);
    expect(await secgraph(["audit", "checkpoint", "--to", checkpoint, "--data", data])).toMatchObject({ code: 0, error: "" });
    const verify = async (...[point, with_]: string[]) => secgraph(["audit", "verify", "--data", data, "--checkpoint", point!, "--key", with_!]);
    expect(await verify(checkpoint, key)).toMatchObject({ code: 0 });
    expect(await verify(empty, key)).toMatchObject({ code: 1, error: `secgraph: ${empty} holds no checkpoint.\n` });
    expect(await verify(checkpoint, empty)).toMatchObject({ code: 1, error: `secgraph: ${empty} holds no key; expected what secgraph audit key prints.\n` });
  });
});

describe("hub", () => {
  test("lists, sets, grants and revokes while the server is stopped", async () => {
    const { data, out, stop } = await startProgram(temporaryFolder());
    await shell(/\n(curl -sS .+)\n/.exec(out)![1]!);
    expect(await secgraph(["hub", "list", "--data", data])).toMatchObject({ code: 1, error: expect.stringContaining("is in use by process") });
    await stop();
    const listed = await secgraph(["hub", "list", "--data", data]);
    expect(listed.out).toMatch(/^[\da-f-]{36} {2}\d+ rows\n {2}home {5}[\da-f-]{36}\n$/);
    const hub = listed.out.slice(0, 36);
    expect(await secgraph(["hub", "set", hub, "--unique-keys", "on", "--data", data])).toMatchObject({ code: 0, error: "" });
    expect((await secgraph(["hub", "grant", hub, "contoso.com", "--data", data])).code).toBe(0);
    expect((await secgraph(["hub", "list", "--data", data])).out).toContain("  manager  ");
    expect((await secgraph(["hub", "revoke", hub, "contoso.com", "--data", data])).code).toBe(0);
    expect((await secgraph(["hub", "list", "--data", data])).out).toBe(listed.out);
    expect((await secgraph(["hub", "revoke", "nothing", "contoso.com", "--data", data])).error).toContain("There is no hub nothing.");
  });
});

test("ca prints the path of the certificate", async () => {
  const data = temporaryFolder();
  expect(await secgraph(["ca", "--data", data])).toEqual({ code: 0, out: `${join(data, "tls", "ca.pem")}\n`, error: "" });
  expect(existsSync(join(data, "tls", "ca.pem"))).toBe(true);
});

test("production says what it needs, in one line", async () => {
  const { code, error } = await secgraph(["serve", "--data", temporaryFolder()]);
  expect({ code, lines: error.trimEnd().split("\n").length, error }).toMatchObject({ code: 1, lines: 1, error: expect.stringContaining("SECGRAPH_ISSUER") });
});
