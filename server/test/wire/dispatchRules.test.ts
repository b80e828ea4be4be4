import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actions, app, block, by, disable, firewall, identity, person, refusal } from "./connectorBodies.ts";
import { callerOf, openHub, otherTenant, type Answer, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
  for (const connector of [firewall, identity]) await hub.post("/v1.0/security/connectors", connector);
});
afterAll(() => hub.close());

async function posted(body: object, asked = person("ada@contoso.example")): Promise<any> {
  const made = await hub.post(actions, body, asked);
  expect(made.status, made.text).toBe(201);
  return made.json;
}

async function read(id: string): Promise<any> {
  return (await hub.get(`${actions}/${id}`)).json;
}

const ask = (id: string, operation: string, body: object = {}, asked = person("bob@contoso.example")): Promise<Answer> =>
  hub.post(`${actions}/${id}/${operation}`, body, asked);

describe("who carries an action out", () => {
  test.each([by("Contoso", "Firewall"), by("CONTOSO", "firewall")])(
    "a connector of %j, its action in any case: it is in the queue",
    async (vendorInformation) => {
      const made = await posted({ ...block, ...vendorInformation, name: "blockIP" });
      expect(made).toMatchObject({ status: "NotStarted", dispatch: { status: "queued", guarantee: "atLeastOnce", attempts: 0, approval: null } });
      expect(made.dispatch.nextAttemptDateTime).toBe(made.createdDateTime);
      expect((await hub.get(`/v1.0/security/connectors/${made.dispatch.connectorId}`)).json.provider).toBe("Firewall");
    },
  );

  test("an action that its provider does not have is refused in Graph's words, with those it has", async () => {
    const answer = await hub.post(actions, { ...block, name: "Explode" });
    expect(refusal(answer)).toEqual([400, "BadRequest"]);
    expect(answer.json.error).toMatchObject({
      message: "Cannot find a provider for this request",
      target: "name",
      details: ["BlockIp", "UnblockIp", "Scan"].map((message) => ({ code: "KnownAction", message, target: "name" })),
      innerError: { code: "actionNotFound" },
    });
  });

  test("so is a provider that nobody knows", async () => {
    const answer = await hub.post(actions, { ...block, ...by("Contoso", "Firewal") });
    expect(refusal(answer)).toEqual([400, "BadRequest"]);
    expect(answer.json.error.message).toBe("Cannot find a provider for this request");
    expect(answer.json.error.innerError.code).toBe("providerNotFound");
    expect(answer.json.error.details.map((one: any) => one.message)).toEqual([
      "vendor 'Contoso', provider 'Firewall': BlockIp, UnblockIp, Scan",
      "vendor 'Contoso', provider 'Identity': DisableUser, EnableUser, ResetPassword",
    ]);
  });

  test("one that the tenant has switched on has a program of its own: its actions wait for that", async () => {
    const mail = { ...block, ...by("Fabrikam", "MailGuard") };
    expect((await hub.post(actions, mail)).status).toBe(400);
    const setting = await hub.post("/beta/security/providerTenantSettings", { vendor: "fabrikam", provider: "mailguard", enabled: true });
    expect(await posted(mail)).toMatchObject({ status: "NotStarted", dispatch: null });
    await hub.patch(`/beta/security/providerTenantSettings/${setting.json.id}`, { enabled: false });
    expect((await hub.post(actions, mail)).status).toBe(400);
  });

  test("a hub without connectors takes any; another hub's connectors count for nothing", async () => {
    const stranger = { caller: callerOf({ tenant: otherTenant }) };
    expect(await posted({ ...block, ...by("Anybody", "Anything") }, stranger)).toMatchObject({ status: "NotStarted", dispatch: null });
    expect(await posted(block, stranger)).toMatchObject({ dispatch: null });
  });

  test("the trial root takes what names nobody", async () => {
    const made = await hub.post("/localtest/security/securityActions", { name: "String", parameters: [{ "@odata.type": "microsoft.graph.keyValuePair" }] });
    expect([made.status, made.json.dispatch], made.text).toEqual([201, null]);
  });

  test("a hub whose only connector is that of the demo takes any", async () => {
    const demo = await openHub();
    await demo.post("/v1.0/security/connectors", { ...firewall, provider: "Practice" });
    expect((await demo.post(actions, { ...block, ...by("Anybody", "Anything") })).json).toMatchObject({ status: "NotStarted", dispatch: null });
    await demo.post("/v1.0/security/connectors", firewall);
    expect((await demo.post(actions, { ...block, ...by("Anybody", "Anything") })).status).toBe(400);
    await demo.close();
  });

  test("faithful to the real service a hub without that connector refuses", async () => {
    const faithful = await openHub({ faithful: ["providers"] });
    expect((await faithful.post(actions, block)).json.error).toMatchObject({ message: "Cannot find a provider for this request" });
    await faithful.post("/v1.0/security/connectors", firewall);
    expect((await faithful.post(actions, block)).status).toBe(201);
    expect((await faithful.post(actions, { ...block, ...by("x", "y") })).json.error.details).toHaveLength(1);
    await faithful.close();
  });
});

