import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test, vi } from "vitest";
import { createSecrets } from "../../src/base/secrets.ts";
import { readConfiguration, type Configuration } from "../../src/cli/configuration.ts";
import { openAppDesk } from "../../src/cli/connectors/desk.ts";
import { resealAll } from "../../src/cli/connectors/reseal.ts";
import { withApp } from "../../src/cli/connectors/withApp.ts";
import { checkSecrets } from "../../src/cli/doctor/checkSecrets.ts";
import { openSecrets } from "../../src/cli/openSecrets.ts";
import { addCopyCommand } from "../../src/cli/transfer/copyCommand.ts";
import { readKeys } from "../../src/cli/readKeys.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { temporaryFolder } from "./program.ts";
import { altered } from "../wire/altered.ts";

const place = { tenant: "11111111-1111-4111-8111-111111111111" };
const credentials = [{ scheme: "basic", userName: "ada", secret: "t0p-s3cret" }];
const body = { vendor: "Contoso", provider: "Firewall", kind: "http", http: { url: "https://fw.example/" }, actions: [{ name: "A" }], credentials };

function configured(data: string, flags: Readonly<Record<string, string>> = {}): Configuration {
  return readConfiguration("development", { flags: { data, ...flags }, env: {} });
}

async function make(configuration: Configuration): Promise<string> {
  return withApp(
    configuration,
    () => openSecrets(configuration),
    async ({ app }) => {
      const { json } = await openAppDesk(app, place).send("POST", "connectors", body);
      return (json as { readonly id: string }).id;
    },
  );
}

const opened = (configuration: Configuration, id: string): Promise<unknown> =>
  withApp(
    configuration,
    () => openSecrets(configuration),
    ({ app }) => openAppDesk(app, place).opened!(id),
  );

test("a new key takes the place of the one in the data folder, and everything opens with it alone", async () => {
  const configuration = configured(temporaryFolder());
  const file = join(configuration.data, "secrets.key");
  const id = await make(configuration);
  const [before] = readKeys(readFileSync(file, "utf8"));
  expect(await opened(configuration, id)).toEqual(credentials);
  expect(await resealAll(configuration)).toMatchObject({ sealed: 1, lost: [] });
  const after = readKeys(readFileSync(file, "utf8"));
  expect([after.length, after.includes(before)]).toEqual([1, false]);
  expect(await checkSecrets(configuration)).toMatchObject([{ state: "ok", says: "1 connectors and ticket systems have credentials, and their key is here." }]);
  expect(await opened(configuration, id)).toEqual(credentials);
  writeFileSync(file, `${before}\n`);
  expect(await opened(configuration, id)).toBeUndefined();
  expect(await checkSecrets(configuration)).toMatchObject([{ state: "fail", says: expect.stringContaining(`opens the credentials of ${id}`) as string }]);
  // The one of before comes back behind one that was made since.
  writeFileSync(file, `${before}\n${after[0]}\n`);
  expect(await checkSecrets(configuration)).toMatchObject([{ state: "ok" }]);
  writeFileSync(file, "short\n");
  await expect(resealAll(configuration)).rejects.toThrow(/secrets.key: expected keys of at least 32 characters/);
  expect(await checkSecrets(configuration)).toMatchObject([
    { state: "fail", says: expect.stringContaining("expected keys of at least 32 characters") as string },
  ]);
  await expect(opened(configuration, id)).rejects.toThrow(/keys of at least 32 characters.*Bring it back from a backup/);
});

test("so do the secrets of ticket systems", async () => {
  const configuration = configured(temporaryFolder());
  const secret = "a secret of at least 32 characters";
  const made = await withApp(
    configuration,
    () => openSecrets(configuration),
    async ({ app }) => {
      await openAppDesk(app, place).send("POST", "ticketSystems", { displayName: "without" });
      return (await openAppDesk(app, place).send("POST", "ticketSystems", { secret })).json as { readonly id: string };
    },
  );
  const opens = (): Promise<unknown> =>
    withApp(
      configuration,
      () => openSecrets(configuration),
      ({ app }) => openAppDesk(app, place).inboundSecret!(made.id),
    );
  expect(await resealAll(configuration)).toMatchObject({ sealed: 1, lost: [] });
  expect(await opens()).toBe(secret);
  rmSync(join(configuration.data, "secrets.key"));
  expect(await opens()).toBeUndefined();
  expect(await checkSecrets(configuration)).toMatchObject([{ state: "fail", says: expect.stringContaining(made.id) as string }]);
  expect(await resealAll(configuration)).toMatchObject({ sealed: 0, lost: [made.id] });
});

