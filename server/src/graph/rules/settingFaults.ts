import { isObject, textOf, type JsonObject } from "../../base/json.ts";
import { execFaults, mockFaults, pullFaults } from "./plainSettingFaults.ts";
import type { Fault } from "./faults.ts";
import { httpFaults } from "./httpSettingFaults.ts";
import { objectsOf } from "./objectsOf.ts";
import { openC2Faults } from "./openC2SettingFaults.ts";

/** Finds the faults of the settings of one kind; `actions` are the names that the connector can do. */
export type FindFaults = (settings: JsonObject, actions: readonly string[]) => readonly Fault[];

const kinds: Readonly<Record<string, FindFaults>> = { http: httpFaults, openc2: openC2Faults, exec: execFaults, pull: pullFaults, mock: mockFaults };
/** Kinds that need no settings. */
const optional: ReadonlySet<string> = new Set(["pull", "mock"]);
/** Ways to say who calls, by kind; several of them at once exclude each other where they fill one field. */
const schemes: Readonly<Record<string, readonly string[]>> = {
  http: ["bearer", "basic", "apiKey", "hmac", "mtls"],
  openc2: ["bearer", "basic", "apiKey", "hmac", "mtls"],
  exec: ["bearer", "basic", "apiKey"],
  pull: [],
  mock: [],
};

/** All faults of what a connector of its kind is told with: templates that cannot be, members that are missing, credentials that do not fit. */
export function settingFaults(connector: JsonObject): readonly Fault[] {
  const kind = textOf(connector["kind"]);
  const find = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (find === undefined) return [{ target: "kind", message: `'${kind}' is none of ${Object.keys(kinds).join(", ")}.` }];
  const foreign = Object.keys(kinds)
    .filter((other) => other !== kind && isObject(connector[other]))
    .map((other) => ({ target: other, message: `A connector of the kind '${kind}' has no settings '${other}'.` }));
  return [...foreign, ...ownFaults(connector, kind, find), ...credentialFaults(connector, kind)];
}

function ownFaults(connector: JsonObject, kind: string, find: FindFaults): readonly Fault[] {
  const settings = connector[kind];
  if (isObject(settings)) return find(settings, actionNames(connector));
  return optional.has(kind) ? [] : [{ target: kind, message: `A connector of the kind '${kind}' needs its settings '${kind}'.` }];
}

function actionNames(connector: JsonObject): readonly string[] {
  return objectsOf(connector["actions"]).map((action) => textOf(action["name"]));
}

function credentialFaults(connector: JsonObject, kind: string): readonly Fault[] {
  const given = objectsOf(connector["credentials"]).map((credential) => textOf(credential["scheme"]));
  const fitting = schemes[kind]!;
  const strange = given.filter((scheme) => !fitting.includes(scheme));
  const telling = given.filter((scheme) => scheme === "bearer" || scheme === "basic");
  const faults = strange.map((scheme) => ({ target: "credentials", message: `A connector of the kind '${kind}' has no use for credentials '${scheme}'.` }));
  if (telling.length > 1) faults.push({ target: "credentials", message: `${telling.join(" and ")} both fill the field Authorization: one of them is enough.` });
  return faults;
}
