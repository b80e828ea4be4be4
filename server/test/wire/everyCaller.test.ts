import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { createModel } from "../../src/edm/createModel.ts";
import type { Place } from "../../src/edm/model.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { engine } from "../engine.ts";
import { allPermissions, asker, authenticateForReal, moment, rightOf, strangers, tenants, type Asker } from "./callers.ts";
import { addressOf, everyRequest, type EveryRequest } from "./everyRequest.ts";
import { openHub, type Answer, type TestHub } from "./hub.ts";
import { memoryFolder } from "./memoryFolder.ts";
import { bodyFor, changeFor, keyed, pathOf, routesOf, type Route } from "./places.ts";

const model = createModel(securityGraph);
const permissions = allPermissions(model);
const marks = { home: "only-at-home", managed: "only-in-the-managed-hub" };
const never = "019f0b5c-6a1e-7c3a-9d54-5f1f0c8a2b11";

/** A hub whose rows are asked for, and who made them. */
interface Ground {
  readonly hubId: string;
  readonly owner: Asker;
  /** Stands in its rows, and nowhere else. */
  readonly mark: string;
  /** Ways in which its rows are reached. */
  readonly routes: readonly Route[];
}

let hub: TestHub;
let grounds: Record<"home" | "managed", Ground>;
let outside: Asker[];
let foreign: Asker[];
let asked = 0;

const ask = (
  who: Asker,
  [method, target]: readonly [string, string],
  { headers, body }: { headers?: Readonly<Record<string, string>>; body?: unknown } = {},
) => {
  asked += 1;
  return hub.send(method, target, { caller: null, headers: { ...who.headers, ...headers }, ...(body === undefined ? {} : { body }) });
};

beforeAll(async () => {
  // The tokens are good at one moment: what ends, ends behind it.
  vi.useFakeTimers({ toFake: ["Date"], now: moment() });
  hub = await openHub({
    model,
    folder: await memoryFolder(),
    authenticate: authenticateForReal,
    clock: moment,
    operatorTenant: tenants.operator,
    placeholders: [],
  });
  const owner = await asker("the owner", { tenant: tenants.owner, permissions });
  const manager = await asker("the manager", { tenant: tenants.manager, permissions });
  const routes = routesOf(model);
  const made = async (who: Asker, displayName: string): Promise<string> => (await ask(who, ["POST", "/v1.0/security"], { body: { displayName } })).json.id;
  const ownHub = await made(owner, marks.home);
  await made(manager, "the manager's own");
  grounds = {
    home: { hubId: ownHub, owner, mark: marks.home, routes },
    managed: { hubId: await made(manager, marks.managed), owner: manager, mark: marks.managed, routes: routes.filter(({ through }) => through !== "home") },
  };
  // What connectors a hub gets on the way matters to none of its actions.
  const setting = bodyFor(model.place("security/providerTenantSettings"));
  for (const { hubId, owner: who } of Object.values(grounds)) await ask(who, ["POST", `/beta/securities/${hubId}/providerTenantSettings`], { body: setting });
  outside = await strangers(model);
  foreign = [
    await asker("another tenant", { tenant: tenants.other, permissions }),
    await asker("another tenant's person", { tenant: tenants.other, permissions, user: "eve@other.example" }),
    await asker("another tenant's reader", { tenant: tenants.other, permissions: permissions.filter((one) => one.includes(".Read.")) }),
    await asker("the operator", { tenant: tenants.operator, permissions }),
  ];
});
afterAll(async () => {
  vi.useRealTimers();
  await hub.close();
  console.log(`${asked} requests of ${outside.length + foreign.length + permissions.length + 2} kinds of callers`);
});

/** Where requests go: the collection (or singleton), a row's id, and the same for what never existed. */
interface Standing {
  readonly set: string;
  readonly id: string | undefined;
  readonly nowhere: { readonly set: string; readonly id: string | undefined };
}

