import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createService, type Service } from "../../src/app.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { readServedModel } from "../../src/cli/loadModel.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import { openSqliteStore } from "../../src/store/sqlite/openSqliteStore.ts";
import type { Store } from "../../src/store/store.ts";
import { harbourOperations } from "../models/harbourOperations.ts";
import { program, runToEnd, type Ended } from "../process/server.ts";
import { baseUrl, callerOf } from "../wire/hub.ts";
import { createDatabase, type TestDatabase } from "./databases.ts";

/** The commands that work on data, with data of a model of one's own. */
const temp = mkdtempSync(join(tmpdir(), "secgraph-model-"));
const model = join(import.meta.dirname, "../models/harbour.csdl.xml");
const data = join(temp, "data");
const databases: TestDatabase[] = [];
const patience = 240_000;

const all = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
const served = readServedModel({ model });
// Whoever reads the file has every permission; so has the tests' caller.
const places = served.places.map(({ permissions }) => permissions);
const caller = callerOf({ permissions: [...all.read, ...places.flatMap(({ read, write }) => [...read, ...write])] });

async function over<T>(
  store: Store,
  work: (send: (method: string, target: string, body?: unknown) => Promise<{ status: number; text: string }>) => Promise<T>,
): Promise<T> {
  const service: Service = await createService({
    model: served,
    store,
    authenticate: () => caller,
    budgets: defaultBudgets,
    placeholders: [],
    faithful: [],
    profile: "odata",
    operations: harbourOperations,
  });
  try {
    return await work(async (method, target, body) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const { status, body: answer = "" } = await service.handle({
        method,
        target: `/v1.0/${target}`,
        headers,
        baseUrl,
        ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      });
      return { status, text: typeof answer === "string" ? answer : Buffer.from(answer).toString() };
    });
  } finally {
    await store.close();
  }
}

const pages = [
  "Assets?$orderby=Id",
  "Companies?$orderby=Name",
  "Companies?$filter=Seat/harbour.PostBox/Box eq 7",
  "Vessels?$expand=Crew",
  "People(Email='a@b.c')",
  "Samples?$filter=Money gt 12345678901234567890123456.7891",
  "Samples?$filter=Moneys/any(m:m eq -0.1000000000000000000000000001)",
  "Samples?$apply=aggregate(Money with sum as sum)",
];
const seen = (store: Store): Promise<string[]> =>
  over(store, async (send) => (await Promise.all(pages.map((page) => send("GET", page)))).map(({ status, text }) => `${status} ${text}`));
const run = (...args: string[]): Promise<Ended> => runToEnd({ command: [...program, ...args] }, patience);

async function freshDatabase(): Promise<string> {
  const database = await createDatabase();
  databases.push(database);
  return database.url;
}

const long = (digits: string): unknown => JSON.rawJSON(digits);
const sampleId = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;

beforeAll(async () => {
  mkdirSync(data, { mode: 0o700 });
  await over(await openSqliteStore({ file: join(data, "secgraph.sqlite"), model: served }), async (send) => {
    const sent: readonly (readonly [string, object])[] = [
      ["People", { Number: "9007199254740993", Name: "P", Email: "a@b.c" }],
      ["Companies", { Name: "c", Seat: { "@odata.type": "#harbour.PostBox", City: "x", Box: 7 } }],
      ["Vessels", { "@odata.type": "#harbour.Tanker", Id: 1, Name: "T", Tanks: [1, 2], "Crew@odata.bind": ["People(9007199254740993)"] }],
      ["Samples", { Id: sampleId(1), Money: long("12345678901234567890123456.7891"), Moneys: [long("-0.1")] }],
      ["Samples", { Id: sampleId(2), Money: long("12345678901234567890123456.7892"), Moneys: [long("-0.1000000000000000000000000001")] }],
    ];
    for (const [set, body] of sent) {
      const { status, text } = await send("POST", set, body);
      if (status !== 201) throw new Error(`${set}: ${text}`);
    }
  });
}, patience);

afterAll(async () => {
  for (const database of databases) await database.drop();
  rmSync(temp, { recursive: true, force: true });
});

test("data of a model are migrated, looked over, copied to a database and back, and backed up from either", { timeout: patience }, async () => {
  const before = await seen(await openSqliteStore({ file: join(data, "secgraph.sqlite"), model: served }));
  expect(before.map((text) => text.slice(0, 3))).toEqual(pages.map(() => "200"));
  for (const text of before.slice(-3, -1)) expect([text.includes(sampleId(1)), text.includes(sampleId(2))]).toEqual([false, true]);
  expect(before.at(-1)).toContain('"sum":24691357802469135780246913.5783');
  const [one, two] = [await freshDatabase(), await freshDatabase()];
  const back = join(temp, "back");
  const file = join(temp, "database.tar.gz");
  const folders = ["--data", data];
  const steps: readonly (readonly string[])[] = [
    ["migrate", "--dry-run", "--model", model, ...folders],
    ["migrate", "--model", model, ...folders],
    ["migrate", "--model", model, "--database-url", two],
    ["copy", "--model", model, "--from", `sqlite:${data}`, "--to", one],
    ["copy", "--model", model, "--from", one, "--to", `sqlite:${back}`],
    ["backup", "--model", model, "--database-url", one, ...folders, "--to", file],
    ["restore", file, "--model", model, "--data", join(temp, "served"), "--database-url", two],
    ["restore", file, "--data", join(temp, "restored")],
  ];
  for (const step of steps) {
    const { code, stdout, stderr } = await run(...step);
    const output = stdout + stderr;
    expect(code, `${step.join(" ")}\n${output}`).toBe(0);
  }
  const file2 = (folder: string): string => join(folder, "secgraph.sqlite");
  for (const folder of [back, join(temp, "restored")]) expect(await seen(await openSqliteStore({ file: file2(folder), model: served }))).toEqual(before);
  for (const url of [one, two]) expect(await seen(await openPostgresStore({ url, model: served, connections: 2 }))).toEqual(before);
  const doctor = await run(
    "doctor",
    "--json",
    "--mode",
    "production",
    "--model",
    model,
    "--database-url",
    one,
    "--data",
    back,
    "--auth",
    "none",
    "--host",
    "127.0.0.1",
  );
  const findings = (
    JSON.parse(doctor.stdout) as {
      findings: { check: string; state: string; says: string }[];
    }
  ).findings;
  expect(findings.filter(({ check, state }) => ["database", "walls", "rights"].includes(check) && state === "fail")).toEqual([]);
});

test("without the model they are refused before anything is touched", { timeout: patience }, async () => {
  const target = join(temp, "never");
  for (const step of [
    ["migrate", "--data", data],
    ["copy", "--from", `sqlite:${data}`, "--to", `sqlite:${target}`],
  ]) {
    const { code, stdout, stderr } = await run(...step);
    const output = stdout + stderr;
    expect(code).not.toBe(0);
    expect(output).toMatch(/another model|another secgraph|no data|older/);
  }
  expect(existsSync(join(target, "secgraph.sqlite"))).toBe(false);
  const { code, stdout, stderr } = await run("migrate", "--model", join(temp, "nothing.xml"), "--data", data);
  expect([code === 0, stdout + stderr]).toEqual([false, expect.stringContaining("SECGRAPH_MODEL")]);
});
