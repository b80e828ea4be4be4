import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, otherTenant, tenant, vendor, type Answer, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";
const actions = "/v1.0/security/securityActions";
const action = { name: "BlockIp", parameters: [{ name: "IP", value: "203.0.113.7" }], vendorInformation: { vendor: "Contoso", provider: "Firewall" } };
const other = callerOf({ tenant: otherTenant });

let hub: TestHub;
let one: string;
beforeAll(async () => {
  hub = await openHub();
  one = `${scores}/${(await hub.post(scores, { maxScore: 1, vendorInformation: vendor })).json.id}`;
});
afterAll(() => hub.close());

const refusal = ({ status, json }: Answer): string => `${status} ${json.error?.code ?? ""}`.trim();

/** What a caller gets for reading, creating, changing and deleting a score. */
async function verbs(permissions: readonly string[], kind: "application" | "delegated" = "application"): Promise<string[]> {
  const caller = callerOf({ permissions, kind, user: kind === "delegated" ? "ada@x.example" : null });
  const mine = `${scores}/${(await hub.post(scores, {})).json.id}`;
  const answers = [
    await hub.get(scores, { caller }),
    await hub.get(mine, { caller }),
    await hub.post(scores, {}, { caller }),
    await hub.patch(mine, {}, { caller }),
    await hub.remove(mine, { caller }),
  ];
  return answers.map(refusal);
}
const none = "403 Forbidden";

describe("who may do what", () => {
  test("R44 401 for nobody, 403 for who lacks a permission, 404 where a foreign row must not be known", async () => {
    expect(refusal(await hub.get(one, { caller: null }))).toBe("401 InvalidAuthenticationToken");
    expect(refusal(await hub.get(one, { caller: callerOf({ permissions: [] }) }))).toBe(none);
    expect(refusal(await hub.get(one, { caller: other }))).toBe("404 itemNotFound");
    expect(refusal(await hub.get(`${scores}/never`, { caller: callerOf({ permissions: [] }) }))).toBe(none);
  });

  test("R172 without a token 401, before path, options and body are looked at", async () => {
    for (const answer of [
      await hub.get(scores, { caller: null }),
      await hub.get("/v1.0/nothing?$filter=(", { caller: null }),
      await hub.post("/v1.0/$batch", "{", { caller: null }),
    ]) {
      expect([refusal(answer), answer.json.error.message]).toEqual(["401 InvalidAuthenticationToken", "Access token is empty."]);
      expect(answer.headers["WWW-Authenticate"]).toMatch(/^Bearer realm=""/);
    }
  });

  test("R174 a refusal names what is asked for and what there is", async () => {
    const application = await hub.post(actions, action, { caller: callerOf({ permissions: ["SecurityEvents.Read.All", "SecurityActions.Read.All"] }) });
    expect(application.json.error).toMatchObject({
      code: "Forbidden",
      message:
        "Missing application roles. API required roles: SecurityActions.ReadWrite.All, application roles: SecurityActions.Read.All,SecurityEvents.Read.All.",
    });
    const person = await hub.get(scores, { caller: callerOf({ kind: "delegated", user: "ada@x.example", permissions: ["User.Read"] }) });
    expect(person.json.error.message).toBe(
      "Missing scope permissions on the request. API requires one of 'SecurityEvents.Read.All, SecurityEvents.ReadWrite.All'. Scopes on the request 'User.Read'.",
    );
  });

  test("R176 people and applications may dispatch actions; where it is to be as in the real service, applications alone", async () => {
    const person = callerOf({ kind: "delegated", user: "ada@x.example" });
    expect((await hub.post(actions, action, { caller: person })).status).toBe(201);
    const faithful = await openHub({ faithful: ["permissions"] });
    for (const answer of [await faithful.post(actions, action, { caller: person }), await faithful.get(actions, { caller: person })])
      expect(refusal(answer)).toBe(none);
    expect((await faithful.post(actions, action)).status).toBe(201);
    expect((await faithful.get(scores, { caller: person })).status).toBe(200);
    await faithful.close();
  });

  test.each(["application", "delegated"] as const)("R177 scores: Read reads, ReadWrite reads and writes, for %s tokens", async (kind) => {
    expect(await verbs(["SecurityEvents.Read.All"], kind)).toEqual(["200", "200", none, none, none]);
    expect(await verbs(["SecurityEvents.ReadWrite.All"], kind)).toEqual(["200", "200", "201", "204", "204"]);
    expect(await verbs(["SecurityActions.ReadWrite.All", "DeviceManagementApps.ReadWrite.All"], kind)).toEqual([none, none, none, none, none]);
  });

  test("R178 a tenant sees its own rows alone; another's id is as one that never was", async () => {
    expect((await hub.get(scores, { caller: other })).json.value).toEqual([]);
    const bare = (answer: Answer, id: string): string => answer.text.replaceAll(id, "{id}").replaceAll(/"(?:date|request-id|client-request-id)":"[^"]*"/g, "");
    const id = one.split("/").at(-1)!;
    for (const ask of [
      (path: string) => hub.get(path, { caller: other }),
      (path: string) => hub.patch(path, {}, { caller: other }),
      (path: string) => hub.remove(path, { caller: other }),
    ]) {
      const [theirs, never] = [await ask(one), await ask(`${scores}/01a20281-0000-7000-8000-000000000000`)];
      expect([theirs.status, bare(theirs, id)]).toEqual([404, bare(never, "01a20281-0000-7000-8000-000000000000")]);
    }
    expect((await hub.get(one)).json.azureTenantId).toBe(tenant);
  });
});
