import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, vendor, type Answer, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

const refusal = ({ status, json }: Answer): [number, string] => [status, json.error?.code];
const statusesOf = (entity: { states: { status: string }[] }): string[] => entity.states.map((one) => one.status);

describe("securityAction", () => {
  const actions = "/beta/security/securityActions";
  const action = {
    name: "BlockIp",
    actionReason: "Beaconing",
    parameters: [{ name: "IP", value: "203.0.113.7" }],
    vendorInformation: { vendor: "Contoso", provider: "Firewall" },
  };
  const analyst = callerOf({ appId: "console", kind: "delegated", user: "ada@contoso.example" });
  const connector = callerOf({ appId: "connector" });

  /** An action in the status that these reports lead to. */
  async function actionIn(...reports: readonly string[]): Promise<string> {
    const made = await hub.post(actions, action, { caller: analyst });
    expect(made.status, made.text).toBe(201);
    const path = `${actions}/${made.json.id}`;
    for (const status of reports) expect((await hub.patch(path, { status }, { caller: connector })).status).toBe(204);
    return path;
  }

  test("waits as NotStarted (R170); caller, tenant and times come from the token and the server", async () => {
    const forged = {
      id: "mine",
      appId: "forged",
      azureTenantId: "forged",
      user: "forged",
      status: "Completed",
      states: [{ status: "Completed" }],
      errorInfo: { code: 1 },
      createdDateTime: "x",
      completedDateTime: "x",
      lastActionDateTime: 1,
    };
    const made = await hub.post(actions, { ...action, ...forged }, { caller: analyst });
    expect(made.status, made.text).toBe(201);
    const { createdDateTime } = made.json;
    expect(made.json).toMatchObject({
      "@odata.type": "#microsoft.graph.securityAction",
      appId: "console",
      azureTenantId: analyst.tenant,
      user: "ada@contoso.example",
      status: "NotStarted",
      errorInfo: null,
      completedDateTime: null,
      clientContext: null,
      lastActionDateTime: createdDateTime,
      states: [
        {
          "@odata.type": "microsoft.graph.securityActionState",
          appId: "console",
          user: "ada@contoso.example",
          status: "NotStarted",
          updatedDateTime: createdDateTime,
        },
      ],
    });
    expect(made.json.id).not.toBe("mine");
    expect(createdDateTime).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect((await hub.post(actions, action, { caller: connector })).json).toMatchObject({ appId: "connector", user: null, states: [{ user: null }] });
  });

  test("R170 says when to look again while it is not over, however it is asked for", async () => {
    const made = await hub.post(actions, action, { caller: analyst });
    expect([made.status, made.json.status, made.headers["Retry-After"]]).toEqual([201, "NotStarted", "5"]);
    const path = `${actions}/${made.json.id}`;
    const { responses } = (await hub.post("/beta/$batch", { requests: [{ id: "1", method: "GET", url: path.replace("/beta", "") }] })).json;
    expect(responses[0].headers["Retry-After"]).toBe("5");
    await hub.patch(path, { status: "Running" }, { caller: connector });
    expect((await hub.get(`${path}?$select=status`)).headers["Retry-After"]).toBe("5");
    const done = await hub.patch(path, { status: "Completed" }, { caller: connector, headers: { Prefer: "return=representation" } });
    for (const answer of [done, await hub.get(path)]) expect([answer.json.status, answer.headers["Retry-After"]]).toEqual(["Completed", undefined]);
    expect(statusesOf((await hub.get(path)).json)).toEqual(["NotStarted", "Running", "Completed"]);
  });

  test("a connector reports; each transition is one more state with its author", async () => {
    const path = await actionIn("Running");
    const done = await hub.patch(path, { status: "completed" }, { caller: connector, headers: { Prefer: "return=representation" } });
    expect(done.json).toMatchObject({ status: "Completed", errorInfo: null, appId: "console" });
    expect(done.json.states.map((one: any) => [one.status, one.appId, one.user])).toEqual([
      ["NotStarted", "console", "ada@contoso.example"],
      ["Running", "connector", null],
      ["Completed", "connector", null],
    ]);
    expect(done.json.completedDateTime).toBe(done.json.lastActionDateTime);
    expect(done.json.states.at(-1).updatedDateTime).toBe(done.json.completedDateTime);
  });

  test("a failure says why; code and subcode default to 0", async () => {
    const path = await actionIn("Running");
    expect((await hub.patch(path, { status: "Failed", errorInfo: { message: "Unreachable" } }, { caller: connector })).status).toBe(204);
    expect((await hub.get(path)).json).toMatchObject({
      status: "Failed",
      errorInfo: { "@odata.type": "microsoft.graph.resultInfo", code: 0, message: "Unreachable", subcode: 0 },
    });
    const other = await actionIn();
    expect((await hub.patch(other, { errorInfo: { code: 7, subcode: 3 } }, { caller: connector })).status).toBe(204);
    expect((await hub.get(other)).json).toMatchObject({ status: "NotStarted", errorInfo: { code: 7, message: null, subcode: 3 } });
    expect(statusesOf((await hub.get(other)).json)).toEqual(["NotStarted"]);
  });

  const ways: Readonly<Record<string, readonly string[]>> = { NotStarted: [], Running: ["Running"], Completed: ["Running", "Completed"], Failed: ["Failed"] };
  const allowed = new Set(["NotStarted NotStarted", "NotStarted Running", "NotStarted Failed", "Running Running", "Running Completed", "Running Failed"]);
  const pairs = Object.keys(ways).flatMap((from) => Object.keys(ways).map((to) => [from, to] as const));
  test.each(pairs)("%s to %s", async (from, to) => {
    const path = await actionIn(...ways[from]!);
    const before = (await hub.get(path)).json;
    const answer = await hub.patch(path, { status: to }, { caller: connector });
    const after = (await hub.get(path)).json;
    expect(refusal(answer)).toEqual(allowed.has(`${from} ${to}`) ? [204, undefined] : [409, "ActionStateConflict"]);
    if (!allowed.has(`${from} ${to}`)) expect(after).toEqual(before);
    else expect(statusesOf(after)).toEqual(from === to ? statusesOf(before) : [...statusesOf(before), to]);
    const put = await hub.send("PUT", `${await actionIn(...ways[from]!)}/status`, { body: { value: to } });
    expect(put.status).toBe(answer.status);
  });

  test.each([null, "Cancelled", "unknownFutureValue", 7, ""])("status %j is no status", async (status) => {
    const path = await actionIn();
    expect(refusal(await hub.patch(path, { status }))).toEqual([400, "BadRequest"]);
    expect((await hub.get(path)).json.status).toBe("NotStarted");
  });

  test.each(["cancelSecurityAction", "microsoft.graph.cancelSecurityAction", "CANCELSECURITYACTION", "graph.cancelSecurityAction", "cancelSecurityAction/"])(
    "%s of a waiting action: 200, no body, Failed (R5)",
    async (name) => {
      const path = await actionIn();
      const answer = await hub.send("POST", `${path}/${name}`, { caller: analyst });
      expect([answer.status, answer.text, answer.headers["Content-Type"]]).toEqual([200, "", undefined]);
      const read = (await hub.get(path)).json;
      expect(read).toMatchObject({
        status: "Failed",
        errorInfo: { code: 1, message: "Cancelled by ada@contoso.example", subcode: 0 },
        completedDateTime: read.lastActionDateTime,
      });
      expect(statusesOf(read)).toEqual(["NotStarted", "Failed"]);
    },
  );

  test("cancel of a running action asks its connector; of one that has ended is 409", async () => {
    const running = await actionIn("Running");
    expect((await hub.post(`${running}/cancelSecurityAction`, {}, { caller: connector })).status).toBe(200);
    expect((await hub.get(running)).json).toMatchObject({ status: "Running", cancelRequested: true, errorInfo: null });
    expect((await hub.patch(running, { status: "Failed", errorInfo: { code: 1, message: "Stopped" } }, { caller: connector })).status).toBe(204);
    for (const way of [["Running", "Completed"], ["Failed"]]) {
      const path = await actionIn(...way);
      const before = (await hub.get(path)).json;
      expect(refusal(await hub.post(`${path}/cancelSecurityAction`, undefined))).toEqual([409, "ActionStateConflict"]);
      expect((await hub.get(path)).json).toEqual(before);
    }
    expect(refusal(await hub.post(`${actions}/nobody/cancelSecurityAction`, undefined))).toEqual([404, "itemNotFound"]);
  });

  test("an app's cancel names the app; a stale If-Match stops it", async () => {
    const path = await actionIn();
    expect(refusal(await hub.send("POST", `${path}/cancelSecurityAction`, { headers: { "If-Match": 'W/"0"' } }))).toEqual([412, "resourceModified"]);
    expect((await hub.send("POST", `${path}/cancelSecurityAction`, { caller: connector })).status).toBe(200);
    expect((await hub.get(path)).json.errorInfo.message).toBe("Cancelled by connector");
  });

  test("only POST cancels; parameters it has none; it is no collection's action", async () => {
    const path = await actionIn();
    for (const method of ["GET", "PATCH", "DELETE", "PUT"]) {
      const answer = await hub.send(method, `${path}/cancelSecurityAction`);
      expect([...refusal(answer), answer.headers["Allow"]]).toEqual([405, "MethodNotAllowed", "POST"]);
    }
    expect(refusal(await hub.post(`${path}/cancelSecurityAction`, { force: true }))).toEqual([400, "BadRequest"]);
    expect((await hub.post(`${actions}/cancelSecurityAction`, {})).status).toBe(405);
    expect((await hub.get(path)).json.status).toBe("NotStarted");
  });

  test.each([
    [{}, ["name", "parameters", "vendorInformation/vendor", "vendorInformation/provider"]],
    [{ ...action, parameters: [] }, ["parameters"]],
    [{ ...action, name: "" }, ["name"]],
    [{ ...action, vendorInformation: { vendor: "Contoso" } }, ["vendorInformation/provider"]],
    [{ ...action, parameters: [{ value: "x" }] }, ["parameters[0]/name"]],
    [{ ...action, clientContext: "x".repeat(257) }, ["clientContext"]],
    [{ ...action, parameters: [{ name: "a", value: "b", more: 1 }] }, ["parameters[0]/more"]],
  ])("what is required and does not fit is named in details: %#", async (body, targets) => {
    const answer = await hub.post(actions, body);
    expect(refusal(answer)).toEqual([400, "BadRequest"]);
    expect(answer.json.error.details.map((one: any) => one.target)).toEqual(targets);
    expect(answer.json.error.target).toBe(targets[0]);
  });

  test.each(["name", "parameters", "actionReason", "clientContext", "vendorInformation"])(
    "%s cannot be changed after; the same may be sent again",
    async (name) => {
      const path = await actionIn();
      const changed = {
        name: "Other",
        parameters: [{ name: "IP", value: "198.51.100.1" }],
        actionReason: "Other",
        clientContext: "Other",
        vendorInformation: { vendor: "Other", provider: "Other" },
      };
      const refused = await hub.patch(path, { [name]: changed[name as keyof typeof changed] });
      expect([...refusal(refused), refused.json.error.target]).toEqual([400, "BadRequest", name]);
      expect((await hub.patch(path, { [name]: (action as any)[name] ?? null })).status).toBe(204);
    },
  );

  test("what the token and the server set is no matter of a PATCH", async () => {
    const path = await actionIn();
    const before = (await hub.get(path)).json;
    expect(
      (await hub.patch(path, { user: "x", appId: "x", azureTenantId: "x", states: [], completedDateTime: "2020-01-01T00:00:00Z", createdDateTime: 5 })).status,
    ).toBe(204);
    expect({ ...(await hub.get(path)).json, "@odata.etag": 0, lastActionDateTime: 0 }).toEqual({ ...before, "@odata.etag": 0, lastActionDateTime: 0 });
  });

  test("is never deleted", async () => {
    const path = await actionIn();
    expect(refusal(await hub.remove(path))).toEqual([405, "MethodNotAllowed"]);
  });

  test("faithful to the real service, nobody provides anything and people may not ask", async () => {
    const faithful = await openHub({ faithful: ["providers", "permissions"] });
    const answer = await faithful.post(actions, action);
    expect([answer.status, answer.json.error.message]).toEqual([400, "Cannot find a provider for this request"]);
    const delegated = await faithful.get(actions, { caller: analyst });
    expect([...refusal(delegated), delegated.json.error.message]).toEqual([403, "Forbidden", "Delegated permissions are not supported on this resource."]);
    expect((await faithful.get("/v1.0/security/secureScores", { caller: analyst })).status).toBe(200);
    await faithful.close();
  });

  test("eight reports at once: the first of each transition counts, states tell one story", async () => {
    const path = await actionIn("Running");
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => hub.patch(path, { status: index % 2 === 0 ? "Completed" : "Failed" })));
    expect(answers.filter((one) => one.status === 204)).toHaveLength(1);
    expect(answers.filter((one) => one.status === 409)).toHaveLength(7);
    const read = (await hub.get(path)).json;
    expect(read.states).toHaveLength(3);
    expect(read.states.at(-1).status).toBe(read.status);
  });
});

