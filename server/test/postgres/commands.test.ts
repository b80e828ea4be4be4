import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { tellTrail } from "../../src/cli/audit/tellTrail.ts";
import { withTrail } from "../../src/cli/audit/trailOf.ts";
import { makeBackup } from "../../src/cli/backup/makeBackup.ts";
import { restoreBackup } from "../../src/cli/backup/restoreBackup.ts";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { checkPostgres } from "../../src/cli/doctor/checkPostgres.ts";
import { openIssuerStore } from "../../src/cli/issuerMemory.ts";
import { migrateDatabase, planOfDatabase } from "../../src/cli/migrateDatabase.ts";
import { prepareStore } from "../../src/cli/prepareStore.ts";
import { seedDemoStore } from "../../src/cli/seedDemoStore.ts";
import { databasePlace, filePlace } from "../../src/cli/transfer/place.ts";
import { transferData, type TransferredData } from "../../src/cli/transfer/transferData.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { developmentTenant } from "../../src/issuer/developmentApp.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { inspectDatabase } from "../../src/store/sqlite/inspectDatabase.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { verifyPlace } from "../audit/verifyPlace.ts";
import { program, runToEnd, startGroup } from "../process/server.ts";
import { asSuperuser, createDatabase, urlOf, type TestDatabase } from "./databases.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-commands-"));
const source = join(temp, "source");
const databases: TestDatabase[] = [];
const logins: string[] = [];
const quiet = () => () => undefined;
const patience = 240_000;

beforeAll(async () => {
  mkdirSync(source, { mode: 0o700 });
  await seedDemoStore(join(source, "secgraph.sqlite"), createModel(securityGraph), () => undefined);
  const connection = nodeSqlite.open(join(source, "secgraph.sqlite"));
  // What needs care on its way: tabs, line ends, backslashes, what looks like null, characters beyond 16 bits.
  connection.prepare(`INSERT INTO "system_values" VALUES (?1, ?2)`).run(["odd", "a\tb\nc\r\\N \\. \u{1F600} \u0001 ''"]);
  connection.close();
  await openIssuerStore(source).signingKeys();
}, patience);

afterAll(async () => {
  for (const database of databases) await database.drop();
  for (const login of logins) await asSuperuser(inject("postgres"), `DROP OWNED BY ${login}`, `DROP ROLE ${login}`).catch(() => undefined);
  rmSync(temp, { recursive: true, force: true });
});

async function freshDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  databases.push(database);
  return database;
}

const into = (url: string) => databasePlace(url, "--to");
const contentOf = ({ tables, issuer }: TransferredData): unknown => [tables, issuer];

test("a copy from SQLite to PostgreSQL, on to another database and back is the same in every table, issuer included", { timeout: patience }, async () => {
  const [one, two] = [await freshDatabase(), await freshDatabase()];
  const back = join(temp, "back");
  const there = await transferData({ from: filePlace(source), to: into(one.url), progress: quiet });
  const on = await transferData({ from: into(one.url), to: into(two.url), progress: quiet });
  const home = await transferData({ from: into(two.url), to: filePlace(makeFolder(back)), progress: quiet });
  expect([contentOf(on), contentOf(home)]).toEqual([contentOf(there), contentOf(there)]);
  expect(there.tables.filter(({ rows }) => rows > 0).length).toBeGreaterThan(30);
  const [before, after] = [source, back].map((folder) => inspectDatabase(join(folder, "secgraph.sqlite"), "whole"));
  expect([after!.counts, after!.faults]).toEqual([before!.counts, []]);
  expect(await openIssuerStore(back).state()).toEqual(await openIssuerStore(source).state());
  const trails = await verifyPlace(filePlace(source));
  expect([trails.faults, trails.chains.some(({ count }) => count > 100)]).toEqual([[], true]);
  for (const place of [into(one.url), into(two.url), filePlace(back)]) expect(await verifyPlace(place)).toEqual(trails);
  const again = transferData({ from: filePlace(source), to: into(one.url), progress: quiet });
  await expect(again).rejects.toThrow("The database holds data already (table hubs): choose an empty one.");
  const next = await asSuperuser(
    one.url,
    `SELECT nextval(pg_get_serial_sequence('"security_secureScores"', 'n'))::int - max(n)::int AS ahead FROM "security_secureScores"`,
  );
  expect(next).toEqual([{ ahead: 1 }]);
});