describe("parameters", () => {
  const of = (...pairs: readonly (readonly [string, string | null])[]): object[] => pairs.map(([name, value]) => ({ name, value }));

  test.each<readonly [readonly object[], string, RegExp]>([
    [of(["port", "25"]), "parameters", /^Parameter 'ip': /],
    [of(["ip", "198.51.100.7"], ["port", "https"]), "parameters[1]/value", /^Parameter 'port': expected a whole number, got "https"\.$/],
    [of(["ip", "198.51.100.7"], ["port", "2.5"]), "parameters[1]/value", /^Parameter 'port': /],
    [of(["ip", "198.51.100.7"], ["ip", "198.51.100.8"]), "parameters[0]/value", /^Parameter 'ip': .*2 times/],
    [of(["ip", null]), "parameters[0]/value", /^Parameter 'ip': /],
  ])("%j do not fit the schema: the one at fault is named, with what was expected and found", async (parameters, target, message) => {
    const answer = await hub.post(actions, { ...block, parameters });
    expect([...refusal(answer), answer.json.error.target]).toEqual([400, "ActionParametersInvalid", target]);
    expect(answer.json.error.message).toMatch(message);
    expect(answer.json.error.details[0]).toEqual({ code: "ActionParametersInvalid", message: answer.json.error.message, target });
  });

  test("of each target are checked with those of all; the target is named", async () => {
    const targets = [{ parameters: of(["ip", "198.51.100.7"]) }, { parameters: of(["port", "25"]) }, { parameters: of(["ip", "198.51.100.7"], ["port", "x"]) }];
    const { parameters: _, ...rest } = block;
    const answer = await hub.post(actions, { ...rest, targets });
    expect(refusal(answer)).toEqual([400, "ActionParametersInvalid"]);
    expect(answer.json.error.details.map((one: any) => one.target)).toEqual(["targets[1]/parameters", "targets[2]/parameters[1]/value"]);
    expect(answer.json.error.message).toMatch(/^targets\[1\]: Parameter 'ip': /);
  });
});

describe("duration", () => {
  test("is kept where something can take the action back", async () => {
    expect(await posted({ ...block, duration: "PT1H" })).toMatchObject({ duration: "PT1H", dispatch: { status: "queued", expiresDateTime: null } });
  });

  test.each([
    ["PT0S", block],
    ["PT0.5S", block],
    ["-PT1H", block],
    ["P3651D", block],
    ["PT1H", { ...block, name: "Scan" }],
  ])("%s of %j is refused", async (duration, body) => {
    const answer = await hub.post(actions, { ...body, duration });
    expect([...refusal(answer), answer.json.error.target]).toEqual([400, "ActionDurationInvalid", "duration"]);
  });

  test("a reverse that needs an approval gets it with the action: nobody is asked when the time is over", async () => {
    const reset = { ...disable, name: "ResetPassword" };
    expect(await posted(reset)).toMatchObject({ dispatch: { status: "queued", approval: null } });
    const made = await posted({ ...reset, duration: "PT1S" });
    expect(made).toMatchObject({ dispatch: { status: "pendingApproval", approval: { state: "pending" } } });
    expect(refusal(await ask(made.id, "approve", {}, person("ada@contoso.example")))).toEqual([403, "ApprovalByRequester"]);
    expect((await ask(made.id, "approve")).status).toBe(204);
    expect(await read(made.id)).toMatchObject({ dispatch: { status: "queued" } });
    const rehearsed = await posted({ ...reset, duration: "PT1S", dryRun: true });
    expect(JSON.parse(rehearsed.dispatch.wouldSend)).toMatchObject({ reverse: "EnableUser", approval: "required" });
    const targets = [{ parameters: [{ name: "user", value: "eve@contoso.example" }] }];
    expect(await posted({ ...reset, duration: "PT1S", targets })).toMatchObject({ dispatch: { status: "pendingApproval" } });
  });

  test("needs a connector", async () => {
    const answer = await hub.post(actions, { ...block, duration: "PT1H" }, { caller: callerOf({ tenant: otherTenant }) });
    expect(refusal(answer)).toEqual([400, "ActionDurationInvalid"]);
  });
});