describe("tasks", () => {
  const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
  const configuration = "microsoft.graph.securityConfigurationTask";
  const person = callerOf({ kind: "delegated", user: "eve@contoso.example" });

  async function task(body: object = {}): Promise<string> {
    const made = await hub.post(tasks, { "@odata.type": `#${configuration}`, ...body });
    expect(made.status, made.text).toBe(201);
    return `${tasks}/${made.json.id}`;
  }

  test("defaults: pending, in 30 days, from whoever is signed in", async () => {
    const made = await hub.post(tasks, { "@odata.type": `#${configuration}` }, { caller: person });
    const { createdDateTime, dueDateTime } = made.json;
    expect(made.json).toMatchObject({
      "@odata.type": `#${configuration}`,
      category: "unknown",
      priority: "none",
      status: "pending",
      creator: "eve@contoso.example",
      applicablePlatform: "unknown",
      endpointSecurityPolicy: "unknown",
      endpointSecurityPolicyProfile: "unknown",
      intendedSettings: [],
      managedDeviceCount: 0,
      statusHistory: [
        {
          "@odata.type": "microsoft.graph.taskStatusEntry",
          status: "pending",
          note: null,
          assignedTo: null,
          author: "eve@contoso.example",
          updatedDateTime: createdDateTime,
        },
      ],
    });
    expect(Math.round((Date.parse(dueDateTime) - Date.parse(createdDateTime)) / 86_400_000)).toBe(30);
    expect((await hub.post(tasks, {})).json).toMatchObject({ "@odata.type": "#microsoft.graph.deviceAppManagementTask", creator: null });
    const sent = { creator: "soc@contoso.example", dueDateTime: "2027-01-01T09:00:00+02:00", status: "active", managedDeviceCount: 4 };
    expect((await hub.post(tasks, { "@odata.type": configuration, ...sent })).json).toMatchObject(sent);
  });

  const states = ["unknown", "pending", "active", "completed", "rejected"];
  const next: Readonly<Record<string, readonly string[]>> = {
    unknown: ["pending", "active", "completed", "rejected"],
    pending: ["active", "rejected"],
    active: ["completed", "rejected"],
    completed: ["active"],
    rejected: ["active"],
  };
  const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));

  test.each(pairs)("updateStatus from %s to %s", async (from, to) => {
    const path = await task({ status: from });
    const answer = await hub.post(`${path}/updateStatus`, { status: to, note: "Because." }, { caller: person });
    const read = (await hub.get(path)).json;
    if (!next[from]!.includes(to)) {
      expect(refusal(answer)).toEqual([409, "TaskTransitionNotAllowed"]);
      expect(answer.json.error.details.map((one: any) => one.message)).toEqual(next[from]);
      expect([read.status, read.statusHistory.length]).toEqual([from, 1]);
      return;
    }
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(read.status).toBe(to);
    expect(read.statusHistory.slice(1)).toEqual([
      {
        "@odata.type": "microsoft.graph.taskStatusEntry",
        status: to,
        note: "Because.",
        assignedTo: null,
        author: "eve@contoso.example",
        updatedDateTime: expect.stringMatching(/Z$/),
      },
    ]);
  });

  test.each(pairs)("PATCH of status from %s to %s", async (from, to) => {
    const path = await task({ status: from });
    const answer = await hub.patch(path, { status: to });
    const reopens = from === "completed" || from === "rejected";
    const isAllowed = from === to || (next[from]!.includes(to) && !reopens);
    expect(answer.status, answer.text).toBe(isAllowed ? 200 : 409);
    expect((await hub.get(path)).json.status).toBe(isAllowed ? to : from);
  });

  test.each([{ status: "active" }, { status: "active", note: null }, { status: "active", note: "  " }])("reopening needs a note: %j", async (body) => {
    for (const status of ["completed", "rejected"])
      expect(refusal(await hub.post(`${await task({ status })}/updateStatus`, body))).toEqual([409, "TaskNoteRequired"]);
  });

  test.each([
    [{}, 400],
    [{ status: null }, 400],
    [{ status: "asleep" }, 400],
    [{ status: "active", note: 5 }, 400],
    [{ status: "active", more: 1 }, 400],
    [[], 400],
    [{ status: "ACTIVE" }, 204],
    [{ status: "active", "note@odata.type": "#String" }, 204],
  ])("parameters of updateStatus: %j answers %i", async (body, status) => {
    const answer = await hub.post(`${await task()}/updateStatus`, body);
    expect(answer.status, answer.text).toBe(status);
  });

  test.each([
    "updateStatus",
    "microsoft.graph.updateStatus",
    "graph.updateStatus",
    `${configuration}/updateStatus`,
    `${configuration}/microsoft.graph.updatestatus`,
  ])("%s (R5)", async (name) => {
    expect((await hub.post(`${await task()}/${name}`, { status: "active" })).status).toBe(204);
  });

  test("notes are kept in order and nobody rewrites them", async () => {
    const path = await task();
    for (const [status, note] of [
      ["active", "Taken"],
      ["completed", "Done"],
      ["active", "Not quite"],
      ["rejected", null],
    ] as const) {
      // prettier-ignore
      expect((await hub.post(`${path}/updateStatus`, { status, note })).status).toBe(204);
    }
    expect((await hub.patch(path, { statusHistory: [], creatorNotes: "mine" })).status).toBe(200);
    const { statusHistory, creatorNotes } = (await hub.get(path)).json;
    expect(statusHistory.map((one: any) => one.note)).toEqual([null, "Taken", "Done", "Not quite", null]);
    expect(creatorNotes).toBe("mine");
  });

  test("PATCH answers 200 with the entity, and 204 when asked (R95, R96)", async () => {
    const path = await task();
    const changed = await hub.patch(path, { assignedTo: "eve@contoso.example", priority: "HIGH" });
    expect([changed.status, changed.json.assignedTo, changed.json.priority]).toEqual([200, "eve@contoso.example", "high"]);
    expect(changed.headers["ETag"]).toBe(changed.json["@odata.etag"]);
    expect((await hub.patch(path, {}, { headers: { Prefer: "return=minimal" } })).status).toBe(204);
    expect(refusal(await hub.patch(path, { creator: "somebody" }))).toEqual([400, "BadRequest"]);
    expect(refusal(await hub.patch(path, { dueDateTime: null }))).toEqual([400, "BadRequest"]);
  });

  test("lists are mixed and say each type; a cast segment narrows, counts and creates (R8, Q27)", async () => {
    const own = await openHub();
    const types = ["deviceAppManagementTask", "securityConfigurationTask", "appVulnerabilityTask", "unmanagedDeviceDiscoveryTask"].map(
      (name) => `microsoft.graph.${name}`,
    );
    const made = new Map<string, string>();
    for (const type of types) made.set(type, (await own.post(tasks, { "@odata.type": `#${type}`, displayName: type })).json.id);
    const all = await own.get(tasks);
    expect(new Set(all.json.value.map((one: any) => one["@odata.type"]))).toEqual(new Set(types.map((type) => `#${type}`)));
    for (const type of types.slice(1)) {
      const narrowed = await own.get(`${tasks}/${type}`);
      expect(narrowed.json.value.map((one: any) => one.id)).toEqual([made.get(type)]);
      expect(narrowed.json["@odata.context"]).toContain(`/${type}`);
      expect((await own.get(`${tasks}/${type}/$count`)).text).toBe("1");
      expect((await own.get(`${tasks}/${made.get(type)}/${type}`)).json.id).toBe(made.get(type));
      expect((await own.get(`${tasks}/${type}/${made.get(type)}`)).json.id).toBe(made.get(type));
      expect((await own.get(`${tasks}/${made.get(types[0]!)}/${type}`)).status).toBe(404);
      const posted = await own.post(`${tasks}/${type}`, { displayName: "cast" });
      expect([posted.status, posted.json["@odata.type"]]).toEqual([201, `#${type}`]);
      await own.remove(`${tasks}/${posted.json.id}`);
    }
    expect((await own.get(`${tasks}/microsoft.graph.${"SecurityConfigurationTask".toLowerCase()}`)).json.value).toHaveLength(1);
    await own.close();
  });

  test.each([
    ["#microsoft.graph.secureScore", ""],
    ["#microsoft.graph.nothing", ""],
    ["#microsoft.graph.entity", ""],
    [17, ""],
    ["#microsoft.graph.appVulnerabilityTask", `/${configuration}`],
    ["#microsoft.graph.deviceAppManagementTask", `/${configuration}`],
  ])("@odata.type %j is refused%s (R89)", async (type, cast) => {
    const answer = await hub.post(`${tasks}${cast}`, { "@odata.type": type });
    expect([...refusal(answer), answer.json.error.target]).toEqual([400, "BadRequest", "@odata.type"]);
  });

  test.each([`${tasks}/microsoft.graph.secureScore`, `${tasks}/microsoft.graph.nothing`, `${tasks}/microsoft.graph.entity`])(
    "GET %s is 400 (R8)",
    async (target) => {
      expect((await hub.get(target)).status).toBe(400);
    },
  );

  test("enumerations are ordered and compared by their numbers (R80, R115)", async () => {
    const own = await openHub();
    for (const priority of ["low", "none", "high"]) await own.post(tasks, { priority });
    const found = async (options: string): Promise<string[]> => (await own.get(`${tasks}?${options}`)).json.value.map((one: any) => one.priority);
    expect(await found("$orderby=priority")).toEqual(["none", "high", "low"]);
    expect(await found("$orderby=priority desc")).toEqual(["low", "high", "none"]);
    expect(await found("$filter=priority gt 'none'&$orderby=priority")).toEqual(["high", "low"]);
    expect(await found("$filter=priority eq microsoft.graph.deviceAppManagementTaskPriority'high'")).toEqual(["high"]);
    await own.close();
  });

  test("devices are counted in their task", async () => {
    const path = await task({ managedDeviceCount: 40 });
    const count = async (): Promise<number> => (await hub.get(path)).json.managedDeviceCount;
    expect(await count()).toBe(40);
    expect((await hub.patch(path, { managedDeviceCount: 41 })).json.managedDeviceCount).toBe(41);
    const devices = [
      await hub.post(`${path}/managedDevices`, { displayName: "One" }),
      await hub.post(`${path}/${configuration}/managedDevices`, { managedDeviceId: "2" }),
    ];
    expect(devices.map((one) => one.status)).toEqual([201, 201]);
    expect(devices[0]!.json.lastSyncDateTime).toMatch(/Z$/);
    expect(await count()).toBe(2);
    expect((await hub.get(`${path}/managedDevices/$count`)).text).toBe("2");
    expect((await hub.patch(path, { managedDeviceCount: 9, insights: "x" })).json).toMatchObject({ managedDeviceCount: 2, insights: "x" });
    expect((await hub.get(`${path}?$expand=${configuration}/managedDevices`)).json.managedDevices).toHaveLength(2);
    expect((await hub.patch(`${path}/managedDevices/${devices[0]!.json.id}`, { displayName: "Uno" })).status).toBe(200);
    expect((await hub.patch(`${path}/managedDevices/three`, { displayName: "Three" }, { headers: { Prefer: "create-if-missing" } })).status).toBe(201);
    expect(await count()).toBe(3);
    expect((await hub.remove(`${path}/managedDevices/three`)).status).toBe(204);
    expect((await hub.remove(`${path}/managedDevices/${devices[0]!.json.id}`)).status).toBe(204);
    expect(await count()).toBe(1);
    const other = await task();
    expect((await hub.get(`${other}/managedDevices`)).json.value).toEqual([]);
    expect((await hub.get(`${other}/managedDevices/${devices[1]!.json.id}`)).status).toBe(404);
    expect((await hub.remove(path)).status).toBe(204);
    expect((await hub.get(`${path}/managedDevices`)).status).toBe(404);
  });

  test("apps and devices of an app's task; each type has what it declares", async () => {
    const made = await hub.post(tasks, { "@odata.type": "#microsoft.graph.appVulnerabilityTask" });
    const path = `${tasks}/${made.json.id}`;
    const cast = "microsoft.graph.appVulnerabilityTask";
    expect((await hub.post(`${path}/${cast}/managedDevices`, { displayName: "d" })).json["@odata.type"]).toBe("#microsoft.graph.appVulnerabilityManagedDevice");
    expect((await hub.post(`${path}/mobileApps`, { displayName: "a" })).status).toBe(201);
    expect((await hub.post(`${path}/${cast}/mobileApps`, { displayName: "b" })).status).toBe(201);
    expect((await hub.get(path)).json).toMatchObject({ managedDeviceCount: 1, mobileAppCount: 2 });
    expect(refusal(await hub.post(`${path}/managedDevices`, { displayName: "wrong type" }))).toEqual([404, "itemNotFound"]);
    const plain = `${tasks}/${(await hub.post(tasks, {})).json.id}`;
    for (const below of ["managedDevices", "mobileApps", `${cast}/managedDevices`]) expect((await hub.get(`${plain}/${below}`)).status, below).toBe(404);
    for (const parent of ["nobody", "00000000-0000-0000-0000-000000000000"])
      expect(refusal(await hub.post(`${tasks}/${parent}/managedDevices`, {}))).toEqual([404, "itemNotFound"]);
  });
});