test("a copy that is killed again and again goes on where it was, and nobody serves it before it is whole", { timeout: patience }, async () => {
  const { url } = await freshDatabase();
  const folder = makeFolder(join(temp, "large"));
  const first = await transferData({ from: filePlace(source), to: filePlace(folder), progress: quiet });
  const connection = nodeSqlite.open(join(folder, "secgraph.sqlite"));
  connection.exec(
    `INSERT INTO "changes" WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT 1, 1000000 + i, 'security/secureScores', '[]', 'id ' || i, 'create', '[]', '2026-01-01T00:00:00.0000000Z' FROM n`,
  );
  connection.close();
  const command = [...program, "copy", "--from", `sqlite:${folder}`, "--to", url];
  const marked = async (): Promise<number> => {
    const rows = await asSuperuser(url, `SELECT coalesce(sum("count"), 0)::int AS done FROM "secgraph_transfer"`).catch(() => []);
    return Number(rows[0]?.["done"] ?? -1);
  };
  let last = -1;
  for (const kill of [1, 2]) {
    const group = startGroup({ command });
    while ((await marked()) < Math.max(last + 1, 1)) await sleep(5);
    expect((await group.kill()).signal, `kill ${kill}`).toBe("SIGKILL");
    last = await marked();
    await expect(prepareStore(given(url))).rejects.toThrow(/^A copy into '\w+' on \S+ was begun and is not finished: run it again, to its end\.$/);
  }
  const { code, stdout, stderr } = await runToEnd({ command }, patience);
  expect({ code, stderr: stderr.replaceAll(/^(?:copying|comparing).*\n/gm, "") }).toEqual({ code: 0, stderr: "" });
  const all = first.tables.reduce((sum, { rows }) => sum + rows, 60_000);
  expect(stdout).toMatch(
    new RegExp(`\\n${all} rows in \\d+ tables \\([1-9]\\d* of them by an earlier run\\): counted and compared, the same on both sides\\.\\n`),
  );
  await prepareStore(given(url));
});

test("a backup of PostgreSQL is restored into PostgreSQL and into SQLite, with all that was in it", { timeout: patience }, async () => {
  const [one, two] = [await freshDatabase(), await freshDatabase()];
  const made = await transferData({ from: filePlace(source), to: into(one.url), progress: quiet });
  const file = join(temp, "backup.tar.gz.enc");
  const passphrase = "correct horse battery staple";
  const manifest = await makeBackup({ data: makeFolder(join(temp, "served")), databaseUrl: one.url, file, passphrase, progress: quiet });
  expect(manifest.files.map(({ path }) => path)).toEqual(["secgraph.sqlite", "issuer/keys.json"]);
  await restoreBackup({ file, data: join(temp, "of two"), database: { databaseUrl: two.url }, force: false, passphrase, progress: quiet });
  await restoreBackup({ file, data: join(temp, "of none"), force: false, passphrase, progress: quiet });
  const second = await transferData({ from: into(two.url), to: filePlace(makeFolder(join(temp, "compared"))), progress: quiet });
  expect(contentOf(second)).toEqual(contentOf(made));
  const trails = await verifyPlace(filePlace(source));
  for (const place of [into(two.url), filePlace(join(temp, "of none"))]) expect(await verifyPlace(place)).toEqual(trails);
  expect(inspectDatabase(join(temp, "of none", "secgraph.sqlite"), "whole").counts).toEqual(inspectDatabase(join(source, "secgraph.sqlite"), "whole").counts);
  const refused = restoreBackup({ file, data: join(temp, "once more"), database: { databaseUrl: two.url }, force: false, passphrase, progress: quiet });
  await expect(refused).rejects.toThrow("The database holds data already");
});

test("what a command did stands in the trail of the database; where there is none yet nothing is made", { timeout: patience }, async () => {
  const { url } = await freshDatabase();
  const configuration = readConfiguration("development", { flags: { data: join(temp, "told"), databaseUrl: url }, env: {} });
  const did = { category: "signIn", activity: "token", tenant: developmentTenant, user: "ada@contoso.example" } as const;
  await tellTrail(configuration, did);
  // It would take no database that is not empty.
  await transferData({ from: filePlace(source), to: into(url), progress: quiet });
  await tellTrail(configuration, did);
  const told = await withTrail({ databaseUrl: url }, async (trail) => {
    const rows = [];
    for await (const { repeated } of trail.rows()) rows.push(`${repeated["activity"]} ${repeated["userPrincipalName"]}`);
    return rows;
  });
  expect(told.at(-1)).toBe("token ada@contoso.example");
  expect(await verifyPlace(into(url))).toMatchObject({ faults: [] });
});

