import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSecrets } from "../../src/base/secrets.ts";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { createConnections } from "../../src/outbox/connectors/createConnections.ts";
import { readAllowedPrograms } from "../../src/outbox/connectors/exec/allowedPrograms.ts";
import { createProgramFault } from "../../src/outbox/connectors/exec/programFault.ts";
import { openConsumer, type Consumer } from "../outbox/connectors/openC2Consumer.ts";
import { callerOf, openHub, type TestHub } from "./hub.ts";

const actions = "/v1.0/security/securityActions";
const connectors = "/v1.0/security/connectors";
const faults: unknown[] = [];
const block = { name: "BlockIp", reverse: "UnblockIp", targetParameters: ["ip"] };
const unblock = { name: "UnblockIp", reverse: "BlockIp", targetParameters: ["ip"] };

interface Got {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: string;
let hub: TestHub;
let dispatcher: { readonly stop: () => Promise<void> };
let endpoint: Server;
let address: string;
let got: Got[] = [];
/** What the endpoint answers: status, headers and body. */
let answers: (one: Got) => readonly [number, Record<string, string>?, string?] = () => [200];
const egress = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:*") });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secgraph-test-"));
  const program = join(folder, "firewall.mjs");
  await copyFile(join(import.meta.dirname, "../../../docs/how-to/exec-firewall/firewall.mjs"), program);
  await writeFile(join(folder, "blocked.txt"), "");
  const programs = readAllowedPrograms(`firewall=${program}`);
  hub = await openHub({
    egress,
    secrets: createSecrets(["0123456789abcdef0123456789abcdef"]),
    connections: createConnections({ egress, clock: Date.now, programs }),
    programFault: createProgramFault(programs),
  });
  dispatcher = hub.service.startDispatching({ drain: 1000, reportWithin: 3_600_000, longestDrain: 60_000, onFault: (error) => void faults.push(error) });
  endpoint = createServer((request, response) => {
    void text(request).then((body) => {
      const one = { method: request.method!, url: request.url!, headers: request.headers, body };
      got.push(one);
      const [status, headers = {}, said = ""] = answers(one);
      response.writeHead(status, headers).end(said);
    });
  });
  await new Promise<void>((resolve) => void endpoint.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
});
afterAll(async () => {
  hub.service.stopWaiting();
  await dispatcher.stop();
  await hub.close();
  await egress.close();
  endpoint.closeAllConnections();
  endpoint.close();
  await rm(folder, { recursive: true, force: true });
  if (faults.length > 0) throw new AggregateError(faults, "The dispatcher failed.");
});
afterEach(() => {
  got = [];
  answers = () => [200];
});

let made = 0;
interface Posted {
  readonly id: string;
  /** The action, once it has ended or its dispatch stands so. */
  readonly until: (status: string) => Promise<any>;
}

/** A connector of its own, and how its actions are posted. */
async function connector(more: object): Promise<(name: string, ip: string, extra?: object) => Promise<Posted>> {
  made += 1;
  const vendorInformation = { vendor: "Contoso", provider: `Kind ${made}` };
  const { status, text: said } = await hub.post(connectors, { ...vendorInformation, actions: [block, unblock], ...more });
  expect(status, said).toBe(201);
  return async (name, ip, extra = {}) => {
    const answer = await hub.post(actions, { name, parameters: [{ name: "ip", value: ip }], vendorInformation, ...extra });
    expect(answer.status, answer.text).toBe(201);
    return posted(answer.json.id);
  };
}

function posted(id: string): Posted {
  return {
    id,
    async until(status) {
      let seen: any;
      await expect.poll(async () => ((seen = (await hub.get(`${actions}/${id}`)).json), [seen.status, seen.dispatch?.status])).toContain(status);
      return seen;
    },
  };
}

const attemptsOf = async ({ id }: Posted): Promise<any[]> => (await hub.get(`${actions}/${id}/attempts`)).json.value;