describe("alerts", () => {
  const alerts = "/v1.0/security/alerts";
  const alert = { title: "Beaconing", category: "c2", vendorInformation: vendor };

  test("PATCH names vendor and provider; what an analyst changed is history", async () => {
    const made = await hub.post(alerts, alert);
    expect(made.json).toMatchObject({ severity: "unknown", status: "newAlert", historyStates: [] });
    const path = `${alerts}/${made.json.id}`;
    const refused = await hub.patch(path, { status: "inProgress" });
    expect([...refusal(refused), refused.json.error.target]).toEqual([400, "BadRequest", "vendorInformation/vendor"]);
    expect((await hub.patch(path, { status: "inProgress", vendorInformation: { vendor: "Contoso" } })).json.error.target).toBe("vendorInformation/provider");
    const caller = callerOf({ kind: "delegated", user: "ada@contoso.example" });
    expect(
      (await hub.patch(path, { status: "resolved", assignedTo: "ada", comments: ["Seen"], feedback: "truePositive", vendorInformation: vendor }, { caller }))
        .status,
    ).toBe(204);
    const read = (await hub.get(path)).json;
    expect(read).toMatchObject({
      status: "resolved",
      historyStates: [
        {
          "@odata.type": "microsoft.graph.alertHistoryState",
          assignedTo: "ada",
          comments: ["Seen"],
          feedback: "truePositive",
          status: "resolved",
          user: "ada@contoso.example",
        },
      ],
    });
    expect(read.closedDateTime).toMatch(/Z$/);
    expect(read.lastModifiedDateTime >= read.createdDateTime).toBe(true);
  });

  test.each(["updateAlerts", "microsoft.graph.updateAlerts"])("%s: all or nothing, the entities come back", async (name) => {
    const made = [(await hub.post(alerts, alert)).json, (await hub.post(alerts, alert)).json];
    const change = (id: string, more = {}): object => ({ id, status: "dismissed", vendorInformation: vendor, ...more });
    const done = await hub.post(`${alerts}/${name}`, { value: made.map(({ id }) => change(id)) });
    expect(done.json.value.map((one: any) => [one.id, one.status])).toEqual(made.map(({ id }) => [id, "dismissed"]));
    expect(done.json.value[0]["@odata.etag"]).toBe((await hub.get(`${alerts}/${made[0].id}`)).headers["ETag"]);
    const state = async (): Promise<unknown> => Promise.all(made.map(async ({ id }) => (await hub.get(`${alerts}/${id}`)).json));
    const before = await state();
    const refusals: [object, number][] = [
      [{ value: [change(made[0].id, { status: "newAlert" }), change("nobody")] }, 404],
      [{ value: [change(made[0].id, { status: "newAlert" }), change(made[1].id, { status: "asleep" })] }, 400],
      [{ value: [change(made[0].id, { status: "newAlert" }), { id: made[1].id, status: "newAlert" }] }, 400],
      [{ value: [change(made[0].id, { status: "newAlert" }), change(made[0].id)] }, 400],
      [{ value: [change(made[0].id, { status: "newAlert" }), { ...change(""), id: undefined }] }, 400],
      [{ value: "x" }, 400],
      [{ value: [null] }, 400],
      [{ value: Array.from({ length: 101 }, () => change(made[0].id)) }, 400],
    ];
    for (const [body, status] of refusals) expect((await hub.post(`${alerts}/${name}`, body)).status, JSON.stringify(body).slice(0, 200)).toBe(status);
    expect(await state()).toEqual(before);
  });
});