test("of servers that start at once on a new database one fills it with the demo", { timeout: patience }, async () => {
  const { url } = await freshDatabase();
  const start = () => prepareStore({ ...given(url), seed: true });
  await Promise.all([start(), start()]);
  const hubs = await withTrail({ databaseUrl: url }, async (trail) => trail.hubs.length);
  expect(hubs).toBe(1);
});

test("a demo whose filling was cut is filled anew by the next start, a copy that was cut is left to who began it", { timeout: patience }, async () => {
  const cut = () => (done: number) => {
    if (done > 0) throw new Error("cut");
  };
  const [begun, copied] = [await freshDatabase(), await freshDatabase()];
  await expect(transferData({ from: filePlace(source), to: into(begun.url), filling: "demo", progress: cut })).rejects.toThrow("cut");
  await expect(transferData({ from: filePlace(source), to: into(copied.url), progress: cut })).rejects.toThrow("cut");
  await expect(prepareStore(given(begun.url))).rejects.toThrow(/was begun and is not finished/);
  await prepareStore({ ...given(begun.url), seed: true });
  expect(await withTrail({ databaseUrl: begun.url }, async (trail) => trail.hubs.length)).toBe(1);
  await expect(prepareStore({ ...given(copied.url), seed: true })).rejects.toThrow(/was begun and is not finished: run it again/);
});

test("a login that owns nothing serves what another one owns, and what it may not do is said", { timeout: patience }, async () => {
  const database = await freshDatabase();
  const [owner, serving] = await twoLogins(database);
  await expect(prepareStore(given(serving))).rejects.toThrow(/has no tables yet and the user 'serves_\w+' may not make them\. Run 'secgraph migrate'/);
  const urls = { databaseUrl: serving, databaseOwnerUrl: owner };
  expect((await planOfDatabase(urls)).from).toBeUndefined();
  expect(await asSuperuser(database.url, "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'")).toEqual([{ n: 0 }]);
  await migrateDatabase(urls);
  expect((await planOfDatabase(urls)).steps).toEqual([]);
  await prepareStore(given(serving));
  const findings = await checkPostgres({ ...readConfiguration("development", { flags: {}, env: {} }), databaseUrl: serving });
  expect(findings.filter(({ state }) => state === "fail")).toEqual([]);
  expect(findings.find(({ check }) => check === "rights")?.says).toMatch(/owns nothing and may act as the roles/);

  await asSuperuser(database.url, `UPDATE "schema_versions" SET "model" = 'another'`);
  await expect(prepareStore(given(serving))).rejects.toThrow(/The tables of '\w+' are of an older secgraph and the user 'serves_\w+' may not change them\./);
  await asSuperuser(database.url, `UPDATE "schema_versions" SET "store" = 999`);
  await expect(prepareStore(given(serving))).rejects.toThrow(
    /written by a newer secgraph \(store version 999; this program knows \d+\): start that version\.$/,
  );
  await asSuperuser(database.url, `REVOKE secgraph_hub, secgraph_fleet, secgraph_system FROM ${new URL(serving).username}`);
  await expect(prepareStore(given(serving))).rejects.toThrow(
    /newer|may not serve the database '\w+'\. As its owner: GRANT secgraph_hub, secgraph_fleet, secgraph_system TO/,
  );
});

test("the doctor sees a table without its wall, whatever the catalogue says", { timeout: patience }, async () => {
  const { url } = await freshDatabase();
  await transferData({ from: filePlace(source), to: into(url), progress: quiet });
  const walls = async () => {
    const findings = await checkPostgres({ ...readConfiguration("development", { flags: {}, env: {} }), databaseUrl: url });
    return findings.find(({ check }) => check === "walls");
  };
  expect((await walls())?.state).toBe("ok");
  await asSuperuser(url, `CREATE POLICY everybody ON "security_alerts" USING (true)`);
  expect(await walls()).toMatchObject({ state: "fail", says: expect.stringContaining("the table security_alerts shows rows") as string });
});

