import { constants, createDecipheriv, createHmac, createPrivateKey, privateDecrypt, webcrypto, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { callerOf, openHub, otherTenant, vendor, type Answer, type TestHub } from "./hub.ts";
import { openReceiver, type Receiver } from "./receiver.ts";

const subscriptions = "/v1.0/subscriptions";
const scores = "/v1.0/security/secureScores";
const egress = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:*") });
const faults: unknown[] = [];
const usual = {
  egress,
  keep: 4 * 3_600_000,
  onFault: (error: unknown): void => void faults.push(error),
  validationToken: async (appId: string, tenant: string): Promise<string> => `signed for ${appId} ${tenant}`,
};

let hub: TestHub;
let notifier: { readonly stop: () => Promise<void> };
let receiver: Receiver;

beforeAll(async () => {
  hub = await openHub({ egress });
  notifier = hub.service.startNotifying(usual);
});
afterAll(async () => {
  await notifier.stop();
  await hub.close();
  await egress.close();
  if (faults.length > 0) throw new AggregateError(faults, "The notifier failed.");
});
beforeEach(async () => {
  receiver = await openReceiver();
});
afterEach(async () => {
  for (const { id } of (await hub.get(subscriptions)).json.value) await hub.remove(`${subscriptions}/${id}`);
  await receiver.close();
});

const soon = (minutes = 60): string => new Date(Date.now() + minutes * 60_000).toISOString();
const asked = (more: object = {}): object => ({
  changeType: "created,updated,deleted",
  notificationUrl: receiver.url,
  resource: "security/secureScores",
  expirationDateTime: soon(),
  clientState: "secret",
  ...more,
});
const subscribe = (more: object = {}): Promise<Answer> => hub.post(subscriptions, asked(more));
const score = async (currentScore: number): Promise<string> => (await hub.post(scores, { currentScore, maxScore: 100, vendorInformation: vendor })).json.id;

describe("a subscription is made", () => {
  test("R143, R146, R148, R150 when its endpoint gives back, as plain text, the token that it was sent; the certificate is not given back", async () => {
    const { status, json, headers } = await subscribe({ encryptionCertificate: "AAAA", encryptionCertificateId: "mine" });
    expect(status).toBe(201);
    expect(json).toMatchObject({ applicationId: "test-app", creatorId: "test-app", clientState: "secret", latestSupportedTlsVersion: "v1_2" });
    expect(Object.keys(json)).not.toContain("encryptionCertificate");
    expect(JSON.stringify(json)).not.toContain("secgraph.watcher");
    expect(headers["Location"]).toBe(`https://hub.example${subscriptions}('${json.id}')`);
    const [{ method, url, headers: sent }] = receiver.calls as [Receiver["calls"][number]];
    expect([method, sent["content-type"]]).toEqual(["POST", "text/plain; charset=utf-8"]);
    expect(url.searchParams.get("validationToken")).toMatch(/^Validation: Testing client application reachability/);
    for (const query of ["", "?$select=id,encryptionCertificate", "?$select=*"]) {
      expect((await hub.get(`${subscriptions}/${json.id}${query}`)).text).not.toMatch(/AAAA|watcher/);
    }
  });

  test("R146, R156 both endpoints are asked, and a query of theirs is kept", async () => {
    await subscribe({ notificationUrl: `${receiver.url}?a=1`, lifecycleNotificationUrl: `${receiver.url}/life?b=2` });
    expect(receiver.calls.map(({ url }) => [url.pathname, url.search.replace(/validationToken=.*/, "")])).toEqual([
      ["/hook", "?a=1&"],
      ["/hook/life", "?b=2&"],
    ]);
  });

  test.each([
    ["another status", { status: 202 }],
    ["another type", { status: 200, type: "application/json" }],
    ["another text", { status: 200, body: "something" }],
  ])("R147 never when the endpoint answers with %s", async (_, answer) => {
    receiver.answer = ({ url }) => ({ body: url.searchParams.get("validationToken") ?? "", ...answer });
    const { status, json } = await subscribe();
    expect([status, json.error.code]).toEqual([400, "ValidationError"]);
    expect(json.error.message).toMatch(/^Subscription validation request failed\. Notification endpoint must respond with 200 OK/);
    expect((await hub.get(subscriptions)).json.value).toEqual([]);
  });

  test.each([
    ["R145 plain http beyond what is allowed", { notificationUrl: "http://example.com/hook" }, "ValidationError"],
    ["R162 a private address", { notificationUrl: "https://10.0.0.1/hook" }, "ValidationError"],
    ["R145 what is no address", { notificationUrl: "nonsense" }, "ValidationError"],
    ["R143 a change that there is none of", { changeType: "created,read" }, "BadRequest"],
    ["R143 no resource", { resource: undefined }, "BadRequest"],
    ["R144 a long clientState", { clientState: "x".repeat(129) }, "BadRequest"],
    ["a long address", { notificationUrl: `https://receiver.example/${"x".repeat(4096)}` }, "BadRequest"],
    ["a long certificate", { encryptionCertificate: "x".repeat(16_385) }, "BadRequest"],
    ["a long resource", { resource: `security/secureScores?$filter=currentScore gt 1${" or currentScore gt 1".repeat(500)}` }, "BadRequest"],
    ["R143 a version of TLS that there is none of", { latestSupportedTlsVersion: "v2_0" }, "BadRequest"],
    ["R149 an end that is past", { expirationDateTime: soon(-1) }, "BadRequest"],
    ["R149 an end that is too far off", { expirationDateTime: soon(43_201) }, "BadRequest"],
    ["R159 data without a certificate", { includeResourceData: true }, "BadRequest"],
    ["R159 data with what is no certificate", { includeResourceData: true, encryptionCertificate: "AAAA", encryptionCertificateId: "x" }, "BadRequest"],
    ["a resource that is not there", { resource: "security/nonsense" }, "BadRequest"],
    ["a resource that is no collection", { resource: "security" }, "BadRequest"],
    ["an option that is not taken", { resource: "security/secureScores?$top=1" }, "BadRequest"],
    ["a filter that does not hold", { resource: "security/secureScores?$filter=nonsense eq 1" }, "BadRequest"],
  ])("never with %s", async (_, more, code) => {
    const { status, json } = await subscribe(more);
    expect([status, json.error.code], json.error.message).toEqual([400, code]);
    expect(receiver.notified).toEqual([]);
  });

  test("R143 with the version of TLS that its endpoint speaks", async () => {
    expect((await subscribe({ latestSupportedTlsVersion: "v1_3" })).json.latestSupportedTlsVersion).toBe("v1_3");
    expect((await subscribe({ latestSupportedTlsVersion: null })).json.latestSupportedTlsVersion).toBe("v1_2");
  });

  test("R163 only by who may read the resource", async () => {
    const reader = callerOf({ permissions: ["SecurityEvents.Read.All"] });
    expect((await hub.post(subscriptions, asked({ resource: "security/securityActions" }), { caller: reader })).status).toBe(403);
    expect((await hub.post(subscriptions, asked(), { caller: reader })).status).toBe(201);
  });
});

describe("a subscription that is there", () => {
  test("R150 is seen by its own application alone", async () => {
    const { id } = (await subscribe()).json;
    const other = { caller: callerOf({ appId: "another-app" }) };
    expect((await hub.get(subscriptions, other)).json.value).toEqual([]);
    for (const answer of [await hub.get(`${subscriptions}/${id}`, other), await hub.remove(`${subscriptions}/${id}`, other)]) expect(answer.status).toBe(404);
    expect((await hub.get(`${subscriptions}/${id}/deliveries`, other)).status).toBe(404);
  });

  test("R151, R152 is renewed, reauthorized and removed; nothing else of it changes", async () => {
    const { id } = (await subscribe()).json;
    const path = `${subscriptions}/${id}`;
    const end = soon(120);
    const renewed = await hub.patch(path, { expirationDateTime: end });
    expect([renewed.status, renewed.json.expirationDateTime]).toEqual([200, end]);
    for (const body of [{ notificationUrl: "https://else.example" }, { lifecycleNotificationUrl: receiver.url }, { expirationDateTime: soon(-5) }]) {
      expect((await hub.patch(path, body)).status, JSON.stringify(body)).toBe(400);
    }
    expect((await hub.post(`${path}/reauthorize`, "")).status).toBe(204);
    expect((await hub.remove(path)).status).toBe(204);
    expect((await hub.get(path)).status).toBe(404);
  });

  test("deliveries are written by the server alone", async () => {
    const { id } = (await subscribe()).json;
    expect((await hub.post(`${subscriptions}/${id}/deliveries`, { outcome: "delivered", throughSequence: 1 })).status).toBe(403);
  });
});

describe("notifications", () => {
  test("R153, R156 tell each write in its order, with an id that is its own", async () => {
    const subscription = (await subscribe({ notificationUrl: `${receiver.url}?mine=1` })).json;
    const id = await score(1);
    await hub.patch(`${scores}/${id}`, { currentScore: 2 });
    await hub.remove(`${scores}/${id}`);
    const told = await receiver.until(3);
    expect(told.map(({ changeType }) => changeType)).toEqual(["created", "updated", "deleted"]);
    expect(new Set(told.map((one) => one.id)).size).toBe(3);
    expect(told[0]).toMatchObject({
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: subscription.expirationDateTime,
      clientState: "secret",
      resource: `security/secureScores/${id}`,
      resourceData: { "@odata.type": "#microsoft.graph.secureScore", "@odata.id": `security/secureScores/${id}`, id },
    });
    expect(receiver.calls.at(-1)!.url.search).toBe("?mine=1");
  });

  test("are only of the changes, the entity and the rows that were asked for", async () => {
    const id = await score(5);
    await subscribe({ resource: `security/secureScores/${id}`, changeType: "updated", clientState: "one" });
    await subscribe({ resource: "security/secureScores?$filter=currentScore gt 50", changeType: "created", clientState: "high" });
    await score(10);
    await score(90);
    await hub.patch(`${scores}/${id}`, { currentScore: 6 });
    const told = await receiver.until(2);
    expect(told.map(({ clientState, changeType }) => `${clientState} ${changeType}`).toSorted()).toEqual(["high created", "one updated"]);
  });

  test("another tenant's writes are told to nobody here, and its subscriptions are its own", async () => {
    const there = { caller: callerOf({ tenant: otherTenant }) };
    await hub.post(subscriptions, asked({ clientState: "theirs" }), there);
    await subscribe({ clientState: "ours" });
    await hub.post(scores, { currentScore: 1, maxScore: 2, vendorInformation: vendor }, there);
    await score(3);
    const told = await receiver.until(2);
    expect(told.map(({ clientState, tenantId }): string => `${clientState} ${tenantId === otherTenant}`).toSorted()).toEqual(["ours false", "theirs true"]);
    for (const { id } of (await hub.get(subscriptions, there)).json.value) await hub.remove(`${subscriptions}/${id}`, there);
  });

  test("R154 what an endpoint does not take comes again, nothing of it lost, in order; the log of deliveries says so", async () => {
    const { id } = (await subscribe()).json;
    let refusals = 2;
    receiver.answer = ({ url }) => (url.search === "" && (refusals -= 1) >= 0 ? { status: 503 } : undefined);
    const made = [await score(1), await score(2), await score(3)];
    const told = await receiver.until(3);
    expect(told.map(({ resourceData }) => resourceData.id)).toEqual(made);
    const deliveries = async (): Promise<any[]> => (await hub.get(`${subscriptions}/${id}/deliveries`)).json.value;
    await expect.poll(async () => (await deliveries()).map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(["delivered", "failing"]));
    const delivered = (await deliveries()).findLast(({ outcome }) => outcome === "delivered");
    expect(delivered).toMatchObject({ statusCode: 202 });
    expect((await deliveries()).find(({ outcome }) => outcome === "failing")).toMatchObject({ statusCode: 503 });
  });

  test("what was written while nobody told is told at the next start, without another write", async () => {
    await subscribe();
    await notifier.stop();
    const id = await score(1);
    notifier = hub.service.startNotifying(usual);
    expect((await receiver.until(1)).map(({ resourceData }) => resourceData.id)).toEqual([id]);
  });

  test("R154 an endpoint that fails is left alone until its next try, however much is written", async () => {
    const { id } = (await subscribe()).json;
    receiver.answer = ({ url }) => (url.search === "" ? { status: 500 } : undefined);
    const tries = (): number => receiver.calls.filter(({ url }) => url.search === "").length;
    await score(1);
    await expect.poll(tries).toBe(3);
    const from = performance.now();
    // The next is due three seconds later at the earliest: each of these begins a piece of work of its own.
    for (let count = 0; count < 5; count += 1) await score(count).then(() => new Promise((resolve) => setTimeout(resolve, 50)));
    expect(tries()).toBeLessThanOrEqual(performance.now() - from < 2_500 ? 3 : 4);
    const failing = (await hub.get(`${subscriptions}/${id}/deliveries`)).json.value;
    expect(failing.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["failing"]);
  });

  test("who is to stop sends no further piece of what is left", async () => {
    await subscribe();
    await notifier.stop();
    for (let count = 0; count < 250; count += 1) await score(count);
    let stopped: Promise<void> | undefined;
    receiver.answer = ({ url }) => {
      if (url.search === "") stopped ??= notifier.stop();
      return undefined;
    };
    notifier = hub.service.startNotifying(usual);
    await receiver.until(1);
    await stopped;
    expect(receiver.notified.length).toBe(100);
    notifier = hub.service.startNotifying(usual);
    await receiver.until(250);
    expect(new Set(receiver.notified.map((one) => one.id)).size).toBe(250);
  });

  test("a delivery is sent again on wish, its notifications with the same ids", async () => {
    const { id } = (await subscribe()).json;
    await score(1);
    const [first] = await receiver.until(1);
    await expect.poll(async () => (await hub.get(`${subscriptions}/${id}/deliveries`)).json.value.length).toBe(1);
    const [delivery] = (await hub.get(`${subscriptions}/${id}/deliveries`)).json.value;
    expect((await hub.post(`${subscriptions}/${id}/replay`, { deliveryId: delivery.id })).status).toBe(204);
    const [, again] = await receiver.until(2);
    expect(again).toEqual(first);
    expect((await hub.post(`${subscriptions}/${id}/replay`, { deliveryId: "none" })).status).toBe(400);
  });

  test("R119 a group of a batch is told once it stands, and never when it was taken back", async () => {
    const strict = await openHub({ profile: "odata", egress });
    const working = strict.service.startNotifying({ egress, keep: 3_600_000, onFault: (error) => void faults.push(error) });
    try {
      await strict.post(subscriptions, asked());
      const body = { currentScore: 1, maxScore: 2, vendorInformation: vendor };
      const headers = { "Content-Type": "application/json" };
      const item = (id: string, url: string): object => ({ id, method: "POST", url, headers, body, atomicityGroup: "g" });
      const send = (second: string): Promise<Answer> => strict.post("/v1.0/$batch", { requests: [item("1", "/security/secureScores"), item("2", second)] });
      await send("/security/nonsense");
      const { json } = await send("/security/secureScores");
      const made = json.responses.map((one: { body: { id: string } }) => one.body.id);
      expect((await receiver.until(2)).map(({ resourceData }) => resourceData.id)).toEqual(made);
    } finally {
      await working.stop();
      await strict.close();
    }
  });
});

describe("what befalls a subscription itself", () => {
  const lifecycle = (): object => ({ lifecycleNotificationUrl: `${receiver.url}/life` });
  const events = (): string[] => receiver.notified.flatMap(({ lifecycleEvent }) => lifecycleEvent ?? []);

  test("R157, R158 what was not taken for too long is dropped, and `missed` says so, to the lifecycle endpoint alone", async () => {
    await notifier.stop();
    notifier = hub.service.startNotifying({ egress, keep: 0, onFault: (error) => void faults.push(error) });
    try {
      const { id, expirationDateTime } = (await subscribe(lifecycle())).json;
      receiver.answer = ({ url }) => (url.pathname === "/hook" ? { status: 500 } : undefined);
      await score(1);
      await expect.poll(events).toEqual(["missed"]);
      expect(receiver.notified[0]).toEqual({
        subscriptionId: id,
        subscriptionExpirationDateTime: expirationDateTime,
        clientState: "secret",
        tenantId: expect.any(String),
        lifecycleEvent: "missed",
      });
      // It is noted behind the call.
      const outcomes = async (): Promise<string[]> =>
        (await hub.get(`${subscriptions}/${id}/deliveries`)).json.value.map(({ outcome }: { outcome: string }) => outcome);
      await expect.poll(outcomes).toEqual(expect.arrayContaining(["failing", "dropped", "lifecycle"]));
    } finally {
      await notifier.stop();
      notifier = hub.service.startNotifying(usual);
    }
  });

  test("R157 who ends soon is reminded to reauthorize, once", async () => {
    await subscribe({ ...lifecycle(), expirationDateTime: soon(10) });
    await expect.poll(events).toEqual(["reauthorizationRequired"]);
    await score(1);
    await receiver.until(2);
    expect(events()).toEqual(["reauthorizationRequired"]);
  });

  test("a subscription whose end has come is gone, and nothing more is told", async () => {
    const { id } = (await subscribe({ expirationDateTime: new Date(Date.now() + 1_500).toISOString() })).json;
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    await score(1);
    await expect.poll(async () => (await hub.get(`${subscriptions}/${id}`)).status).toBe(404);
    expect(receiver.notified).toEqual([]);
  });
});

describe("data", () => {
  test("R159-R161 come encrypted to the subscriber's certificate, and with a token that says who sends them", async () => {
    const { certificate, privateKey } = await rsaCertificate();
    await subscribe({
      includeResourceData: true,
      encryptionCertificate: certificate,
      encryptionCertificateId: "key 1",
      resource: "security/secureScores?$select=currentScore",
    });
    const id = await score(42);
    const [{ encryptedContent, resourceData }] = await receiver.until(1);
    const { data, dataKey, dataSignature, encryptionCertificateId } = encryptedContent;
    const key = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" }, Buffer.from(dataKey, "base64"));
    const bytes = Buffer.from(data, "base64");
    expect(createHmac("sha256", key).update(bytes).digest("base64")).toBe(dataSignature);
    const decipher = createDecipheriv("aes-256-cbc", key, key.subarray(0, 16));
    const content = JSON.parse(Buffer.concat([decipher.update(bytes), decipher.final()]).toString());
    expect(content).toMatchObject({ id, currentScore: 42 });
    expect(Object.keys(content)).not.toContain("maxScore");
    expect([resourceData.id, encryptionCertificateId]).toEqual([id, "key 1"]);
    expect(JSON.parse(receiver.calls.at(-1)!.body).validationTokens).toEqual([expect.stringMatching(/^signed for test-app /)]);
  });
});

async function rsaCertificate(): Promise<{ readonly certificate: string; readonly privateKey: KeyObject }> {
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ name: "CN=subscriber", keys, signingAlgorithm: algorithm });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { certificate: Buffer.from(certificate.rawData).toString("base64"), privateKey: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
}
