import { mkdirSync, readFileSync, truncateSync, writeFileSync, chmodSync, utimesSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkConfiguration } from "../../src/cli/doctor/checkConfiguration.ts";
import { checkCertificates, checkDatabase, checkPermissions } from "../../src/cli/doctor/checkData.ts";
import { checkIsolation } from "../../src/cli/doctor/checkIsolation.ts";
import { checkIssuers } from "../../src/cli/doctor/checkIssuer.ts";
import { checkClock, checkDisk, checkLock, checkNode, checkPorts } from "../../src/cli/doctor/checkMachine.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { readConfiguration } from "../../src/cli/configuration.ts";
import type { Configuration } from "../../src/cli/configuration.ts";
import { lockDataFolder } from "../../src/cli/dataFolder.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { localCertificates } from "../../src/http/localCertificates.ts";
import { createSigningKey } from "../../src/issuer/signingKey.ts";
import { openSqliteStore } from "../../src/store/sqlite/openSqliteStore.ts";
import { secgraph, temporaryFolder } from "./program.ts";

const development = (env: Readonly<Record<string, string>> = {}): Configuration =>
  readConfiguration("development", { flags: {}, env: { SECGRAPH_DATA: temporaryFolder(), ...env } });
const told = (findings: readonly Finding[]): readonly string[] => findings.map(({ state, says }) => `${state} ${says}`);

/** A data folder with a store in it. */
async function withStore(): Promise<Configuration> {
  const configuration = development();
  chmodSync(configuration.data, 0o700);
  const store = await openSqliteStore({ file: join(configuration.data, "secgraph.sqlite"), model: createModel(securityGraph) });
  await store.close();
  return configuration;
}

describe("settings", () => {
  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ["a misspelt variable", { SECGRAPH_TENATS: "x", SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "a" }, /^warn SECGRAPH_TENATS is set, .*$/m],
    ["a contradiction", { SECGRAPH_TENANTS: "a" }, /^fail Nobody could get in/m],
    ["a wrong value", { PORT: "many" }, /^fail PORT is 'many'; expected a whole number/m],
    ["every tenant", { SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "*" }, /^warn Every tenant is accepted/m],
    ["tokens in the clear", { SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "a", SECGRAPH_TLS_PORT: "off" }, /^warn https is off/m],
  ])("%s", (_, env, expected) => {
    expect(told(checkConfiguration("production", { flags: {}, env }).findings).join("\n")).toMatch(expected);
  });

  test("the remedy of a misspelt variable is the nearest one", () => {
    const [finding] = checkConfiguration("development", { flags: {}, env: { SECGRAPH_TLSPORT: "1" } }).findings;
    expect(finding!.remedy).toBe("Unset it, or did you mean SECGRAPH_TLS_PORT?");
  });
});

