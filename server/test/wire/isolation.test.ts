import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import type { Place } from "../../src/edm/model.ts";
import { system } from "../../src/edm/systemPermission.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { callerOf, everything, openHub, otherTenant, tenant, type Answer, type Asked, type TestHub } from "./hub.ts";
import { bodyFor, changeFor, keyed, makeParents, patchFor, pathOf, routesOf, type Route } from "./places.ts";

const model = createModel(securityGraph);
const routes = routesOf(model);
const titled = routes.map((route) => ({ route, title: `${route.place.path} ${route.through}${route.cast ? " with cast" : ""}` }));

let hub: TestHub;
let hubId: string;
beforeAll(async () => {
  hub = await openHub({ model, operatorTenant: "99999999-9999-4999-8999-999999999999" });
  hubId = (await hub.post("/v1.0/security", { displayName: "ours" })).json.id;
  await hub.post("/v1.0/security", { displayName: "theirs" }, { caller: callerOf({ tenant: otherTenant }) });
});
afterAll(() => hub.close());

interface Owned {
  readonly set: string;
  readonly one: string;
  /** The row as its owner sees it. */
  readonly body: { readonly id: string };
}

/** A row of the first tenant, reached by a route. */
async function ownedBy(route: Route): Promise<Owned> {
  const { place } = route;
  const parents = await makeParents(hub, place);
  const set = `/beta${pathOf(route, { hubId, parents, form: "parentheses" })}`;
  if (place.kind === "singleton") return { set, one: set, body: (await hub.get(set)).json };
  const made = place.definition.hub === "fleet" ? await hub.get(keyed(set, hubId, "segment")) : await hub.post(set, bodyFor(place));
  const one = keyed(set, made.json.id, "segment");
  return { set, one, body: (await hub.get(one)).json };
}

interface Request {
  readonly access: "read" | "write";
  readonly send: (asked: Asked) => Promise<Answer>;
}

/** Every request that may be made of a row and of its collection; `onRow` names the row itself. */
function requestsOf(place: Place, { set, one }: Owned): Record<string, Request & { readonly onRow: boolean; readonly isElsewhere?: boolean }> {
  const change = changeFor(place) ?? { name: "id", value: "x" };
  const make = (method: string, target: string, body?: unknown): Request & { readonly onRow: boolean } => ({
    access: method === "GET" || method === "HEAD" ? "read" : "write",
    onRow: target.startsWith(one),
    send: (asked) => hub.send(method, target, { ...asked, ...(body === undefined ? {} : { body }) }),
  });
  const bound = model.operations.filter(({ binding }) => binding?.type === place.type || place.type.derived.some((type) => type === binding?.type));
  const actions = bound.map((operation) => {
    const value = operation.name.startsWith("delete") ? [one.split("/").at(-1)] : [{ ...bodyFor(place), id: one.split("/").at(-1) }];
    const body = operation.name === "updateStatus" ? { status: "active" } : operation.binding?.collection === true ? { value } : {};
    const request = make("POST", `${operation.binding?.collection === true ? set : one}/${operation.name}`, body);
    return [operation.name, { ...request, isElsewhere: operation.definition.writeRights !== undefined }] as const;
  });
  return {
    get: make("GET", one),
    head: make("HEAD", one),
    property: make("GET", `${one}/id`),
    raw: make("GET", `${one}/id/$value`),
    cast: make("GET", `${one}/${place.type.name}`),
    list: make("GET", set),
    ...(place.kind === "set" && { count: make("GET", `${set}/$count`), filter: make("GET", `${set}?$filter=id ne 'x'&$count=true`) }),
    create: make("POST", set, bodyFor(place)),
    update: make("PATCH", one, patchFor(place)),
    set: make("PUT", `${one}/${change.name}`, { value: change.value }),
    clear: make("DELETE", `${one}/${change.name}`),
    delete: make("DELETE", one),
    ...Object.fromEntries(actions),
  };
}

const errorOf = (answer: Answer): string => `${answer.status} ${answer.json.error?.code ?? answer.text}`;

describe("another tenant reaches no row, whatever it may do at home (R44, R178)", () => {
  test.each(titled)("$title", async ({ route }) => {
    const { place, through } = route;
    const owned = await ownedBy(route);
    const caller = callerOf({ tenant: otherTenant });
    for (const [name, request] of Object.entries(requestsOf(place, owned))) {
      const answer = await request.send({ caller });
      // At home the same path is the other tenant's own collection: it must not show the row; on the row itself and below a foreign hub nothing is there.
      const isOwnGround = through === "home" && (!request.onRow || place.kind === "singleton") && place.depth === 0;
      const reason = `${name}: ${answer.text}`;
      if (isOwnGround) expect(answer.text, reason).not.toContain(owned.body.id === hubId ? '"ours"' : `"${owned.body.id}"`);
      else expect([404, 405, 400], reason).toContain(answer.status);
      if (!isOwnGround && request.access === "read") expect([404, 400], reason).toContain(answer.status);
    }
    expect((await hub.get(owned.one)).json).toEqual(owned.body);
  });
});