describe("tiIndicators", () => {
  const indicators = "/beta/security/tiIndicators";
  const indicator = {
    action: "block",
    description: "c2",
    expirationDateTime: "2027-01-01T00:00:00Z",
    targetProduct: "Azure Sentinel",
    threatType: "C2",
    tlpLevel: "green",
    networkIPv4: "203.0.113.7",
  };
  const count = async (): Promise<number> => Number((await hub.get(`${indicators}/$count`)).text);

  test("required, limits and something to watch for", async () => {
    const empty = await hub.post(indicators, {});
    expect(empty.json.error.details.map((one: any) => one.target).toSorted((a: string, b: string) => a.localeCompare(b))).toEqual([
      "action",
      "description",
      "expirationDateTime",
      "targetProduct",
      "threatType",
      "tlpLevel",
    ]);
    const { networkIPv4: _, ...blind } = indicator;
    expect((await hub.post(indicators, blind)).json.error.target).toBe("networkIPv4");
    for (const wrong of [{ severity: 6 }, { severity: -1 }, { confidence: 101 }, { description: "x".repeat(101) }]) {
      const answer = await hub.post(indicators, { ...indicator, ...wrong });
      expect([...refusal(answer), answer.json.error.target]).toEqual([400, "BadRequest", Object.keys(wrong)[0]]);
    }
    expect((await hub.post(indicators, indicator)).json).toMatchObject({ severity: 3, isActive: true, passiveOnly: false });
  });

  test("submitTiIndicators: all or nothing", async () => {
    const before = await count();
    const done = await hub.post(`${indicators}/submitTiIndicators`, { value: [indicator, { ...indicator, networkIPv4: null, url: "https://evil.example" }] });
    expect(done.json.value.map((one: any) => [one.networkIPv4, one.url])).toEqual([["203.0.113.7", null], [null, "https://evil.example"]]); // prettier-ignore
    expect(await count()).toBe(before + 2);
    for (const bad of [{ ...indicator, severity: 9 }, { ...indicator, tlpLevel: "pink" }, {}, 5, null]) {
      expect((await hub.post(`${indicators}/submitTiIndicators`, { value: [indicator, bad] })).status).toBe(400);
    }
    expect(await count()).toBe(before + 2);
    expect((await hub.post(`${indicators}/submitTiIndicators`, undefined)).json.error.target).toBe("value");
  });

  test("Idempotency-Key of a bulk action: once, the same answer", async () => {
    const before = await count();
    const headers = { "Idempotency-Key": "bulk" };
    const [first, second] = [
      await hub.post(`${indicators}/submitTiIndicators`, { value: [indicator] }, { headers }),
      await hub.post(`${indicators}/submitTiIndicators`, { value: [indicator] }, { headers }),
    ];
    expect(second.json).toEqual(first.json);
    expect(await count()).toBe(before + 1);
  });

  test("updateTiIndicators: all or nothing", async () => {
    const made = [(await hub.post(indicators, indicator)).json, (await hub.post(indicators, indicator)).json];
    const done = await hub.post(`${indicators}/updateTiIndicators`, { value: made.map(({ id }, index) => ({ id, severity: index })) });
    expect(done.json.value.map((one: any) => one.severity)).toEqual([0, 1]);
    expect(
      (
        await hub.post(`${indicators}/updateTiIndicators`, {
          value: [
            { id: made[0].id, severity: 5 },
            { id: made[1].id, severity: 6 },
          ],
        })
      ).status,
    ).toBe(400);
    expect(
      (
        await hub.post(`${indicators}/updateTiIndicators`, {
          value: [
            { id: made[0].id, severity: 5 },
            { id: "nobody", severity: 5 },
          ],
        })
      ).status,
    ).toBe(404);
    expect((await hub.get(`${indicators}/${made[0].id}`)).json.severity).toBe(0);
  });

  test("deleteTiIndicators and deleteTiIndicatorsByExternalId answer for each id", async () => {
    const make = async (externalId: string): Promise<string> => (await hub.post(indicators, { ...indicator, externalId })).json.id;
    const [one, two, three, four] = [await make("e1"), await make("e2"), await make("e2"), await make("e3")];
    const before = await count();
    const done = await hub.post(`${indicators}/deleteTiIndicators`, { value: [one, "nobody", one] });
    expect(done.json).toMatchObject({
      "@odata.context": expect.stringContaining("#Collection(microsoft.graph.resultInfo)"),
      value: [{ code: 0, message: null, subcode: 0 }, { code: 404 }],
    });
    expect(await count()).toBe(before - 1);
    const byExternal = await hub.post(`${indicators}/microsoft.graph.deleteTiIndicatorsByExternalId`, { value: ["e2", "e9"] });
    expect(byExternal.json.value.map((result: any) => result.code)).toEqual([0, 404]);
    expect(await count()).toBe(before - 3);
    for (const id of [one, two, three]) expect((await hub.get(`${indicators}/${id}`)).status).toBe(404);
    expect((await hub.get(`${indicators}/${four}`)).status).toBe(200);
    for (const body of [{ value: [5] }, { value: [null] }, { value: "x" }, {}, { value: Array.from({ length: 101 }, String) }])
      expect((await hub.post(`${indicators}/deleteTiIndicators`, body)).status).toBe(400);
  });
});

