import { randomUUID } from "node:crypto";
import type { Json, JsonObject } from "../../src/base/json.ts";
import { exampleOf } from "../../src/edm/exampleOf.ts";
import type { Model, Place } from "../../src/edm/model.ts";
import { system } from "../../src/edm/systemPermission.ts";
import type { EntityType } from "../../src/edm/types.ts";
import type { Asked, TestHub } from "./hub.ts";

/** How keys stand in a path: `/set/id` or `/set('id')` (R3). */
export type KeyForm = "segment" | "parentheses";

/** One way to reach a place: from the caller's own hub or through `/securities/{id}`, with or without a cast to the type that declares it. */
export interface Route {
  readonly place: Place;
  readonly through: "home" | "fleet" | "fleet by container";
  readonly cast: boolean;
}

/** Every way to every place of a model whose rows clients make; who manages a hub is told in hubs.test.ts, what the server notes of deliveries and of attempts and of all that is done in the tests of those. */
export function routesOf(model: Model): Route[] {
  return model.places
    .filter(({ definition, permissions }) => definition.managers !== true && !permissions.write.every((one) => one === system))
    .flatMap((place) => {
      const casts = place.declaredBy !== undefined && !place.name.includes(".") ? [false, true] : [false];
      return throughs(place).flatMap((through) => casts.map((cast): Route => ({ place, through, cast })));
    });
}

function throughs(place: Place): Route["through"][] {
  if (place.definition.hub !== undefined) return ["home"];
  const top = topOf(place);
  if (top.definition.hub === "home") return ["home", "fleet"];
  return place.parent === undefined || place.path === top.path ? ["home", "fleet by container"] : ["home", "fleet", "fleet by container"];
}

function topOf(place: Place): Place {
  return place.parent === undefined ? place : topOf(place.parent);
}

/** Where rows are: the ids above them, and the hub for routes through the fleet. */
export interface Standing {
  readonly hubId: string;
  readonly parents: readonly string[];
  readonly form: KeyForm;
}

export function keyed(path: string, id: string, form: KeyForm): string {
  return form === "segment" ? `${path}/${encodeURIComponent(id)}` : `${path}('${encodeURIComponent(id.replaceAll("'", "''"))}')`;
}

/** The path of a route's collection (or singleton) below a service root. */
export function pathOf({ place, through, cast }: Route, { hubId, parents, form }: Standing): string {
  const path = chain(place, parents, { form, cast });
  const fleet = keyed("/securities", hubId, form);
  if (through === "home") return path;
  return through === "fleet" ? `${fleet}${path.replace(/^\/(?:security|deviceAppManagement)\b/, "")}` : `${fleet}${path}`;
}

function chain(place: Place, parents: readonly string[], style: { readonly form: KeyForm; readonly cast: boolean }): string {
  const { parent, name, declaredBy } = place;
  if (parent === undefined) return `/${name}`;
  const above = chain(parent, parents.slice(0, -1), style);
  if (parent.kind === "singleton") return `${above}/${name}`;
  return `${keyed(above, parents.at(-1)!, style.form)}${style.cast ? `/${declaredBy!.name}` : ""}/${name}`;
}

/** A body that a place takes, from the model alone: everything that a client sets, filled in. */
export function bodyFor(place: Place, type: EntityType = place.type): JsonObject {
  if (place.definition.subscribers === true) return subscription();
  if (place.path === "security/connectors") return connector();
  const { secret: _, ...body } = exampleOf(type, "request");
  // No two have the same.
  if ("externalReference" in body) return { ...body, externalReference: randomUUID() };
  return place.name === "protectedTargets" ? { ...body, kind: "user", value: "breakglass@contoso.example" } : body;
}

/** A provider of its own each time: no two connectors have the same. */
function connector(): JsonObject {
  return { displayName: "Firewall", vendor: "Contoso", provider: randomUUID(), kind: "pull", actions: [{ name: "BlockIp" }] };
}

/** What is told of has to be there, and to have an end that comes. */
function subscription(): JsonObject {
  return { changeType: "created", resource: "security/secureScores", notificationUrl: "https://receiver.example/hook", expirationDateTime: hoursAhead(1) };
}

function hoursAhead(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

/** A property that may be changed alone after the row was made, with a value for it. */
export function changeFor(place: Place): { readonly name: string; readonly value: Json } | undefined {
  if (place.definition.subscribers === true) return { name: "expirationDateTime", value: hoursAhead(2) };
  const plain = place.type.properties.filter((property) => !property.collection && !property.immutable && property.setBy === "client");
  const text = plain.find(({ type }) => type.name === "Edm.String");
  if (text !== undefined) return { name: text.name, value: "changed" };
  const number = plain.find(({ type }) => type.name === "Edm.Int32");
  if (number !== undefined) return { name: number.name, value: 7 };
  const reported = place.type.properties.find(({ setBy, type }) => setBy === "connector" && type.kind === "enum");
  return reported?.type.kind === "enum" ? { name: reported.name, value: reported.type.members[1]!.name } : undefined;
}

/** A patch of one property, with the vendorInformation that updates of provider-backed entities carry. */
export function patchFor(place: Place): JsonObject {
  const { vendorInformation = null } = bodyFor(place);
  const change = changeFor(place);
  return { ...(vendorInformation === null ? {} : { vendorInformation }), ...(change === undefined ? {} : { [change.name]: change.value }) };
}

/** Makes the rows that contain a place's rows; gives their ids, outermost first. */
export async function makeParents(hub: TestHub, place: Place, asked: Asked = {}): Promise<string[]> {
  const parent = place.parent;
  if (parent === undefined || parent.kind === "singleton") return [];
  const above = await makeParents(hub, parent, asked);
  const path = pathOf({ place: parent, through: "home", cast: false }, { hubId: "", parents: above, form: "segment" });
  const made = await hub.post(`/v1.0${path}`, bodyFor(parent, place.declaredBy ?? parent.type), asked);
  if (made.status !== 201) throw new Error(`${path}: ${made.text}`);
  return [...above, made.json.id];
}
