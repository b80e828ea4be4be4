import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createService } from "../../src/app.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import type { Store } from "../../src/store/store.ts";
import { answer as ask, callerFrom, callerOf, openHub, type Answer, type TestHub } from "./hub.ts";

let hub: TestHub;
let now = Date.parse("2026-11-22T06:00:00Z");
beforeAll(async () => {
  hub = await openHub({ clock: () => now });
});
afterAll(() => hub.close());

const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const eve = callerOf({ kind: "delegated", user: "eve@contoso.example" });
const refusal = ({ status, json }: Answer): [number, string, string] => [status, json.error?.code, json.error?.target];

async function task(body: object = {}): Promise<string> {
  const made = await hub.post(tasks, { "@odata.type": "#microsoft.graph.securityConfigurationTask", ...body });
  expect(made.status, made.text).toBe(201);
  return `${tasks}/${made.json.id}`;
}
const read = async (path: string): Promise<any> => (await hub.get(path)).json;
const historyOf = async (path: string): Promise<unknown[]> =>
  (await read(path)).statusHistory.map((one: any) => [one.status, one.note, one.assignedTo, one.author]);

describe("the history of a task", () => {
  test("accepted, assigned, noted, completed and taken up again: each by whom, with which note, and when", async () => {
    const path = await task({ assignedTo: "ada@contoso.example" });
    const act = (name: string, body: object): Promise<Answer> => hub.post(`${path}/${name}`, body, { caller: eve });
    for (const [name, body] of [
      ["updateStatus", { status: "active", note: "Taken." }],
      ["assign", { assignedTo: "eve@contoso.example", note: "Yours." }],
      ["addNote", { note: "Half of them done." }],
      ["updateStatus", { status: "completed" }],
      ["updateStatus", { status: "active", note: "Two are missing." }],
      ["assign", { assignedTo: null }],
    ] as const) {
      now += 1000;
      const answer = await act(name, body);
      expect([answer.status, answer.text]).toEqual([204, ""]);
    }
    await hub.patch(path, { assignedTo: "bob@contoso.example", status: "rejected" }, { caller: eve });
    const by = "eve@contoso.example";
    expect(await historyOf(path)).toEqual([
      ["pending", null, "ada@contoso.example", "test-app"],
      ["active", "Taken.", null, by],
      ["active", "Yours.", "eve@contoso.example", by],
      ["active", "Half of them done.", null, by],
      ["completed", null, null, by],
      ["active", "Two are missing.", null, by],
      ["active", null, null, by],
      ["active", null, "bob@contoso.example", by],
      ["rejected", null, null, by],
    ]);
    const times = (await read(path)).statusHistory.map((one: any) => one.updatedDateTime);
    expect(times).toEqual(times.toSorted());
    expect(times[1]).toBe("2026-11-22T06:00:01.0000000Z");
    const mine = await hub.get(`${tasks}?$filter=assignedTo eq 'bob@contoso.example'&$select=id`);
    expect(mine.json.value).toHaveLength(1);
  });

  test("says when it was completed, as long as it is", async () => {
    const path = await task({ status: "active" });
    expect((await read(path)).completedDateTime).toBe(null);
    await hub.post(`${path}/updateStatus`, { status: "completed" });
    const { completedDateTime, statusHistory } = await read(path);
    expect(completedDateTime).toBe(statusHistory.at(-1).updatedDateTime);
    expect((await hub.get(`${tasks}?$filter=completedDateTime ge ${completedDateTime}&$select=id`)).json.value).toHaveLength(1);
    await hub.post(`${path}/updateStatus`, { status: "active", note: "No." });
    expect((await read(path)).completedDateTime).toBe(null);
    expect((await read(await task({ status: "completed" }))).completedDateTime).not.toBe(null);
  });

  test("is not the client's to write", async () => {
    const forged = { statusHistory: [{ status: "completed", author: "x" }], isOverdue: true, completedDateTime: "2020-01-01T00:00:00Z" };
    const path = await task(forged);
    expect(await read(path)).toMatchObject({ isOverdue: false, completedDateTime: null, statusHistory: [{ status: "pending", author: "test-app" }] });
    await hub.patch(path, forged);
    expect(await read(path)).toMatchObject({ isOverdue: false, completedDateTime: null, statusHistory: [{ status: "pending" }] });
  });

  test.each([
    ["addNote", {}, [400, "BadRequest", "note"]],
    ["addNote", { note: null }, [400, "BadRequest", "note"]],
    ["addNote", { note: " \n" }, [400, "BadRequest", "note"]],
    ["addNote", { note: "x".repeat(4001) }, [400, "BadRequest", "note"]],
    ["addNote", { note: "x", more: 1 }, [400, "BadRequest", "more"]],
    ["assign", { assignedTo: 5 }, [400, "BadRequest", "assignedTo"]],
    ["assign", { assignedTo: "a", note: "x".repeat(4001) }, [400, "BadRequest", "note"]],
    ["updateStatus", { status: "active", note: "x".repeat(4001) }, [400, "BadRequest", "note"]],
  ])("%s with %j is refused, and nothing is kept of it", async (name, body, expected) => {
    const path = await task();
    expect(refusal(await hub.post(`${path}/${name}`, body))).toEqual(expected);
    expect(await historyOf(path)).toHaveLength(1);
  });

  test("a wrong step is 409 and names those that are possible, however it is asked for", async () => {
    const path = await task();
    for (const answer of [await hub.post(`${path}/updateStatus`, { status: "completed" }), await hub.patch(path, { status: "completed" })]) {
      expect(refusal(answer)).toEqual([409, "TaskTransitionNotAllowed", "status"]);
      expect(answer.json.error.message).toBe("A task cannot go from pending to completed; possible are active, rejected.");
      expect(answer.json.error.details).toEqual([
        { code: "AllowedStatus", message: "active", target: "status" },
        { code: "AllowedStatus", message: "rejected", target: "status" },
      ]);
    }
  });

  test("eight complete it at once: one does, the others hear what is possible then", async () => {
    const path = await task({ status: "active" });
    const answers = await Promise.all(Array.from({ length: 8 }, () => hub.post(`${path}/updateStatus`, { status: "completed" })));
    expect([204, 409].map((status) => answers.filter((one) => one.status === status).length)).toEqual([1, 7]);
    expect(await historyOf(path)).toHaveLength(2);
  });
});

