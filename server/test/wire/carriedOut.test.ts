import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Order } from "../../src/outbox/dispatch/connection.ts";
import { actions, block, disable, firewall, identity, person } from "./connectorBodies.ts";
import { openHub, type TestHub } from "./hub.ts";
import { testConnection } from "./testConnection.ts";

const faults: unknown[] = [];
const connection = testConnection();
const connectorIds: Record<string, string> = {};
let now = Date.parse("2026-05-01T08:00:00Z");
let hub: TestHub;
let dispatcher: { stop: () => Promise<void> };
beforeAll(async () => {
  hub = await openHub({ connections: new Map([["mock", connection]]), clock: () => now, steady: () => performance.now(), approvalHours: 2 });
  dispatcher = hub.service.startDispatching({ drain: 1000, reportWithin: 3_600_000, longestDrain: 60_000, onFault: (error) => void faults.push(error) });
  for (const connector of [firewall, identity]) {
    connectorIds[connector.provider] = (await hub.post("/v1.0/security/connectors", connector)).json.id;
  }
});
afterAll(async () => {
  await dispatcher.stop();
  await hub.close();
  if (faults.length > 0) throw new AggregateError(faults, "failed");
});

const read = async (id: string): Promise<any> => (await hub.get(`${actions}/${id}`)).json;
const childrenOf = async (id: string): Promise<any[]> => (await hub.get(`${actions}?$filter=dispatch/parentId eq '${id}'&$orderby=id`)).json.value;
const ordersOf = (id: string): readonly Order[] => connection.orders.filter(({ action }) => action.id === id);

async function posted(body: object): Promise<any> {
  const made = await hub.post(actions, body, person("ada@contoso.example"));
  expect(made.status, made.text).toBe(201);
  return made.json;
}

async function ask(id: string, operation: string, body: object = {}): Promise<any> {
  const answer = await hub.post(`${actions}/${id}/${operation}`, body, person("bob@contoso.example"));
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json;
}

const ended = async (id: string): Promise<any> => {
  await expect.poll(async () => (await read(id)).completedDateTime, { interval: 10 }).not.toBeNull();
  return read(id);
};

/** Something that shall not happen would have happened by then: another action of the same connector has. */
async function anotherIsDone(body: object = block): Promise<void> {
  await ended((await posted(body)).id);
}