function setOf(route: Route, hubId: string, parents: readonly string[]): string {
  return `/beta${pathOf(route, { hubId, parents, form: "segment" })}`;
}

/** A marked row, and the rows above it. */
async function standOn({ hubId, owner, mark }: Ground, route: Route): Promise<Standing> {
  const { place } = route;
  const parents = await parentsFor(place, { hubId, owner });
  const set = setOf(route, hubId, parents);
  const nowhere = {
    set: setOf(
      route,
      never,
      parents.map(() => never),
    ),
    id: place.kind === "singleton" ? undefined : never,
  };
  if (place.kind === "singleton") return { set, id: undefined, nowhere };
  return { set, id: place.definition.hub === "fleet" ? hubId : await makeRow({ owner, mark }, place, set), nowhere };
}

async function parentsFor(place: Place, { hubId, owner }: Pick<Ground, "hubId" | "owner">): Promise<string[]> {
  const { parent } = place;
  if (parent === undefined || parent.kind === "singleton") return [];
  const above = await parentsFor(parent, { hubId, owner });
  const set = setOf({ place: parent, through: "fleet by container", cast: false }, hubId, above);
  const made = await ask(owner, ["POST", set], { body: bodyFor(parent, place.declaredBy ?? parent.type) });
  expect(made.status, made.text).toBe(201);
  return [...above, made.json.id];
}

/** Scores of the hub that a subscription is posted to. */
function followedBy(set: string): string {
  const fleet = /securities\/[^/]+(?=\/)/.exec(set)?.[0];
  return `${fleet ?? "security"}/secureScores`;
}

async function makeRow({ owner, mark }: Pick<Ground, "owner" | "mark">, place: Place, set: string): Promise<string> {
  const name = place.definition.subscribers === true ? "clientState" : changeFor(place)?.name;
  const isText = place.type.allProperties.some((one) => one.name === name && one.type.name === "Edm.String");
  const followed = place.definition.subscribers === true ? { resource: followedBy(set) } : {};
  const made = await ask(owner, ["POST", set], { body: { ...bodyFor(place), ...followed, ...(isText ? { [name!]: mark } : {}) } });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
}

/** An answer without what differs between any two: ids, times and versions. */
function plain({ status, headers, text }: Answer): string {
  const { "Server-Timing": _, "request-id": __, "client-request-id": ___, ETag: ____, ...kept } = headers;
  return `${status} ${JSON.stringify(kept)} ${text}`
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, "ID")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, "TIME")
    .replaceAll(/\$(?:skip|delta)token=[\w.-]+/g, "TOKEN")
    .replaceAll(/W\/\\*"\d+\\*"/g, "TAG")
    .replaceAll(/"@odata.count":\d+/g, "COUNT");
}

const send = (who: Asker, request: EveryRequest, { set, id }: Pick<Standing, "set" | "id">): Promise<Answer> => {
  const body = request.bodyOf === undefined ? request.body : request.bodyOf(id ?? "");
  return ask(who, [request.method, addressOf(request, set, id)], {
    ...(request.headers === undefined ? {} : { headers: request.headers }),
    ...(body === undefined ? {} : { body }),
  });
};

/** The least right among all that a request needs. */
function rightFor(who: Asker, place: Place, { access, alsoReads, writeRights }: EveryRequest): "none" | "own" | "all" {
  if (writeRights?.every((one) => !who.permissions.has(one)) === true) return "none";
  const rights = [rightOf(who, place, writeRights === undefined ? access : "read"), ...alsoReads.map((one) => rightOf(who, one, "read"))];
  return rights.includes("none") ? "none" : rights.includes("own") ? "own" : "all";
}

const unknown = new Set([400, 405, 501]);

