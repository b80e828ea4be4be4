import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actions, app, block, by, disable, firewall, identity, person, refusal } from "./connectorBodies.ts";
import { callerOf, openHub, otherTenant, type Answer, type Asked, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
  for (const connector of [firewall, identity]) await hub.post("/v1.0/security/connectors", connector);
});
afterAll(() => hub.close());

async function posted(body: object, asked: Asked = person("ada@contoso.example"), at = hub): Promise<any> {
  const made = await at.post(actions, body, asked);
  expect(made.status, made.text).toBe(201);
  return made.json;
}

const read = async (id: string, at = hub): Promise<any> => (await at.get(`${actions}/${id}`)).json;
const ask = (id: string, operation: string, body: object = {}, asked: Asked = person("bob@contoso.example"), at = hub): Promise<Answer> =>
  at.post(`${actions}/${id}/${operation}`, body, asked);
const childrenOf = async (id: string, at = hub): Promise<any[]> =>
  (await at.get(`${actions}?$filter=dispatch/parentId eq '${id}'&$orderby=id&$top=1000`)).json.value;
const ips = (...values: readonly string[]): object[] => values.map((value) => ({ parameters: [{ name: "ip", value }] }));

/** A hub whose actions were completed by a program of their provider, before it had connectors. */
async function hubOfOldActions(...bodies: readonly object[]): Promise<{ readonly old: TestHub; readonly ids: readonly string[] }> {
  const old = await openHub();
  const ids: string[] = [];
  for (const body of bodies) ids.push((await posted(body, person("ada@contoso.example"), old)).id);
  for (const id of ids) for (const status of ["Running", "Completed"]) await old.patch(`${actions}/${id}`, { status }, app("agent"));
  for (const connector of [firewall, identity]) await old.post("/v1.0/security/connectors", connector);
  return { old, ids };
}

