import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../issuer/issuerServer.ts";
import { program, shellEnvironment, startServer, type ServerProcess } from "./server.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-secrets-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const data = join(temp, "data");
const tenant = "11111111-1111-4111-8111-111111111111";
const user = { username: "ada@contoso.com", password: `correct ${randomBytes(9).toString("base64url")}` };
const redirectUri = "http://localhost/back";
const isWindows = process.platform === "win32";

/** Every secret that the run used, by what it is; and the files that may hold it because they are there for that. */
const secrets = new Map<string, string>();
const homes: Readonly<Record<string, string>> = {
  "signing key": "issuer/keys.json",
  "key of the CA": "tls/ca-key.pem",
  "key of the server": "tls/server-key.pem",
  "key of credentials": "secrets.key",
};
let output = "";

/** The CLI under a umask that takes nothing away. */
function run(input: string, ...args: readonly string[]): string {
  const command = ["-c", 'umask 0; exec "$@"', "sh", ...program, ...args, "--data", data];
  const { stdout, stderr, status } = spawnSync("sh", command, { input, encoding: "utf8", env: shellEnvironment() });
  expect([status, stderr]).toEqual([0, ""]);
  output += stderr;
  return stdout;
}

const start = (): Promise<ServerProcess> =>
  startServer({
    command: ["sh", "-c", 'umask 0; exec "$@"', "sh", ...program, "serve", "--builtin-issuer", "on", "--tenants", tenant],
    data,
    env: { SECGRAPH_LOG: "debug,json,access" },
  });

type Json = Readonly<Record<string, any>>;