/** Without the right it is 403, unless there is no such request: then whoever asks is told the same. */
async function expectRefused(
  who: Asker,
  request: EveryRequest,
  { standing, ground: { owner, mark } }: { readonly standing: Standing; readonly ground: Ground },
): Promise<void> {
  const answer = await send(who, request, standing);
  const about = `${who.name}: ${request.name} ${answer.text}`;
  expect(answer.text, about).not.toContain(mark);
  if (answer.status === 403) return;
  expect(unknown, about).toContain(answer.status);
  expect(plain(answer), about).toBe(plain(await send(owner, request, standing.nowhere)));
}

/** All rows of a place as its owner sees them. */
async function seenBy(owner: Asker, { set, id }: Standing): Promise<string> {
  const one = id === undefined ? set : keyed(set, id, "segment");
  return (await ask(owner, ["GET", one])).text;
}

/** By which way a place is reached is over when an engine is asked: of PostgreSQL, one way to each place is. */
const isOneOf = ({ place, cast }: Route, index: number, ways: readonly Route[]): boolean =>
  engine === "sqlite" || index === ways.findIndex((way) => way.place === place && way.cast === cast);

const titles = (ground: "home" | "managed") =>
  routesOf(model)
    .filter(({ through }) => ground === "home" || through !== "home")
    .filter(isOneOf)
    .map((route) => ({ ground, route, title: `${route.place.path} ${route.through}${route.cast ? " with cast" : ""}, a ${ground} hub` }));
const all = [...titles("home"), ...titles("managed")];

describe("whoever is not let in gets nowhere, by any request", () => {
  test.each(all.filter(({ ground }) => ground === "home"))("$title", async ({ ground, route }) => {
    const standing = await standOn(grounds[ground], route);
    const before = await seenBy(grounds[ground].owner, standing);
    for (const request of everyRequest(model, route.place)) {
      for (const who of outside) {
        const answer = await send(who, request, standing);
        expect(answer.status, `${who.name}: ${request.name}`).toBe(who.refused);
        if (who.refused === 401) expect(answer.headers["WWW-Authenticate"], who.name).toMatch(/^Bearer /);
        if (request.method !== "HEAD") expect(Object.keys(answer.json)).toEqual(["error"]);
      }
    }
    expect(await seenBy(grounds[ground].owner, standing)).toBe(before);
  });
});

describe("callers of other tenants get what they would get if there were nothing", () => {
  test.each(all)("$title", async ({ ground, route }) => {
    const { owner, mark } = grounds[ground];
    const standing = await standOn(grounds[ground], route);
    const before = await seenBy(owner, standing);
    for (const request of everyRequest(model, route.place)) {
      for (const who of ground === "managed" ? [...foreign, grounds.home.owner] : [...foreign, grounds.managed.owner]) {
        if (rightFor(who, route.place, request) === "none") {
          await expectRefused(who, request, { standing, ground: grounds[ground] });
          continue;
        }
        const [real, nothing] = [await send(who, request, standing), await send(who, request, standing.nowhere)];
        expect(plain(real), `${who.name}: ${request.name}`).toBe(plain(nothing));
        expect(real.text, `${who.name}: ${request.name}`).not.toContain(mark);
      }
    }
    expect(await seenBy(owner, standing)).toBe(before);
  });
});

describe("a single permission opens what the table says, and nothing else", () => {
  test.each(all)("$title", async ({ ground, route }) => {
    const { owner } = grounds[ground];
    const { place } = route;
    const standing = await standOn(grounds[ground], route);
    const before = await seenBy(owner, standing);
    const requests = everyRequest(model, place);
    for (const permission of ["", ...permissions]) {
      const who = await asker(`${permission} alone`, { tenant: owner.tenant, permissions: [permission], claims: { azp: "another app" } });
      for (const request of requests) {
        const right = rightFor(who, place, request);
        if (right === "none") await expectRefused(who, request, { standing, ground: grounds[ground] });
        else if (request.access === "read" && right === "all")
          expect(plain(await send(who, request, standing)), `${permission}: ${request.name}`).toBe(plain(await send(owner, request, standing)));
        else if (right === "own" && request.onRow && place.definition.owner !== undefined)
          expect(plain(await send(who, request, standing)), `${permission}: ${request.name}`).toBe(plain(await send(who, request, standing.nowhere)));
      }
    }
    expect(await seenBy(owner, standing)).toBe(before);
  });
});

