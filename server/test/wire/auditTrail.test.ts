import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Verified } from "../../src/cli/audit/verifyTrail.ts";
import { databasePlace, filePlace, type DataPlace } from "../../src/cli/transfer/place.ts";
import { transferData } from "../../src/cli/transfer/transferData.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { createTrailKeeping } from "../../src/outbox/audit/keepTrail.ts";
import type { TrailEnd } from "../../src/store/audit/auditEntry.ts";
import { createConnections } from "../../src/store/postgres/connections.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { verifyPlace } from "../audit/verifyPlace.ts";
import { temporaryFolder } from "../cli/program.ts";
import { databaseOf, engine } from "../engine.ts";
import { openHub, type TestHub } from "./hub.ts";

const model = createModel(securityGraph);
const count = 12;
let hub: TestHub;
let place: DataPlace;
beforeAll(async () => {
  [hub, place] = await openAudited();
});
afterAll(() => hub.close());

/** A hub with so many records. */
async function openAudited(): Promise<[TestHub, DataPlace]> {
  const one = await openHub();
  for (let index = 0; index < count; index += 1) await one.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "V", provider: `P${index}` } });
  const file = join(one.folder, "hub.sqlite");
  return [one, engine === "sqlite" ? filePlace(file) : databasePlace((await databaseOf(file, model)).url, "--from")];
}

const verify = (at: DataPlace = place): Promise<Verified> => verifyPlace(at);

/** As somebody would who has the data and no program. */
async function run(at: DataPlace, ...statements: readonly string[]): Promise<void> {
  if (at.engine === "sqlite") {
    const connection = nodeSqlite.open(at.file);
    for (const sql of statements) connection.exec(sql);
    return connection.close();
  }
  const connections = createConnections({ url: at.url, connections: 1, queryBudget: 10_000 });
  await connections.run(
    { kind: "system" },
    statements.map((sql) => ({ sql, values: [] })),
  );
  await connections.close();
}

test("who serves requests cannot change what stands in the trail (PostgreSQL)", async () => {
  if (place.engine !== "postgres") return expect(engine).toBe("sqlite");
  const connections = createConnections({ url: place.url, connections: 1, queryBudget: 10_000 });
  onTestFinished(() => connections.close());
  const scope = { kind: "hub", n: 1, hub: (await hub.store.system.trails())[0]!.hub, tenant: "" } as const;
  for (const sql of [`UPDATE "audit" SET "verb" = 'x'`, `DELETE FROM "audit"`])
    await expect(connections.run(scope, [{ sql, values: [] }])).rejects.toThrow("permission denied");
});

const swapped = `UPDATE "audit" SET "seq" = CASE "seq" WHEN 5 THEN -6 WHEN 6 THEN -5 END WHERE "seq" IN (5, 6)`;

describe("what was done to the data is told", () => {
  test.each([
    ["a value", "changed 4", [`UPDATE "audit" SET "body" = replace("body", '"provider', '"Provider'), "verb" = 'update' WHERE "seq" = 4`]],
    ["the content", "changed 4", [`UPDATE "audit" SET "body" = replace("body", 'secureScore', 'SecureScore') WHERE "seq" = 4`]],
    [
      "the seal",
      "changed 4",
      [
        `UPDATE "audit" SET "seal" = replace("seal", substr("seal", 1, 1), '0') || '' WHERE "seq" = 4 AND substr("seal", 1, 1) <> '0'`,
        `UPDATE "audit" SET "seal" = 'x' WHERE "seq" = 4`,
      ],
    ],
    ["content taken away", "unsealed 4", [`UPDATE "audit" SET "body" = NULL, "seal" = NULL WHERE "seq" = 4`]],
    ["a row taken out", "missing 4", [`DELETE FROM "audit" WHERE "seq" = 4`]],
    ["rows in each other's place", "reordered 5", [swapped, `UPDATE "audit" SET "seq" = - "seq" WHERE "seq" < 0`]],
    ["the end cut off", `cut off ${count - 1}`, [`DELETE FROM "audit" WHERE "seq" >= ${count - 1}`]],
    ["everything", "cut off 1", [`DELETE FROM "audit"`]],
    ["the beginning cut off", "missing 1", [`DELETE FROM "audit" WHERE "seq" <= 3`]],
  ])("%s: %s", async (_, found, statements) => {
    const [own, at] = await openAudited();
    onTestFinished(() => own.close());
    await run(at, ...statements);
    expect((await verify(at)).faults.map(({ kind, number }) => `${kind} ${number}`)).toEqual([found]);
  });
});