describe("an action with targets", () => {
  test("is a parent with an action for each: the target's own parameters go before those of all", async () => {
    const body = { ...block, actionReason: "Botnet", clientContext: "c-1", duration: "PT1H", note: "dynamic" };
    const targets = [
      ...ips("198.51.100.1", "198.51.100.2"),
      {
        parameters: [
          { name: "ip", value: "198.51.100.3" },
          { name: "port", value: "25" },
        ],
      },
    ];
    const parent = await posted({ ...body, parameters: [...block.parameters, { name: "port", value: "443" }], targets });
    expect(parent).toMatchObject({ status: "NotStarted", dispatch: { status: "following", connectorId: null, nextAttemptDateTime: null }, note: "dynamic" });
    expect(parent.targets).toHaveLength(3);
    const children = await childrenOf(parent.id);
    expect(children.map((one) => one.parameters.map(({ name, value }: any) => `${name}=${value}`).join())).toEqual([
      "port=443,ip=198.51.100.1",
      "port=443,ip=198.51.100.2",
      "ip=198.51.100.3,port=25",
    ]);
    for (const child of children) {
      expect(child).toMatchObject({
        name: "BlockIp",
        actionReason: "Botnet",
        clientContext: "c-1",
        duration: "PT1H",
        targets: [],
        user: "ada@contoso.example",
      });
      expect(child).toMatchObject({ status: "NotStarted", dispatch: { status: "queued", parentId: parent.id, attempts: 0 } });
      expect(child.states).toHaveLength(1);
      expect(child).not.toHaveProperty("note");
    }
  });

  test("needs no parameters of its own; each target needs some", async () => {
    const { parameters: _, ...rest } = block;
    expect((await posted({ ...rest, targets: ips("198.51.100.1") })).parameters).toEqual([]);
    const answer = await hub.post(actions, { ...rest, targets: [...ips("198.51.100.1"), { parameters: [] }] });
    expect([...refusal(answer), answer.json.error.target]).toEqual([400, "BadRequest", "targets[1]/parameters"]);
    expect((await hub.post(actions, rest)).json.error.message).toBe("Property 'parameters' is required.");
    expect(refusal(await hub.post(actions, { ...rest, targets: [] }))).toEqual([400, "BadRequest"]);
  });

  test("is all or nothing: one protected target, and nothing is written; its index is told", async () => {
    const target = await hub.post("/beta/security/protectedTargets", { kind: "network", value: "192.0.2.0/24" });
    const before = (await hub.get(`${actions}/$count`)).text;
    const answer = await hub.post(actions, { ...block, targets: ips("198.51.100.1", "192.0.2.0", "198.51.100.2", "192.0.2.255") });
    expect(refusal(answer)).toEqual([403, "TargetProtected"]);
    expect(answer.json.error.details.map((one: any) => one.target)).toEqual(["targets[1]/parameters[0]/value", "targets[3]/parameters[0]/value"]);
    expect((await hub.get(`${actions}/$count`)).text).toBe(before);
    await hub.remove(`/beta/security/protectedTargets/${target.json.id}`);
  });

  test("takes 1,000 targets and no more", async () => {
    const of = (count: number): object[] => ips(...Array.from({ length: count }, (_, index) => `10.1.${index >> 8}.${index & 255}`));
    await hub.post("/beta/security/protectedTargets", { kind: "address", value: "10.9.9.9" });
    const parent = await posted({ ...block, targets: of(1000) });
    expect((await hub.get(`${actions}/$count?$filter=dispatch/parentId eq '${parent.id}'`)).text).toBe("1000");
    const answer = await hub.post(actions, { ...block, targets: of(1001) });
    expect([...refusal(answer), answer.json.error.target]).toEqual([400, "BadRequest", "targets"]);
    const long = { ...block, actionReason: "x".repeat(20_000), targets: of(500) };
    expect(refusal(await hub.post(actions, long))).toEqual([413, "RequestEntityTooLarge"]);
    expect((await ask(parent.id, "cancelSecurityAction")).status).toBe(200);
    expect((await hub.get(`${actions}/$count?$filter=dispatch/parentId eq '${parent.id}' and status eq 'Failed'`)).text).toBe("1000");
    expect(await read(parent.id)).toMatchObject({ status: "Failed", errorInfo: { message: "Cancelled by bob@contoso.example" } });
  });

  test.each([
    [{ targets: "x" }],
    [{ targets: [7] }],
    [{ targets: [{ parameters: "x" }] }],
    [{ targets: [{ parameter: [] }] }],
    [{ targets: {} }],
    [{ dryRun: "x" }],
    [{ duration: 5 }],
  ])("%j does not fit", async (more) => expect(refusal(await hub.post(actions, { ...block, ...more }))).toEqual([400, "BadRequest"]));

  test("is approved as a whole, and its parts with it", async () => {
    const people = ["eve", "mallory"].map((name) => ({ parameters: [{ name: "user", value: `${name}@contoso.example` }] }));
    const parent = await posted({ ...disable, targets: people });
    expect(parent.dispatch).toMatchObject({ status: "pendingApproval", approval: { state: "pending" } });
    const [first] = await childrenOf(parent.id);
    expect(first.dispatch).toMatchObject({ status: "pendingApproval", approval: null, nextAttemptDateTime: null });
    const alone = await ask(first.id, "approve");
    expect(refusal(alone)).toEqual([409, "ActionStateConflict"]);
    expect(alone.json.error.message).toContain(`its approval is that of the action '${parent.id}'`);
    expect(refusal(await ask(parent.id, "approve", {}, person("ada@contoso.example")))).toEqual([403, "ApprovalByRequester"]);
    expect((await ask(parent.id, "approve")).status).toBe(204);
    expect((await read(parent.id)).dispatch).toMatchObject({ status: "following", approval: { state: "approved" } });
    expect((await childrenOf(parent.id)).map((one) => one.dispatch.status)).toEqual(["queued", "queued"]);
    const other = await posted({ ...disable, targets: people });
    expect((await ask(other.id, "reject", { reason: "No" })).status).toBe(204);
    expect((await childrenOf(other.id)).map((one) => [one.status, one.errorInfo.code])).toEqual([
      ["Failed", 2],
      ["Failed", 2],
    ]);
  });

  test("what is cancelled of it alone stays so when the rest is approved", async () => {
    const parent = await posted({ ...disable, targets: ["a", "b"].map((value) => ({ parameters: [{ name: "user", value }] })) });
    const [first, second] = await childrenOf(parent.id);
    expect((await ask(first.id, "cancelSecurityAction")).status).toBe(200);
    expect((await ask(parent.id, "approve")).status).toBe(204);
    expect([(await read(first.id)).status, (await read(second.id)).dispatch.status]).toEqual(["Failed", "queued"]);
  });

  test("approval and cancellation of a parent at once: no child is left between them", async () => {
    const parent = await posted({ ...disable, targets: Array.from({ length: 40 }, (_, index) => ({ parameters: [{ name: "user", value: `u${index}` }] })) });
    const children = await childrenOf(parent.id);
    await Promise.all([
      ask(parent.id, "approve"),
      ...children.slice(0, 4).map(({ id }) => ask(id, "cancelSecurityAction")),
      ask(parent.id, "cancelSecurityAction"),
      ask(parent.id, "reject", { reason: "x" }, person("eve@contoso.example")),
    ]);
    const after = await childrenOf(parent.id);
    const whole = await read(parent.id);
    expect(new Set(after.slice(4).map((one) => `${one.status} ${one.dispatch.status}`)).size).toBe(1);
    expect(whole.status === "Failed").toBe(after.every((one) => one.status === "Failed"));
  });
});