describe("a dry run", () => {
  test("checks everything, sends nothing and says what would be sent", async () => {
    const made = await posted({ ...block, dryRun: true, duration: "PT1H" });
    expect(made).toMatchObject({ status: "Completed", dispatch: { status: "dryRun", nextAttemptDateTime: null, expiresDateTime: null } });
    expect(made.states.map((one: any) => one.status)).toEqual(["NotStarted", "Completed"]);
    expect(JSON.parse(made.dispatch.wouldSend)).toEqual({
      connector: { id: made.dispatch.connectorId, vendor: "Contoso", provider: "Firewall", kind: "mock", state: "active" },
      action: "BlockIp",
      duration: "PT1H",
      count: 1,
      parameters: [{ ip: "198.51.100.7" }],
      reverse: "UnblockIp",
      approval: "none",
    });
    expect(refusal(await ask(made.id, "undo"))).toEqual([409, "ActionStateConflict"]);
  });

  test("is refused as the action would be", async () => {
    expect((await hub.post(actions, { ...block, name: "Explode", dryRun: true })).status).toBe(400);
    expect(refusal(await hub.post(actions, { ...block, name: "Scan", dryRun: true, duration: "PT1H" }))).toEqual([400, "ActionDurationInvalid"]);
  });

  test("of many targets makes none of their actions", async () => {
    const before = (await hub.get(`${actions}/$count`)).text;
    const made = await posted({ ...block, dryRun: true, targets: [{ parameters: [] }, { parameters: [{ name: "ip", value: "198.51.100.8" }] }] });
    expect(JSON.parse(made.dispatch.wouldSend)).toMatchObject({ count: 2, parameters: [{ ip: "198.51.100.7" }, { ip: "198.51.100.8" }] });
    expect(Number((await hub.get(`${actions}/$count`)).text)).toBe(Number(before) + 1);
  });

  test("without a connector says that nobody would get it", async () => {
    const made = await posted({ ...block, dryRun: true }, { caller: callerOf({ tenant: otherTenant }) });
    expect(JSON.parse(made.dispatch.wouldSend).connector).toBeNull();
  });
});

