import { afterEach, describe, expect, test } from "vitest";
import type { Caller } from "../../src/auth/caller.ts";
import { defaultBudgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { baseUrl, callerOf, openHub, otherTenant, tenant, vendor, type Answer, type Asked, type HubSettings, type TestHub } from "./hub.ts";
import { bodyFor, keyed, makeParents, pathOf, routesOf } from "./places.ts";

const model = createModel(securityGraph);
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const scores = "/v1.0/security/secureScores";
const scoreOf = (maxScore: number, more = {}): object => ({ maxScore, vendorInformation: vendor, ...more });
const other = { caller: callerOf({ tenant: otherTenant }) };
const maxScores = (answer: Answer): number[] => answer.json.value.map((one: { maxScore: number }) => one.maxScore);
const ids = (answer: Answer): string[] => answer.json.value.map((one: { id: string }) => one.id);
const local = (link: string): string => link.slice(baseUrl.length);

let hub: TestHub;
afterEach(() => hub.close());
const open = async (settings: HubSettings = {}): Promise<TestHub> => (hub = await openHub({ model, ...settings }));

describe("a fresh tenant (DESIGN 2, Hub)", () => {
  test("reads answer an empty hub and write nothing", async () => {
    await open();
    const read = await hub.get("/v1.0/security");
    expect(read.json).toEqual({
      "@odata.context": `${baseUrl}/v1.0/$metadata#security`,
      "@odata.etag": 'W/"0"',
      "@odata.type": "#microsoft.graph.security",
      id: expect.stringMatching(guid),
      providerStatus: [],
      displayName: null,
      azureTenantId: tenant,
    });
    const reads = [
      "/v1.0/securities",
      `/v1.0/securities/${read.json.id}`,
      "/v1.0/deviceAppManagement",
      "/v1.0/security?$expand=secureScores",
      "/v1.0/security/displayName",
    ];
    for (const { place } of routesOf(model)) if (place.kind === "set" && place.depth === 0) reads.push(`/v1.0/${place.path}`, `/v1.0/${place.path}/$count`);
    for (const target of reads) expect((await hub.get(target)).status, target).toBeLessThan(300);
    expect((await hub.get(`${scores}/nobody`)).status).toBe(404);
    expect(await hub.store.system.hubs()).toEqual([]);
    expect((await hub.get("/v1.0/security")).json).toEqual(read.json);
  });

  test("refused writes write nothing", async () => {
    await open();
    const refused = [
      await hub.post(scores, { maxScore: "x" }),
      await hub.patch(`${scores}/x`, {}),
      await hub.remove(`${scores}/x`),
      await hub.post("/v1.0/subscriptions", { ...bodyFor(model.place("subscriptions")), changeType: "none" }),
    ];
    expect(refused.map((one) => one.status)).toEqual([400, 404, 404, 400]);
    expect(await hub.store.system.hubs()).toEqual([]);
  });

  test.each([
    ["a score", (one: TestHub) => one.post(scores, scoreOf(1))],
    ["a PATCH of the hub", (one: TestHub) => one.patch("/v1.0/security", { displayName: "Ours" })],
    ["a POST of the hub", (one: TestHub) => one.post("/v1.0/security", { displayName: "Ours" })],
    ["a task", (one: TestHub) => one.post("/v1.0/deviceAppManagement/deviceAppManagementTasks", {})],
    ["a bulk action", (one: TestHub) => one.post("/beta/security/tiIndicators/submitTiIndicators", { value: [bodyFor(model.place("security/tiIndicators"))] })],
    ["an upsert", (one: TestHub) => one.patch(`${scores}/mine`, scoreOf(1), { headers: { Prefer: "create-if-missing" } })],
  ])("the first write makes it real, whole and under the id that reads showed: %s", async (_, write) => {
    await open();
    const before = (await hub.get("/v1.0/security")).json;
    expect((await write(hub)).status).toBeLessThan(300);
    const after = (await hub.get("/v1.0/security")).json;
    expect(after).toEqual({ ...before, "@odata.etag": after["@odata.etag"], displayName: after.displayName });
    expect(after["@odata.etag"]).not.toBe('W/"0"');
    expect(ids(await hub.get("/v1.0/securities"))).toEqual([before.id]);
    hub = await hub.reopen();
    expect((await hub.get("/v1.0/security")).json).toEqual(after);
  });

  test("many first writes at once make one hub", async () => {
    await open();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => hub.post(scores, scoreOf(index))));
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([201]));
    expect(ids(await hub.get("/v1.0/securities"))).toHaveLength(1);
    expect((await hub.get(`${scores}/$count`)).text).toBe("12");
  });
});