describe("undo", () => {
  test("makes the reverse action, once, and links both", async () => {
    const { old, ids } = await hubOfOldActions({
      ...block,
      parameters: [
        { name: "IP", value: "198.51.100.7" },
        { name: "port", value: "80" },
      ],
    });
    const [id] = ids as [string];
    const answer = await ask(id, "undo", { reason: "False alarm" }, undefined, old);
    expect(answer.status, answer.text).toBe(201);
    const undo = answer.json;
    expect(undo).toMatchObject({
      "@odata.type": "#microsoft.graph.securityAction",
      name: "UnblockIp",
      actionReason: "False alarm",
      parameters: [{ "@odata.type": "microsoft.graph.keyValuePair", name: "ip", value: "198.51.100.7" }],
      vendorInformation: { vendor: "Contoso", provider: "Firewall" },
      user: "bob@contoso.example",
      status: "NotStarted",
      dispatch: { status: "queued", undoes: id, undoneBy: null },
    });
    expect(undo["@odata.context"]).toMatch(/#security\/securityActions\/\$entity$/);
    expect(answer.headers["Location"]).toMatch(new RegExp(`securityActions/${undo.id}$|securityActions\\('${undo.id}'\\)$`));
    expect(answer.headers["ETag"]).toBe(undo["@odata.etag"]);
    expect(await read(undo.id, old)).toEqual({ ...undo, "@odata.context": expect.any(String) });
    expect((await read(id, old)).dispatch).toMatchObject({ undoneBy: undo.id });
    const again = await ask(id, "undo", {}, undefined, old);
    expect(refusal(again)).toEqual([409, "ActionStateConflict"]);
    expect(again.json.error.message).toContain(`'${undo.id}' takes it back (NotStarted)`);
    await old.close();
  });

  test("may be tried again when it failed; what takes back is not taken back itself", async () => {
    const { old, ids } = await hubOfOldActions(block);
    const [id] = ids as [string];
    const first = (await ask(id, "undo", {}, undefined, old)).json.id;
    expect((await ask(first, "cancelSecurityAction", {}, undefined, old)).status).toBe(200);
    const second = await ask(id, "undo", {}, undefined, old);
    expect(second.status, second.text).toBe(201);
    expect((await read(id, old)).dispatch.undoneBy).toBe(second.json.id);
    expect(refusal(await ask(first, "undo", {}, undefined, old))).toEqual([409, "ActionStateConflict"]);
    await old.close();
  });

  test("is no matter of what has not completed, has no reverse, or no connector", async () => {
    const { old, ids } = await hubOfOldActions({ ...block, name: "Scan" }, { ...block, ...by("Nobody", "Knows") }, { ...block, name: "Gone" });
    for (const [index, why] of ["'Scan' has no reverse action", "no connector of this hub", "no action 'Gone'"].entries()) {
      const answer = await ask(ids[index]!, "undo", {}, undefined, old);
      expect(refusal(answer)).toEqual([409, "ActionNotReversible"]);
      expect(answer.json.error.message).toContain(why);
    }
    const waiting = await posted(block, undefined, old);
    const answer = await ask(waiting.id, "undo", {}, undefined, old);
    expect(answer.json.error.message).toBe(
      "'undo' is not possible: the action is NotStarted (dispatch queued); only what is Completed can be taken back. Possible now: cancelSecurityAction.",
    );
    await old.close();
  });

  test("waits for an approval where the reverse asks for one, by another person than who undoes", async () => {
    const { old, ids } = await hubOfOldActions({ ...disable, name: "ResetPassword" });
    const undo = await ask(ids[0]!, "undo", {}, undefined, old);
    expect(undo.json).toMatchObject({ name: "EnableUser", dispatch: { status: "pendingApproval", approval: { requestedBy: "bob@contoso.example" } } });
    expect(refusal(await ask(undo.json.id, "approve", {}, person("bob@contoso.example"), old))).toEqual([403, "ApprovalByRequester"]);
    expect((await ask(undo.json.id, "approve", {}, person("ada@contoso.example"), old)).status).toBe(204);
    await old.close();
  });

  test("takes back what has come to be protected since: leaving it would be worse", async () => {
    const { old, ids } = await hubOfOldActions(block);
    await old.post("/beta/security/protectedTargets", { kind: "address", value: "198.51.100.7" });
    expect(refusal(await old.post(actions, { ...block, name: "UnblockIp" }))).toEqual([403, "TargetProtected"]);
    expect((await ask(ids[0]!, "undo", {}, undefined, old)).status).toBe(201);
    await old.close();
  });

  test("sixteen at once: one is made", async () => {
    const { old, ids } = await hubOfOldActions(block);
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask(ids[0]!, "undo", {}, undefined, old)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter((one) => refusal(one).join() === "409,ActionStateConflict")).toHaveLength(15);
    expect((await old.get(`${actions}/$count?$filter=dispatch/undoes eq '${ids[0]}'`)).text).toBe("1");
    await old.close();
  });

  test("of a parent takes back every child that completed", async () => {
    const old = await openHub();
    const parent = await posted({ ...block, targets: ips("198.51.100.1", "198.51.100.2", "198.51.100.3") }, undefined, old);
    const children = await childrenOf(parent.id, old);
    for (const [index, { id }] of children.entries()) {
      await old.patch(`${actions}/${id}`, { status: "Running" });
      await old.patch(`${actions}/${id}`, { status: index === 1 ? "Failed" : "Completed" });
    }
    for (const connector of [firewall, identity]) await old.post("/v1.0/security/connectors", connector);
    expect(refusal(await ask(parent.id, "undo", {}, undefined, old))).toEqual([409, "ActionStateConflict"]);
    // All have ended: whoever cancels learns how.
    expect((await ask(parent.id, "cancelSecurityAction", {}, undefined, old)).status).toBe(200);
    expect(await read(parent.id, old)).toMatchObject({ status: "Failed", errorInfo: { message: "1 of 3 actions failed." } });
    const answer = await ask(parent.id, "undo", {}, undefined, old);
    expect(answer.status, answer.text).toBe(201);
    expect(answer.json).toMatchObject({ name: "UnblockIp", dispatch: { status: "following", undoes: parent.id } });
    const undone = await childrenOf(answer.json.id, old);
    expect(undone.map((one) => [one.name, one.parameters[0].value, one.dispatch.undoes, one.dispatch.status])).toEqual([
      ["UnblockIp", "198.51.100.1", children[0].id, "queued"],
      ["UnblockIp", "198.51.100.3", children[2].id, "queued"],
    ]);
    expect((await childrenOf(parent.id, old)).map((one) => one.dispatch.undoneBy)).toEqual([undone[0].id, null, undone[1].id]);
    expect(refusal(await ask(parent.id, "undo", {}, undefined, old))).toEqual([409, "ActionStateConflict"]);
    await old.close();
  });
});