test("what is wrong with a database is one line, before anything is touched, and no password is told", { timeout: patience }, async () => {
  const server = new URL(inject("postgres"));
  const at = `postgres://someone:sesame@${server.host}`;
  const { url: foreign } = await freshDatabase();
  await asSuperuser(foreign, "CREATE TABLE invoices (n int)");
  const latin = `latin_${process.pid}`;
  await asSuperuser(inject("postgres"), `CREATE DATABASE ${latin} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
  databases.push({ url: urlOf(inject("postgres"), latin), drop: async () => void (await asSuperuser(inject("postgres"), `DROP DATABASE ${latin}`)) });
  const [deaf, closeDeaf] = await listening((text) => `HTTP/1.1 400 ${text}\r\n\r\n`);
  const told: readonly (readonly [string, RegExp])[] = [
    [
      "mysql://someone:sesame@localhost/x",
      /^DATABASE_URL: expected a URL of PostgreSQL \(postgres:\/\/user:password@host:port\/database\); this one has another scheme\.$/,
    ],
    ["postgres://someone:sesame@localhost:99999/x", /this one cannot be read\.$/],
    [
      "postgres://someone:ses,ame@one.invalid:5432,two.invalid/x?target_session_attrs=read-write",
      /^The host of one\.invalid:5432 and two\.invalid:5432 is not known here/,
    ],
    ["postgres://someone:sesame@one.invalid:5432,two.invalid:99999/x", /this one cannot be read\.$/],
    ["postgres://someone:sesame,@127.0.0.1:1/x", /^Nothing listens at 127\.0\.0\.1:1/],
    ["postgres://someone:sesame@localhost", /this one names no database\.$/],
    ["postgres://someone:sesame@127.0.0.1:1/x", /^Nothing listens at 127\.0\.0\.1:1: is PostgreSQL running there\?$/],
    ["postgres://someone:sesame@no-such-host.invalid/x", /^The host of no-such-host\.invalid:5432 is not known here/],
    [`postgres://someone:sesame@127.0.0.1:${deaf}/x`, /^What answers at 127\.0\.0\.1:\d+ does not speak PostgreSQL's protocol/],
    [`${at}/no_such_database`, /does not let the user 'someone' in: /],
    [urlOf(server.href, "no_such_database"), /^There is no database 'no_such_database' on \S+\. Make it there: CREATE DATABASE/],
    [foreign, /holds tables of something else \(invoices\): give secgraph a database of its own\.$/],
    [urlOf(server.href, latin), /has the encoding LATIN1; UTF8 is needed/],
  ];
  for (const [url, message] of told) {
    const refusal = await refusalOf(url);
    expect(refusal, url).toMatch(message);
    expect(refusal).not.toMatch(/sesame|\n/);
  }
  closeDeaf();
  expect(await asSuperuser(foreign, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([{ tablename: "invoices" }]);
  const { code, stderr } = await runToEnd({
    command: [...program, "start", "--data", join(temp, "unstarted")],
    env: { DATABASE_URL: foreign, PORT: "0", SECGRAPH_TLS_PORT: "0" },
  });
  expect([code, stderr.trim().split("\n")]).toEqual([1, [expect.stringContaining("holds tables of something else")]]);
});

async function refusalOf(url: string): Promise<string> {
  try {
    const { databaseUrl } = readConfiguration("development", { flags: {}, env: { DATABASE_URL: url } });
    await prepareStore(given(databaseUrl!));
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

function given(databaseUrl: string) {
  return { ...readConfiguration("development", { flags: { data: temp }, env: {} }), databaseUrl, seed: false };
}

/** The owner of a database, and a login that has no right in it. */
async function twoLogins({ url }: TestDatabase): Promise<readonly [string, string]> {
  const { pathname } = new URL(url);
  const ending = pathname.slice(-8);
  const [owner, serving] = [`owns_${ending}`, `serves_${ending}`];
  logins.push(owner, serving);
  const roles = ["secgraph_hub", "secgraph_fleet", "secgraph_system"];
  const make = roles.map((role) => `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  const grants = roles.map((role) => `GRANT ${role} TO ${owner} WITH ADMIN OPTION`);
  await asSuperuser(
    url,
    `CREATE ROLE ${owner} LOGIN CREATEROLE`,
    `CREATE ROLE ${serving} LOGIN`,
    `ALTER DATABASE "${pathname.slice(1)}" OWNER TO ${owner}`,
    ...make,
    ...grants,
  );
  return [urlOf(url, pathname.slice(1), owner), urlOf(url, pathname.slice(1), serving)];
}

function makeFolder(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { mode: 0o700 });
  return path;
}

/** Something that listens and is no PostgreSQL. */
async function listening(answer: (text: string) => string): Promise<readonly [number, () => void]> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer("Bad Request")));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return [(server.address() as { readonly port: number }).port, () => void server.close()];
}
