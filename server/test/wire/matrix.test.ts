import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matrixOf, matrixPage, type Asked, type Cell } from "../../../tools/docs/matrix.ts";
import { catalogue } from "../../src/base/errors.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { engine } from "../engine.ts";
import { openHub, type Answer, type TestHub } from "./hub.ts";
import { bodyFor, changeFor, keyed, makeParents, patchFor, pathOf, routesOf, type KeyForm, type Route } from "./places.ts";

const model = createModel(securityGraph);
const matrix = matrixOf(model);
const codes = new Set(Object.values(catalogue).map(({ status, code }) => `${status} ${code}`));

let hub: TestHub;
let hubId: string;
beforeAll(async () => {
  hub = await openHub({ model, placeholders: [] });
  hubId = (await hub.post("/v1.0/security", {})).json.id;
});
afterAll(() => hub.close());

function cellOf({ status, json, text }: Answer): Cell {
  if (status < 400) return String(status);
  const cell = `${status} ${json.error?.code}`;
  return codes.has(cell) ? cell : `${cell}: ${text}`;
}

interface Row {
  readonly set: string;
  readonly id: string;
  readonly form: KeyForm;
}

/** A row of the place to ask of; where none can be made, an id that no row has. */
async function rowFor(route: Route, set: string, form: KeyForm): Promise<Row> {
  if (route.place.kind === "singleton") return { set, id: "", form };
  const made = await hub.post(set, bodyFor(route.place));
  return { set, id: made.status === 201 ? made.json.id : "nobody", form };
}

/** Sends the request of each column. */
async function observed(route: Route, row: Row): Promise<Record<Asked, Cell>> {
  const { place } = route;
  const { set, id, form } = row;
  const one = place.kind === "singleton" ? set : keyed(set, id, form);
  const missing = place.kind === "singleton" ? set : keyed(set, `new-${Math.random()}`, form);
  const change = changeFor(place) ?? { name: "id", value: "x" };
  const ask = async (method: string, target: string, body?: unknown, headers = {}): Promise<Cell> =>
    cellOf(await hub.send(method, target, { headers, ...(body === undefined ? {} : { body }) }));
  return {
    list: await ask("GET", set),
    $count: await ask("GET", `${set}/$count`),
    cast: await ask("GET", `${set}/${place.type.name}`),
    create: await ask("POST", set, bodyFor(place)),
    get: await ask("GET", one),
    property: await ask("GET", `${one}/id`),
    $value: await ask("GET", `${one}/id/$value`),
    "set property": await ask("PUT", `${one}/${change.name}`, { value: change.value }),
    update: await ask("PATCH", one, patchFor(place)),
    upsert: await ask("PATCH", missing, place.kind === "singleton" ? {} : bodyFor(place), { Prefer: "create-if-missing" }),
    replace: await ask("PUT", one, bodyFor(place)),
    delete: await ask("DELETE", one),
  };
}

/** Which root was asked is over when an engine is: of PostgreSQL, one is. */
const roots = engine === "sqlite" ? ["v1.0", "beta", "localtest"] : ["beta"];

describe.each(roots)("every place and verb on /%s (R1, R3, R8, R9, R10, R12, R13, R14, R87, R95, R98, R99, R104)", (root) => {
  describe.each(["segment", "parentheses"] as const)("keys as %s", (form) => {
    const routes = routesOf(model).map((route) => ({ route, title: `${route.place.path} ${route.through}${route.cast ? " with cast" : ""}` }));
    test.each(routes)("$title", async ({ route }) => {
      const parents = await makeParents(hub, route.place);
      const set = `/${root}${pathOf(route, { hubId, parents, form })}`;
      expect(await observed(route, await rowFor(route, set, form))).toEqual(matrix.get(route.place));
    });
  });
});

test("both forms of a key and both ways to a hub lead to the same row (R3)", async () => {
  for (const route of routesOf(model)) {
    const { place } = route;
    if (place.kind === "singleton" || place.path === "subscriptions") continue;
    const parents = await makeParents(hub, place);
    const made = await hub.post(`/beta${pathOf({ place, through: "home", cast: false }, { hubId, parents, form: "segment" })}`, bodyFor(place));
    expect(made.status, made.text).toBe(201);
    const bodies = await Promise.all(
      (["segment", "parentheses"] as const).map(async (form) => {
        const { "@odata.context": _, ...body } = (await hub.get(`/v1.0${keyed(pathOf(route, { hubId, parents, form }), made.json.id, form)}`)).json;
        return body;
      }),
    );
    const { "@odata.context": _, ...first } = made.json;
    expect(bodies).toEqual([first, first]);
  }
});

test("docs/reference/matrix.md is what the model says (else: node run.mjs tools/docs/write.ts)", () => {
  const committed = readFileSync(join(import.meta.dirname, "../../../docs/reference/matrix.md"), "utf8");
  expect(committed.replaceAll("\r\n", "\n")).toBe(matrixPage(model));
});