describe("overdue", () => {
  const isOverdue = async (path: string): Promise<boolean> => (await read(path)).isOverdue;

  test("what is due in the past is, until it is done, rejected, or due later", async () => {
    const late = await task({ dueDateTime: "2026-11-22T07:59:59+02:00" });
    expect([await isOverdue(late), await isOverdue(await task({ dueDateTime: "2026-11-23T06:00:00Z" }))]).toEqual([true, false]);
    expect((await hub.get(`${tasks}?$filter=isOverdue eq true&$select=id`)).json.value.map(({ id }: any) => `${tasks}/${id}`)).toEqual([late]);
    await hub.patch(late, { dueDateTime: "2026-12-22T06:00:00Z" });
    expect(await isOverdue(late)).toBe(false);
    await hub.patch(late, { dueDateTime: "2026-11-21T06:00:00Z" });
    await hub.post(`${late}/updateStatus`, { status: "rejected" });
    expect(await isOverdue(late)).toBe(false);
    await hub.post(`${late}/updateStatus`, { status: "active", note: "It matters." });
    expect(await isOverdue(late)).toBe(true);
    await hub.post(`${late}/updateStatus`, { status: "completed" });
    expect(await isOverdue(late)).toBe(false);
  });
});

describe("devices", () => {
  test("a number that was sent stands until devices are listed, then it is theirs, whatever comes and goes", async () => {
    const path = await task({ managedDeviceCount: 40 });
    const devices = `${path}/managedDevices`;
    const count = async (): Promise<number> => (await read(path)).managedDeviceCount;
    const add = async (): Promise<string> => (await hub.post(devices, { displayName: "PC" })).json.id;
    expect(await count()).toBe(40);
    const ids = [await add(), await add(), await add()];
    expect(await count()).toBe(3);
    await hub.patch(path, { managedDeviceCount: 7 });
    expect(await count()).toBe(3);
    for (const id of ids) await hub.remove(`${devices}/${id}`);
    expect(await count()).toBe(0);
    await hub.patch(path, { managedDeviceCount: 7 });
    expect(await count()).toBe(7);
    await Promise.all([add(), add(), add(), add()]);
    expect(await count()).toBe(4);
  });

  test("a device that another server counts while the task is completed here takes nothing of that back", async () => {
    const path = await task({ status: "active" });
    let meanwhile: Promise<Answer> | undefined;
    const store: Store = {
      ...hub.store,
      async ruleReads(permitted, reads) {
        const found = await hub.store.ruleReads(permitted, reads);
        meanwhile ??= hub.post(`${path}/updateStatus`, { status: "completed" });
        expect((await meanwhile).status).toBe(204);
        return found;
      },
    };
    const model = createModel(securityGraph);
    const other = await createService({
      model,
      store,
      authenticate: (headers) => callerFrom(headers["authorization"]),
      budgets: defaultBudgets,
      placeholders: [],
      faithful: [],
    });
    expect((await ask(other, "POST", `${path}/managedDevices`, { body: { displayName: "PC" } })).status).toBe(201);
    expect(await read(path)).toMatchObject({ status: "completed", managedDeviceCount: 1 });
  });

  test("there is no cap on them: pages are followed to the last, and the number is right", async () => {
    const path = await task();
    const url = `${path.replace("/v1.0", "")}/managedDevices`;
    const add = (from: number): Promise<Answer> =>
      hub.post("/v1.0/$batch", {
        requests: Array.from({ length: 20 }, (_, index) => ({
          id: String(index),
          method: "POST",
          url,
          headers: { "content-type": "application/json" },
          body: { displayName: `PC-${from + index}`, managedDeviceId: String(from + index) },
        })),
      });
    for (let from = 0; from < 600; from += 20) await add(from);
    const seen = new Set<string>();
    for (let next: string | undefined = `${path}/managedDevices?$top=250&$count=true`; next !== undefined;) {
      const { json } = await hub.get(next);
      for (const one of json.value) seen.add(one.managedDeviceId);
      if (next.includes("$count=true")) expect(json["@odata.count"]).toBe(600);
      next = json["@odata.nextLink"]?.replace("https://hub.example", "");
    }
    expect(seen.size).toBe(600);
    expect([(await hub.get(`${path}/managedDevices/$count`)).text, (await read(path)).managedDeviceCount]).toEqual(["600", 600]);
    const found = await hub.get(`${path}/managedDevices?$filter=managedDeviceId eq '431'&$select=displayName`);
    expect(found.json.value.map((one: any) => one.displayName)).toEqual(["PC-431"]);
  });
});