describe("asked again with a key", () => {
  const key = (name: string, asked: Asked = person("bob@contoso.example")): Asked => ({ ...asked, headers: { "Idempotency-Key": name } });

  test("an action with targets is made once, with its children", async () => {
    const body = { ...block, targets: ips("198.51.100.1", "198.51.100.2") };
    const [first, second] = [await hub.post(actions, body, key("bulk")), await hub.post(actions, body, key("bulk"))];
    expect([first.status, second.status, second.json.id]).toEqual([201, 201, first.json.id]);
    expect(await childrenOf(first.json.id)).toHaveLength(2);
    expect(refusal(await hub.post(actions, { ...body, targets: ips("198.51.100.1") }, key("bulk")))).toEqual([409, "Conflict"]);
  });

  test("an approval is given once, and answered again", async () => {
    const { id } = await posted(disable);
    for (let time = 0; time < 2; time += 1) expect((await ask(id, "approve", { reason: "x" }, key("approve"))).status).toBe(204);
    expect(refusal(await ask(id, "approve", { reason: "y" }, key("approve")))).toEqual([409, "Conflict"]);
    expect(refusal(await ask(id, "approve", { reason: "x" }))).toEqual([409, "ActionStateConflict"]);
  });

  test("an undo answers with what it made the first time", async () => {
    const { old, ids } = await hubOfOldActions(block);
    const first = await ask(ids[0]!, "undo", {}, key("undo"), old);
    const second = await ask(ids[0]!, "undo", {}, key("undo"), old);
    expect([second.status, second.json, second.headers["Location"], second.headers["ETag"]]).toEqual([
      201,
      first.json,
      first.headers["Location"],
      first.headers["ETag"],
    ]);
    await old.close();
  });

  test("a refusal is not kept: what stands in the way may go", async () => {
    const target = await hub.post("/beta/security/protectedTargets", { kind: "address", value: "198.51.100.77" });
    const body = { ...block, parameters: [{ name: "ip", value: "198.51.100.77" }] };
    expect(refusal(await hub.post(actions, body, key("later")))).toEqual([403, "TargetProtected"]);
    await hub.remove(`/beta/security/protectedTargets/${target.json.id}`);
    expect((await hub.post(actions, body, key("later"))).status).toBe(201);
  });
});