describe("four eyes", () => {
  test("what needs an approval waits for it", async () => {
    const made = await posted(disable);
    expect(made).toMatchObject({
      status: "NotStarted",
      dispatch: {
        status: "pendingApproval",
        approval: { state: "pending", requestedBy: "ada@contoso.example", requestedByApp: "console", decidedBy: null, reason: null },
      },
    });
    const { approval, nextAttemptDateTime } = made.dispatch;
    expect(nextAttemptDateTime).toBe(approval.expiresDateTime);
    expect(Date.parse(approval.expiresDateTime) - Date.parse(approval.requestedDateTime)).toBe(72 * 3_600_000);
    expect(refusal(await hub.patch(`${actions}/${made.id}`, { status: "Running" }, app("identity-agent")))).toEqual([409, "ApprovalRequired"]);
  });

  test("another person approves: it is in the queue, and who, when and why is kept", async () => {
    const { id } = await posted(disable);
    const answer = await ask(id, "approve", { reason: "Seen the alert" });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(await read(id)).toMatchObject({
      status: "NotStarted",
      dispatch: {
        status: "queued",
        approval: {
          state: "approved",
          requestedBy: "ada@contoso.example",
          decidedBy: "bob@contoso.example",
          decidedByApp: "console",
          reason: "Seen the alert",
        },
      },
    });
    const again = await ask(id, "approve");
    expect(refusal(again)).toEqual([409, "ActionStateConflict"]);
    expect(again.json.error.message).toBe("'approve' is not possible: the action is NotStarted (dispatch queued). Possible now: cancelSecurityAction.");
    expect(again.json.error.details).toEqual([{ code: "AllowedOperation", message: "cancelSecurityAction" }]);
  });

  test("another person rejects with the reason: it has failed and was never sent", async () => {
    const { id } = await posted(disable);
    for (const body of [{}, { reason: null }, { reason: " " }]) expect(refusal(await ask(id, "reject", body))).toEqual([400, "BadRequest"]);
    expect((await ask(id, "reject", { reason: "The wrong Eve" })).status).toBe(204);
    expect(await read(id)).toMatchObject({
      status: "Failed",
      errorInfo: { code: 2, message: "Rejected by bob@contoso.example: The wrong Eve" },
      dispatch: { status: "finished", attempts: 0, nextAttemptDateTime: null, approval: { state: "rejected", reason: "The wrong Eve" } },
    });
    expect(refusal(await ask(id, "approve"))).toEqual([409, "ActionStateConflict"]);
  });

  const hands: readonly (readonly [string, { caller: ReturnType<typeof callerOf> }, { caller: ReturnType<typeof callerOf> }, boolean])[] = [
    ["a person and another, same application", person("ada@contoso.example"), person("bob@contoso.example"), true],
    ["a person and themselves", person("ada@contoso.example"), person("ada@contoso.example"), false],
    ["a person and themselves in capitals, by another application", person("ada@contoso.example"), person("ADA@contoso.example", "other"), false],
    ["a person and their application", person("ada@contoso.example"), app("console"), false],
    ["a person and another application", person("ada@contoso.example"), app("watchdog"), true],
    ["an application and itself", app("playbooks"), app("playbooks"), false],
    ["an application and a person who uses it", app("playbooks"), person("bob@contoso.example", "playbooks"), false],
    ["an application and another", app("playbooks"), app("watchdog"), true],
    ["an application and a person who uses another", app("playbooks"), person("bob@contoso.example"), true],
  ];
  test.each(hands)("%s: two hands or one", async (_, requester, approver, isTwo) => {
    const { id } = await posted(disable, requester);
    const expected = isTwo ? [204, undefined] : [403, "ApprovalByRequester"];
    if (!isTwo) expect(refusal(await ask(id, "reject", { reason: "x" }, approver))).toEqual(expected);
    expect(refusal(await ask(id, "approve", {}, approver))).toEqual(expected);
    expect((await read(id)).dispatch.status).toBe(isTwo ? "queued" : "pendingApproval");
  });

  test("what has come to be protected while it waited cannot be approved", async () => {
    const { id } = await posted({ ...disable, parameters: [{ name: "user", value: "late@contoso.example" }] });
    const target = await hub.post("/beta/security/protectedTargets", { kind: "user", value: "late@contoso.example", reason: "On leave" });
    expect(refusal(await ask(id, "approve"))).toEqual([403, "TargetProtected"]);
    await hub.remove(`/beta/security/protectedTargets/${target.json.id}`);
    expect((await ask(id, "approve")).status).toBe(204);
  });

  test("needs the permission to act, and is no matter of another hub", async () => {
    const { id } = await posted(disable);
    const reader = { caller: callerOf({ kind: "delegated", user: "r@contoso.example", permissions: ["SecurityActions.Read.All"] }) };
    const stranger = { caller: callerOf({ tenant: otherTenant, kind: "delegated", user: "x@other.example" }) };
    for (const operation of ["approve", "reject", "undo"]) {
      expect(refusal(await ask(id, operation, { reason: "x" }, reader)), operation).toEqual([403, "Forbidden"]);
      expect(refusal(await ask(id, operation, { reason: "x" }, stranger)), operation).toEqual([404, "itemNotFound"]);
    }
    expect((await read(id)).dispatch.status).toBe("pendingApproval");
  });

  test("two approvals at once: one counts; approval and rejection at once: one of them", async () => {
    for (const operations of [
      ["approve", "approve"],
      ["approve", "reject"],
      ["reject", "reject"],
    ]) {
      const { id } = await posted(disable);
      const all = Array.from({ length: 16 }, (_, index) => ask(id, operations[index % 2]!, { reason: "x" }, person(`p${index}@contoso.example`)));
      const answers = await Promise.all(all);
      expect(
        answers.filter(({ status }) => status === 204),
        operations.join(),
      ).toHaveLength(1);
      expect(answers.filter((one) => refusal(one).join() === "409,ActionStateConflict")).toHaveLength(15);
      const after = await read(id);
      const won = answers.findIndex(({ status }) => status === 204);
      expect(after.dispatch.approval).toMatchObject({
        state: operations[won % 2] === "approve" ? "approved" : "rejected",
        decidedBy: `p${won}@contoso.example`,
      });
      expect(after.states).toHaveLength(after.status === "Failed" ? 2 : 1);
    }
  });

  test("an approval and a cancellation at once leave one story", async () => {
    const { id } = await posted(disable);
    const [approved, cancelled] = await Promise.all([ask(id, "approve"), ask(id, "cancelSecurityAction")]);
    expect(cancelled.status).toBe(200);
    const after = await read(id);
    expect(after).toMatchObject({ status: "Failed", dispatch: { status: "finished", approval: { state: approved.status === 204 ? "approved" : "pending" } } });
    expect(after.errorInfo.message).toBe("Cancelled by bob@contoso.example");
  });
});

describe("an approval that nobody gives", () => {
  test("is too late after the hours of the setting", async () => {
    let now = Date.parse("2026-05-01T08:00:00Z");
    const slow = await openHub({ approvalHours: 2, clock: () => now });
    await slow.post("/v1.0/security/connectors", identity);
    const { json } = await slow.post(actions, disable, person("ada@contoso.example"));
    expect(json.dispatch.approval.expiresDateTime).toBe("2026-05-01T10:00:00.0000000Z");
    now += 2 * 3_600_000;
    for (const operation of ["approve", "reject"]) {
      const answer = await slow.post(`${actions}/${json.id}/${operation}`, { reason: "x" }, person("bob@contoso.example"));
      expect(refusal(answer)).toEqual([409, "ApprovalExpired"]);
      expect(answer.json.error.message).toBe("The approval had to be given before 2026-05-01T10:00:00.0000000Z.");
    }
    await slow.close();
  });
});
