import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readConfiguration, type Configuration } from "../../src/cli/configuration.ts";
import { openAppDesk } from "../../src/cli/connectors/desk.ts";
import { resealAll } from "../../src/cli/connectors/reseal.ts";
import { withApp } from "../../src/cli/connectors/withApp.ts";
import { checkSecrets } from "../../src/cli/doctor/checkSecrets.ts";
import { openSecrets } from "../../src/cli/openSecrets.ts";
import { asSuperuser, createDatabase } from "./databases.ts";

const [one, two] = ["the-first-of-two-keys-of-a-database", "the-second-of-two-keys-of-a-database"];
const place = { tenant: "11111111-1111-4111-8111-111111111111" };
const body = {
  vendor: "Contoso",
  provider: "Firewall",
  kind: "http",
  http: { url: "https://fw.example/" },
  actions: [{ name: "A" }],
  credentials: [{ scheme: "basic", userName: "ada", secret: "t0p-s3cret" }],
};
const data = mkdtempSync(join(tmpdir(), "secgraph-credentials-"));
const database = await createDatabase();
afterAll(async () => {
  await database.drop();
  rmSync(data, { recursive: true, force: true });
});

const keyed = (...keys: readonly string[]): Configuration => {
  const flags = { data, databaseUrl: database.url, ...(keys.length > 0 && { secretsKey: keys.join(",") }) };
  return readConfiguration("development", { flags, env: {} });
};
const says = async (...keys: readonly string[]): Promise<string> => {
  const [found, ...more] = await checkSecrets(keyed(...keys));
  expect(more).toEqual([]);
  return `${found!.state}: ${found!.says}`;
};

test("the doctor tries the credentials in a database, and a new key takes the place of the old one", async () => {
  expect(await says()).toMatch(/^ok: No SECGRAPH_SECRETS_KEY is set/);
  const work = async <T>(configuration: Configuration, task: Parameters<typeof withApp<T>>[2]): Promise<T> =>
    withApp(configuration, () => openSecrets(configuration), task);
  const id = await work(keyed(one), async ({ app }) => {
    const { json, status } = await openAppDesk(app, place).send("POST", "connectors", body);
    expect(status).toBe(201);
    return (json as { readonly id: string }).id;
  });
  const opened = (key: string): Promise<unknown> => work(keyed(key), ({ app }) => openAppDesk(app, place).opened!(id));
  expect(await says(one)).toBe("ok: 1 connectors and ticket systems have credentials, and their key is here.");
  const lost = `fail: No key of SECGRAPH_SECRETS_KEY opens the credentials of ${id}.`;
  expect([await says(two), await says()]).toEqual([lost, lost]);
  await expect(resealAll(keyed())).rejects.toThrow("Put the new key before the old one in SECGRAPH_SECRETS_KEY");
  expect(await resealAll(keyed(two))).toMatchObject({ sealed: 0, lost: [id] });
  expect(await resealAll(keyed(two, one))).toMatchObject({ sealed: 1, lost: [] });
  expect([await says(two), await says(one)]).toEqual(["ok: 1 connectors and ticket systems have credentials, and their key is here.", lost]);
  expect([await opened(two), await opened(one)]).toEqual([body.credentials, undefined]);
  await asSuperuser(database.url, `UPDATE "security_connectors" SET "body" = replace("body", '"id":"${id}"', '"id":"elsewhere"')`);
  expect(await says(two)).toBe("fail: The credentials of elsewhere were altered, or are those of another hub or row.");
});