describe("reports", () => {
  test("come from the application that the connector names, and from no other", async () => {
    const { id } = await posted({ ...disable, name: "ResetPassword" });
    const answer = await hub.patch(`${actions}/${id}`, { status: "Running" }, app("somebody"));
    expect(refusal(answer)).toEqual([403, "ReporterMismatch"]);
    expect(answer.json.error.message).toContain("'identity-agent'");
    expect(refusal(await hub.patch(`${actions}/${id}`, { errorInfo: { message: "x" } }, app("somebody")))).toEqual([403, "ReporterMismatch"]);
    expect((await hub.patch(`${actions}/${id}`, { note: "dynamic" }, app("somebody"))).status).toBe(204);
    expect(refusal(await hub.patch(`${actions}/${id}`, { status: "Running" }, app("identity-agent")))).toEqual([409, "ActionStateConflict"]);
  });

  test("of another hub's actions are 404, as are all operations", async () => {
    const { id } = await posted(block);
    const stranger = { caller: callerOf({ tenant: otherTenant }) };
    expect(refusal(await hub.patch(`${actions}/${id}`, { status: "Running" }, stranger))).toEqual([404, "itemNotFound"]);
    for (const operation of ["retry", "drop", "cancelSecurityAction"]) expect(refusal(await ask(id, operation, {}, stranger))).toEqual([404, "itemNotFound"]);
  });
});
