import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, otherTenant, type Answer, type TestHub } from "./hub.ts";

let hub: TestHub;
let now = Date.parse("2026-11-22T06:00:00Z");
beforeAll(async () => {
  hub = await openHub({ clock: () => now });
});
afterAll(() => hub.close());

const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const scores = "/v1.0/security/secureScores";
const profiles = "/v1.0/security/secureScoreControlProfiles";
const importer = callerOf({ permissions: [...callerOf().permissions, "SecurityData.Import"] });
const refusal = ({ status, json }: Answer): [number, string, string] => [status, json.error?.code, json.error?.target];

let provider = "";
let number = 0;
/** A provider of its own for each test, whose controls have names of their own. */
function anew(): { readonly vendor: string; readonly provider: string } {
  number += 1;
  provider = `Posture-${number}`;
  return { vendor: "Contoso", provider };
}
const named = (name: string): string => `${name}-${number}`;
const read = async (path: string): Promise<any> => (await hub.get(path)).json;
const tick = (seconds = 1): number => (now += seconds * 1000);

/** A score of these points, of five each; its id. */
async function score(points: Readonly<Record<string, number | object>>, more: object = {}): Promise<string> {
  tick();
  const controlScores = Object.entries(points).map(([name, one]) => ({
    controlName: named(name),
    ...(typeof one === "number" ? { score: one, maxScore: 5 } : one),
  }));
  const made = await hub.post(scores, { controlScores, vendorInformation: { vendor: "Contoso", provider }, ...more }, { caller: importer });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
}

const createTasks = (scoreId: string, body: object = {}, caller = callerOf()): Promise<Answer> =>
  hub.post(`${scores}/${scoreId}/createTasks`, body, { caller });
const outcomes = ({ json }: Answer): unknown[] => json.value.map((one: any) => [one.controlName, one.outcome]);

