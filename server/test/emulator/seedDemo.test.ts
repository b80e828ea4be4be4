import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoRequests } from "../../src/emulator/demo/demoRequests.ts";
import { seedDemo } from "../../src/emulator/seedDemo.ts";
import { handle } from "../../src/handle.ts";
import { callerOf, openHub, otherTenant, tenant, type TestHub } from "../wire/hub.ts";

const today = Date.UTC(2026, 10, 20, 8, 15);

interface Vendor {
  readonly provider: string;
}
interface Score {
  readonly createdDateTime: string;
  readonly currentScore: number;
  readonly maxScore: number;
  readonly azureTenantId: string;
  readonly controlScores: readonly { readonly score: number }[];
  readonly averageComparativeScores: readonly { readonly basis: string }[];
  readonly vendorInformation: Vendor;
}
interface Control {
  readonly maxScore: number;
  readonly vendorInformation: Vendor;
}
interface Action {
  readonly states: readonly { readonly status: string; readonly updatedDateTime: string }[];
  readonly status: string;
  readonly createdDateTime: string;
  readonly completedDateTime: string | null;
  readonly errorInfo: { readonly message: string } | null;
  readonly cancelRequested?: boolean;
}
interface Task {
  readonly id: string;
  readonly displayName: string;
  readonly status: string;
  readonly statusHistory: readonly { readonly status: string; readonly note: string; readonly author: string }[];
  readonly managedDeviceCount?: number;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

describe("a hub with the demo in it", () => {
  let hub: TestHub;
  let now = 0;
  const told: (readonly [done: number, total: number])[] = [];

  beforeAll(async () => {
    hub = await openHub({ clock: () => now });
    await seedDemo({
      send: (request, caller) => handle(hub.service.app, request, caller),
      setClock: (milliseconds) => void (now = milliseconds),
      today,
      tenant,
      progress: (done, total) => void told.push([done, total]),
    });
  });
  afterAll(async () => hub?.close());

  /** Every entity of a set. */
  async function all(place: string): Promise<readonly unknown[]> {
    const entities: unknown[] = [];
    for (let next: string | undefined = `/beta${place}`; next !== undefined;) {
      const { status, json } = await hub.get(next);
      expect(status).toBe(200);
      entities.push(...json.value);
      next = json["@odata.nextLink"]?.replace("https://hub.example", "");
    }
    return entities;
  }

  async function counted(place: string, filter?: string): Promise<number> {
    const query = filter === undefined ? "" : `?$filter=${encodeURIComponent(filter)}`;
    const { status, text } = await hub.get(`/beta${place}/$count${query}`);
    expect(status).toBe(200);
    return Number(text);
  }

  test("tells how far it is", () => {
    const total = demoRequests(today).length;
    expect(told.at(-1)).toEqual([total, total]);
    expect(now).toBe(today);
  });

  test("is the tenant's home hub, and nobody else's", async () => {
    expect((await hub.get("/v1.0/security")).json.displayName).toBe("Alderbrook (demo)");
    const other = await hub.get("/v1.0/security/secureScores/$count", { caller: callerOf({ tenant: otherTenant }) });
    expect(other.text).toBe("0");
  });

  test("holds what was promised", async () => {
    expect(await counted("/security/secureScores")).toBe(270);
    expect(await counted("/security/securityActions")).toBe(40);
    expect(await counted("/deviceAppManagement/deviceAppManagementTasks")).toBe(25);
    expect(await counted("/security/secureScoreControlProfiles")).toBe(206);
    const profiles = (await all("/security/userSecurityProfiles")) as readonly { readonly userPrincipalName: string }[];
    expect(new Set(profiles.map((one) => one.userPrincipalName)).size).toBe(200);
    expect(await counted("/security/secureScores", "vendorInformation/provider eq 'SecureScore'")).toBe(90);
    expect(await counted("/security/alerts")).toBe(13);
    expect(await counted("/security/tiIndicators")).toBe(10);
  });

  test("has scores that are the sums of their controls", async () => {
    const scores = (await all("/security/secureScores")) as readonly Score[];
    for (const score of scores) {
      expect(sum(score.controlScores.map((one) => one.score))).toBe(score.currentScore);
      expect(score.averageComparativeScores.map((one) => one.basis)).toEqual(["AllTenants", "TotalSeats", "IndustryTypes"]);
      expect(score.azureTenantId).toBe(tenant);
    }
    const newest = scores.slice(0, 3);
    expect(newest.map((score) => score.createdDateTime.slice(0, 10))).toEqual(["2026-11-20", "2026-11-20", "2026-11-20"]);
    const controls = (await all("/security/secureScoreControlProfiles")) as readonly Control[];
    for (const { maxScore, vendorInformation } of newest) {
      const own = controls.filter((control) => control.vendorInformation.provider === vendorInformation.provider);
      expect(sum(own.map((one) => one.maxScore))).toBe(maxScore);
    }
  });

  test("has actions whose histories happened when they say", async () => {
    const actions = (await all("/security/securityActions")) as readonly Action[];
    for (const { states, status, createdDateTime, completedDateTime, errorInfo } of actions) {
      const times = states.map((state) => state.updatedDateTime);
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => (one < other ? -1 : 1)));
      expect(times[0]).toBe(createdDateTime);
      expect(states.at(-1)!.status).toBe(status);
      expect(completedDateTime).toBe(status === "Completed" || status === "Failed" ? times.at(-1) : null);
      expect(errorInfo === null).toBe(status !== "Failed");
      expect(Date.parse(times.at(-1)!)).toBeLessThanOrEqual(today);
    }
    const asked = demoRequests(today).filter(({ path, method }) => method === "POST" && path === "/security/securityActions");
    const begun = new Set(actions.map((action) => Date.parse(action.createdDateTime)));
    expect(begun).toEqual(new Set(asked.map(({ at }) => at)));
    expect(await counted("/security/securityActions", "status eq 'NotStarted' and createdDateTime ge 2026-11-20T00:00:00Z")).toBe(3);
    expect(actions.filter((action) => action.errorInfo?.message.startsWith("Cancelled by "))).toHaveLength(3);
    expect(actions.filter((action) => action.cancelRequested === true)).toHaveLength(1);
  });