describe("an action is carried out", () => {
  test("by a program that blocks an address, and taken back by it", async () => {
    const post = await connector({ kind: "exec", exec: { program: "firewall" }, limits: { concurrency: 1 } });
    // Names are compared without case; a program sees them as its connector spells them.
    const action = await post("blockIP", "203.0.113.9");
    expect(await action.until("Completed")).toMatchObject({ status: "Completed", errorInfo: null });
    expect(await readFile(join(folder, "blocked.txt"), "utf8")).toBe("203.0.113.9\n");
    const undo = await hub.post(`${actions}/${action.id}/undo`, { reason: "It was us" });
    expect(undo.status, undo.text).toBe(201);
    await posted(undo.json.id).until("Completed");
    expect(await readFile(join(folder, "blocked.txt"), "utf8")).toBe("");
    expect(await (await post("BlockIp", "203.0.113.9; reboot")).until("Failed")).toMatchObject({
      errorInfo: { message: expect.stringContaining("The parameter ip is no address.") },
    });
  });

  test("by an API, whatever the case of its name, with credentials that nothing shows", async () => {
    answers = ({ headers }) => [201, { "content-type": "application/json" }, JSON.stringify(headers)];
    const http = {
      url: `${address}/blocks/{parameters.ip}`,
      method: "PUT",
      body: '{"why":"{action.reason?}","id":"{action.id}"}',
      requests: [{ action: "UnblockIp", method: "DELETE", body: "" }],
    };
    const post = await connector({
      kind: "http",
      http,
      credentials: [
        { scheme: "bearer", secret: "s3cret-of-the-firewall" },
        { scheme: "hmac", secret: "another-s3cret-of-it-and-long-enough" },
      ],
    });
    const action = await post("blockip", "203.0.113.0/24", { actionReason: 'seen "twice"' });
    const undone = await post("UNBLOCKIP", "203.0.113.9");
    for (const one of [action, undone]) await one.until("Completed");
    expect(new Set(got.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(["DELETE /blocks/203.0.113.9", "PUT /blocks/203.0.113.0%2F24"]));
    const put = got.find(({ method }) => method === "PUT")!;
    expect(JSON.parse(put.body)).toEqual({ why: 'seen "twice"', id: action.id });
    expect(put.headers).toMatchObject({ authorization: "Bearer s3cret-of-the-firewall", "idempotency-key": action.id, "webhook-id": action.id });
    const [attempt] = await attemptsOf(action);
    expect(attempt).toMatchObject({ outcome: "succeeded", statusCode: 201 });
    expect(attempt.request).toContain(`PUT ${address}/blocks/203.0.113.0%2F24`);
    expect(JSON.stringify(attempt)).not.toContain("s3cret");
  });

  test("by a consumer of OpenC2", async () => {
    const consumer: Consumer = await openConsumer();
    const post = await connector({ kind: "openc2", openc2: { url: consumer.url } });
    const action = await post("BlockIp", "2001:db8::9");
    await action.until("Completed");
    expect([...consumer.rules.values()]).toEqual(["deny 2001:db8::9"]);
    expect(consumer.requests[0]!.command.command_id).toBe(action.id);
  });

  test("and a consumer is asked what it can do, when its connector is tried: nothing is done there", async () => {
    const consumer: Consumer = await openConsumer();
    const body = {
      vendor: "Contoso",
      provider: "Tried",
      actions: [block, unblock],
      kind: "openc2",
      openc2: { url: consumer.url },
      credentials: [{ scheme: "bearer", secret: "s3cret-of-it" }],
    };
    const { id } = (await hub.post(connectors, body)).json;
    const { status, json } = await hub.post(`${connectors}/${id}/testConnection`, {});
    expect([status, json.outcome, json.statusCode]).toEqual([200, "reached", 200]);
    expect(json.response).toContain('"profiles":["slpf"]');
    expect(consumer.requests[0]!.command).toMatchObject({ action: "query", target: { features: expect.arrayContaining(["pairs"]) } });
    expect(consumer.requests[0]!.headers.authorization).toBe("Bearer s3cret-of-it");
    consumer.instead = () => ({ response: { status: 401, status_text: "who?" } });
    expect((await hub.post(`${connectors}/${id}/testConnection`, {})).json).toMatchObject({ outcome: "failed", message: "The consumer answered 401: who?" });
    expect((await hub.post(`${connectors}/${id}/testConnection`, {}, { caller: callerOf({ permissions: ["Security.Read.All"] }) })).status).toBe(403);
    const api = await hub.post(connectors, { ...body, provider: "Untried", kind: "http", openc2: null, http: { url: address }, credentials: [] });
    expect((await hub.post(`${connectors}/${api.json.id}/testConnection`, {})).json.outcome).toBe("untested");
  });

  test("after a while, as a script says; the first attempt fails", async () => {
    const outcomes = [
      { outcome: "retry", message: "Not yet." },
      { outcome: "accepted", milliseconds: 50 },
    ];
    const post = await connector({ kind: "mock", mock: { outcomes } });
    const action = await post("BlockIp", "203.0.113.9");
    expect((await action.until("Completed")).states.map(({ status }: any) => status)).toEqual(["NotStarted", "Running", "Completed"]);
    expect((await attemptsOf(action)).map(({ outcome }) => outcome)).toEqual(["failed", "succeeded"]);
  });

  test("where it runs on, it is asked for until it is done", async () => {
    let asked = 0;
    answers = ({ method }) => (method === "POST" ? [202, { location: "/jobs/7", "retry-after": "1" }] : [(asked += 1) > 1 ? 200 : 202, { "retry-after": "1" }]);
    const post = await connector({ kind: "http", http: { url: address } });
    const action = await post("BlockIp", "203.0.113.9");
    expect(await action.until("dispatching")).toMatchObject({ status: "Running" });
    await action.until("Completed");
    expect(got.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /", "GET /jobs/7", "GET /jobs/7"]);
  });
});

describe("what is not taken ends with its reason", () => {
  test.each([
    [{ url: "/blocks", messagePointer: "/error" }, [422, {}, '{"error":"The table is full"}'], "http422: The endpoint answered 422: The table is full"],
    [{ url: "/blocks/{parameters.other}" }, [200], "parameters: {parameters.other} has no value."],
  ] as const)("%j", async ({ url, ...more }, answer, message) => {
    answers = () => answer;
    const post = await connector({ kind: "http", http: { url: `${address}${url}`, ...more } });
    expect(await (await post("BlockIp", "203.0.113.9")).until("Failed")).toMatchObject({ errorInfo: { message }, dispatch: { status: "finished" } });
  });

  test("a value that would leave its place is never sent", async () => {
    const post = await connector({ kind: "http", http: { url: `${address}/blocks/{parameters.ip}`, method: "DELETE" } });
    for (const ip of ["..", "../all", "a/../../x", ""])
      expect((await (await post("BlockIp", ip)).until("Failed")).errorInfo.message).toContain("{parameters.ip}");
    expect(got).toEqual([]);
  });
});