describe("tasks from the failing controls of a score", () => {
  test("are made in one call, each with its control as proof; while they stand nothing is made, and the answer says which stand", async () => {
    const vendorInformation = anew();
    await hub.post(profiles, { id: named("MFA"), title: "Everybody signs in twice", remediation: "Require it.", maxScore: 5, rank: 3, vendorInformation });
    const scoreId = await score({ MFA: { score: 2 }, Disk: 4, Mail: 5 });
    const before = (await read(`${scores}/${scoreId}`))["@odata.etag"];
    const made = await createTasks(scoreId, { assignedTo: "eve@contoso.example", dueDateTime: "2026-12-01T00:00:00Z" });
    expect(made.status, made.text).toBe(200);
    expect(made.json["@odata.context"]).toMatch(/#Collection\(microsoft\.graph\.taskOfControl\)$/);
    expect(outcomes(made)).toEqual([
      [named("MFA"), "created"],
      [named("Disk"), "created"],
    ]);
    const [mfa] = made.json.value;
    expect(await read(`${tasks}/${mfa.taskId}`)).toMatchObject({
      "@odata.type": "#microsoft.graph.securityConfigurationTask",
      displayName: "Everybody signs in twice",
      description: "Require it.",
      insights: `Control '${named("MFA")}' of ${provider} does not pass. It has 2 of 5 points.`,
      assignedTo: "eve@contoso.example",
      dueDateTime: "2026-12-01T00:00:00Z",
      priority: "high",
      status: "pending",
      isOverdue: false,
      sourceScoreId: scoreId,
      verification: { controlNames: [named("MFA")], vendor: "Contoso", provider, state: null, evidence: [] },
      statusHistory: [{ status: "pending", assignedTo: "eve@contoso.example" }],
      applicablePlatform: "unknown",
      intendedSettings: [],
      managedDeviceCount: 0,
    });
    const again = await createTasks(await score({ MFA: { score: 1 }, Disk: 4, Lock: 0 }));
    expect(again.json.value.map((one: any) => [one.controlName, one.outcome, one.taskId === null])).toEqual([
      [named("MFA"), "standing", false],
      [named("Disk"), "standing", false],
      [named("Lock"), "created", false],
    ]);
    expect(again.json.value[0]).toMatchObject({ taskId: mfa.taskId, taskStatus: "pending", verdict: "failed" });
    expect((await read(`${scores}/${scoreId}`))["@odata.etag"]).toBe(before);
    const found = await hub.get(`${tasks}?$filter=verification/controlNames/any(c:c eq '${named("MFA")}')&$select=id`);
    expect(found.json.value.map((one: any) => one.id)).toEqual([mfa.taskId]);
  });

  test("only those that are named; one that passes, is decided about or says too little gets none unless it is named", async () => {
    const vendorInformation = anew();
    for (const [name, state] of [
      ["Ignored", "Ignored"],
      ["Elsewhere", "ThirdParty"],
      ["Reviewed", "Reviewed"],
    ] as const) {
      await hub.post(profiles, { id: named(name), maxScore: 5, vendorInformation });
      await hub.patch(`${profiles}/${named(name)}`, { vendorInformation, state });
    }
    const scoreId = await score({ Good: 5, Ignored: 0, Elsewhere: 0, Reviewed: 0, Silent: { description: "?" }, Half: { scoreInPercentage: 50 } });
    expect(outcomes(await createTasks(scoreId))).toEqual([
      [named("Reviewed"), "created"],
      [named("Half"), "created"],
    ]);
    const all = ["Good", "Ignored", "Elsewhere", "Reviewed", "Silent", "Good"].map(named);
    expect(outcomes(await createTasks(scoreId, { controlNames: all, priority: "low" }))).toEqual([
      [named("Good"), "passed"],
      [named("Ignored"), "accepted"],
      [named("Elsewhere"), "accepted"],
      [named("Reviewed"), "standing"],
      [named("Silent"), "created"],
    ]);
    expect(refusal(await createTasks(scoreId, { controlNames: [named("Good"), "Nothing"] }))).toEqual([400, "BadRequest", "controlNames"]);
    expect((await createTasks(scoreId, { controlNames: [] })).json.value).toEqual([]);
  });

  test("eight calls at once make one task for each control", async () => {
    anew();
    const [first, second] = [await score({ MFA: 0, Disk: 0 }), await score({ MFA: 0, Disk: 0 })];
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => createTasks(index % 2 === 0 ? first : second)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.flatMap(outcomes).filter((one: any) => one[1] === "created")).toHaveLength(2);
    expect((await hub.get(`${tasks}?$filter=verification/provider eq '${provider}'&$count=true&$top=1`)).json["@odata.count"]).toBe(2);
  });

  test("a task that another call made between the reads and the write is the one that stands, and is not written over", async () => {
    anew();
    const [first, second] = [await score({ MFA: 0 }), await score({ MFA: 0 })];
    const store: { ruleReads: typeof hub.store.ruleReads } = hub.store;
    const { ruleReads } = store;
    let other: Answer | undefined;
    store.ruleReads = async (...asked) => {
      const found = await ruleReads(...asked);
      store.ruleReads = ruleReads;
      other ??= await createTasks(second);
      return found;
    };
    const answer = await createTasks(first);
    expect([outcomes(other!), outcomes(answer)]).toEqual([[[named("MFA"), "created"]], [[named("MFA"), "standing"]]]);
    expect((await read(`${tasks}/${answer.json.value[0].taskId}`)).sourceScoreId).toBe(second);
  });

  test("a control that fails again when its task is done gets a new one; one that was deleted counts no more", async () => {
    anew();
    const raised = async (): Promise<any> => (await createTasks(await score({ MFA: 0 }))).json.value[0];
    const ids: string[] = [];
    for (const way of ["delete", "reject", "reject"]) {
      const { taskId, outcome } = await raised();
      expect(outcome).toBe("created");
      ids.push(taskId);
      if (way === "delete") await hub.remove(`${tasks}/${taskId}`);
      else await hub.post(`${tasks}/${taskId}/updateStatus`, { status: "rejected" });
    }
    expect(new Set(ids.slice(1)).size).toBe(2);
    expect((await raised()).outcome).toBe("created");
  });

  test.each([
    [{ controlNames: "x" }, "controlNames"],
    [{ controlNames: [5] }, "controlNames/0"],
    [{ dueDateTime: "tomorrow" }, "dueDateTime"],
    [{ priority: "medium" }, "priority"],
    [{ assignedTo: 5 }, "assignedTo"],
    [{ other: 1 }, "other"],
  ])("%j is refused", async (body, target) => {
    anew();
    const answer = await createTasks(await score({ MFA: 0 }), body);
    expect([answer.status, answer.json.error.code]).toEqual([400, "BadRequest"]);
    expect(answer.json.error.target.replace(/\[(\d+)\]/, "/$1")).toBe(target);
  });

  test("a score that is nobody's proves nothing", async () => {
    anew();
    expect(refusal(await createTasks(await score({ MFA: 0 }, { vendorInformation: null })))).toEqual([400, "BadRequest", "vendorInformation/provider"]);
  });

  test("asks for the right to read scores and to write tasks; in another hub there is no such score", async () => {
    anew();
    const scoreId = await score({ MFA: 0 });
    for (const [permissions, status] of [
      [["SecurityEvents.ReadWrite.All"], 403],
      [["DeviceManagementApps.ReadWrite.All"], 403],
      [["SecurityEvents.Read.All", "DeviceManagementApps.Read.All"], 403],
      [["SecurityEvents.Read.All", "DeviceManagementApps.ReadWrite.All"], 200],
    ] as const) {
      expect((await createTasks(scoreId, {}, callerOf({ permissions }))).status, permissions.join()).toBe(status);
    }
    expect(refusal(await createTasks(scoreId, {}, callerOf({ tenant: otherTenant })))).toEqual([404, "itemNotFound", undefined]);
  });
});