describe("a permission to write, alone, writes as all of them together do", () => {
  test.each(all)("$title", async ({ ground, route }) => {
    const { owner } = grounds[ground];
    const { place } = route;
    for (const permission of place.permissions.write.filter((one) => permissions.includes(one))) {
      const who = await asker(permission, { tenant: owner.tenant, permissions: [permission] });
      for (const request of everyRequest(model, place)) {
        if (request.access !== "write" || rightFor(who, place, request) === "none") continue;
        // Who subscribes must also read what is followed (R163).
        if (place.definition.subscribers === true && !request.onRow) continue;
        const [his, theirs] = [await standOn(grounds[ground], route), await standOn(grounds[ground], route)];
        const [alone, together] = [await send(who, request, his), await send(owner, request, theirs)];
        expect(alone.status, `${permission}: ${request.name} ${alone.text}`).toBe(together.status);
      }
    }
  });
});

describe("within a batch everybody gets what they get outside of it", () => {
  test.each(all.filter(({ route }) => !route.cast))("$title", async ({ ground, route }) => {
    const standing = await standOn(grounds[ground], route);
    const requests = everyRequest(model, route.place).filter(({ access, onRow }) => access === "read" || onRow);
    const callers = [...foreign, await asker("no permission", { tenant: grounds[ground].owner.tenant, permissions: [] })];
    for (const who of callers) {
      for (let at = 0; at < requests.length; at += 20) {
        const some = requests.slice(at, at + 20);
        const items = some.map((request, index) =>
          itemOf(request, standing, { id: String(index), authorization: grounds[ground].owner.headers["authorization"]! }),
        );
        const batch = await ask(who, ["POST", "/beta/$batch"], { body: { requests: items } });
        expect(batch.text).not.toContain(grounds[ground].mark);
        const inside = (batch.json.responses as { id: string; status: number }[])
          .toSorted((one, two) => Number(one.id) - Number(two.id))
          .map(({ status }) => status);
        const direct = await Promise.all(some.map(async (request) => (await send(who, request, standing)).status));
        expect(inside, who.name).toEqual(direct);
      }
    }
  });
});

/** A request as an item of a batch, with the owner's own token smuggled into it. */
function itemOf(
  request: EveryRequest,
  { set, id }: Standing,
  { id: itemId, authorization }: { readonly id: string; readonly authorization: string },
): JsonObject {
  const body = request.bodyOf === undefined ? request.body : request.bodyOf(id ?? "");
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const url = addressOf(request, set, id).replace("/beta", "");
  return {
    id: itemId,
    method: request.method,
    url,
    headers: { ...type, ...request.headers, Authorization: authorization },
    ...(isObject(body) ? { body } : {}),
  };
}

test("next links of one hub open no page for anybody else", async () => {
  const { owner, routes, hubId } = grounds.home;
  for (const route of routes.filter(({ place }) => place.kind === "set")) {
    const { set } = await standOn(grounds.home, route);
    if (route.place.verbs.has("create") && route.place.definition.hub === undefined) await makeRow(grounds.home, route.place, set);
    const link = (await ask(owner, ["GET", `${set}?$top=1`])).json["@odata.nextLink"] as string | undefined;
    if (link === undefined) continue;
    const target = link.slice("https://hub.example".length);
    for (const who of foreign) {
      const answer = await ask(who, ["GET", target]);
      expect([400, 403, 404], `${who.name} ${target}: ${answer.text}`).toContain(answer.status);
    }
    const elsewhere = await ask(owner, ["GET", target.replace(hubId, never)]);
    if (target.includes(hubId)) expect(elsewhere.status).toBe(404);
  }
});
