import { afterAll, beforeAll, expect, test } from "vitest";
import { openHub, vendor, type TestHub } from "../wire/hub.ts";

const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const scores = "/v1.0/security/secureScores";
const faults: unknown[] = [];
let hubs: TestHub[];
let recheckers: { readonly stop: () => Promise<void> }[];
beforeAll(async () => {
  const first = await openHub();
  hubs = [first, await openHub({ folder: first.folder })];
  recheckers = hubs.map(({ service }) => service.startRechecking((error) => void faults.push(error)));
});
afterAll(async () => {
  await Promise.all(recheckers.map(({ stop }) => stop()));
  await hubs[1]!.store.close();
  await hubs[0]!.close();
  if (faults.length > 0) throw new AggregateError(faults, "Looking again failed.");
});

test("two servers that both look: each task is decided once, its history written once", async () => {
  const names = Array.from({ length: 24 }, (_, number) => `Control-${number}`);
  const ids: string[] = [];
  for (const [number, name] of names.entries()) {
    const verification = { controlNames: [name], provider: vendor.provider };
    ids.push((await hubs[number % 2]!.post(tasks, { status: "completed", verification })).json.id);
  }
  const told = names.map((controlName, number) => ({ controlName, score: number % 3 === 0 ? 1 : 5, maxScore: 5 }));
  const score = { vendorInformation: vendor, controlScores: told };
  for (const { status } of await Promise.all(hubs.map((hub) => hub.post(scores, score)))) expect(status).toBe(201);
  const ask = (hub: TestHub): Promise<unknown> => Promise.all(ids.slice(0, 8).map((id) => hub.post(`${tasks}/${id}/recheck`, "")));
  await Promise.all(hubs.map(ask));
  const undecided = `${tasks}/$count?$filter=verification/state eq 'unverified'`;
  await expect.poll(async () => (await hubs[0]!.get(undecided)).text, { timeout: 60_000 }).toBe("0");
  for (const { stop } of recheckers) await stop();
  for (const [number, id] of ids.entries()) {
    const { status, verification, statusHistory } = (await hubs[1]!.get(`${tasks}/${id}`)).json;
    const isBad = number % 3 === 0;
    expect([status, verification.state, statusHistory.length]).toEqual([isBad ? "active" : "completed", isBad ? "failed" : "verified", 2]);
  }
});