describe("what the rules decide is carried out", () => {
  test("an approved action goes to its connector, one that waits does not", async () => {
    const [first, second] = [await posted(disable), await posted(disable)];
    await ask(first.id, "approve");
    expect(await ended(first.id)).toMatchObject({ status: "Completed", dispatch: { status: "finished", attempts: 1, approval: { state: "approved" } } });
    expect([ordersOf(first.id).length, ordersOf(second.id).length]).toEqual([1, 0]);
    expect(ordersOf(first.id)[0]!.action).toMatchObject({ name: "DisableUser", parameters: { user: "eve@contoso.example" } });
  });

  test("an undo goes out as the reverse action, and says what it undoes", async () => {
    const { id } = await posted(block);
    await ended(id);
    const undo = await ask(id, "undo", { reason: "Wrong address" });
    expect(await ended(undo.id)).toMatchObject({ name: "UnblockIp", status: "Completed", dispatch: { undoes: id } });
    expect((await hub.post(`${actions}/${undo.id}/cancelSecurityAction`, undefined)).json.error.message).toContain("Possible now: nothing.");
    expect(ordersOf(undo.id)).toMatchObject([{ undoes: id, action: { name: "UnblockIp", reason: "Wrong address", parameters: { ip: "198.51.100.7" } } }]);
  });

  test("a dry run never leaves", async () => {
    const { id } = await posted({ ...block, dryRun: true });
    await anotherIsDone();
    expect(ordersOf(id)).toEqual([]);
  });

  test("what holds for a while is taken back by itself, without another approval; once undone, not again", async () => {
    const kept = await posted({ ...disable, duration: "PT1H" });
    await ask(kept.id, "approve");
    const undone = await posted({ ...block, duration: "PT1H" });
    expect((await ended(undone.id)).dispatch.expiresDateTime).toBe("2026-05-01T09:00:00.0000000Z");
    await ended(kept.id);
    await ended((await ask(undone.id, "undo")).id);
    expect((await read(undone.id)).dispatch.expiresDateTime).toBeNull();
    now += 3_600_000;
    await anotherIsDone();
    await expect.poll(async () => (await read(kept.id)).dispatch.undoneBy).not.toBeNull();
    const reverse = await ended((await read(kept.id)).dispatch.undoneBy);
    expect(reverse).toMatchObject({ name: "EnableUser", status: "Completed", user: null, dispatch: { undoes: kept.id, approval: null } });
    expect((await hub.get(`${actions}/$count?$filter=dispatch/undoes eq '${undone.id}'`)).text).toBe("1");
  });

  test("what nobody approves in time fails, with all of its parts", async () => {
    const single = await posted(disable);
    const parent = await posted({ ...disable, targets: ["a", "b"].map((value) => ({ parameters: [{ name: "user", value }] })) });
    now += 2 * 3_600_000;
    await anotherIsDone({ ...disable, name: "ResetPassword" });
    for (const { id } of [single, parent, ...(await childrenOf(parent.id))]) {
      expect(await ended(id)).toMatchObject({
        status: "Failed",
        errorInfo: { code: 3, message: expect.stringContaining("Nobody approved it until 2026-05-01T") },
      });
    }
  });

  test("what comes to be protected while it waits fails, and was never sent", async () => {
    await hub.post(`/v1.0/security/connectors/${connectorIds["Firewall"]}/pause`, {});
    const [harmed, free] = [await posted(block), await posted({ ...block, parameters: [{ name: "ip", value: "198.51.100.8" }] })];
    const target = await hub.post("/beta/security/protectedTargets", { kind: "address", value: "198.51.100.7", reason: "Ours" });
    await hub.post(`/v1.0/security/connectors/${connectorIds["Firewall"]}/resume`, {});
    await ended(free.id);
    expect(await ended(harmed.id)).toMatchObject({
      status: "Failed",
      errorInfo: { code: 6, message: expect.stringContaining("which no action may touch: Ours.") },
    });
    expect(ordersOf(harmed.id)).toEqual([]);
    await hub.remove(`/beta/security/protectedTargets/${target.json.id}`);
  });

  test("a parent is as its children are", async () => {
    connection.answer = ({ action }) =>
      action.parameters["ip"] === "198.51.100.2" ? { kind: "failed", retry: false, error: { code: "no", message: "No" } } : { kind: "completed" };
    const targets = ["198.51.100.1", "198.51.100.2", "198.51.100.3"].map((value) => ({ parameters: [{ name: "ip", value }] }));
    const failed = await posted({ ...block, targets });
    const well = await posted({ ...block, targets: targets.slice(0, 1) });
    expect(await ended(failed.id)).toMatchObject({ status: "Failed", errorInfo: { message: "1 of 3 actions failed." } });
    expect((await childrenOf(failed.id)).map(({ status }) => status)).toEqual(["Completed", "Failed", "Completed"]);
    expect(await ended(well.id)).toMatchObject({ status: "Completed", errorInfo: null });
    const undo = await ask(failed.id, "undo");
    expect((await ended(undo.id)).status).toBe("Completed");
    expect((await childrenOf(undo.id)).map((one) => [one.name, one.status])).toEqual([
      ["UnblockIp", "Completed"],
      ["UnblockIp", "Completed"],
    ]);
  });

  test("a parent whose children wait costs nothing until one of them is written", async () => {
    const firewallPath = `/v1.0/security/connectors/${connectorIds["Firewall"]}`;
    // What is due in a moment never is while time stands still: that moment is over.
    now += 60_000;
    await hub.post(`${firewallPath}/pause`, {});
    const parent = await posted({ ...block, targets: [{ parameters: [{ name: "ip", value: "198.51.100.9" }] }] });
    const { store } = hub;
    const { count } = store;
    let counted = 0;
    Object.assign(store, { count: (...given: Parameters<typeof count>) => ((counted += 1), count.apply(store, given)) });
    const inASecond = async (): Promise<number> => {
      counted = 0;
      await new Promise((resolve) => setTimeout(resolve, 1200));
      return counted;
    };
    // What came with the switch and the action is over some day.
    await expect.poll(inASecond).toBe(0);
    Object.assign(store, { count });
    await hub.post(`${firewallPath}/resume`, {});
    expect((await ended(parent.id)).status).toBe("Completed");
  });

  test("actions whose connector comes later are looked at again: what does not fit fails with the reason", async () => {
    const mail = { vendorInformation: { vendor: "Fabrikam", provider: "Mail" } };
    await hub.post("/beta/security/providerTenantSettings", { vendor: "Fabrikam", provider: "Mail", enabled: true });
    const [fits, misfit, held, other] = [
      await posted({ ...block, ...mail }),
      await posted({ ...block, ...mail, parameters: [{ name: "port", value: "x" }] }),
      await posted({ ...disable, ...mail }),
      await posted({ ...block, ...mail, name: "Else" }),
    ];
    const connector = { ...firewall, provider: "Mail", vendor: "Fabrikam", actions: [...firewall.actions, ...identity.actions.slice(0, 2)] };
    await hub.post("/v1.0/security/connectors", connector);
    expect((await ended(fits.id)).status).toBe("Completed");
    expect(await ended(misfit.id)).toMatchObject({ status: "Failed", errorInfo: { code: 6, message: expect.stringContaining("Parameter 'port'") } });
    await expect.poll(async () => (await read(held.id)).dispatch?.status).toBe("pendingApproval");
    expect(await read(other.id)).toMatchObject({ status: "NotStarted", dispatch: null });
    expect([misfit, held, other].flatMap(({ id }) => ordersOf(id))).toEqual([]);
  });

  test("an approval for a connector that is gone is not awaited", async () => {
    const { id } = await posted(disable);
    await hub.remove(`/v1.0/security/connectors/${connectorIds["Identity"]}`);
    expect(await ended(id)).toMatchObject({ status: "Failed", errorInfo: { message: "Its connector is gone." } });
  });
});