describe("permissions are those of the model (R174, R177)", () => {
  test.each(titled)("$title", async ({ route }) => {
    const { place } = route;
    const owned = await ownedBy(route);
    const mayRead = new Set(place.permissions.read);
    const mayWrite = new Set(place.permissions.write);
    const all = [...new Set(model.places.flatMap(({ permissions }) => [...permissions.read, ...permissions.write]))];
    const refusedFor = (access: "read" | "write"): string[][] => [
      [],
      ["SecurityData.Import"],
      all.filter((one) => !(access === "read" ? mayRead : mayWrite).has(one)),
    ];
    // What is written elsewhere asks for the right to that (remediation.test.ts).
    for (const [name, request] of Object.entries(requestsOf(place, owned)).filter(([, { isElsewhere }]) => isElsewhere !== true)) {
      for (const permissions of refusedFor(request.access)) {
        const application = await request.send({ caller: callerOf({ permissions }) });
        if (application.status === 405) continue;
        expect(errorOf(application), `${name} with ${permissions.join()}`).toBe("403 Forbidden");
        const wanted = place.permissions[request.access].filter((one) => one !== system).join(",");
        expect(application.json.error.message).toBe(
          `Missing application roles. API required roles: ${wanted}, application roles: ${permissions.toSorted().join(",")}.`,
        );
        const delegated = await request.send({ caller: callerOf({ permissions, kind: "delegated", user: "ada@contoso.example" }) });
        expect(delegated.json.error.message).toBe(
          `Missing scope permissions on the request. API requires one of '${wanted.replaceAll(",", ", ")}'. Scopes on the request '${permissions.toSorted().join(",")}'.`,
        );
      }
    }
    expect((await hub.get(owned.one)).json).toEqual(owned.body);
    for (const permission of mayRead) expect((await hub.get(owned.one, { caller: callerOf({ permissions: [permission] }) })).status, permission).toBe(200);
    if (!place.verbs.has("update")) return;
    for (const permission of mayWrite)
      expect((await hub.patch(owned.one, patchFor(place), { caller: callerOf({ permissions: [permission] }) })).status, permission).toBeLessThan(300);
  });

  test("a permission is asked for before body, hub and row are looked at: 403 tells nothing of what exists", async () => {
    const caller = callerOf({ permissions: [] });
    for (const target of [
      "/v1.0/security/secureScores",
      "/v1.0/security/secureScores/nobody",
      `/v1.0/securities/${hubId}/secureScores`,
      "/v1.0/securities/nobody/secureScores",
    ]) {
      const [read, write] = [await hub.get(target, { caller }), await hub.send(target.endsWith("nobody") ? "PATCH" : "POST", target, { caller, body: "{" })];
      expect([errorOf(read), errorOf(write)]).toEqual(["403 Forbidden", "403 Forbidden"]);
    }
  });

  test("the text of a missing role and of a missing scope (R174)", async () => {
    const refused = await hub.get("/v1.0/security/secureScores", { caller: callerOf({ permissions: ["SecurityActions.Read.All"] }) });
    expect(refused.json.error.message).toBe(
      "Missing application roles. API required roles: SecurityEvents.Read.All,SecurityEvents.ReadWrite.All, application roles: SecurityActions.Read.All.",
    );
  });

  test.each([
    ["Security Reader", 200, 403],
    ["Global Reader", 200, 403],
    ["Security Administrator", 200, 201],
    ["62e90394-69f5-4237-9190-012177145e10", 200, 201],
    ["Guest", 403, 403],
  ])("a person whose token names the directory role '%s' reads %i and writes %i", async (role, read, write) => {
    const caller = callerOf({ kind: "delegated", user: "ada@contoso.example", directoryRoles: new Set([role]) });
    expect((await hub.get("/v1.0/security/secureScores", { caller })).status).toBe(read);
    expect((await hub.post("/v1.0/security/secureScores", bodyFor(model.place("security/secureScores")), { caller })).status).toBe(write);
  });

  test("a delegated token without roles, and an application whatever its roles, are not asked for one", async () => {
    const delegated = callerOf({ kind: "delegated", user: "ada@contoso.example" });
    const application = callerOf({ directoryRoles: new Set(["Guest"]) });
    for (const caller of [delegated, application]) expect((await hub.get("/v1.0/security/secureScores", { caller })).status).toBe(200);
  });
});

test("a tenant's callers share its hub, whatever application they come from", async () => {
  const made = await hub.post("/v1.0/security/secureScores", bodyFor(model.place("security/secureScores")), { caller: callerOf({ appId: "one" }) });
  const read = await hub.get(`/v1.0/security/secureScores/${made.json.id}`, { caller: callerOf({ appId: "two", permissions: everything }) });
  expect(read.json).toMatchObject({ id: made.json.id, azureTenantId: tenant });
});
