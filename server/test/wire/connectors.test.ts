import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { exampleOf } from "../../src/edm/exampleOf.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { createSecrets } from "../../src/base/secrets.ts";
import { createEgress, type Egress } from "../../src/egress/createEgress.ts";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { callerOf, openHub, otherTenant, type TestHub } from "./hub.ts";

const secrets = createSecrets(["0123456789abcdef0123456789abcdef"]);
const set = "/v1.0/security/connectors";
const catalogue = "/v1.0/security/actionProviders";
const block = { name: "BlockIp", reverse: "UnblockIp" };
const unblock = { name: "UnblockIp", reverse: "BlockIp" };
const firewall = { vendor: "Contoso", provider: "Firewall", kind: "http", http: { url: "https://fw.example/block" }, actions: [block, unblock] };

let egress: Egress;
let hub: TestHub;
beforeAll(async () => {
  egress = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:9443 fw.internal:8443") });
  hub = await openHub({ secrets, egress, programFault: (name) => (name === "nft" ? undefined : `'${name}' is not allowed.`) });
});
afterAll(async () => {
  await hub.close();
  await egress.close();
});

let made = 0;
/** A body whose provider no other test has. */
function fresh(more: object = {}): Record<string, unknown> {
  made += 1;
  return { ...firewall, provider: `Firewall ${made}`, ...more };
}

async function create(more: object = {}): Promise<any> {
  const { status, json } = await hub.post(set, fresh(more));
  expect([status, json.error]).toEqual([201, undefined]);
  return json;
}

const owner = callerOf();

describe("a connector", () => {
  test("is made, read, changed and removed; what is not said is as usual", async () => {
    const one = await create();
    expect(one).toMatchObject({ vendor: "Contoso", kind: "http", state: "active", guarantee: "atLeastOnce", reporterAppId: null, stateByApp: owner.appId });
    expect(one.limits).toMatchObject({ ratePerMinute: 600, concurrency: 8, timeoutSeconds: 30, attempts: 8 });
    expect((await hub.get(`${set}/${one.id}`)).json.actions.map(({ name }: { name: string }) => name)).toEqual(["BlockIp", "UnblockIp"]);
    const { json } = await hub.patch(`${set}/${one.id}`, { displayName: "The firewall", limits: { concurrency: 1 } });
    expect(json).toMatchObject({ displayName: "The firewall", limits: { concurrency: 1, ratePerMinute: 600 } });
    expect((await hub.remove(`${set}/${one.id}`)).status).toBe(204);
    expect((await hub.get(`${set}/${one.id}`)).status).toBe(404);
  });

  test("stands in the catalogue, without how it is reached, follows its changes and leaves it with its end", async () => {
    const { id } = await create({ reporterAppId: "agent", credentials: [{ scheme: "bearer", secret: "t0ps3cret" }] });
    const entry = (await hub.get(`${catalogue}/${id}`)).json;
    const names = ["actions", "displayName", "guarantee", "id", "kind", "provider", "providerKey", "reporterAppId", "state", "vendor"];
    expect(
      Object.keys(entry)
        .filter((name) => !name.startsWith("@"))
        .toSorted(),
    ).toEqual(names);
    await hub.patch(`${set}/${id}`, { actions: [{ name: "IsolateDevice" }] });
    await hub.post(`${set}/${id}/pause`, {});
    expect((await hub.get(`${catalogue}/${id}`)).json).toMatchObject({ state: "paused", actions: [{ name: "IsolateDevice" }] });
    await hub.remove(`${set}/${id}`);
    expect((await hub.get(`${catalogue}/${id}`)).status).toBe(404);
    expect((await hub.post(catalogue, {})).status).toBe(405);
  });

  test("is found by its provider; what it is called and how it is reached stays", async () => {
    const one = await create();
    const found = await hub.get(`${catalogue}?$filter=vendor eq 'Contoso' and provider eq '${one.provider}'&$select=id`);
    expect(found.json.value.map(({ id }: { id: string }) => id)).toEqual([one.id]);
    for (const change of [{ vendor: "Fabrikam" }, { provider: "Other" }, { kind: "pull" }]) {
      expect((await hub.patch(`${set}/${one.id}`, change)).json.error.message).toMatch(/cannot be changed after/);
    }
    expect((await hub.patch(`${set}/${one.id}`, { state: "stopped", providerKey: "x" })).json).toMatchObject({ state: "active", providerKey: one.providerKey });
  });

  test("keeps the schema of an action as it was written", async () => {
    const parameters = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      $defs: { n: { minimum: 1.5 } },
      properties: { "@odata.type": { $ref: "#/$defs/n" }, ä: {} },
    };
    const one = await create({ actions: [{ name: "X", parameters }] });
    expect(one.actions[0].parameters).toEqual(parameters);
    expect((await hub.get(`${catalogue}/${one.id}`)).json.actions[0].parameters).toEqual(parameters);
  });
});

