import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { crashEnv } from "../test/process/crashRounds.ts";
import { exchange, type Received } from "../test/process/exchange.ts";
import { randomOf } from "../test/process/randomOf.ts";
import { program, runToEnd, startGroup, startServer, type ServerProcess } from "../test/process/server.ts";
import { createDisk, emptyJournal, skippedWithoutDisk } from "../test/disk/disk.ts";
import { readJournal } from "../test/disk/journal.ts";
import { followDisk } from "../test/disk/powerCut.ts";
import { openPatient } from "../test/disk/sickRounds.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-begin-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const emulator = [...program, "emulator"];
const patience = 120_000;

function place(name: string): { readonly folder: string; readonly data: string; readonly journal: string } {
  const folder = join(temp, name);
  mkdirSync(folder);
  return { folder, data: join(folder, "data"), journal: join(temp, `${name}.journal`) };
}

/** What a server that cannot start says: one line, no stack. */
const oneLine = (pattern: RegExp) => [1, "", [expect.stringMatching(pattern)]];

describe.skipIf(skippedWithoutDisk())("a start on a sick disk", () => {
  test.each([
    ["full", ["space 0", "create 28 *"], /^secgraph: ENOSPC: no space left on device, /],
    ["full after some files", ["space 20000"], /^secgraph: (?:ENOSPC|The data file .+ cannot be opened: )/],
    ["read-only", ["open 30 *", "create 30 *", "mkdir 30 *"], /^secgraph: E(?:ROFS|NOENT): /],
  ])("%s: one clear line; on a well disk the next one works", { timeout: patience }, async (name, rules, line) => {
    const { folder, data } = place(name.replaceAll(" ", "-"));
    const disk = createDisk({ folder });
    const env = { ...crashEnv, ...disk.env };
    disk.set(...rules);
    const { code, stdout, stderr } = await runToEnd({ command: emulator, env: { ...env, PORT: "0", SECGRAPH_DATA: data, SECGRAPH_SEED: "off" } });
    expect([code, stdout, stderr.trim().split("\n")]).toEqual(oneLine(line));
    disk.set();
    const server = await startServer({ command: emulator, data, env });
    const patient = await openPatient(server);
    await patient.writeUntil("acknowledged", 5);
    expect(await patient.recount()).toEqual([]);
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  test("a migration that finds no room leaves the data as they were, and no half copy; with room it works", { timeout: patience }, async () => {
    const { folder, data } = place("migration");
    const disk = createDisk({ folder });
    const env = { ...crashEnv, ...disk.env };
    const first = await startServer({ command: emulator, data, env });
    const patient = await openPatient(first);
    await patient.writeUntil("acknowledged", 50);
    first.signal("SIGTERM");
    await first.ended;
    const file = new DatabaseSync(join(data, "secgraph.sqlite"));
    file.exec(`UPDATE "schema_versions" SET "model" = 'an older one'`);
    file.close();
    const copies = (): readonly string[] => readdirSync(data).filter((name) => name.includes(".before-"));

    disk.set("space 50000");
    const { code, stderr } = await runToEnd({ command: emulator, env: { ...env, PORT: "0", SECGRAPH_DATA: data, SECGRAPH_SEED: "off" } });
    expect([code, stderr.trim().split("\n")]).toEqual([
      1,
      [expect.stringMatching(/^secgraph: The data file .+ cannot be opened: database or disk is full\.$/)],
    ]);
    expect(copies()).toEqual([]);
    disk.set();
    const second = await startServer({ command: emulator, data, env });
    expect(await (await openPatient(second, patient.told)).recount()).toEqual([]);
    expect(copies()).toHaveLength(1);
    second.signal("SIGTERM");
    await second.ended;
  });
});

describe.skipIf(skippedWithoutDisk())("a power cut", () => {
  const settled = { ...crashEnv, SECGRAPH_TLS_PORT: "0" };

  async function answerOf({ port }: ServerProcess, token: string): Promise<Received | undefined> {
    const agent = new Agent();
    const answer = await exchange({ port, agent }, { method: "GET", path: "/v1.0/security/secureScores", headers: { Authorization: `Bearer ${token}` } });
    agent.destroy();
    return answer;
  }

  test("after the first start keeps keys, certificates, applications, people and what clients were told", { timeout: patience }, async () => {
    const { folder, data, journal } = place("identity");
    const env = { ...settled, ...createDisk({ folder, journal }).env };
    emptyJournal(journal);
    const followed = followDisk(folder);
    const server = await startServer({ command: emulator, data, env });
    const run = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await runToEnd({ command: [...program, ...args, "--data", data], env });
      expect([code, stderr]).toEqual([0, ""]);
      return stdout.trim();
    };
    const token = await run("token");
    const added = await run("app", "add", "--name", "Kept", "--tenant", "contoso.com");
    const files = ["development.json", "issuer/keys.json", "issuer/apps.json", "issuer/people.json", "tls/ca.pem", "tls/ca-key.pem", "tls/server.pem"];
    const contents = (): readonly string[] => files.map((name) => readFileSync(join(data, name), "utf8"));
    const before = contents();
    await server.kill();
    followed.follow(readJournal(journal));
    followed.cut();
    expect(contents()).toEqual(before);
    const again = await startServer({ command: emulator, data, env });
    expect(contents()).toEqual(before);
    expect(await answerOf(again, token)).toMatchObject({ status: 200 });
    expect(await run("app", "list")).toContain(/Client id +(\S+)/.exec(added)![1]);
    await again.kill();
  });

  test("during the first start leaves nothing that the next one minds", { timeout: patience }, async () => {
    const { folder, data, journal } = place("starting");
    const env = { ...settled, ...createDisk({ folder, journal }).env };
    const random = randomOf(7);
    for (let cut = 0; cut < 4; cut += 1) {
      emptyJournal(journal);
      const followed = followDisk(folder);
      const group = startGroup({ command: emulator, env: { ...env, PORT: "0", SECGRAPH_TLS_PORT: "0", SECGRAPH_DATA: data, SECGRAPH_SEED: "off" } });
      await sleep(random.between(300, 1500));
      await group.kill();
      followed.follow(readJournal(journal));
      followed.cut(cut % 2 === 0 ? random : undefined);
    }
    const server = await startServer({ command: emulator, data, env });
    const patient = await openPatient(server);
    await patient.writeUntil("acknowledged", 5);
    expect(await patient.recount()).toEqual([]);
    await server.kill();
  });
});