describe("the data folder", () => {
  test("whole and its owner's alone", async () => {
    const configuration = await withStore();
    expect(told([...checkPermissions(configuration), ...checkDatabase(configuration)])).toEqual([
      `ok ${configuration.data} is its owner's alone.`,
      expect.stringMatching(/^ok Whole, store version \d+, \d+ rows/),
    ]);
  });

  test("with a log that does not get into the data file", async () => {
    const configuration = await withStore();
    const file = join(configuration.data, "secgraph.sqlite");
    const database = new DatabaseSync(file);
    onTestFinished(() => database.close());
    database.exec("CREATE TEMP TABLE t (a); PRAGMA wal_autocheckpoint = 0; UPDATE system_values SET value = value");
    truncateSync(`${file}-wal`, 129 * 1024 * 1024);
    expect(told(checkDatabase(configuration))).toEqual([
      expect.stringMatching(/^ok Whole/),
      "warn The write-ahead log has 129 MB: it does not get into the data file.",
    ]);
  });

  test.skipIf(process.platform === "win32")("readable by others", async () => {
    const configuration = await withStore();
    chmodSync(join(configuration.data, "secgraph.sqlite"), 0o644);
    expect(checkPermissions(configuration)).toEqual([
      { check: "permissions", state: "fail", says: expect.stringContaining("secgraph.sqlite"), remedy: `chmod -R go-rwx ${configuration.data}` },
    ]);
  });

  test("left half by a restore", async () => {
    const configuration = await withStore();
    writeFileSync(join(configuration.data, "restore.json"), "{}", { mode: 0o600 });
    expect(told(checkPermissions(configuration))).toEqual([expect.stringMatching(/^fail A restore into .* was interrupted\.$/)]);
  });

  test.each<[string, (file: string) => void, string]>([
    ["a newer version", (file) => run(file, "PRAGMA user_version = 99"), "fail The data are of store version 99; this program knows"],
    ["another program's", (file) => run(file, "PRAGMA user_version = 0"), "fail"],
    ["no database", (file) => writeFileSync(file, "text that is no database, and long enough to be looked at"), "fail"],
    ["damaged pages", (file) => writeFileSync(file, readFileSync(file).fill(0xff, 8192, 16_384)), "fail"],
  ])("with %s in the file", async (_, change, expected) => {
    const configuration = await withStore();
    change(join(configuration.data, "secgraph.sqlite"));
    expect(told(checkDatabase(configuration))).toEqual([expect.stringContaining(expected)]);
  });

  test("and who works on it", async () => {
    const configuration = development();
    expect(told(checkLock(configuration))).toEqual(["ok No server works on the data folder."]);
    const lock = lockDataFolder(configuration.data);
    onTestFinished(lock.release);
    expect(told(checkLock(configuration))).toEqual([expect.stringMatching(new RegExp(`^ok Process ${process.pid} on .* works on the data folder\\.$`))]);
  });
});

function run(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

describe("certificates", () => {
  const day = 24 * 3600 * 1000;

  test("good, near their end, past it, and for other names", async () => {
    const configuration = development({ SECGRAPH_PUBLIC_URL: "https://hub.example" });
    await localCertificates(join(configuration.data, "tls"), ["hub.example"]);
    const at = (days: number): readonly string[] => told(checkCertificates(configuration, Date.now() + days * day)).map((line) => line.slice(0, 4));
    expect([at(0), at(350), at(370), at(3660)]).toEqual([
      ["ok T", "ok T"],
      ["ok T", "warn"],
      ["ok T", "warn"],
      ["fail", "warn"],
    ]);
    const renamed = { ...configuration, publicUrl: "https://other.example" };
    expect(told(checkCertificates(renamed))[1]).toBe("warn The server's certificate does not name other.example.");
  });

  test("configured ones that do not fit", async () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()];
    for (const folder of [one, other]) await localCertificates(folder, []);
    const configuration = development({ SECGRAPH_TLS_CERT: join(one, "server.pem"), SECGRAPH_TLS_KEY: join(other, "server-key.pem") });
    expect(told(checkCertificates(configuration))[0]).toContain("is not that of the configured certificate");
    expect(told(checkCertificates({ ...configuration, tlsCert: join(one, "none.pem") }))[0]).toMatch(/^fail .* cannot be read/);
  });
});

describe("the machine", () => {
  test("Node, disk and clock", async () => {
    const configuration = await withStore();
    expect(told([...checkNode(), ...checkDisk(configuration)])).toEqual([
      expect.stringMatching(/^ok Node v\d+/),
      expect.stringMatching(/^(?:ok|warn) \d+ MB are free/),
    ]);
    expect(told(await checkClock(configuration))).not.toContain(expect.stringMatching(/^fail/));
    const later = Date.now() / 1000 + 3600;
    utimesSync(join(configuration.data, "secgraph.sqlite"), later, later);
    expect(told(await checkClock(configuration)).join("\n")).toMatch(/^fail The data were last written at .*, which is to come\.$/m);
  });

  test("a port that another program has", async () => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { readonly port: number };
    const configuration = { ...development(), port, tlsPort: "off" as const };
    expect(told(await checkPorts(configuration))).toEqual([`fail Port ${port} on 127.0.0.1 is taken by another program.`]);
    const lock = lockDataFolder(configuration.data);
    onTestFinished(lock.release);
    lock.note({ port: String(port) });
    expect(told(await checkPorts(configuration))).toEqual([`ok Port ${port} is open: the server of this data folder has it.`]);
  });
});

