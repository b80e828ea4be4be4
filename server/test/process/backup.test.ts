import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { makeBackup } from "../../src/cli/backup/makeBackup.ts";
import { checkBackup, restoreBackup } from "../../src/cli/backup/restoreBackup.ts";
import { lockDataFolder } from "../../src/cli/dataFolder.ts";
import { filePlace } from "../../src/cli/transfer/place.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { inspectDatabase } from "../../src/store/sqlite/inspectDatabase.ts";
import { openSqliteStore } from "../../src/store/sqlite/openSqliteStore.ts";
import { verifyPlace } from "../audit/verifyPlace.ts";
import { program, runToEnd, startServer } from "./server.ts";
import type { Ended, ServerProcess } from "./server.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-backup-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const patience = 240_000;
const tenants = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"] as const;

const cli = (...args: readonly string[]): Promise<Ended> => runToEnd({ command: [...program, ...args] }, patience);

async function tokenOf(data: string, tenant: string): Promise<string> {
  const { stdout } = await cli("token", "--data", data, "--tenant", tenant, "--permissions", "SecurityEvents.ReadWrite.All");
  return stdout.trim();
}

interface Score {
  readonly id: string;
  readonly etag: string;
}

const headers = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}`, "content-type": "application/json" });
const scores = ({ port }: ServerProcess): string => `http://127.0.0.1:${port}/v1.0/security/secureScores`;

async function post(server: ServerProcess, token: string, number: number): Promise<Score | undefined> {
  const body = JSON.stringify({ currentScore: number, maxScore: 10_000, vendorInformation: { vendor: "Contoso", provider: "Backup" } });
  const answer = await fetch(scores(server), { method: "POST", headers: headers(token), body }).catch(() => undefined);
  if (answer?.status !== 201) return undefined;
  const { id, "@odata.etag": etag } = (await answer.json()) as { readonly id: string; readonly "@odata.etag": string };
  return { id, etag };
}

/** Writes until told to stop, four at a time; `acknowledged` grows. */
function keepWriting(server: ServerProcess, token: string): { readonly acknowledged: Score[]; readonly stop: () => Promise<void> } {
  const acknowledged: Score[] = [];
  const state = { going: true };
  const write = async (): Promise<void> => {
    while (state.going) {
      const score = await post(server, token, acknowledged.length);
      if (score !== undefined) acknowledged.push(score);
    }
  };
  const writers = [write(), write(), write(), write()];
  return {
    acknowledged,
    async stop() {
      state.going = false;
      await Promise.all(writers);
    },
  };
}

async function stop(server: ServerProcess): Promise<void> {
  server.signal("SIGTERM");
  expect((await server.ended).code).toBe(0);
}

async function read(server: ServerProcess, token: string, { id }: Score): Promise<Score & { readonly status: number }> {
  const answer = await fetch(`${scores(server)}/${id}`, { headers: headers(token) });
  const body = (await answer.json()) as { readonly "@odata.etag"?: string };
  return { id, status: answer.status, etag: body["@odata.etag"] ?? "" };
}

test(
  "a backup under load holds every write acknowledged before it began; tokens, ETags and page links of before work after the restore",
  { timeout: patience },
  async () => {
    const data = join(temp, "loaded");
    const file = join(temp, "loaded.tar.gz");
    const server = await startServer({ command: [...program, "start"], data });
    const [first, second] = await Promise.all(tenants.map((tenant) => tokenOf(data, tenant)));
    const load = keepWriting(server, first!);
    const foreign = (await post(server, second!, 1))!;
    while (load.acknowledged.length < 200) await new Promise((resolve) => setTimeout(resolve, 20));
    const page = (await (await fetch(`${scores(server)}?$top=5`, { headers: headers(first!) })).json()) as { readonly "@odata.nextLink": string };
    const before = [...load.acknowledged];

    const made = await cli("backup", "--data", data, "--to", file);
    expect([made.code, made.stdout.split("\n")[0]]).toEqual([0, file]);
    expect(load.acknowledged.length).toBeGreaterThan(before.length);
    await load.stop();
    await stop(server);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(temp).filter((name) => name.includes(".new"))).toEqual([]);

    const elsewhere = join(temp, "restored");
    const restored = await cli("restore", file, "--data", elsewhere);
    expect([restored.code, restored.stdout.split("\n")[0]]).toEqual([0, elsewhere]);
    expect(inspectDatabase(join(elsewhere, "secgraph.sqlite"), "whole").faults).toEqual([]);
    const { chains, faults } = await verifyPlace(filePlace(elsewhere));
    expect([chains.length, faults]).toEqual([2, []]);
    const points = chains.map(({ hub, last, seal }) => ({ hub, number: last, seal }));
    expect((await verifyPlace(filePlace(data), points)).faults).toEqual([]);
    for (const name of ["secgraph.sqlite", "issuer/keys.json", "tls/ca-key.pem", "development.json"])
      expect(statSync(join(elsewhere, name)).mode & 0o777).toBe(0o600);
    for (const name of ["issuer/keys.json", "tls/ca.pem"]) expect(readFileSync(join(elsewhere, name))).toEqual(readFileSync(join(data, name)));

    const back = await startServer({
      command: [...program, "start"],
      data: elsewhere,
      env: { PORT: String(server.port), SECGRAPH_TLS_PORT: String(server.tlsPort) },
    });
    expect(await Promise.all(before.map((score) => read(back, first!, score)))).toEqual(before.map((score) => ({ ...score, status: 200 })));
    expect((await read(back, second!, foreign)).status).toBe(200);
    expect((await read(back, first!, foreign)).status).toBe(404);
    expect((await read(back, second!, before[0]!)).status).toBe(404);
    const next = await fetch(page["@odata.nextLink"].replace(/^https?:\/\/[^/]+/, `http://127.0.0.1:${back.port}`), { headers: headers(first!) });
    expect([next.status, ((await next.json()) as { readonly value: readonly unknown[] }).value.length]).toEqual([200, 5]);
    await stop(back);
    const goneOn = await verifyPlace(filePlace(elsewhere), points);
    expect([goneOn.chains.length, goneOn.faults]).toEqual([2, []]);
  },
);