test("two connectors of one provider are refused, whatever the case of their names, and however many are made at once", async () => {
  const body = fresh({ provider: "One of a kind" });
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => hub.post(set, index % 2 === 0 ? body : { ...body, provider: "ONE of a kind" })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  const later = await hub.post(set, body);
  expect(later.json.error).toMatchObject({ code: "nameAlreadyExists", target: "provider" });
  expect(later.json.error.message).toContain("is that of vendor 'Contoso' and provider");
  const [made_] = (await hub.get(`${catalogue}?$filter=providerKey eq 'contoso/one of a kind'`)).json.value;
  await hub.remove(`${set}/${made_.id}`);
  expect((await hub.post(set, body)).status).toBe(201);
});

const mtls = { scheme: "mtls", certificate: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", key: "x" };
const withSchema = (parameters: unknown, more: object = {}): object => ({ actions: [{ name: "BlockIp", parameters, ...more }] });
const ip = { type: "object", properties: { ip: { type: "string", format: "ip" } }, required: ["ip"], additionalProperties: false };

describe("what is wrong is told with its place", () => {
  test.each<[string, object, string, RegExp]>([
    ["an unknown kind", { kind: "smtp", http: null }, "kind", /expected one of http, openc2, exec, pull, mock, got "smtp"/],
    ["no kind", { kind: null, http: null }, "kind", /expected a value, not null/],
    ["http without an address", { http: null }, "http", /needs its settings/],
    ["settings of another kind", { pull: {} }, "pull", /has no settings/],
    ["plain http", { http: { url: "http://fw.example/" } }, "http/url", /public https addresses/],
    ["a private address", { http: { url: "https://10.0.0.5/" } }, "http/url", /public https addresses/],
    ["the metadata service", { http: { url: "https://169.254.169.254/latest" } }, "http/url", /public https addresses/],
    ["an address in decimal", { http: { url: "https://2130706433/" } }, "http/url", /usual form/],
    [
      "a private address of one action",
      { http: { url: "https://fw.example/", requests: [{ action: "BlockIp", url: "https://192.168.0.1/" }] } },
      "http/requests[0]/url",
      /public https addresses/,
    ],
    ["another scheme", { http: { url: "file:///etc/passwd" } }, "http/url", /Property 'http\/url'/],
    ["credentials in the address", { http: { url: "https://a:b@fw.example/" } }, "http/url", /begins with https/],
    ["no address at all", { http: { url: "fw" } }, "http/url", /begins with https/],
    ["a program that is not allowed", { kind: "exec", http: null, exec: { program: "rm" } }, "exec/program", /'rm' is not allowed/],
    ["no action", { actions: [] }, "actions", /required/],
    ["too many actions", { actions: Array.from({ length: 101 }, (_, index) => ({ name: `A${index}` })) }, "actions", /at most 100 actions, got 101/],
    ["an action without a name", { actions: [{}] }, "actions[0]/name", /required|expected a value/],
    ["a name of an action with spaces", { actions: [{ name: "Block Ip" }] }, "actions[0]/name", /expected a letter, then letters/],
    ["two actions of a name", { actions: [{ name: "BlockIp" }, { name: "blockip" }] }, "actions[1]/name", /there is an action 'BlockIp' already/],
    ["a reverse that is not there", { actions: [block] }, "actions[0]/reverse", /expected another action of this connector, got 'UnblockIp'/],
    ["its own reverse", { actions: [{ name: "A", reverse: "A" }] }, "actions[0]/reverse", /expected another action/],
    [
      "a reverse that needs more",
      {
        actions: [
          { name: "A", reverse: "B", parameters: { properties: { x: {} } } },
          { name: "B", parameters: ip },
        ],
      },
      "actions[0]/reverse",
      /'B' requires the parameter 'ip'/,
    ],
    ["a schema that is none", withSchema("object"), "actions[0]/parameters", /expected a JSON Schema: an object/],
    [
      "a bad schema",
      withSchema({ properties: { a: { pattern: "(" } } }),
      "actions[0]/parameters",
      /at '\/properties\/a\/pattern': the regular expression cannot be used: .* at position \d+/,
    ],
    ["a remote reference", withSchema({ $ref: "https://evil.example/" }), "actions[0]/parameters", /at '\/\$ref': expected a reference within/],
    [
      "an example that does not fit",
      withSchema(ip, { example: [{ name: "ip", value: "host" }] }),
      "actions[0]/example",
      /'ip': expected the format ip, got "host"/,
    ],
    ["an example without what is required", withSchema(ip, { example: [{ name: "x", value: "1" }] }), "actions[0]/example", /'ip': required|no such parameter/],
    ["targets that are no parameters", withSchema(ip, { targetParameters: ["ip", "host"] }), "actions[0]/targetParameters[1]", /no parameter 'host'/],
    ["an unknown approval rule", { actions: [{ name: "A", approval: "maybe" }] }, "actions[0]/approval", /expected one of none, required/],
    ["limits out of bounds", { limits: { concurrency: 0 } }, "limits/concurrency", /from 1 to 256, got 0/],
    ["limits that are no numbers", { limits: { attempts: "many" } }, "limits/attempts", /expected an integer/],
    ["an unknown guarantee", { guarantee: "atMostOnce" }, "guarantee", /expected one of exactlyOnce, atLeastOnce/],
    ["an empty provider", { provider: " " }, "provider", /neither is empty/],
    ["a vendor with a line end", { vendor: "a\nb" }, "vendor", /control characters/],
    ["a member that is not known", { secret: "x" }, "secret", /Could not find a property named 'secret'/],
    ["an unknown scheme", { credentials: [{ scheme: "oauth", secret: "x" }] }, "credentials[0]/scheme", /expected one of bearer/],
    [
      "a scheme twice",
      {
        credentials: [
          { scheme: "bearer", secret: "x" },
          { scheme: "bearer", secret: "y" },
        ],
      },
      "credentials[1]",
      /one of each/,
    ],
    ["a bearer without its secret", { credentials: [{ scheme: "bearer" }] }, "credentials[0]/secret", /required for the scheme 'bearer'/],
    ["a bearer with a name", { credentials: [{ scheme: "bearer", secret: "x", userName: "y" }] }, "credentials[0]/userName", /has none; it has secret/],
    ["a secret with a line end", { credentials: [{ scheme: "bearer", secret: "x\r\nX-Evil: 1" }] }, "credentials[0]/secret", /printable ASCII/],
    ["a user's name with a colon", { credentials: [{ scheme: "basic", userName: "a:b", secret: "c" }] }, "credentials[0]/userName", /neither ':'/],
    ["a header of the program's own", { credentials: [{ scheme: "apiKey", name: "Host", secret: "c" }] }, "credentials[0]/name", /no name of a header/],
    ["a short key", { credentials: [{ scheme: "hmac", secret: "short" }] }, "credentials[0]/secret", /at least 16 bytes/],
    ["a certificate that is none", { credentials: [mtls] }, "credentials[0]/certificate", /X\.509 certificate in PEM/],
  ])("%s", async (_, more, target, message) => {
    const { status, json } = await hub.post(set, fresh(more));
    expect([status, json.error?.target]).toEqual([400, target]);
    expect(json.error.message).toMatch(message);
    expect((await hub.get(`${set}/$count?$filter=provider eq 'Firewall ${made}'`)).text).toBe("0");
  });

  test("all of it at once, and in an update too", async () => {
    const { json } = await hub.post(set, fresh({ limits: { attempts: 0, concurrency: 1000 }, actions: [block] }));
    expect(json.error.details.map(({ target }: { target: string }) => target)).toEqual(["actions[0]/reverse", "limits/concurrency", "limits/attempts"]);
    const { id } = await create();
    const patched = await hub.patch(`${set}/${id}`, { http: { url: "http://fw.example/" } });
    expect([patched.status, patched.json.error.target]).toEqual([400, "http/url"]);
    expect((await hub.get(`${set}/${id}`)).json.http.url).toBe("https://fw.example/block");
  });

  test("what the operator allows is taken, also with placeholders", async () => {
    const urls = ["http://127.0.0.1:9443/hook", "https://fw.internal:8443/{parameters.ip}?n={action.id}"];
    for (const url of urls) expect((await create({ http: { url } })).http.url).toBe(url);
    expect((await create({ kind: "exec", http: null, exec: { program: "nft" } })).exec.program).toBe("nft");
  });
});

test("the example of the OpenAPI document can be sent as it is, and the one of an answer shows no secret", async () => {
  const type = createModel(securityGraph).place("security/connectors").type;
  const { status, json } = await hub.post(set, exampleOf(type, "request"));
  expect([status, json.error]).toEqual([201, undefined]);
  expect(exampleOf(type, "answer")["credentials"]).toMatchObject([{ scheme: "bearer", secret: null, key: null }]);
});

describe("the state of a connector", () => {
  test("is turned by anybody who may change it; who, when and why stay readable, and the hub shows it", async () => {
    const one = await create({ provider: "Turned" });
    const ada = callerOf({ user: "ada@contoso.example", kind: "delegated" });
    for (const [name, state] of [
      ["pause", "paused"],
      ["drain", "draining"],
      ["stop", "stopped"],
      ["resume", "active"],
      ["pause", "paused"],
    ] as const) {
      expect((await hub.post(`${set}/${one.id}/${name}`, { reason: `because ${name}` }, { caller: ada })).status).toBe(204);
      const now = (await hub.get(`${set}/${one.id}`)).json;
      expect(now).toMatchObject({ state, stateBy: "ada@contoso.example", stateByApp: "test-app", stateReason: `because ${name}` });
      expect(now.stateDateTime >= one.stateDateTime).toBe(true);
      expect((await hub.get(`${catalogue}/${one.id}`)).json.state).toBe(state);
    }
    const before = (await hub.get(`${set}/${one.id}`)).json;
    expect((await hub.post(`${set}/${one.id}/pause`, { reason: "again" })).status).toBe(204);
    expect((await hub.get(`${set}/${one.id}`)).json).toMatchObject({ stateReason: before.stateReason, stateDateTime: before.stateDateTime });
    const shown = (await hub.get("/v1.0/security")).json.providerStatus.find((status: { provider: string }) => status.provider === "Turned");
    expect(shown).toMatchObject({ enabled: false, endpoint: "https://fw.example", vendor: "Contoso" });
  });

  test("keeps credentials and settings as they are; a reason too long and a state by hand are refused or passed over", async () => {
    const { id } = await create();
    const before = (await hub.get(`${set}/${id}`)).json;
    expect((await hub.post(`${set}/${id}/stop`, { reason: "x".repeat(1025) })).status).toBe(400);
    await hub.post(`${set}/${id}/stop`, {});
    const after = (await hub.get(`${set}/${id}`)).json;
    expect({ ...after, "@odata.etag": "", state: "", stateDateTime: "", lastModifiedDateTime: "" }).toEqual({
      ...before,
      "@odata.etag": "",
      state: "",
      stateDateTime: "",
      lastModifiedDateTime: "",
    });
  });
});

test("providerStatus is what settings and connectors say together", async () => {
  const own = await openHub({ secrets, egress });
  const statuses = async (): Promise<unknown> =>
    (await own.get("/v1.0/security")).json.providerStatus.map(({ provider, enabled, endpoint }: Record<string, unknown>) => [provider, enabled, endpoint]);
  const { id } = (await own.post(set, { ...firewall, provider: "A" })).json;
  expect(await statuses()).toEqual([["A", true, "https://fw.example"]]);
  const setting = (await own.post("/v1.0/security/providerTenantSettings", { vendor: "Contoso", provider: "A", enabled: false })).json;
  expect(await statuses()).toEqual([["A", false, "https://fw.example"]]);
  await own.remove(`/v1.0/security/providerTenantSettings/${setting.id}`);
  expect(await statuses()).toEqual([["A", true, "https://fw.example"]]);
  await own.remove(`${set}/${id}`);
  expect(await statuses()).toEqual([]);
  await own.close();
});

describe("who may", () => {
  const may = async (permissions: readonly string[], method: string, path: string, body?: unknown): Promise<number> =>
    (await hub.send(method, path, { caller: callerOf({ permissions }), ...(body === undefined ? {} : { body }) })).status;

  test("read the catalogue: who reads or creates actions; see and change connectors: who looks after hubs", async () => {
    const { id } = await create();
    for (const one of ["SecurityActions.Read.All", "SecurityActions.ReadWrite.All", "Security.Read.All"])
      expect(await may([one], "GET", `${catalogue}/${id}`)).toBe(200);
    for (const one of ["SecurityActions.ReadWrite.All", "SecurityEvents.ReadWrite.All", "SecurityData.Import"])
      expect(await may([one], "GET", `${set}/${id}`)).toBe(403);
    expect(await may(["SecurityEvents.Read.All"], "GET", catalogue)).toBe(403);
    expect(await may(["Security.Read.All"], "PATCH", `${set}/${id}`, { displayName: "x" })).toBe(403);
    expect(await may(["Security.Read.All"], "POST", `${set}/${id}/stop`, {})).toBe(403);
    expect(await may(["Security.ReadWrite.All"], "POST", `${set}/${id}/stop`, {})).toBe(204);
  });

  test("nobody reaches the catalogue of another tenant's hub", async () => {
    const { id } = await create();
    const hubId = (await hub.get("/v1.0/security")).json.id;
    const caller = callerOf({ tenant: otherTenant });
    expect((await hub.get(`/v1.0/securities/${hubId}/actionProviders/${id}`, { caller })).status).toBe(404);
    expect((await hub.get(catalogue, { caller })).json.value).toEqual([]);
  });
});

test("a hub has 200 connectors at most", async () => {
  const own = await openHub();
  const requests = (from: number): object[] =>
    Array.from({ length: 20 }, (_, index) => ({
      id: String(index),
      method: "POST",
      url: "/security/connectors",
      headers: { "Content-Type": "application/json" },
      body: { vendor: "V", provider: `P${from + index}`, kind: "pull", actions: [{ name: "A" }] },
    }));
  for (let from = 0; from < 200; from += 20) await own.post("/v1.0/$batch", { requests: requests(from) });
  expect((await own.get(`${set}/$count`)).text).toBe("200");
  const { status, json } = await own.post(set, { vendor: "V", provider: "One more", kind: "pull", actions: [{ name: "A" }] });
  expect([status, json.error.message]).toEqual([409, "This hub has 200 connectors, which is the limit."]);
  await own.close();
});