describe("an outside issuer", () => {
  /** An issuer on this machine: its name, and what it answers. */
  async function issuer(more: { readonly date?: string; readonly keys?: readonly object[]; readonly name?: string } = {}): Promise<Configuration> {
    const { jwk } = { jwk: more.keys ?? [await publicJwk()] };
    const server = createServer((request, response) => {
      if (more.date !== undefined) response.setHeader("Date", more.date);
      response.end(JSON.stringify(request.url === "/keys" ? { keys: jwk } : { issuer: more.name ?? base, jwks_uri: `${base}/keys` }));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const base = `http://127.0.0.1:${(server.address() as { readonly port: number }).port}`;
    return development({ SECGRAPH_ISSUER: base, SECGRAPH_AUDIENCE: "x", SECGRAPH_TENANTS: "*", SECGRAPH_BUILTIN_ISSUER: "off" });
  }

  async function publicJwk(): Promise<object> {
    const { kid } = await createSigningKey();
    const { publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    return { ...(await crypto.subtle.exportKey("jwk", publicKey)), kid, use: "sig" };
  }

  test("that answers and knows the time", async () => {
    expect(told(await checkIssuers(await issuer()))).toEqual([
      expect.stringMatching(/^ok http.* answers and has 1 keys\.$/),
      expect.stringMatching(/^ok This machine's clock is \d s /),
    ]);
  });

  test.each<[string, Parameters<typeof issuer>[0], RegExp]>([
    ["with another time", { date: new Date(Date.now() - 3_600_000).toUTCString() }, /^fail This machine's clock is 3[56]\d\d s ahead of http/m],
    ["with another name", { name: "https://login.example" }, /^fail The issuer calls itself 'https:\/\/login\.example', not 'http/m],
    ["without keys", { keys: [] }, /^fail .* has no key that can verify tokens/m],
  ])("%s", async (_, more, expected) => {
    expect(told(await checkIssuers(await issuer(more))).join("\n")).toMatch(expected);
  });

  test("that is not there", async () => {
    const configuration = development({ SECGRAPH_ISSUER: "http://127.0.0.1:1", SECGRAPH_AUDIENCE: "x", SECGRAPH_TENANTS: "*", SECGRAPH_BUILTIN_ISSUER: "off" });
    expect(told(await checkIssuers(configuration))).toEqual([expect.stringMatching(/^fail http:\/\/127\.0\.0\.1:1 cannot be reached: /)]);
  });
});

test("the wall between hubs stands", async () => {
  expect(told(await checkIsolation())).toEqual(["ok Two tenants in a temporary store do not see, find or change what is the other's."]);
});

test("secgraph doctor ends with 1 when something fails, and prints JSON when asked", async () => {
  const data = temporaryFolder();
  chmodSync(data, 0o700);
  const env = { PORT: "0", SECGRAPH_TLS_PORT: "0" };
  const bad = await secgraph(["doctor", "--data", data], env);
  expect([bad.code, bad.out]).toEqual([1, expect.stringMatching(/^fail {2}configuration {2}Nobody could get in/m)]);
  mkdirSync(join(data, "issuer"), { mode: 0o700 });
  const good = await secgraph(["doctor", "--data", data, "--mode", "development", "--json"], env);
  const { ok, findings } = JSON.parse(good.out) as { readonly ok: boolean; readonly findings: readonly Finding[] };
  expect([good.code, ok, findings.filter(({ state }) => state === "fail")]).toEqual([0, true, []]);
  expect(new Set(findings.map(({ check }) => check))).toEqual(
    new Set([
      "node",
      "configuration",
      "permissions",
      "lock",
      "database",
      "credentials",
      "disk",
      "clock",
      "certificates",
      "ports",
      "open files",
      "issuer",
      "audit",
      "isolation",
    ]),
  );
});