describe("what is too old is removed", () => {
  test("and the chain tells so and goes on", async () => {
    const [own, at] = await openAudited();
    onTestFinished(() => own.close());
    const job = createTrailKeeping(own.store.system, 1, () => Date.now() + 2 * 86_400_000);
    const lease = { hub: "", kind: "", key: "", owner: "", token: 1, attempts: 1, payload: "" };
    expect(await job(lease, new AbortController().signal)).toEqual({ later: 3_600_000 });
    const list = async () => (await own.get("/v1.0/security/auditRecords?$select=number,activity,removedThrough")).json.value;
    expect((await list()).map(({ number, activity, removedThrough }: any) => [number, activity, removedThrough])).toEqual([
      [count + 1, "removeOldRecords", count - 1],
      [count, "create", null],
    ]);
    expect((await own.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "V", provider: "P" } })).status).toBe(201);
    expect(await verify(at)).toMatchObject({ faults: [], chains: [{ first: count, last: count + 2, isTold: true }] });
    await run(at, `DELETE FROM "audit" WHERE "seq" = ${count}`);
    expect((await verify(at)).faults).toMatchObject([{ kind: "missing", number: 1 }]);
  });
});

describe("details are erased", () => {
  test("and the chain is what it was, and tells of how many", async () => {
    const [own, at] = await openAudited();
    onTestFinished(() => own.close());
    const [{ hub: id }] = (await own.store.system.trails()) as [TrailEnd];
    const read = async (number: number) => (await own.get(`/v1.0/security/auditRecords/${number}`)).json;
    const [second, last] = [await read(2), await read(count)];
    const points = [{ hub: id, number: count, seal: last.seal }];
    expect(await own.store.system.eraseDetails({ hub: id, numbers: [2, 3, 999], now: second.createdDateTime, told: 2 })).toBe(2);
    expect(await own.store.system.eraseDetails({ hub: id, numbers: [2], now: second.createdDateTime, told: 0 })).toBe(0);
    expect(await own.store.system.eraseDetails({ hub: "00000000-0000-4000-8000-000000000000", numbers: [2], now: "", told: 1 })).toBe(0);
    const erased = await read(2);
    for (const name of ["clientAddress", "resourcePath", "salt", "userAgent", "userPrincipalName"]) expect([name, erased[name] ?? null]).toEqual([name, null]);
    for (const name of ["activity", "appId", "createdDateTime", "detailDigest", "seal", "userPseudonym"])
      expect([name, erased[name]]).toEqual([name, second[name]]);
    expect(await read(count + 1)).toMatchObject({ activity: "eraseDetails", category: "system", occurrences: 2 });
    expect(await verifyPlace(at, points)).toMatchObject({ faults: [], chains: [{ first: 1, last: count + 1, erased: 2 }] });
    expect((await own.get("/v1.0/security/auditRecords?$filter=resourcePath%20eq%20null&$select=number")).json.value.length).toBe(3);
  });
});

test("records that say what they have not, as they were written once, are answered alike and stand in one chain with others", async () => {
  const [own, at] = await openAudited();
  onTestFinished(() => own.close());
  const read = async () => (await own.get("/v1.0/security/auditRecords/4")).json;
  const record = await read();
  const absent = Object.keys(record).filter((name) => record[name] === null);
  expect(absent).toEqual(expect.arrayContaining(["errorCode", "lastDateTime", "occurrences", "removedSeal", "removedThrough", "statusCode"]));
  const members = absent.map((name) => `,"${name}":null`).join("");
  await run(at, `UPDATE "audit" SET "body" = substr("body", 1, length("body") - 1) || '${members}}' WHERE "seq" = 4`);
  await own.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "V", provider: "P" } });
  expect(await read()).toEqual(record);
  expect(await verify(at)).toMatchObject({ faults: [], chains: [{ first: 1, last: count + 1 }] });
  const declared = model.place("security/auditRecords").type.allProperties.map(({ name }) => name);
  for (const number of [4, count + 1]) {
    const { json } = await own.get(`/v1.0/security/auditRecords/${number}`);
    expect(
      Object.keys(json)
        .filter((name) => !name.startsWith("@"))
        .toSorted(),
    ).toEqual(declared.toSorted());
  }
  expect((await own.get("/v1.0/security/auditRecords/$count?$filter=errorCode%20eq%20null%20and%20removedThrough%20eq%20null")).text).toBe(String(count + 1));
});

test("a copy holds the same chain, and a server goes on with it", async () => {
  const folder = temporaryFolder();
  const to = filePlace(join(folder, "secgraph.sqlite"));
  await transferData({ from: place, to, progress: () => () => undefined });
  const before = await verify();
  expect(await verify(to)).toEqual(before);
  expect(before).toMatchObject({ faults: [], chains: [{ first: 1, last: count }] });
});

test("where the trails end is known without reading them", async () => {
  const { chains } = await verify();
  expect(await hub.store.system.trails()).toEqual(chains.map(({ hub: id, last, seal, at }) => ({ hub: id, number: last, seal, at })));
});