/** A small installation that no server uses. */
async function smallData(name: string): Promise<string> {
  const data = join(temp, name);
  mkdirSync(join(data, "issuer"), { recursive: true });
  writeFileSync(join(data, "issuer", "keys.json"), "{}");
  const store = await openSqliteStore({ file: join(data, "secgraph.sqlite"), model: createModel(securityGraph) });
  await store.close();
  return data;
}

const quiet = (): (() => void) => () => undefined;

test(
  "restore refuses a folder that holds something, one that is in use, and one left half; with --force it keeps what was there",
  { timeout: patience },
  async () => {
    const data = await smallData("forced");
    const file = join(temp, "forced.tar.gz");
    await makeBackup({ data, file, progress: quiet });
    await expect(makeBackup({ data, file, progress: quiet })).rejects.toThrow(`${file} is there already.`);
    const lock = lockDataFolder(data);
    const inUse = await cli("restore", file, "--data", data, "--force");
    expect([inUse.code, inUse.stderr]).toEqual([1, expect.stringMatching(/^secgraph: The data folder .* is in use by process \d+\. Stop it first/)]);
    lock.release();
    await expect(restoreBackup({ file, data, force: false, progress: quiet })).rejects.toThrow(/ is not empty\. .*--force/);

    writeFileSync(join(data, "restore.json"), "{}");
    const half = await runToEnd({ command: [...program, "start"], env: { SECGRAPH_DATA: data, PORT: "0", SECGRAPH_TLS_PORT: "0" } });
    expect([half.code, half.stderr]).toEqual([1, expect.stringMatching(/^secgraph: A restore into .* was interrupted\. Run it again with --force/)]);

    const { code, stdout } = await cli("restore", file, "--data", data, "--force");
    const aside = /what was there before lies in (.*)$/m.exec(stdout)?.[1] ?? "";
    expect([code, readdirSync(aside).includes("secgraph.sqlite"), readdirSync(data).toSorted()]).toEqual([
      0,
      true,
      [basename(aside), "issuer", "secgraph.sqlite"],
    ]);
    lockDataFolder(data).release();
  },
);

test("what is damaged, cut off, foreign or newer is refused before anything changes", async () => {
  const source = await smallData("damaged");
  const file = join(temp, "damaged.tar.gz");
  await makeBackup({ data: source, file, progress: quiet });
  const whole = readFileSync(file);
  const data = join(temp, "untouched");
  const broken = join(temp, "broken.tar.gz");
  const refusal = async (bytes: Buffer): Promise<string> => {
    writeFileSync(broken, bytes);
    const told = await restoreBackup({ file: broken, data, force: false, progress: quiet }).then(
      () => "restored",
      (error: Error) => error.message,
    );
    expect(readdirSync(data)).toEqual([]);
    return told;
  };
  for (let share = 0.02; share < 1; share += 0.07) {
    const changed = Buffer.from(whole);
    changed[Math.floor(share * whole.length)]! ^= 1;
    expect(await refusal(changed)).toContain("broken.tar.gz cannot be restored.");
  }
  expect(await refusal(whole.subarray(0, whole.length / 2))).toContain("cannot be restored. It is no backup of secgraph, or damaged.");
  expect(await refusal(Buffer.from("something else"))).toContain("cannot be restored. It is no backup of secgraph, or damaged.");
  const newer = new DatabaseSync(join(source, "secgraph.sqlite"));
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  await expect(makeBackup({ data: source, file: join(temp, "newer.tar.gz"), progress: quiet })).rejects.toThrow(
    "were written by a newer secgraph: back them up with that version.",
  );
});

test("damaged data are not taken for a backup", async () => {
  const data = await smallData("rotten");
  const path = join(data, "secgraph.sqlite");
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096 * 3, 4096 * 5);
  writeFileSync(path, bytes);
  await expect(makeBackup({ data, file: join(temp, "rotten.tar.gz"), progress: quiet })).rejects.toThrow(/malformed|damaged/);
  expect(readdirSync(temp).filter((name) => name.startsWith("rotten."))).toEqual([]);
});

test("an encrypted backup comes back with its passphrase only, and holds nothing that can be read", { timeout: patience }, async () => {
  const passphrase = join(temp, "passphrase");
  writeFileSync(passphrase, "correct horse battery staple\n");
  const file = join(temp, "sealed.tar.gz.enc");
  const made = await cli("backup", "--data", await smallData("sealed"), "--to", file, "--passphrase-file", passphrase);
  expect([made.code, made.stdout]).toEqual([0, expect.stringContaining("encrypted: without the passphrase it cannot be restored")]);
  const bytes = readFileSync(file);
  expect(bytes.subarray(0, 28).toString()).toBe("secgraph-backup-encrypted-1\n");
  await expect(checkBackup(file, undefined, quiet)).rejects.toThrow("It is encrypted: give its passphrase with --passphrase-file.");
  await expect(checkBackup(file, "another horse battery staple", quiet)).rejects.toThrow("The passphrase is another one, or the file was changed.");
  const checked = await cli("restore", file, "--check", "--passphrase-file", passphrase);
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining(`${file} is whole`)]);
});
