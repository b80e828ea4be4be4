import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSecrets } from "../../src/base/secrets.ts";
import { parseStored } from "../../src/base/parseJson.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { openCredentials } from "../../src/outbox/dispatch/openCredentials.ts";
import { callerOf, everything, openHub, otherTenant, type Answer, type TestHub } from "./hub.ts";
import { storedBody } from "./stored.ts";

const [oldKey, newKey] = ["a key that was used before, and no more", "a key that is used from now on, and on"];
const secrets = createSecrets([oldKey]);
const set = "/v1.0/security/connectors";
const hidden = ["t0p-s3cret-bearer", "t0p-s3cret-hmac-key"];
const credentials = [
  { scheme: "bearer", secret: hidden[0] },
  { scheme: "hmac", secret: hidden[1] },
];

let hub: TestHub;
let hubId: string;
beforeAll(async () => {
  hub = await openHub({ secrets });
  hubId = (await hub.post("/v1.0/security", {})).json.id;
});
afterAll(() => hub.close());

let made = 0;
async function create(more: object = {}): Promise<any> {
  made += 1;
  const body = {
    vendor: "Contoso",
    provider: `Agent ${made}`,
    kind: "http",
    http: { url: "https://fw.example/a" },
    actions: [{ name: "A" }],
    credentials,
    ...more,
  };
  const { status, json, text } = await hub.post(set, body);
  expect(status, text).toBe(201);
  return json;
}

/** The row as it is stored. */
async function stored(id: string): Promise<JsonObject> {
  return parseStored(await storedBody(hub.service.app, `securities/${hubId}/connectors/${id}`, callerOf()));
}

function hasSecret(text: string): boolean {
  return hidden.some((one) => text.includes(one)) || text.includes('"@secgraph.sealed"');
}