  test("has tasks with notes and counted devices", async () => {
    const tasks = (await all("/deviceAppManagement/deviceAppManagementTasks")) as readonly Task[];
    for (const { status, statusHistory } of tasks) {
      expect(statusHistory.at(-1)!.status).toBe(status);
      expect(statusHistory.slice(1).every((entry) => entry.note.length > 0 && /@alderbrook\.example$|^secgraph$/.test(entry.author))).toBe(true);
    }
    expect(new Set(tasks.map((task) => task.status))).toEqual(new Set(["pending", "active", "completed", "rejected"]));
    const encryption = tasks.find((task) => task.displayName === "Encrypt the remaining Windows laptops")!;
    expect(encryption.managedDeviceCount).toBe(9);
    const cast = "microsoft.graph.securityConfigurationTask/managedDevices";
    expect(await all(`/deviceAppManagement/deviceAppManagementTasks/${encryption.id}/${cast}`)).toHaveLength(9);
  });

  test("has tasks that newer scores verified, and one that they had taken up again", async () => {
    const tasks = (await all("/deviceAppManagement/deviceAppManagementTasks")) as readonly (Task & { readonly verification: any })[];
    const stateOf = (status: string): string[] =>
      tasks.filter((one) => one.status === status && one.verification !== null).map((one) => one.verification.state);
    expect(stateOf("completed").length).toBeGreaterThan(5);
    expect(new Set(stateOf("completed"))).toEqual(new Set(["verified"]));
    const reopened = tasks.filter(({ verification }) => verification?.state === "failed");
    expect(reopened.map(({ displayName, status }) => [displayName, status])).toEqual([["Encrypt the Macs of Marketing", "active"]]);
    expect(reopened[0]!.verification.evidence).toMatchObject([{ controlName: "DiskEncryptionMac", verdict: "failed" }]);
    expect(reopened[0]!.statusHistory.map(({ status, author }) => [status, author.split("@")[0]])).toMatchObject([
      ["pending", expect.any(String)],
      ["active", expect.any(String)],
      ["completed", expect.any(String)],
      ["active", "secgraph"],
      ["active", expect.any(String)],
    ]);
  });

  test("has decisions about controls", async () => {
    const { json } = await hub.get("/beta/security/secureScoreControlProfiles/RuleWmiPersistence");
    const updatedBy = "ingrid.solheim@alderbrook.example";
    expect(json.controlStateUpdates).toMatchObject([
      { state: "Ignored", updatedBy },
      { state: "Default", updatedBy, assignedTo: "priya.raman@alderbrook.example" },
    ]);
  });
});

test("a refusal stops the seeding and is told", async () => {
  const seeding = seedDemo({
    send: async () => ({ status: 403, headers: {}, body: '{"error":{"code":"Forbidden"}}' }),
    setClock: () => undefined,
    today,
    tenant,
  });
  await expect(seeding).rejects.toThrow('The demo\'s PATCH /beta/security was answered 403: {"error":{"code":"Forbidden"}}');
});