test("the doctor tries each of them: what was altered, or put into another row, is told", async () => {
  const configuration = configured(temporaryFolder());
  const id = await make(configuration);
  const change = (sql: string): void => {
    const connection = nodeSqlite.open(join(configuration.data, "secgraph.sqlite"));
    connection.exec(sql);
    connection.close();
  };
  const stored = `SELECT "body" FROM "security_connectors"`;
  const connection = nodeSqlite.open(join(configuration.data, "secgraph.sqlite"), { readOnly: true });
  const token = /"secret":"([\w-]+\.[^"]+)"/.exec(String(connection.prepare(stored).get([])![0]))![1]!;
  connection.close();
  const other = `${token.slice(0, -6)}${token.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA"}`;
  change(`UPDATE "security_connectors" SET "body" = replace("body", '${token}', '${other}')`);
  expect(await checkSecrets(configuration)).toMatchObject([
    { state: "fail", says: `The credentials of ${id} were altered, or are those of another hub or row.` },
  ]);
  change(`UPDATE "security_connectors" SET "body" = replace("body", '${other}', '${token}')`);
  expect(await checkSecrets(configuration)).toMatchObject([{ state: "ok" }]);
  change(`UPDATE "security_connectors" SET "body" = replace("body", '"id":"${id}"', '"id":"elsewhere"')`);
  expect(await checkSecrets(configuration)).toMatchObject([{ state: "fail", says: expect.stringContaining("elsewhere were altered") as string }]);
});

test("keys of the setting seal by the first; what no key opens is named, and no key is given up then", async () => {
  const [one, two] = ["the first of two keys, 32 characters", "the second of two keys, 32 characters"];
  const data = temporaryFolder();
  const id = await make(configured(data, { secretsKey: one.replaceAll(/[ ,]/g, "-") }));
  const keys = [two, one].map((key) => key.replaceAll(/[ ,]/g, "-"));
  expect(await resealAll(configured(data, { secretsKey: keys.join(",") }))).toMatchObject({ sealed: 1, lost: [] });
  expect(await opened(configured(data, { secretsKey: keys[0]! }), id)).toEqual(credentials);
  const own = configured(data);
  rmSync(join(data, "secrets.key"), { force: true });
  expect(await resealAll(own)).toMatchObject({ sealed: 0, lost: [id] });
  expect(await resealAll(own)).toMatchObject({ lost: [id] });
  expect(readKeys(readFileSync(join(data, "secrets.key"), "utf8"))).toHaveLength(2);
});

test("a copy of a data folder takes the key along", async () => {
  const [from, to] = [configured(temporaryFolder()), configured(temporaryFolder())];
  const id = await make(from);
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const program = new Command();
  addCopyCommand(program);
  await program.parseAsync(["copy", "--from", `sqlite:${from.data}`, "--to", `sqlite:${to.data}`], { from: "user" });
  expect(log.mock.calls.at(-1)?.[0]).toContain("the key that opens those of connectors is in");
  log.mockRestore();
  expect(await opened(to, id)).toEqual(credentials);
});

test("a sealed text begins with the name of its key, and tells nothing else of it", () => {
  const secrets = createSecrets(["a key of thirty-two characters...", "an older key of 32 characters..."]);
  const [sealed, again] = [secrets.seal("text", "context"), secrets.seal("text", "context")];
  expect(sealed).not.toBe(again);
  expect([
    secrets.open(sealed, "context"),
    secrets.open(sealed, "another"),
    secrets.open(altered(sealed), "context"),
    secrets.open("", "context"),
    secrets.open("x.y", "context"),
  ]).toEqual(["text", undefined, undefined, undefined, undefined]);
});
