import { catalogue, type ProblemKey } from "../../server/src/base/errors.ts";
import { exampleOf } from "../../server/src/edm/exampleOf.ts";
import type { Model, Place } from "../../server/src/edm/model.ts";
import type { Verb } from "../../server/src/edm/resource.ts";
import { isRefusal, type Draft, type Rule, type Stamp } from "../../server/src/edm/rules.ts";
import { code, page, table, url } from "./markdown.ts";

/** What is asked of a place, and the request that asks it; `{set}` stands for the place's URL. */
export const requests = {
  list: "GET {set}",
  $count: "GET {set}/$count",
  cast: "GET {set}/{type}",
  create: "POST {set}",
  get: "GET {set}/{id}",
  property: "GET {set}/{id}/id",
  $value: "GET {set}/{id}/id/$value",
  update: "PATCH {set}/{id}",
  upsert: "PATCH {set}/{id} with Prefer: create-if-missing",
  "set property": "PUT {set}/{id}/{property}",
  replace: "PUT {set}/{id}",
  delete: "DELETE {set}/{id}",
} as const;

export type Asked = keyof typeof requests;

/** What answers: a status, or a status with the code of the error catalogue. */
export type Cell = string;

/** Every place x every request, from the model: its verbs, and its rules where they refuse whatever is sent. */
export function matrixOf(model: Model): ReadonlyMap<Place, Readonly<Record<Asked, Cell>>> {
  return new Map(model.places.map((place) => [place, place.kind === "set" ? setRow(place) : singletonRow(place)]));
}

function refusal(key: ProblemKey): Cell {
  return `${catalogue[key].status} ${catalogue[key].code}`;
}

function served(place: Place, verb: Verb, cell: Cell): Cell {
  return place.verbs.has(verb) ? cell : refusal("methodNotAllowed");
}

function setRow(place: Place): Readonly<Record<Asked, Cell>> {
  const { rules = {} } = place.definition;
  const never = always(place, rules.create, "create");
  const made = served(place, "create", never ?? "201");
  const changed = place.definition.updateAnswersEntity === true ? "200" : "204";
  const onRow = (verb: Verb, cell: Cell): Cell => (place.verbs.has(verb) && never !== undefined ? refusal("notFound") : served(place, verb, cell));
  return {
    list: served(place, "list", "200"),
    $count: served(place, "list", "200"),
    cast: served(place, "list", "200"),
    create: made,
    get: onRow("get", "200"),
    property: onRow("get", "200"),
    $value: onRow("get", "200"),
    update: onRow("update", changed),
    upsert: place.verbs.has("update") ? (place.verbs.has("upsert") ? "201" : refusal("notFound")) : refusal("methodNotAllowed"),
    "set property": onRow("update", always(place, rules.update, "update") ?? "204"),
    replace: refusal("methodNotAllowed"),
    delete: onRow("delete", "204"),
  };
}

/** A singleton has no rows to choose from: it is itself the row. */
function singletonRow(place: Place): Readonly<Record<Asked, Cell>> {
  const itself = served(place, "get", "200");
  return {
    list: itself,
    $count: refusal("unknownSegment"),
    cast: itself,
    create: served(place, "create", "201"),
    get: itself,
    property: itself,
    $value: itself,
    update: served(place, "update", "204"),
    upsert: served(place, "update", "204"),
    "set property": served(place, "update", "204"),
    replace: refusal("methodNotAllowed"),
    delete: served(place, "delete", "204"),
  };
}

const stamp: Stamp = {
  now: "2026-01-01T00:00:00.0000000Z",
  newId: () => "",
  hub: "",
  tenant: "",
  appId: "",
  user: null,
  permissions: new Set(),
  faithful: new Set(),
  settings: { uniqueKeys: false },
  seal: (text) => text,
};

/** The refusal of a rule that refuses a whole body (a create) or a single property (an update) whatever it is; rules are pure, so it can be asked. */
function always(place: Place, rule: Rule | undefined, verb: "create" | "update"): Cell | undefined {
  if (rule === undefined || rule.reads !== undefined) return undefined;
  const entity = { ...exampleOf(place.type, "answer"), status: place.type.name.endsWith("securityAction") ? "NotStarted" : "pending" };
  if (place.definition.subscribers === true) return undefined;
  const sent = verb === "create" ? exampleOf(place.type, "request") : {};
  const draft: Draft = { verb, type: place.type.name, entity, before: entity, parents: [], sent };
  const decision = rule.decide(draft, {}, stamp);
  return isRefusal(decision) ? refusal(decision.refuse) : undefined;
}

/** `docs/reference/matrix.md`: what each place answers to each request. */
export function matrixPage(model: Model): string {
  const names = Object.keys(requests) as Asked[];
  const rows = [...matrixOf(model)].map(([place, row]) => [code(url(place)), ...names.map((name) => row[name])]);
  return page(
    "# What may be asked of what",
    "Generated from the model by `node run.mjs tools/docs/write.ts`; a test asks every cell of it, on the three roots, with keys in both forms (`/set/id` and `/set('id')`), and through `/securities/{id}` as well.",
    "A number alone is the status of an answer that serves; a number with a name is a refusal with that code ([errors](errors.md)). A collection that is contained in a task can also be reached with the task's type before it.",
    table(
      ["Request", "as"],
      names.map((name) => [name, code(requests[name])]),
    ),
    table(["Place", ...names], rows),
    "`/security` and `/deviceAppManagement` are single: *list* and *get* are both the GET of the object itself. Of an alert and of a control profile a single property cannot be set alone, because a change of them names its provider in `vendorInformation`: PATCH carries both. Of a subscription nothing but its end and its certificate can be changed; what became of notifications is noted by the server itself.",
  );
}
