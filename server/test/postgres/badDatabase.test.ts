import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { checkPostgres } from "../../src/cli/doctor/checkPostgres.ts";
import { openBulkSession } from "../../src/store/postgres/bulkSession.ts";
import { certify } from "../egress/certificates.ts";
import { program, runToEnd } from "../process/server.ts";
import { asSuperuser, urlOf } from "./databases.ts";
import { startOldServer } from "./oldServer.ts";
import { startPostgres, unprivileged, type PostgresServer } from "./startPostgres.ts";

/** What is wrong with a database, told by the program as people start it: one line, code 1, before anything is touched. The doctor says the same. */
let folder = "";
let postgres: PostgresServer;
/** The server over TLS, as its superuser. */
const tls = (database: string, query: string, host = "localhost"): string => `${urlOf(postgres.url, database).replace("127.0.0.1", host)}?${query}`;
const file = (name: string): string => join(folder, name);
/** The server as a user with a password. */
const as = (user: string, database: string, password = "sesame"): string => urlOf(postgres.url, database, user).replace("@", `:${password}@`);

const hba = `
host all postgres 127.0.0.1/32 trust
hostssl all overtls 127.0.0.1/32 trust
hostnossl all overtls 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secgraph-bad-"));
  const [ca, another] = [await certify([]), await certify([])];
  const own = await certify(["localhost"], ca);
  const files = { "ca.pem": ca.cert, "another.pem": another.cert, "server.pem": own.cert, "server-key.pem": own.key, hba };
  const user = unprivileged();
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(file(name), text, { mode: name.endsWith("-key.pem") ? 0o600 : 0o644 });
    if (user !== undefined) chownSync(file(name), user.uid, user.gid);
  }
  const settings = { ssl: "on", ssl_cert_file: file("server.pem"), ssl_key_file: file("server-key.pem"), hba_file: file("hba") };
  postgres = await startPostgres({ settings: { ...settings, wal_level: "replica", max_wal_senders: 2 } });
  const logins = ["someone", "overtls", "owner_x CREATEROLE", "serves_x", "strong_x BYPASSRLS", "heir_x"].map(
    (login) => `CREATE ROLE ${login} LOGIN PASSWORD 'sesame'`,
  );
  await asSuperuser(
    postgres.url,
    ...logins,
    "CREATE DATABASE nothing TEMPLATE template0",
    "CREATE DATABASE closed TEMPLATE template0",
    "CREATE DATABASE hubs OWNER owner_x TEMPLATE template0",
  );
  await asSuperuser(postgres.url, "GRANT owner_x TO heir_x", "REVOKE CONNECT ON DATABASE closed FROM public");
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Settings = Readonly<Record<string, string>>;

/** Runs a command of the program, `serve` unless another is named: its code and what it printed. */
async function run(env: Settings, command: readonly string[] = ["serve"]): Promise<readonly [number | null, string]> {
  const data = mkdtempSync(join(folder, "data-"));
  const usual = { PORT: "0", SECGRAPH_TLS_PORT: "off", SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "t", SECGRAPH_LOG: "error,text", SECGRAPH_DATA: data };
  const { code, stdout, stderr } = await runToEnd({ command: [...program, ...command], env: { ...usual, ...env } });
  return [code, `${stdout}${stderr}`];
}

const doctorsWord = async (env: Settings): Promise<string | undefined> => {
  const findings = await checkPostgres(readConfiguration("development", { flags: {}, env }));
  return findings.find(({ state }) => state === "fail")?.says;
};

/** Each case as the program and the doctor tell it, a few at a time. */
async function expectTold(cases: readonly (readonly [string | Settings, RegExp])[]): Promise<void> {
  const left = [...cases];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [given, message] = next;
      const env = typeof given === "string" ? { DATABASE_URL: given } : given;
      const [code, printed] = await run(env);
      expect([code, printed.trimEnd().split("\n")], JSON.stringify(env)).toEqual([1, [expect.stringMatching(message)]]);
      const told = printed.replace(/^secgraph: /, "").trimEnd();
      expect(told).not.toContain("sesame");
      expect(await doctorsWord(env)).toBe(told);
    }
  };
  await Promise.all([work(), work(), work()]);
}

/** What the server knows of us. */
const traces = async (database: string): Promise<unknown> => {
  const [tables] = await asSuperuser(
    urlOf(postgres.url, database),
    "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
  );
  const [roles] = await asSuperuser(postgres.url, "SELECT count(*)::int AS n FROM pg_roles WHERE rolname LIKE 'secgraph%'");
  return [tables, roles];
};
const untouched = [{ n: 0 }, { n: 0 }];

describe("an empty database", () => {
  test("addresses, users, passwords and rights that do not lead into it", { timeout: 240_000 }, async () => {
    await expectTold([
      [as("someone", "nothing", "wrong"), /^secgraph: \S+ does not let the user 'someone' in: the password is wrong, or there is no such user\.$/],
      [as("nobody_such", "nothing"), /^secgraph: \S+ does not let the user 'nobody_such' in: the password is wrong, or there is no such user\.$/],
      [urlOf(postgres.url, "nothing", "someone"), /^secgraph: \S+ wants a password of the user 'someone', and the URL has none\.$/],
      ["postgres://a:sesame@no-such-host.invalid/x", /^secgraph: The host of no-such-host\.invalid:5432 is not known here/],
      ["postgres://a:sesame@127.0.0.1:1/x", /^secgraph: Nothing listens at 127\.0\.0\.1:1: is PostgreSQL running there\?$/],
      [urlOf(postgres.url, "absent"), /^secgraph: There is no database 'absent' on \S+\. Make it there: CREATE DATABASE/],
      [as("someone", "closed"), /^secgraph: The user 'someone' may not connect to 'closed' on \S+: GRANT CONNECT ON DATABASE "closed" TO "someone"\.$/],
      [as("someone", "nothing"), /^secgraph: The database 'nothing' has no tables yet and the user 'someone' may not make them\. Run 'secgraph migrate'/],
    ]);
    expect([await traces("nothing"), await traces("closed")]).toEqual([untouched, untouched]);
  });

  test("TLS: not offered, not trusted, of another name, wanted by the server, and what the URL says of it", { timeout: 240_000 }, async () => {
    const root = `sslrootcert=${file("ca.pem")}`;
    const another = `sslrootcert=${file("another.pem")}`;
    const notTrusted = /^secgraph: TLS with localhost:\d+: the CA of its certificate is not trusted here\. Name the CA's file in the URL, sslrootcert=/;
    await expectTold([
      [`${inject("postgres")}?sslmode=verify-full`, /^secgraph: \S+ offers no TLS: set ssl = on there, or leave sslmode and sslrootcert out of the URL\.$/],
      [tls("nothing", "sslmode=verify-full"), notTrusted],
      [tls("nothing", `sslmode=verify-full&${another}`), notTrusted],
      [tls("nothing", `sslmode=verify-ca&${another}`), notTrusted],
      [tls("nothing", another), notTrusted],
      [
        tls("nothing", `sslmode=verify-full&${root}`, "127.0.0.1"),
        /^secgraph: TLS with 127\.0\.0\.1:\d+: its certificate is for other names\. Use one of them/,
      ],
      [
        tls("nothing", `sslmode=verify-full&sslrootcert=${file("no.pem")}`),
        /^secgraph: TLS with \S+ fails: the file of sslrootcert cannot be read \(\S+no\.pem\)/,
      ],
      [urlOf(postgres.url, "nothing", "overtls"), /^secgraph: \S+ does not let the user 'overtls' in without TLS: add sslmode=verify-full to the URL/],
    ]);
    for (const [query, expected] of [
      ["sslmode=prefer", "sslmode disable, require, no-verify, verify-ca or verify-full; this URL has another"],
      ["sslmode=verify-ca", "sslrootcert beside sslmode=verify-ca; this URL names none"],
    ] as const) {
      expect(await run({ DATABASE_URL: tls("nothing", query) })).toEqual([1, `secgraph: DATABASE_URL: expected ${expected}.\n`]);
    }
    expect(await traces("nothing")).toEqual(untouched);
  });

  test("TLS that is in order gets in: by name, by the CA alone, unchecked", async () => {
    const root = `sslrootcert=${file("ca.pem")}`;
    const urls = [
      tls("nothing", `sslmode=verify-full&${root}`),
      tls("nothing", `sslmode=verify-ca&${root}`, "127.0.0.1"),
      tls("nothing", `sslmode=require&${root}`, "127.0.0.1"),
      tls("nothing", "sslmode=require", "127.0.0.1"),
      tls("nothing", "sslmode=require").replace("postgres@", "overtls@"),
    ];
    for (const url of urls) {
      const session = await openBulkSession(url);
      expect(await session.rows("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), url).toEqual([["t"]]);
      await session.end();
    }
  });

  test("PostgreSQL 14, whatever the command", { timeout: 240_000 }, async () => {
    const old = await startOldServer(urlOf(postgres.url, "nothing"));
    onTestFinished(old.close);
    const message = /^secgraph: PostgreSQL 15 or newer is needed; 127\.0\.0\.1:\d+ is 14\.12\.$/;
    await expectTold([[old.url, message]]);
    const commands = ["migrate", "migrate --dry-run", "app list", "user list", "key list", "hub list", `backup --to ${file("backup")}`].map((text) =>
      text.split(" "),
    );
    const told = await Promise.all(commands.map((command) => run({ DATABASE_URL: old.url }, command)));
    expect(told.map(([code, printed]) => [code, printed.trimEnd()])).toEqual(commands.map(() => [1, expect.stringMatching(message) as string]));
    const [code, printed] = await run({ DATABASE_URL: old.url }, ["doctor", "--mode", "production"]);
    expect([code, printed]).toEqual([1, expect.stringContaining("PostgreSQL 15 or newer is needed")]);
    const none = await run({ DATABASE_URL: urlOf(postgres.url, "nothing") }, ["app", "list"]);
    expect(none).toEqual([
      1,
      expect.stringMatching(/^secgraph: The database 'nothing' on \S+ has no tables yet: start the server, or run 'secgraph migrate'\.\n$/),
    ]);
    expect(await traces("nothing")).toEqual(untouched);
  });
});

describe("secgraph's tables", () => {
  const owner = (): string => as("owner_x", "hubs");
  const apart = (user: string): Settings => ({ DATABASE_URL: as(user, "hubs"), SECGRAPH_DATABASE_OWNER_URL: owner() });
  const rows = (...sql: string[]): Promise<unknown> => asSuperuser(urlOf(postgres.url, "hubs"), ...sql);

  beforeAll(async () => {
    const [code, printed] = await run(apart("serves_x"), ["migrate"]);
    if (code !== 0) throw new Error(printed);
  });

  test("a login that may not serve, one that may do too much, and an owner of something else", { timeout: 240_000 }, async () => {
    const mayDo = (what: string): RegExp =>
      new RegExp(`^secgraph: The user '\\w+' of DATABASE_URL ${what}: beside SECGRAPH_DATABASE_OWNER_URL it has to be one that owns nothing`);
    await expectTold([
      [
        as("someone", "hubs"),
        /^secgraph: The user 'someone' may not serve the database 'hubs'\. As its owner: GRANT secgraph_hub, secgraph_fleet, secgraph_system TO "someone"\.$/,
      ],
      [apart("strong_x"), mayDo("bypasses row-level security")],
      [{ ...apart("x"), DATABASE_URL: urlOf(postgres.url, "hubs") }, mayDo("is a superuser")],
      [apart("heir_x"), mayDo("has the rights of the owner of the tables of 'hubs'")],
      [
        { ...apart("serves_x"), SECGRAPH_DATABASE_OWNER_URL: urlOf(postgres.url, "nothing") },
        /^secgraph: SECGRAPH_DATABASE_OWNER_URL leads to the database 'nothing', DATABASE_URL to 'hubs'\.$/,
      ],
    ]);
  });

  test("tables of a newer program, and of an older one that the login may not change", { timeout: 240_000 }, async () => {
    const before = await rows("SELECT number, model FROM schema_versions");
    await rows(`INSERT INTO "schema_versions" SELECT "number" + 1, 999, "model", "shapes", "at" FROM "schema_versions"`);
    await expectTold([
      [
        as("serves_x", "hubs"),
        /^secgraph: The data in 'hubs' on \S+ were written by a newer secgraph \(store version 999; this program knows \d+\): start that version\.$/,
      ],
    ]);
    await rows(`DELETE FROM "schema_versions" WHERE "store" = 999`, `UPDATE "schema_versions" SET "at" = "model", "model" = 'older'`);
    await expectTold([
      [as("serves_x", "hubs"), /^secgraph: The tables of 'hubs' are of an older secgraph and the user 'serves_x' may not change them\. Run 'secgraph migrate'/],
    ]);
    await rows(`UPDATE "schema_versions" SET "model" = "at"`);
    expect(await rows("SELECT number, model FROM schema_versions")).toEqual(before);
  });

  test("a wall between hubs that is open: migrate mends what is the tables', the roles are the administrator's", { timeout: 240_000 }, async () => {
    const open = (what: string): RegExp => new RegExp(`^secgraph: The wall between hubs in 'hubs' on \\S+ is open: ${what}\\. Take BYPASSRLS`);
    await rows(`ALTER TABLE "security_alerts" DISABLE ROW LEVEL SECURITY`, `CREATE POLICY everybody ON "security_alerts" USING (true)`);
    await expectTold([[apart("serves_x"), open("row-level security is off for the table security_alerts")]]);
    expect(await run(apart("serves_x"), ["migrate"])).toEqual([0, expect.stringMatching(/Done\.\n$/)]);
    expect(await doctorsWord(apart("serves_x"))).toBeUndefined();
    expect(await rows("SELECT policyname FROM pg_policies WHERE tablename = 'security_alerts' ORDER BY 1")).toHaveLength(3);
    await rows("ALTER ROLE secgraph_hub BYPASSRLS");
    await expectTold([[apart("serves_x"), open("the role secgraph_hub is not held by row-level security")]]);
    await rows("ALTER ROLE secgraph_hub NOBYPASSRLS", `ALTER TABLE "security_alerts" OWNER TO secgraph_fleet`);
    await expectTold([[as("serves_x", "hubs"), open("the role secgraph_fleet owns tables")]]);
    await rows(`ALTER TABLE "security_alerts" OWNER TO owner_x`);
    expect(await doctorsWord(apart("serves_x"))).toBeUndefined();
  });

  test("a standby", { timeout: 240_000 }, async () => {
    await postgres.halt();
    writeFileSync(join(postgres.data, "standby.signal"), "", { mode: 0o644 });
    await postgres.resume();
    await expectTold([
      [as("serves_x", "hubs"), /^secgraph: \S+ is a standby and takes no writes: use the URL of the primary\. Standbys go into SECGRAPH_REPLICA_URLS\.$/],
    ]);
  });
});