describe("POST of a hub", () => {
  test.each(["/v1.0/security", "/v1.0/securities", "/beta/Security", "/localtest/securities/"])(
    "%s always creates: 201, a GUID, Location (R87)",
    async (target) => {
      await open();
      const home = (await hub.get("/v1.0/security")).json.id;
      const root = target.split("/")[1];
      const made = [await hub.post(target, { displayName: "One" }), await hub.post(target, { displayName: "Two" }), await hub.post(target, {})];
      for (const one of made) {
        expect(one.status, one.text).toBe(201);
        expect(one.json.id).toMatch(guid);
        expect(one.json["@odata.context"]).toBe(`${baseUrl}/${root}/$metadata#securities/$entity`);
        expect(one.headers["Location"]).toBe(`${baseUrl}/${root}/securities('${one.json.id}')`);
        const read = await hub.get(local(one.headers["Location"]!));
        expect(read.json).toEqual(one.json);
      }
      expect(made[0]!.json).toMatchObject({ id: home, azureTenantId: tenant, displayName: "One" });
      expect(made.slice(1).map((one) => one.json.azureTenantId)).toEqual([null, null]);
      expect((await hub.get("/v1.0/security")).json).toMatchObject({ id: home, displayName: "One" });
      expect(new Set(ids(await hub.get("/v1.0/securities")))).toEqual(new Set(made.map((one) => one.json.id)));
    },
  );

  test("eight at once: one home hub, seven managed ones", async () => {
    await open();
    const made = await Promise.all(Array.from({ length: 8 }, () => hub.post("/v1.0/security", {})));
    expect(made.map((one) => one.status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(made.filter((one) => one.json.azureTenantId === tenant)).toHaveLength(1);
    expect(new Set(made.map((one) => one.json.id)).size).toBe(8);
  });

  test("Idempotency-Key makes one hub of two requests", async () => {
    await open();
    const headers = { "Idempotency-Key": "hub" };
    const [first, second] = [await hub.post("/v1.0/security", {}, { headers }), await hub.post("/v1.0/security", {}, { headers })];
    expect(second.json.id).toBe(first.json.id);
    expect(ids(await hub.get("/v1.0/securities"))).toHaveLength(1);
  });

  test("a hub is a closed type, never deleted, its tenant never changed", async () => {
    await open();
    const { id } = (await hub.post("/v1.0/security", {})).json;
    expect((await hub.post("/v1.0/security", { colour: "red" })).json.error.target).toBe("colour");
    expect((await hub.patch("/v1.0/security", { azureTenantId: otherTenant })).status).toBe(400);
    expect((await hub.patch(`/v1.0/securities/${id}`, { azureTenantId: null })).status).toBe(400);
    expect((await hub.patch(`/v1.0/securities/${id}`, { azureTenantId: tenant, displayName: "Ours" })).status).toBe(204);
    const gone = await hub.remove(`/v1.0/securities/${id}`);
    expect([gone.status, gone.headers["Allow"]]).toEqual([405, "GET, HEAD, PATCH"]);
    expect((await hub.remove("/v1.0/security")).headers["Allow"]).toBe("GET, HEAD, PATCH, POST");
    expect((await hub.post("/v1.0/security", { secureScores: [scoreOf(1)] })).status).toBe(501);
  });
});

describe("nobody can claim another tenant's hub", () => {
  test("403 unless the caller is the operator's", async () => {
    await open();
    const claim = await hub.post("/v1.0/security", { azureTenantId: otherTenant });
    expect([claim.status, claim.json.error.code, claim.json.error.target]).toEqual([403, "Forbidden", "azureTenantId"]);
    const batched = await hub.post("/v1.0/$batch", {
      requests: [{ id: "1", method: "POST", url: "/security", headers: { "Content-Type": "application/json" }, body: { azureTenantId: otherTenant } }],
    });
    expect(batched.json.responses[0].status).toBe(403);
    expect(await hub.store.system.hubs()).toEqual([]);
    expect((await hub.post("/v1.0/security", { azureTenantId: tenant })).status).toBe(201);
  });

  test("the operator's customer gets its home hub; both reach it", async () => {
    await open({ operatorTenant: tenant });
    const theirs = (await hub.get("/v1.0/security", other)).json.id;
    const made = await hub.post("/v1.0/securities", { azureTenantId: otherTenant, displayName: "Fabrikam" });
    expect(made.json).toMatchObject({ id: theirs, azureTenantId: otherTenant });
    expect((await hub.get("/v1.0/security", other)).json).toMatchObject({ id: theirs, displayName: "Fabrikam" });
    expect(ids(await hub.get("/v1.0/securities", other))).toEqual([theirs]);
    expect(ids(await hub.get("/v1.0/securities"))).toEqual([theirs]);
    await hub.post(scores, scoreOf(7), other);
    const seen = await hub.get(`/v1.0/securities/${theirs}/secureScores`);
    expect(maxScores(seen)).toEqual([7]);
    expect((await hub.post(`/v1.0/securities/${theirs}/secureScores`, scoreOf(8))).status).toBe(201);
    expect(maxScores(await hub.get(scores, other))).toEqual([8, 7]);
    expect((await hub.get("/v1.0/security")).json.id).not.toBe(theirs);
    expect(maxScores(await hub.get(scores))).toEqual([]);
    expect((await hub.post("/v1.0/securities", { azureTenantId: otherTenant })).json.error.code).toBe("nameAlreadyExists");
    expect((await hub.post("/v1.0/security", { azureTenantId: tenant }, other)).status).toBe(403);
  });

  test("the other tenant sees who manages its hub, and ends it", async () => {
    await open({ operatorTenant: tenant });
    const theirs = (await hub.post("/v1.0/securities", { azureTenantId: otherTenant })).json.id;
    const managers = await hub.get("/v1.0/security/managers", other);
    expect(managers.json.value).toMatchObject([{ id: tenant, homeTenantId: otherTenant }]);
    expect((await hub.remove("/v1.0/security/managers/nobody", other)).status).toBe(404);
    expect((await hub.remove(`/v1.0/security/managers/${tenant}`, other)).status).toBe(204);
    expect((await hub.get(`/v1.0/securities/${theirs}/secureScores`)).status).toBe(404);
    expect(ids(await hub.get("/v1.0/securities"))).toEqual([]);
    expect((await hub.get("/v1.0/security/managers", other)).json.value).toEqual([]);
    expect((await hub.get("/v1.0/security", other)).json.id).toBe(theirs);
  });

  test("a hub that is nobody's home keeps its manager", async () => {
    await open();
    await hub.post("/v1.0/security", {});
    const { id } = (await hub.post("/v1.0/security", {})).json;
    const managers = `/v1.0/securities/${id}/managers`;
    expect(ids(await hub.get(managers))).toEqual([tenant]);
    expect((await hub.remove(`${managers}/${tenant}`)).status).toBe(409);
    expect((await hub.get(managers)).status).toBe(200);
  });
});

test("providerStatus of a hub follows the settings of its providers", async () => {
  await open();
  const settings = "/v1.0/security/providerTenantSettings";
  const { id } = (await hub.post(settings, { vendor: "Contoso", provider: "Firewall", enabled: true })).json;
  await hub.post(settings, { vendor: "Fabrikam", provider: "Agent", enabled: false });
  const statuses = async (): Promise<unknown[]> =>
    (await hub.get("/v1.0/security")).json.providerStatus.map((one: { provider: string; enabled: boolean }) => [one.provider, one.enabled]);
  expect(await statuses()).toEqual([["Firewall", true], ["Agent", false]]);
  expect((await hub.patch(`${settings}/${id}`, { enabled: false })).status).toBe(204);
  expect(await statuses()).toEqual([["Agent", false], ["Firewall", false]]);
  expect((await hub.remove(`${settings}/${id}`)).status).toBe(204);
  expect(await statuses()).toEqual([["Agent", false]]);
  expect((await hub.get("/v1.0/securities")).json.value[0].providerStatus).toHaveLength(1);
}); // prettier-ignore

describe("the fleet", () => {
  test("/securities lists what the caller may see; every collection lies below a hub", async () => {
    await open();
    const home = (await hub.post("/v1.0/security", { displayName: "Home" })).json.id;
    const managed = (await hub.post("/v1.0/security", { displayName: "Customer" })).json.id;
    const theirs = (await hub.post("/v1.0/security", {}, other)).json.id;
    await hub.post(`/v1.0/securities/${managed}/secureScores`, scoreOf(5));
    const task = await hub.post(`/v1.0/securities('${managed}')/deviceAppManagementTasks`, { "@odata.type": "#microsoft.graph.securityConfigurationTask" });
    expect(task.headers["Location"]).toContain(`/securities('${managed}')/`);
    expect((await hub.get(local(task.headers["Location"]!))).json.id).toBe(task.json.id);
    expect(maxScores(await hub.get(`/v1.0/securities/${managed}/secureScores`))).toEqual([5]);
    expect(maxScores(await hub.get(scores))).toEqual([]);
    expect(new Set(ids(await hub.get("/v1.0/securities")))).toEqual(new Set([home, managed]));
    expect((await hub.get("/v1.0/securities/$count")).text).toBe("2");
    expect((await hub.get("/v1.0/securities?$filter=displayName eq 'Customer'&$select=displayName")).json.value).toMatchObject([
      { id: managed, displayName: "Customer" },
    ]);
    expect(ids(await hub.get("/v1.0/securities", other))).toEqual([theirs]);
  });

  test("$expand=secureScores($top=1) is the fleet in one request, $orderby and $count inside (R71)", async () => {
    let now = Date.now();
    await open({ clock: () => (now += 1000) });
    const hubs = [
      (await hub.post("/v1.0/security", {})).json.id,
      (await hub.post("/v1.0/security", {})).json.id,
      (await hub.post("/v1.0/security", {})).json.id,
    ];
    for (const [index, id] of hubs.slice(0, 2).entries())
      for (const score of [1, 2, 3]) await hub.post(`/v1.0/securities/${id}/secureScores`, scoreOf(score + 10 * index));
    await hub.post(scores, scoreOf(99), other);
    const fleet = await hub.get("/v1.0/securities?$expand=secureScores($top=1;$orderby=maxScore desc;$select=maxScore;$count=true)");
    expect(fleet.status, fleet.text).toBe(200);
    const seen = new Map(fleet.json.value.map((one: any) => [one.id, [one["secureScores@odata.count"], one.secureScores.map((score: any) => score.maxScore)]]));
    expect(seen).toEqual(new Map([[hubs[0], [3, [3]]], [hubs[1], [3, [13]]], [hubs[2], [0, []]]])); // prettier-ignore
    const latest = await hub.get("/v1.0/securities?$expand=secureScores($top=1)");
    expect(
      latest.json.value.flatMap((one: any) => one.secureScores.map((score: any) => score.maxScore)).toSorted((one: number, two: number) => one - two),
    ).toEqual([3, 13]);
  });

  test("an expanded collection that goes on has a nextLink of its own that does (R57)", async () => {
    await open({ budgets: { ...defaultBudgets, pageSize: 2, maxPageSize: 2 } });
    for (let score = 1; score <= 5; score += 1) await hub.post(scores, scoreOf(score));
    for (const target of ["/v1.0/security", "/v1.0/securities"]) {
      const first = await hub.get(`${target}?$expand=secureScores($select=maxScore;$orderby=maxScore;$filter=maxScore ne 4)`);
      const owner = target.endsWith("s") ? first.json.value[0] : first.json;
      const seen = owner.secureScores.map((one: any) => one.maxScore);
      let link: string | undefined = owner["secureScores@odata.nextLink"];
      expect(link).toMatch(/secureScores\?.*\$skiptoken=[\w-]+$/);
      while (link !== undefined) {
        const page = await hub.get(local(link));
        expect(page.status, page.text).toBe(200);
        seen.push(...maxScores(page));
        link = page.json["@odata.nextLink"];
      }
      expect(seen).toEqual([1, 2, 3, 5]);
    }
  });

  test("$expand asks for the permission of what it reaches (R44, R174)", async () => {
    await open();
    await hub.post("/beta/security/securityActions", bodyFor(model.place("security/securityActions")));
    const caller = callerOf({ permissions: ["Security.Read.All", "SecurityEvents.Read.All"] });
    for (const target of ["/v1.0/security", "/v1.0/securities", `/v1.0/securities/${(await hub.get("/v1.0/security")).json.id}`]) {
      expect((await hub.get(`${target}?$expand=secureScores`, { caller })).status).toBe(200);
      const refused = await hub.get(`${target}?$expand=secureScores,securityActions($top=1)`, { caller });
      expect([refused.status, refused.json.error.code]).toEqual([403, "Forbidden"]);
      expect(refused.json.error.message).toContain("SecurityActions.Read.All");
    }
  });
});

/** What an answer says beside ids of the request, dates, and the id that was asked for. */
function bare({ status, headers, text }: Answer, asked: string): object {
  const { "request-id": _, "client-request-id": __, ...rest } = headers;
  const body = text
    .replaceAll(asked, "{id}")
    .replaceAll(/"(?:request-id|client-request-id)":"[^"]*"/g, "")
    .replace(/"date":"[^"]*"/, "");
  return { status, headers: rest, body };
}

describe("hubs are separate", () => {
  /** Two hubs of one tenant: its home, and one that it manages. The second is what must show through nowhere. */
  async function two(): Promise<{ home: string; managed: string }> {
    await open();
    const home = (await hub.post("/v1.0/security", {})).json.id;
    return { home, managed: (await hub.post("/v1.0/security", {})).json.id };
  }

  test("rows, counts, filters, dynamic names", async () => {
    const { managed } = await two();
    const within = `/v1.0/securities/${managed}/secureScores`;
    await hub.post(within, scoreOf(5, { mood: "good" }));
    await hub.post(scores, scoreOf(1));
    expect([maxScores(await hub.get(within)), maxScores(await hub.get(scores))]).toEqual([[5], [1]]);
    expect([(await hub.get(`${within}/$count`)).text, (await hub.get(`${scores}/$count`)).text]).toEqual(["1", "1"]);
    expect((await hub.get(`${scores}?$count=true&$filter=maxScore ge 0`)).json["@odata.count"]).toBe(1);
    expect(maxScores(await hub.get(`${within}?$filter=mood eq 'good'`))).toEqual([5]);
    for (const option of ["$filter=mood eq 'good'", "$orderby=mood", "$select=mood"]) {
      expect((await hub.get(`${scores}?${option}`)).json.error, option).toMatchObject({
        code: "BadRequest",
        message: "Could not find a property named 'mood' on type 'microsoft.graph.secureScore'.",
      });
      expect((await hub.get(`${scores}?${option}`, other)).status).toBe(400);
    }
  });

  test("one id in two hubs is two rows", async () => {
    const { managed } = await two();
    const headers = { Prefer: "create-if-missing" };
    const paths = [`${scores}/same`, `/v1.0/securities/${managed}/secureScores/same`];
    for (const [index, path] of paths.entries()) expect((await hub.patch(path, scoreOf(index), { headers })).status).toBe(201);
    expect((await hub.patch(`${scores}/same`, scoreOf(9), { ...other, headers })).status).toBe(201);
    await hub.remove(paths[0]!);
    expect((await hub.get(paths[0]!)).status).toBe(404);
    expect((await hub.get(paths[1]!)).json.maxScore).toBe(1);
    expect((await hub.get(`${scores}/same`, other)).json.maxScore).toBe(9);
  });

  test("page tokens, also of the fleet, are good in their own hub alone (R75)", async () => {
    const { home, managed } = await two();
    for (const target of [scores, `/v1.0/securities/${managed}/secureScores`]) for (const score of [1, 2, 3]) await hub.post(target, scoreOf(score));
    const first = await hub.get(`${scores}?$top=3`, { headers: { Prefer: "odata.maxpagesize=1" } });
    const token = /\$skiptoken=(.+)$/.exec(first.json["@odata.nextLink"])![1]!;
    expect((await hub.get(`${scores}?$top=3&$skiptoken=${token}`)).status).toBe(200);
    expect((await hub.get(`/beta/securities/${home}/secureScores?$top=3&$skiptoken=${token}`)).status).toBe(200);
    expect((await hub.get(`/v1.0/securities/${managed}/secureScores?$top=3&$skiptoken=${token}`)).status).toBe(400);
    expect((await hub.get(`${scores}?$top=3&$skiptoken=${token}`, other)).status).toBe(400);
    const fleet = await hub.get("/v1.0/securities", { headers: { Prefer: "odata.maxpagesize=1" } });
    const fleetToken = /\$skiptoken=(.+)$/.exec(fleet.json["@odata.nextLink"])![1]!;
    expect((await hub.get(`/v1.0/securities?$skiptoken=${fleetToken}`)).status).toBe(200);
    expect((await hub.get(`/v1.0/securities?$skiptoken=${fleetToken}`, other)).status).toBe(400);
  });

  test("idempotency keys", async () => {
    const { managed } = await two();
    const asked: Asked = { headers: { "Idempotency-Key": "k" } };
    const made = [
      await hub.post(scores, scoreOf(1), asked),
      await hub.post(`/v1.0/securities/${managed}/secureScores`, scoreOf(1), asked),
      await hub.post(scores, scoreOf(1), { ...asked, ...other }),
    ];
    expect(new Set(made.map((one) => one.json.id)).size).toBe(3);
    expect((await hub.post(scores, scoreOf(2), { ...asked, ...other })).status).toBe(409);
  });

  test("tags of one hub say nothing in another (R103)", async () => {
    const { managed } = await two();
    const made = await hub.post(`/v1.0/securities/${managed}/secureScores`, scoreOf(1));
    const headers = { "If-None-Match": made.headers["ETag"]! };
    expect((await hub.get(`/v1.0/securities/${managed}/secureScores/${made.json.id}`, { headers })).status).toBe(304);
    expect((await hub.get(`${scores}/${made.json.id}`, { headers })).status).toBe(404);
    expect((await hub.get(`${scores}/${made.json.id}`, { headers: { "If-None-Match": "*" }, ...other })).status).toBe(404);
  });

  test("what another hub has is answered as what nobody has, byte for byte (R13, R178)", async () => {
    const { managed } = await two();
    const theirs = callerOf({ tenant: otherTenant });
    await hub.post("/v1.0/security", {}, { caller: theirs });
    const never = "01890a5d-ac96-774b-bcce-b302099a8057";
    const ask = async (target: string, id: string, caller: Caller): Promise<object[]> => {
      const to = (more = ""): string => `${target.replace("{id}", id)}${more}`;
      const answers = [
        await hub.get(to(), { caller }),
        await hub.get(to("/id"), { caller }),
        await hub.get(to(), { caller, headers: { "If-None-Match": "*" } }),
        await hub.patch(to(), {}, { caller }),
        await hub.patch(to(), {}, { caller, headers: { "If-Match": "*" } }),
        await hub.patch(to(), { id: "another" }, { caller }),
        await hub.remove(to(), { caller }),
        await hub.send("PUT", to("/displayName"), { caller, body: { value: 1 } }),
        await hub.post("/v1.0/$batch", { requests: [{ id: "1", method: "GET", url: to() }] }, { caller }),
      ];
      return answers.map((one) => bare(one, id));
    };
    for (const { place } of routesOf(model)) {
      if (place.kind !== "set" || place.path === "subscriptions" || place.definition.hub !== undefined) continue;
      const parents = await makeParents(hub, place);
      const set = `/v1.0${pathOf({ place, through: "home", cast: false }, { hubId: managed, parents, form: "segment" })}`;
      const made = await hub.post(set, bodyFor(place));
      expect(made.status, made.text).toBe(201);
      const target = keyed(set, "{id}", "segment").replace("%7Bid%7D", "{id}");
      expect(await ask(target, made.json.id, theirs), place.path).toEqual(await ask(target, never, theirs));
      expect((await hub.get(target.replace("{id}", made.json.id))).json).toEqual({ ...made.json, "@odata.context": expect.any(String) });
    }
    for (const below of ["", "/secureScores", "/deviceAppManagementTasks", "/secureScores/$count", "/deviceAppManagement"]) {
      const target = `/v1.0/securities/{id}${below}`;
      expect(await ask(target, managed, theirs), target).toEqual(await ask(target, never, theirs));
    }
  });

  test("$batch and $expand stay in the caller's hubs", async () => {
    const { home, managed } = await two();
    await hub.post(scores, scoreOf(1));
    const requests = ["/security/secureScores", `/securities/${home}/secureScores`, `/securities/${managed}`, "/securities?$expand=secureScores"].map(
      (url, index) => ({ id: String(index), method: "GET", url }),
    );
    const answer = await hub.post("/v1.0/$batch", { requests }, other);
    expect(answer.json.responses.map((one: any) => one.status)).toEqual([200, 404, 404, 200]);
    expect(answer.text).not.toContain('"maxScore":1');
    expect(answer.json.responses[3].body.value).toEqual([]);
  });
});