describe("credentials", () => {
  test("are taken, and never given back: in no answer of any form", async () => {
    const { id } = await create();
    const one = `${set}/${id}`;
    const asked: Promise<Answer>[] = [
      hub.get(set),
      hub.get(one),
      hub.get(one, { headers: { accept: "application/json;odata.metadata=full" } }),
      hub.get(one, { headers: { accept: "application/json;odata.metadata=none" } }),
      hub.get(`${one}?$select=credentials`),
      hub.get(`${one}?$select=*`),
      hub.get(`${one}?$select=%40secgraph.sealed`),
      hub.get(`${one}/credentials`),
      hub.get(`${one}/credentials/$count`),
      hub.get(`/beta/securities/${hubId}?$expand=connectors`),
      hub.get(`/v1.0/security/connectors/delta`),
      hub.get(`/v1.0/security/delta`),
      hub.get(`/v1.0/security/actionProviders/${id}`),
      hub.patch(one, { displayName: "Changed" }, { headers: { Prefer: "return=representation" } }),
      hub.patch(one, { credentials: [{ scheme: "bearer", secret: hidden[0] }] }),
      hub.get(`${set}?$apply=groupby((displayName))`),
      hub.get(`${set}?$compute=credentials as c&$select=c`),
    ];
    for (const { text } of await Promise.all(asked)) expect(text).not.toSatisfy(hasSecret);
    const trail = await hub.get("/v1.0/security/auditRecords?$top=100", { caller: callerOf({ permissions: [...everything, "AuditLog.Read.All"] }) });
    expect([trail.status, trail.text.includes("securityConnector"), hasSecret(trail.text)]).toEqual([200, true, false]);
    expect((await hub.get(one)).json.credentials[0]).toMatchObject({ scheme: "bearer", secret: null, key: null });
  });

  test("are in no row as they are, and open for their connector alone", async () => {
    const [one, other] = [await create(), await create()];
    const row = await stored(one.id);
    expect(hidden.some((text) => JSON.stringify(row).includes(text))).toBe(false);
    const opened = credentials;
    expect(openCredentials(row, hubId, secrets.open)).toEqual(opened);
    expect(openCredentials({ ...row, id: other.id }, hubId, secrets.open)).toBeUndefined();
    expect(openCredentials(row, "another hub", secrets.open)).toBeUndefined();
    expect(openCredentials(row, hubId, createSecrets([newKey]).open)).toBeUndefined();
    expect(openCredentials(row, hubId, undefined)).toBeUndefined();
    expect(openCredentials(row, hubId, createSecrets([newKey, oldKey]).open)).toEqual(opened);
    const swapped = { ...row, "@secgraph.sealed": { ...(row["@secgraph.sealed"] as JsonObject), bearer: (row["@secgraph.sealed"] as JsonObject)["hmac"]! } };
    expect(openCredentials(swapped, hubId, secrets.open)).toBeUndefined();
  });

  test("cannot be asked after: no filter, order or search finds them", async () => {
    await create();
    for (const [option, status] of [
      [`$filter=credentials/any(c:c/secret eq '${hidden[0]}')`, 200],
      [`$filter=credentials/any(c:startswith(c/secret,'t0p'))`, 200],
      [`$filter=credentials/any(c:c/secret ne null)`, 200],
      [`$search=${hidden[0]}`, 400],
      ["$orderby=credentials/secret", 400],
      ["$filter=contains(%40secgraph.sealed,'a')", 400],
    ] as const) {
      const answer = await hub.get(`${set}?${option}`);
      expect([option, answer.status === 501 ? 400 : answer.status]).toEqual([option, status]);
      if (status === 200) expect(answer.json.value, option).toEqual([]);
    }
  });

  test("are not repeated by a refusal", async () => {
    const wrong = [
      { credentials: hidden[0] },
      { credentials: [hidden[0]] },
      { credentials: [{ scheme: "bearer", secret: [hidden[0]] }] },
      { credentials: [{ scheme: "bearer", secret: { x: hidden[0] } }] },
      { credentials: [{ scheme: "bearer", secret: `${hidden[0]} with spaces` }] },
      { credentials: [{ scheme: "basic", userName: "a:b", secret: hidden[0] }] },
      { credentials: [{ scheme: "hmac", secret: hidden[0]!.slice(0, 12) }] },
      { credentials: [{ scheme: "mtls", certificate: "x", key: hidden[0] }] },
    ];
    for (const more of wrong) {
      const { status, text } = await hub.post(set, { vendor: "Contoso", provider: "Wrong", kind: "pull", actions: [{ name: "A" }], ...more });
      expect([status, text.includes(hidden[0]!.slice(0, 12))]).toEqual([400, false]);
    }
  });

  test("stay as they are when an update says nothing of them, are replaced when it does, and end when they are left out", async () => {
    const { id } = await create();
    const openNow = async () => openCredentials(await stored(id), hubId, secrets.open);
    await hub.patch(`${set}/${id}`, { displayName: "Other" });
    expect(await openNow()).toEqual(credentials);
    await hub.patch(`${set}/${id}`, {
      credentials: [{ scheme: "bearer", secret: "fresh-secret" }, { scheme: "hmac" }],
    });
    expect(await openNow()).toEqual([{ scheme: "bearer", secret: "fresh-secret" }, credentials[1]]);
    const basic = { scheme: "basic", userName: "ada", secret: "for ada" };
    await hub.patch(`${set}/${id}`, { credentials: [basic] });
    await hub.patch(`${set}/${id}`, { credentials: [{ scheme: "basic", userName: "eve" }] });
    expect(await openNow()).toEqual([{ ...basic, userName: "eve" }]);
    await hub.patch(`${set}/${id}`, { credentials: [] });
    expect(await openNow()).toEqual([]);
    expect((await hub.patch(`${set}/${id}`, { credentials: [{ scheme: "bearer" }] })).json.error.target).toBe("credentials[0]/secret");
  });

  test("go nowhere else: another host asks for them again, another path does not", async () => {
    const { id } = await create({ credentials: credentials.slice(0, 1) });
    const moved = await hub.patch(`${set}/${id}`, { http: { url: "https://evil.example/a" } });
    expect([moved.status, moved.json.error.target]).toEqual([400, "credentials[0]/secret"]);
    expect(moved.json.error.message).toContain("leads to another host");
    const aside = { url: "https://fw.example/a", requests: [{ action: "A", url: "https://evil.example/a" }] };
    expect((await hub.patch(`${set}/${id}`, { http: aside })).json.error.target).toBe("credentials[0]/secret");
    expect((await hub.patch(`${set}/${id}`, { http: { url: "https://fw.example/b" } })).status).toBe(200);
    expect(
      (await hub.patch(`${set}/${id}`, { http: { url: "https://new.example/" }, credentials: [{ scheme: "bearer", secret: "for-the-new" }] })).status,
    ).toBe(200);
  });

  test("of another tenant's hub are out of reach, as the connector is", async () => {
    const { id } = await create();
    const stranger = callerOf({ tenant: otherTenant });
    for (const path of [
      `${set}/${id}`,
      `/v1.0/securities/${hubId}/connectors/${id}`,
      `/v1.0/securities/${hubId}/actionProviders/${id}`,
      `/v1.0/security/actionProviders/${id}`,
    ]) {
      expect((await hub.get(path, { caller: stranger })).status).toBe(404);
    }
    expect((await hub.patch(`${set}/${id}`, { displayName: "x" }, { caller: stranger })).status).toBe(404);
    expect((await hub.post(`${set}/${id}/stop`, {}, { caller: stranger })).status).toBe(404);
    expect((await hub.get(set, { caller: stranger })).json.value).toEqual([]);
    const theirs = { vendor: "Contoso", provider: `Agent ${made}`, kind: "pull", actions: [{ name: "A" }] };
    expect((await hub.post(set, theirs, { caller: stranger })).status).toBe(201);
  });
});

test("without a key no credentials are kept, and all else is", async () => {
  const own = await openHub();
  const body = { vendor: "Contoso", provider: "Agent", kind: "http", http: { url: "https://fw.example/" }, actions: [{ name: "A" }] };
  const refused = await own.post(set, { ...body, credentials: credentials.slice(0, 1) });
  expect([refused.status, refused.json.error.target]).toEqual([501, "credentials"]);
  expect(refused.json.error.message).toContain("SECGRAPH_SECRETS_KEY");
  expect((await own.post(set, body)).status).toBe(201);
  await own.close();
});
