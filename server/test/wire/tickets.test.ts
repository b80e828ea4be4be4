import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSecrets } from "../../src/base/secrets.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { callerOf, openHub, otherTenant, type Answer, type TestHub } from "./hub.ts";

const secrets = createSecrets(["a key that is long enough to seal with"]);
const secret = "0123456789abcdef0123456789abcdef";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const systems = "/v1.0/security/ticketSystems";
const now = Date.parse("2026-11-22T06:00:00Z");

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub({ secrets, clock: () => now });
});
afterAll(() => hub.close());

const refusal = ({ status, json }: Answer): [number, string, string] => [status, json.error?.code, json.error?.target];
const signed = (body: string, key = secret): string => `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;

/** Where a new ticket system's messages go. */
async function system(body: object = {}): Promise<string> {
  const made = await hub.post(systems, { displayName: "Jira", secret, ...body });
  expect(made.status, made.text).toBe(201);
  return `/v1.0${made.json.inboundPath}`;
}

let number = 0;
/** A task that is linked to a ticket of its own. */
async function linked(body: object = {}): Promise<{ readonly path: string; readonly reference: string }> {
  number += 1;
  const reference = `SEC-${number}`;
  const made = await hub.post(tasks, { externalReference: reference, ...body });
  expect(made.status, made.text).toBe(201);
  return { path: `${tasks}/${made.json.id}`, reference };
}
const read = async (path: string): Promise<any> => (await hub.get(path)).json;

/** A message, proven by its signature, from nobody with a token. */
const send = (address: string, message: object | string, headers: Record<string, string> = {}): Promise<Answer> => {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  return hub.send("POST", address, { caller: null, body, headers: { "X-Hub-Signature-256": signed(body), ...headers } });
};

describe("a task is linked to a ticket", () => {
  test("by a reference that no other task of the hub has, and by which it is found and changed", async () => {
    const { path, reference } = await linked({ externalUrl: "https://jira.example/browse/SEC-1" });
    expect((await read(`${tasks}(externalReference='${reference}')`)).id).toBe(path.split("/").at(-1));
    expect((await hub.post(`${tasks}(externalReference='${reference}')/updateStatus`, { status: "active" })).status).toBe(204);
    expect(await read(path)).toMatchObject({ status: "active", externalUrl: "https://jira.example/browse/SEC-1", ticket: null });
    expect(refusal(await hub.post(tasks, { externalReference: reference }))).toEqual([409, "nameAlreadyExists", "externalReference"]);
    const other = await linked();
    expect(refusal(await hub.patch(other.path, { externalReference: reference }))).toEqual([409, "nameAlreadyExists", "externalReference"]);
    await hub.patch(path, { externalReference: null });
    expect((await hub.patch(other.path, { externalReference: reference })).status).toBe(200);
    expect((await hub.post(tasks, { externalReference: reference }, { caller: callerOf({ tenant: otherTenant }) })).status).toBe(201);
  });

  test("two that take one reference at once: one does", async () => {
    const paths = [(await linked()).path, (await linked()).path, (await linked()).path];
    const answers = await Promise.all(paths.map((path) => hub.patch(path, { externalReference: "SEC-shared" })));
    expect(answers.map(({ status }) => status).toSorted((one, two) => one - two)).toEqual([200, 409, 409]);
  });

  test.each([
    [{ externalReference: "" }, "externalReference"],
    [{ externalReference: "  " }, "externalReference"],
    [{ externalReference: "x".repeat(257) }, "externalReference"],
    [{ externalUrl: "javascript:alert(1)" }, "externalUrl"],
    [{ externalUrl: "https://" }, "externalUrl"],
  ])("not by %j", async (body, target) => {
    expect(refusal(await hub.post(tasks, body))).toEqual([400, "BadRequest", target]);
    expect(refusal(await hub.patch((await linked()).path, body))).toEqual([400, "BadRequest", target]);
  });
});

describe("a ticket system", () => {
  test("gets an address of its own; its secret is never shown, and stays until another is sent", async () => {
    const made = await hub.post(systems, { displayName: "Jira", kind: "jira", secret });
    const path = `${systems}/${made.json.id}`;
    const { id } = (await hub.get("/v1.0/security")).json;
    expect(made.json).toMatchObject({ inboundPath: `/securities/${id}/ticketSystems/${made.json.id}/inbound`, secret: null });
    await hub.patch(path, { displayName: "Our Jira" });
    for (const answer of [made, await hub.get(path), await hub.get(systems), await hub.get(`${path}?$select=*,secret`)]) {
      expect(answer.text).not.toMatch(/0123456789abcdef|secgraph\.sealed/);
    }
    const address = `/v1.0${made.json.inboundPath}`;
    const message = { issue: { key: "NONE-1" } };
    expect((await send(address, message)).json.outcome).toBe("ignored");
    const next = "f".repeat(32);
    await hub.patch(path, { secret: next });
    expect((await send(address, message)).status).toBe(401);
    expect((await send(address, message, { "X-Hub-Signature-256": signed(JSON.stringify(message), next) })).status).toBe(200);
    await hub.remove(path);
    expect((await send(address, message, { "X-Hub-Signature-256": signed(JSON.stringify(message), next) })).status).toBe(401);
  });

  test.each([
    [{ secret: "short" }, "secret"],
    [{ kind: "trello" }, "kind"],
    [{ statusMap: [{ externalStatus: "Done", status: "finished" }] }, "statusMap[0]/status"],
    [{ statusMap: [{ externalStatus: " ", status: "active" }] }, "statusMap"],
    [
      {
        statusMap: [
          { externalStatus: "done", status: "active" },
          { externalStatus: "Done", status: "completed" },
        ],
      },
      "statusMap",
    ],
  ])("is not %j", async (body, target) => {
    expect(refusal(await hub.post(systems, body))).toEqual([400, "BadRequest", target]);
  });

  test("asks for the right to change the hub; a server without a key keeps no secret", async () => {
    const caller = callerOf({ permissions: ["DeviceManagementApps.ReadWrite.All"] });
    expect((await hub.post(systems, { secret }, { caller })).status).toBe(403);
    expect((await hub.get(systems, { caller })).status).toBe(403);
    const keyless = await openHub();
    expect(refusal(await keyless.post(systems, { secret }))).toEqual([501, "NotImplemented", "secret"]);
    expect((await keyless.post(systems, {})).status).toBe(201);
    await keyless.close();
  });
});

describe("a message of a ticket system", () => {
  const jira = (reference: string, status: string, timestamp: number, more: object = {}): object => ({
    timestamp,
    webhookEvent: "jira:issue_updated",
    user: { displayName: "Ada Lovelace" },
    issue: { key: reference, fields: { status: { name: status } } },
    ...more,
  });

  test("brings a ticket's status to its task, with who, when and why", async () => {
    const address = await system({ kind: "jira" });
    const { path, reference } = await linked();
    const answer = await send(address, jira(reference, "In Progress", now - 2000, { comment: { body: "On it." } }));
    expect([answer.status, answer.json]).toMatchObject([200, { outcome: "applied", taskStatus: "active", taskId: path.split("/").at(-1), reason: null }]);
    await send(address, jira(reference, "DONE", now - 1000));
    const task = await read(path);
    expect(task).toMatchObject({
      status: "completed",
      ticket: { status: "DONE", author: "Ada Lovelace", eventDateTime: "2026-11-22T05:59:59.0000000Z", receivedDateTime: "2026-11-22T06:00:00.0000000Z" },
    });
    expect(task.statusHistory.slice(1).map((one: any) => [one.status, one.note, one.author])).toEqual([
      ["active", `${reference}: In Progress. On it.`, "Ada Lovelace, Jira"],
      ["completed", `${reference}: DONE.`, "Ada Lovelace, Jira"],
    ]);
  });

  const outcome = ({ status, json }: Answer): unknown => json.outcome ?? [status, json.error.code];

  test("told again, or later than what is newer, changes nothing", async () => {
    const address = await system({ kind: "jira" });
    const { path, reference } = await linked({ status: "active" });
    const done = jira(reference, "Done", now - 5000);
    expect(outcome(await send(address, done))).toBe("applied");
    const etag = (await read(path))["@odata.etag"];
    expect(outcome(await send(address, done))).toBe("unchanged");
    expect(outcome(await send(address, jira(reference, "In Progress", now - 9000)))).toBe("stale");
    expect((await read(path))["@odata.etag"]).toBe(etag);
    // Taken up again meanwhile: what was told before it is not told anew.
    await hub.post(`${path}/updateStatus`, { status: "active", note: "Not done." });
    expect([outcome(await send(address, done)), (await read(path)).status]).toEqual(["unchanged", "active"]);
    expect(outcome(await send(address, jira(reference, "Done", now - 4000)))).toBe("applied");
    expect(outcome(await send(address, jira(reference, "Closed", now - 3000)))).toBe("unchanged");
    expect((await read(path)).ticket.status).toBe("Closed");
    expect(outcome(await send(address, jira(reference, "In Progress", now - 3500)))).toBe("stale");
  });

  test("that many bring at once is brought once", async () => {
    const address = await system({ kind: "jira" });
    const { path, reference } = await linked({ status: "active" });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(address, jira(reference, "Done", now - 1000))));
    expect(["applied", "unchanged"].map((one) => answers.filter((answer) => outcome(answer) === one).length)).toEqual([1, 7]);
    expect((await read(path)).statusHistory).toHaveLength(2);
  });

  test("is cut between characters, never within one: what is kept can be searched", async () => {
    const address = await system({ kind: "other" });
    const { path, reference } = await linked();
    const name = "b".repeat(511);
    const note = "n".repeat(4000 - `${reference}: active. `.length - 1);
    const sent = await send(address, { reference, status: "active", note: `${note}\u{1f600}`, author: `${name}\u{1f600}` });
    expect(sent.json.outcome, sent.text).toBe("applied");
    const { statusHistory, ticket } = await read(path);
    const kept = [statusHistory.at(-1).author, statusHistory.at(-1).note, ticket.author];
    expect(kept.map((one) => one.isWellFormed())).toEqual([true, true, true]);
    expect((await hub.get(`${tasks}?$filter=statusHistory/any(h:startswith(h/author,'${name}'))`)).json.value).toHaveLength(1);
  });

  test("that a task cannot follow is refused with what it can; a pending one is accepted first where that is wanted", async () => {
    const { path, reference } = await linked();
    const strict = await send(await system({ kind: "jira" }), jira(reference, "Done", now - 1000));
    expect(refusal(strict)).toEqual([409, "TaskTransitionNotAllowed", "status"]);
    expect(strict.json.error.details.map((one: any) => one.message)).toEqual(["active", "rejected"]);
    expect(await read(path)).toMatchObject({ status: "pending", ticket: null });
    expect(outcome(await send(await system({ kind: "jira", acceptsFirst: true }), jira(reference, "Done", now - 1000)))).toBe("applied");
    expect((await read(path)).statusHistory.map((one: any) => one.status)).toEqual(["pending", "active", "completed"]);
  });

  test("of ServiceNow, whose states are numbers and whose times have no zone", async () => {
    const address = await system({ kind: "serviceNow", displayName: null });
    const { path, reference } = await linked();
    const message = { number: reference, state: 2, sys_updated_on: "2026-11-22 05:59:58", sys_updated_by: "ada" };
    expect(outcome(await send(address, message))).toBe("applied");
    expect(await read(path)).toMatchObject({ status: "active", ticket: { status: "2", eventDateTime: "2026-11-22T05:59:58.0000000Z" } });
    expect((await read(path)).statusHistory.at(-1).author).toBe("ada, serviceNow");
  });

  test("of any other, with its own paths and statuses", async () => {
    const payload = { reference: "data/0/ref", status: "data/0/st", eventDateTime: "at", note: null, author: null };
    const address = await system({ payload, statusMap: [{ externalStatus: "Doing", status: "active" }] });
    const { path, reference } = await linked();
    expect(outcome(await send(address, { data: [{ ref: reference, st: "active" }] }))).toBe("ignored");
    expect(outcome(await send(address, { data: [{ ref: reference, st: "doing" }], at: "2026-11-22T07:59:00.000+0200" }))).toBe("applied");
    expect(await read(path)).toMatchObject({ status: "active", ticket: { author: null, eventDateTime: "2026-11-22T05:59:00.0000000Z" } });
  });

  test.each([
    ["", [400, "BadRequest"]],
    ["{", [400, "BadRequest"]],
    ['{"issue":{"key":"A"}},"entity":{}', [400, "BadRequest"]],
    ['{"a":1,"a":2}', [400, "BadRequest"]],
    ["7", [400, "BadRequest"]],
    ["null", [400, "BadRequest"]],
    ["[]", [400, "BadRequest"]],
    ["{}", [400, "BadRequest"]],
    ['{"issue":{"key":{"__proto__":1}}}', [400, "BadRequest"]],
    ['{"issue":{"key":"A","fields":{"status":{"name":"Done"}}},"timestamp":"soon"}', [400, "BadRequest"]],
    ['{"issue":{"key":"A","fields":{"status":{"name":"Done"}}},"timestamp":99999999999999999999}', [400, "BadRequest"]],
    ['{"issue":{"key":"A","fields":{"status":{"name":"Done"}}},"timestamp":4102444800000}', [400, "BadRequest"]],
    ['{"issue":{"key":"No such","fields":{"status":{"name":"Done"}}}}', "ignored"],
  ])("that says %j", async (body, expected) => {
    const address = await system({ kind: "jira" });
    expect(outcome(await send(address, body))).toEqual(expected);
  });

  test("is proven by its signature or by the secret itself, and by nothing else; what is not there answers alike", async () => {
    const address = await system();
    const body = JSON.stringify({ reference: "nobody" });
    const ask = (headers: Record<string, string>, to = address): Promise<Answer> => hub.send("POST", to, { caller: null, body, headers });
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    for (const headers of [
      { "X-Hub-Signature": signed(body) },
      { "X-Hub-Signature-256": signed(body).toUpperCase() },
      { Authorization: `Bearer ${secret}` },
      { Authorization: basic(`jira:${secret}`) },
    ]) {
      const answer = await ask(headers);
      expect([answer.status, answer.json.outcome], JSON.stringify(headers)).toEqual([200, "ignored"]);
    }
    const wrong = [
      {},
      { "X-Hub-Signature-256": "" },
      { "X-Hub-Signature-256": signed(`${body} `) },
      { "X-Hub-Signature-256": signed(body, "another secret that is long enough") },
      { "X-Hub-Signature-256": "sha256=", Authorization: `Bearer ${secret}` },
      { Authorization: `Bearer ${secret}x` },
      { Authorization: "Bearer " },
      { Authorization: basic(secret) },
    ];
    const refused = (await Promise.all(wrong.map((headers) => ask(headers as Record<string, string>)))).map(refusal);
    expect(refused).toEqual(wrong.map(() => [401, "InvalidAuthenticationToken", undefined]));
    const headers = { Authorization: `Bearer ${secret}` };
    const elsewhere = [
      address.replace(/ticketSystems\/[^/]+/, "ticketSystems/nobody"),
      address.replace(/securities\/[^/]+/, "securities/nobody"),
      address.replace(/ticketSystems\/[^/]+/, "ticketSystems/%zz"),
    ];
    for (const to of elsewhere) expect(refusal(await ask(headers, to)), to).toEqual([401, "InvalidAuthenticationToken", undefined]);
    for (const method of ["GET", "PUT", "DELETE"])
      expect((await hub.send(method, address, { caller: null, headers: { "X-Hub-Signature": signed("") } })).status).toBe(401);
    // The secret of one address opens no other, and no other resource.
    const other = await system({ secret: "another secret that is long enough" });
    expect((await ask(headers, other)).status).toBe(401);
    expect((await ask({ "X-Hub-Signature": signed(body) }, tasks)).status).toBe(401);
  });

  test("reaches the hub of its address and no other", async () => {
    const address = await system();
    await hub.post(tasks, { externalReference: "THEIRS" }, { caller: callerOf({ tenant: otherTenant }) });
    expect(outcome(await send(address, { reference: "THEIRS", status: "active" }))).toBe("ignored");
  });

  test("may be brought by an application with a token as well", async () => {
    const { path, reference } = await linked();
    const made = await hub.post(systems, {});
    const receive = (caller = callerOf()): Promise<Answer> =>
      hub.post(`${systems}/${made.json.id}/receive`, { payload: { reference, status: "active" } }, { caller });
    expect((await receive(callerOf({ permissions: ["Security.ReadWrite.All"] }))).status).toBe(403);
    expect(outcome(await receive())).toBe("applied");
    expect((await read(path)).status).toBe("active");
  });

  test("rows that were written before tasks had references are found by theirs", async () => {
    const before = securityGraph.resources.map((one) => ({
      ...one,
      places: one.places?.map(({ annotations: _, ...place }) => place) ?? [],
    }));
    const old = await openHub({ model: createModel({ ...securityGraph, resources: before }) });
    const { id } = (await old.post(tasks, { externalReference: "OLD-1" })).json;
    const own = await old.reopen(createModel(securityGraph));
    expect((await own.get(`${tasks}(externalReference='OLD-1')`)).json.id).toBe(id);
    expect((await own.post(tasks, { externalReference: "OLD-1" })).status).toBe(409);
    await own.close();
  });
});