describe("control profiles", () => {
  const controls = "/v1.0/security/secureScoreControlProfiles";
  const change = { vendorInformation: vendor };

  test("the client's id is the control's name; a second is 409 (R45)", async () => {
    const made = await hub.post(controls, { id: "AdminMFA", title: "MFA", ...change });
    expect([made.json.id, made.headers["Location"]]).toEqual(["AdminMFA", "https://hub.example/v1.0/security/secureScoreControlProfiles('AdminMFA')"]);
    expect(refusal(await hub.post(controls, { id: "AdminMFA", ...change }))).toEqual([409, "nameAlreadyExists"]);
    expect((await hub.post(controls, { id: "adminmfa", ...change })).status).toBe(201);
    expect((await hub.get(`${controls}/AdminMFA`)).json.title).toBe("MFA");
  });

  test("state, assignedTo and comment become one more update and nothing else", async () => {
    await hub.post(controls, { id: "DLP", title: "DLP", ...change });
    const path = `${controls}/DLP`;
    const caller = callerOf({ kind: "delegated", user: "ada@contoso.example" });
    expect((await hub.patch(path, { ...change, state: "thirdparty", assignedTo: "eve", comment: "Elsewhere" }, { caller })).status).toBe(204);
    const second = await hub.patch(path, { ...change, state: "Reviewed" }, { headers: { Prefer: "return=representation" } });
    expect(second.status).toBe(200);
    expect(second.json.controlStateUpdates).toEqual([
      {
        "@odata.type": "microsoft.graph.secureScoreControlStateUpdate",
        assignedTo: "eve",
        comment: "Elsewhere",
        state: "ThirdParty",
        updatedBy: "ada@contoso.example",
        updatedDateTime: expect.stringMatching(/Z$/),
      },
      {
        "@odata.type": "microsoft.graph.secureScoreControlStateUpdate",
        assignedTo: null,
        comment: null,
        state: "Reviewed",
        updatedBy: "test-app",
        updatedDateTime: expect.stringMatching(/Z$/),
      },
    ]);
    for (const name of ["state", "assignedTo", "comment"]) expect(second.json).not.toHaveProperty([name]);
    expect(refusal(await hub.patch(path, { state: "Ignored" }))).toEqual([400, "BadRequest"]);
    expect((await hub.patch(path, { ...change, state: "Later" })).json.error.target).toBe("state");
    expect((await hub.patch(path, { ...change, comment: 5 })).json.error.target).toBe("comment");
    expect((await hub.patch(path, { ...change, title: "Renamed" })).status).toBe(204);
    expect((await hub.get(path)).json.controlStateUpdates).toHaveLength(2);
  });
});

