import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ask, type Reply } from "../http/testServer.ts";
import { databasePlace } from "../../src/cli/transfer/place.ts";
import { verifyPlace } from "../audit/verifyPlace.ts";
import { program, runToEnd, startServer, type ServerProcess } from "../process/server.ts";
import { vendor } from "../wire/hub.ts";
import { asSuperuser, createDatabase } from "./databases.ts";

const tenant = "contoso.example";
const publicUrl = "https://hub.contoso.example";
const scores = "/v1.0/security/secureScores";
const score = { currentScore: 1, maxScore: 10, vendorInformation: vendor };

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "secgraph-server-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A token of the built-in issuer, from one of the servers. */
async function tokenFrom({ port }: ServerProcess, client: readonly string[]): Promise<string> {
  const [id = "", secret = ""] = client;
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret, scope: `${publicUrl}/.default` }).toString();
  const reply = await ask(port, `/${tenant}/oauth2/v2.0/token`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body });
  return (reply.json() as { readonly access_token: string }).access_token;
}

test("two servers as people start them: one database, one issuer, one hub; one is killed, the other goes on, and SIGTERM ends it in order", async () => {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  const env = { DATABASE_URL: url, SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: tenant, SECGRAPH_PUBLIC_URL: publicUrl };
  const start = (data: string): Promise<ServerProcess> => startServer({ command: [...program, "serve"], data, env, patience: 120_000 });
  const [one, two] = await Promise.all([start(folder()), start(folder())]);
  onTestFinished(async () => void (await Promise.all([one.kill(), two.kill()])));

  const add = [...program, "app", "add", "--name", "CI", "--tenant", tenant, "--roles", "SecurityEvents.ReadWrite.All", "--data", folder()];
  const added = await runToEnd({ command: add, env: { DATABASE_URL: url } });
  expect([added.code, added.stderr]).toEqual([0, ""]);
  const client = [/Client id +(\S+)/, /Client secret +(\S+)/].map((line) => line.exec(added.stdout)![1]!);

  const tokens = [await tokenFrom(one, client), await tokenFrom(two, client)];
  const send = (server: ServerProcess, path: string, more: Sent = {}, token = tokens[0]!): Promise<Reply> =>
    ask(server.port, path, { ...more, headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...more.headers } });
  const post = { method: "POST", headers: { "idempotency-key": "a" }, body: JSON.stringify(score) };
  const made = await send(one, scores, post);
  expect([made.status, (await send(two, scores, post, tokens[1])).bytes.toString()]).toEqual([201, made.bytes.toString()]);
  for (const token of tokens) for (const server of [one, two]) expect((await send(server, `${scores}/$count`, {}, token)).bytes.toString()).toBe("1");

  // One dies in the middle of what it is asked, while the other writes into the same hub.
  const keys = Array.from({ length: 8 }, (_, n) => `k${n}`);
  const write = (server: ServerProcess, key: string) => send(server, scores, { ...post, headers: { "idempotency-key": key } }).then(({ status }) => status, () => 0); // prettier-ignore
  const [running, beside] = [keys.map((key) => write(one, key)), keys.map((key) => write(two, `beside ${key}`))];
  await one.kill();
  await Promise.all(running);
  const all201 = keys.map(() => 201);
  expect(await Promise.all(beside)).toEqual(all201);
  expect(await Promise.all(keys.map((key) => write(two, key)))).toEqual(all201);
  expect((await send(two, `${scores}/$count`)).bytes.toString()).toBe("17");

  // Both wrote into one trail: whole, without a gap, one record for each write.
  expect(await verifyPlace(databasePlace(url, "--database-url"))).toMatchObject({ faults: [], chains: [{ first: 1 }] });
  const records = await asSuperuser(url, `SELECT count(*)::int AS n, count(DISTINCT "seq")::int AS numbers FROM "audit" WHERE "verb" = 'create'`);
  expect(records).toEqual([{ n: 17, numbers: 17 }]);

  two.signal("SIGTERM");
  expect((await two.ended).code).toBe(0);
});