describe("a completed task is proven by newer scores", () => {
  /** A completed task that names these controls. */
  async function completed(...names: readonly string[]): Promise<string> {
    anew();
    const verification = { controlNames: names.map(named), vendor: "Contoso", provider };
    const made = await hub.post(tasks, { status: "active", verification, dueDateTime: "2026-11-22T00:00:00Z" });
    expect(made.status, made.text).toBe(201);
    tick();
    const path = `${tasks}/${made.json.id}`;
    expect((await hub.post(`${path}/updateStatus`, { status: "completed", note: "Done." })).status).toBe(204);
    return path;
  }
  const recheck = async (path: string): Promise<any> => {
    tick();
    expect((await hub.post(`${path}/recheck`, undefined)).status).toBe(204);
    return read(path);
  };
  const stateOf = async (path: string): Promise<[string, string]> => {
    const { status, verification } = await recheck(path);
    return [status, verification.state];
  };

  test("unverified at first; verified when each control passes, with the evidence", async () => {
    const path = await completed("MFA", "Disk");
    expect(await stateOf(path)).toEqual(["completed", "unverified"]);
    await score({ MFA: 5 });
    expect(await stateOf(path)).toEqual(["completed", "unverified"]);
    const proof = await score({ Disk: { scoreInPercentage: 100 } });
    const task = await recheck(path);
    expect(task).toMatchObject({ status: "completed", isOverdue: false, verification: { state: "verified", checkedDateTime: expect.stringMatching(/Z$/) } });
    expect(task.verification.evidence.map((one: any) => [one.controlName, one.verdict, one.score, one.maxScore])).toEqual([
      [named("MFA"), "passed", 5, 5],
      [named("Disk"), "passed", null, null],
    ]);
    expect(task.verification.evidence[1]).toMatchObject({ scoreId: proof, reason: "It has 100 %." });
    expect(task.statusHistory.at(-1)).toMatchObject({ status: "completed", note: "Verified: every control passes.", author: "secgraph" });
    const etag = task["@odata.etag"];
    await score({ MFA: 5, Disk: 5 });
    expect((await recheck(path))["@odata.etag"]).toBe(etag);
    await score({ MFA: 0, Disk: 5 });
    const { status, verification } = await recheck(path);
    expect([status, verification.state, verification.evidence.map(({ verdict }: any) => verdict)]).toEqual(["active", "failed", ["failed", "passed"]]);
  });

  test("one that does not pass takes it up again, with the evidence as a note; then it is completed and proven anew", async () => {
    const path = await completed("MFA", "Disk");
    const scoreId = await score({ MFA: 5, Disk: 3 });
    const task = await recheck(path);
    expect(task).toMatchObject({ status: "active", completedDateTime: null, isOverdue: true, verification: { state: "failed" } });
    const note = `Not verified, taken up again. '${named("Disk")}' does not pass in the score ${scoreId}: It has 3 of 5 points.`;
    expect(task.statusHistory.map((one: any) => [one.status, one.note, one.author])).toEqual([
      ["active", null, "test-app"],
      ["completed", "Done.", "test-app"],
      ["active", note, "secgraph"],
    ]);
    tick();
    await hub.post(`${path}/updateStatus`, { status: "completed" });
    expect((await read(path)).verification).toMatchObject({ state: "unverified", evidence: [], checkedDateTime: null });
    expect(await stateOf(path)).toEqual(["completed", "unverified"]);
    await score({ MFA: 5, Disk: 5 });
    expect(await stateOf(path)).toEqual(["completed", "verified"]);
  });

  test("what was measured before, what is imported late, and what comes from the future prove nothing; the newest counts", async () => {
    anew();
    const path = await completed("MFA");
    await score({ MFA: 5 }, { createdDateTime: "2026-11-21T00:00:00Z" });
    await score({ MFA: 0 }, { createdDateTime: (await read(path)).completedDateTime });
    await score({ MFA: 0 }, { createdDateTime: "2027-01-01T00:00:00Z" });
    expect(await stateOf(path)).toEqual(["completed", "unverified"]);
    const { completedDateTime } = await read(path);
    const later = (seconds: number): string => new Date(Date.parse(completedDateTime) + seconds * 1000).toISOString().replace(/Z$/, "0000+00:00");
    tick(60);
    await score({ MFA: 5 }, { createdDateTime: later(50) });
    await score({ MFA: 0 }, { createdDateTime: later(10) });
    expect(await stateOf(path)).toEqual(["completed", "verified"]);
  });

  test("a score of another provider, vendor or hub proves nothing; one that was deleted neither", async () => {
    const path = await completed("MFA");
    await score({ MFA: 0 }, { vendorInformation: { vendor: "Contoso", provider: "Other" } });
    await score({ MFA: 0 }, { vendorInformation: { vendor: "Other", provider } });
    const body = { controlScores: [{ controlName: named("MFA"), score: 0, maxScore: 5 }], vendorInformation: { vendor: "Contoso", provider } };
    expect((await hub.post(scores, body, { caller: callerOf({ tenant: otherTenant }) })).status).toBe(201);
    await hub.remove(`${scores}/${await score({ MFA: 0 })}`);
    expect(await stateOf(path)).toEqual(["completed", "unverified"]);
  });

  test("what somebody decided to leave is accepted, not verified", async () => {
    const path = await completed("MFA", "Disk");
    const vendorInformation = { vendor: "Contoso", provider };
    await score({ MFA: 5, Disk: { state: "Fail" } });
    await hub.post(profiles, { id: named("Disk"), vendorInformation });
    await hub.patch(`${profiles}/${named("Disk")}`, { vendorInformation, state: "Ignored" });
    const task = await recheck(path);
    expect([task.status, task.verification.state, task.statusHistory.at(-1).note]).toEqual([
      "completed",
      "accepted",
      "Accepted: every control passes or was decided about.",
    ]);
    expect(task.verification.evidence[1]).toMatchObject({ verdict: "accepted", controlState: "Ignored", reason: "It was set to Ignored." });
  });

  test("a task that names no control is completed and that is that; one that names others later has to be proven anew", async () => {
    const path = `${tasks}/${(await hub.post(tasks, { status: "completed" })).json.id}`;
    expect((await recheck(path)).verification).toBe(null);
    anew();
    await hub.patch(path, { verification: { controlNames: [named("MFA")], provider } });
    await score({ MFA: 5 });
    expect(await stateOf(path)).toEqual(["completed", "verified"]);
    await hub.patch(path, { displayName: "The same" });
    expect((await read(path)).verification.state).toBe("verified");
    await hub.patch(path, { verification: { controlNames: [named("Disk")] } });
    expect((await read(path)).verification).toMatchObject({ provider, state: "unverified", evidence: [] });
    await hub.patch(path, { verification: null });
    expect((await recheck(path)).verification).toBe(null);
  });

  test.each([
    [{ controlNames: ["MFA"] }, "verification/provider"],
    [{ controlNames: ["MFA"], provider: "" }, "verification/provider"],
    [{ controlNames: [""], provider: "x" }, "verification/controlNames"],
    [{ controlNames: ["x".repeat(513)], provider: "x" }, "verification/controlNames"],
    [{ controlNames: Array.from({ length: 51 }, (_, index) => `c${index}`), provider: "x" }, "verification/controlNames"],
  ])("a proof that nothing could give is refused: %#", async (verification, target) => {
    expect(refusal(await hub.post(tasks, { verification }))).toEqual([400, "BadRequest", target]);
    const path = `${tasks}/${(await hub.post(tasks, {})).json.id}`;
    expect(refusal(await hub.patch(path, { verification }))).toEqual([400, "BadRequest", target]);
  });

  test("what the server finds out is not the client's to write", async () => {
    anew();
    const forged = { controlNames: [named("MFA")], provider, state: "verified", evidence: [{ controlName: "x" }], checkedDateTime: "2020-01-01T00:00:00Z" };
    const made = await hub.post(tasks, { status: "completed", verification: forged, sourceScoreId: "x" });
    expect(made.json).toMatchObject({ sourceScoreId: null, verification: { state: "unverified", evidence: [], checkedDateTime: null } });
    await hub.patch(`${tasks}/${made.json.id}`, { verification: { state: "verified", evidence: [] } });
    expect((await read(`${tasks}/${made.json.id}`)).verification.state).toBe("unverified");
  });

  test("recheck marks what has become overdue, and writes nothing where nothing is new", async () => {
    const made = await hub.post(tasks, { dueDateTime: new Date(now + 60_000).toISOString() });
    const path = `${tasks}/${made.json.id}`;
    expect((await recheck(path))["@odata.etag"]).toBe(made.json["@odata.etag"]);
    tick(60);
    const late = await recheck(path);
    expect(late.isOverdue).toBe(true);
    expect((await recheck(path))["@odata.etag"]).toBe(late["@odata.etag"]);
  });
});