describe("what only waits or only is", () => {
  test("providerTenantSettings: tenant from the token, moment of change from the server", async () => {
    const made = await hub.post("/beta/security/providerTenantSettings", {
      vendor: "Contoso",
      provider: "Firewall",
      enabled: true,
      azureTenantId: "x",
      lastModifiedDateTime: "x",
    });
    expect(made.json).toMatchObject({ enabled: true, azureTenantId: callerOf().tenant, lastModifiedDateTime: expect.stringMatching(/Z$/) });
    expect((await hub.patch(`/beta/security/providerTenantSettings/${made.json.id}`, { enabled: false })).status).toBe(204);
    expect((await hub.patch(`/beta/security/providerTenantSettings/${made.json.id}`, { colour: "red" })).status).toBe(400);
  });

  test("natural keys hold where the hub says so", async () => {
    const own = await openHub();
    const profile = { userPrincipalName: "ada@contoso.example", vendorInformation: vendor };
    const profiles = "/v1.0/security/userSecurityProfiles";
    expect([(await own.post(profiles, profile)).status, (await own.post(profiles, profile)).status]).toEqual([201, 201]);
    await own.store.system.setSettings((await own.get("/v1.0/security")).json.id, { uniqueKeys: true });
    const again = await own.post(profiles, profile);
    expect([...refusal(again), again.json.error.target]).toEqual([409, "nameAlreadyExists", "userPrincipalName"]);
    expect((await own.post(profiles, { ...profile, vendorInformation: { ...vendor, provider: "Other" } })).status).toBe(201);
    await own.close();
  });
});