async function ask(base: string, form: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Promise<Json> {
  const answer = await fetch(`${base}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: new URLSearchParams(form), headers });
  return (await answer.json()) as Json;
}

/** A code by the sign-in page, its tokens, and the next ones. */
async function signIn(base: string, clientId: string): Promise<void> {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid profile offline_access SecurityEvents.ReadWrite.All",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const browser = openBrowser();
  const page = await browser.open(`${base}/${tenant}/oauth2/v2.0/authorize?${query.toString()}`);
  await browser.send(page, { username: user.username, password: "wrong" });
  // A password typed into the field of the name.
  await browser.send(page, { username: user.password, password: "x" });
  const { location } = await browser.send(page, user);
  const code = location!.searchParams.get("code")!;
  const tokens = await ask(base, { grant_type: "authorization_code", client_id: clientId, redirect_uri: redirectUri, code, code_verifier: verifier });
  const next = await ask(base, { grant_type: "refresh_token", client_id: clientId, refresh_token: tokens["refresh_token"] });
  keep({ code, verifier, "session cookie": browser.cookie!.split("=")[1]! });
  keep({ "refresh token": tokens["refresh_token"], "access token of a person": tokens["access_token"], "id token": tokens["id_token"] });
  keep({ "next refresh token": next["refresh_token"] });
}

async function signInDevice(base: string, clientId: string): Promise<void> {
  const answer = await fetch(`${base}/${tenant}/oauth2/v2.0/devicecode`, {
    method: "POST",
    body: new URLSearchParams({ client_id: clientId, scope: "offline_access SecurityEvents.Read.All" }),
  });
  const device = (await answer.json()) as Json;
  await ask(base, { grant_type: "device_code", client_id: clientId, device_code: device["device_code"] });
  keep({ "device code": device["device_code"] });
}

/** Writes, pages, and what goes wrong with secrets in it. */
async function call(base: string, token: string): Promise<void> {
  const scores = `${base}/v1.0/security/secureScores`;
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ currentScore: 1, maxScore: 2, vendorInformation: { vendor: "Contoso", provider: "Secrets" } });
  for (let count = 0; count < 3; count += 1) expect((await fetch(scores, { method: "POST", headers, body })).status).toBe(201);
  const page = (await (await fetch(`${scores}?$top=1`, { headers })).json()) as Json;
  const link = String(page["@odata.nextLink"]);
  expect((await fetch(link, { headers })).status).toBe(200);
  const inQuery = randomBytes(24).toString("base64url");
  const wrong = [
    fetch(`${scores}?access_token=${token}&password=${inQuery}`, { headers }),
    fetch(scores, { headers: { Authorization: `Bearer ${token}x` } }),
    fetch(scores, { method: "POST", headers, body: `{"currentScore": ${token}` }),
    fetch(`${scores}?$filter=${token}`, { headers }),
    fetch(`${base}/${token}`, { headers }),
  ];
  expect((await Promise.all(wrong)).map(({ status }) => status)).toEqual([200, 401, 400, 400, 404]);
  keep({ "page token": new URL(link).searchParams.get("$skiptoken")!, "secret in a query": inQuery });
}

function keep(found: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(found)) secrets.set(name, value);
}

function connectorWith(secret: string): string {
  const credentials = [{ scheme: "bearer", secret }];
  return JSON.stringify({ vendor: "V", provider: "P", kind: "http", http: { url: "https://fw.example/" }, actions: [{ name: "A" }], credentials });
}

function entries(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...entries(path)] : [path];
  });
}

/** The ways in which a text may stand in a file. */
function spellings(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value);
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return [
    bytes,
    Buffer.from(value, "utf16le"),
    ...[base64, bytes.toString("base64url"), bytes.toString("hex"), encodeURIComponent(value)].map((text) => Buffer.from(text)),
  ];
}

function hits(content: Buffer, where: string): readonly string[] {
  return [...secrets].filter(([, value]) => spellings(value).some((spelling) => content.includes(spelling))).map(([name]) => `${name} in ${where}`);
}

const wide = (): readonly string[] =>
  [data, ...entries(data)]
    .filter((path) => (statSync(path).mode & 0o077) !== 0)
    .map((path) => `${relative(temp, path)} ${(statSync(path).mode & 0o777).toString(8)}`);

describe.skipIf(isWindows)("secrets", () => {
  beforeAll(async () => {
    const added = run("", "app", "add", "--name", "Desktop", "--tenant", tenant, "--roles", "SecurityEvents.ReadWrite.All", "--redirect-uri", redirectUri);
    const clientId = /Client id +(\S+)/.exec(added)![1]!;
    keep({ "client secret": /Client secret +(\S+)/.exec(added)![1]!, password: user.password });
    const opened = run("", "app", "add", "--name", "Public", "--public", "--tenant", tenant, "--redirect-uri", redirectUri);
    const publicId = /Client id +(\S+)/.exec(opened)![1]!;
    run(`${user.password}\n`, "user", "add", user.username, "--tenant", tenant, "--permissions", "all", "--password-stdin");
    const credential = randomBytes(24).toString("base64url");
    keep({ "credential of a connector": credential });
    run(connectorWith(credential), "connector", "add", "-", "--tenant", tenant);
    const server = await start();
    const base = `http://localhost:${server.port}`;
    const scope = `${base}/.default`;
    const basic = Buffer.from(`${clientId}:${secrets.get("client secret")}`).toString("base64");
    const app = await ask(base, { grant_type: "client_credentials", client_id: clientId, client_secret: secrets.get("client secret")!, scope });
    await ask(base, { grant_type: "client_credentials", scope }, { Authorization: `Basic ${basic}` });
    await ask(base, { grant_type: "client_credentials", client_id: clientId, client_secret: `${secrets.get("client secret")}x`, scope });
    keep({ "access token of an application": app["access_token"], basic });
    await signIn(base, publicId);
    await signInDevice(base, publicId);
    await call(base, app["access_token"]);
    const { keys } = JSON.parse(readFileSync(join(data, "issuer", "keys.json"), "utf8")) as {
      readonly keys: readonly { readonly jwk: { readonly d: string } }[];
    };
    const inPem = (name: string): string => readFileSync(join(data, "tls", name), "utf8").split("\n")[1]!;
    keep({ "signing key": keys[0]!.jwk.d, "key of the CA": inPem("ca-key.pem"), "key of the server": inPem("server-key.pem") });
    keep({ "key of credentials": readFileSync(join(data, "secrets.key"), "utf8").trim() });
    // Killed, so that the log of the store is left too.
    const { stdout, stderr } = await server.kill();
    output += stdout + stderr;
  });

  test("every kind was used", () => {
    expect([...secrets].filter(([, value]) => value.length < 12)).toEqual([]);
    expect(secrets.size).toBe(19);
    expect(output).toContain('"event":"request"');
    expect(hits(Buffer.from(`<${encodeURIComponent(user.password)}>`), "a text")).toEqual(["password in a text"]);
    expect(existsSync(join(data, "secgraph.sqlite-wal"))).toBe(true);
  });

  test("none stands in a file, but for keys in their own", () => {
    const files = entries(data).filter((path) => statSync(path).isFile());
    const found = files.flatMap((path) => hits(readFileSync(path), relative(data, path)));
    console.log(`secrets at rest: ${secrets.size} secrets, ${files.length} files, ${found.length - 4} found elsewhere than in their own files`);
    expect(found.toSorted()).toEqual(
      Object.entries(homes)
        .map(([name, file]) => `${name} in ${file}`)
        .toSorted(),
    );
  });

  test("none stands in the log", () => {
    expect(hits(Buffer.from(output), "the log")).toEqual([]);
  });

  test("no file and no folder is open to others, whatever the umask, before and after a restart", async () => {
    expect(wide()).toEqual([]);
    const server = await start();
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(0);
    expect(wide()).toEqual([]);
  });
});
