import type { Json, JsonObject } from "../../src/base/json.ts";
import type { BoundOperation, Model, Place } from "../../src/edm/model.ts";
import { bodyFor, changeFor, keyed, patchFor } from "./places.ts";

/** One request that a place can be sent, as the model alone says it. */
export interface EveryRequest {
  readonly name: string;
  readonly method: string;
  /** Behind the address of the collection or, with `onRow`, of a row. */
  readonly path: string;
  readonly onRow: boolean;
  readonly access: "read" | "write";
  /** Places whose rows the answer would show beside the place itself. */
  readonly alsoReads: readonly Place[];
  /** Permissions one of which is asked for instead of the right to write the place, which has to be readable then. */
  readonly writeRights?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Given the id of the row that is meant, where the body names rows. */
  readonly bodyOf?: (id: string) => Json;
}

const read = (name: string, path: string, onRow: boolean, alsoReads: readonly Place[] = []): EveryRequest => ({
  name,
  method: "GET",
  path,
  onRow,
  access: "read",
  alsoReads,
});
const write = (name: string, [method, path]: readonly [string, string], onRow: boolean, more: Partial<EveryRequest> = {}): EveryRequest => ({
  name,
  method,
  path,
  onRow,
  access: "write",
  alsoReads: [],
  ...more,
});

/** Every request that may be made of a place: entity set, row, property, cast, suffix, option, expansion, verb and operation. */
export function everyRequest(model: Model, place: Place): EveryRequest[] {
  const isSet = place.kind === "set";
  return [...(isSet ? ofCollection(place) : []), ...ofRow(place, isSet), ...expansions(place, isSet), ...operations(model, place)];
}

function ofCollection(place: Place): EveryRequest[] {
  const { name } = place.type;
  return [
    read("list", "", false),
    { ...read("head of list", "", false), method: "HEAD" },
    read("count", "/$count", false),
    read("changes", "/delta", false),
    read("changes from now on", "/delta()?$deltatoken=latest", false),
    read("cast of list", `/${name}`, false),
    read("references", "/$ref", false),
    read("filter", "?$filter=id ne 'x'&$count=true", false),
    read("order", "?$orderby=id desc&$top=1", false),
    read("select", "?$select=id", false),
    write("create", ["POST", ""], false, { bodyOf: () => bodyFor(place) }),
    write("create with a cast", ["POST", `/${name}`], false, { bodyOf: () => bodyFor(place) }),
  ];
}

function ofRow(place: Place, isSet: boolean): EveryRequest[] {
  const { name, value } = changeFor(place) ?? { name: "id", value: "x" };
  const collection = place.type.allProperties.find((property) => property.collection)?.name ?? "id";
  return [
    read("get", "", true),
    { ...read("head", "", true), method: "HEAD" },
    { ...read("get if changed", "", true), headers: { "If-None-Match": 'W/"0"' } },
    read("property", "/id", true),
    read("value", "/id/$value", true),
    read("count of a property", `/${collection}/$count`, true),
    read("cast", `/${place.type.name}`, true),
    read("reference", "/$ref", true),
    read("selected", "?$select=id", true),
    write("update", ["PATCH", ""], true, { body: patchFor(place) }),
    write("update with a tag", ["PATCH", ""], true, { body: patchFor(place), headers: { "If-Match": 'W/"0"' } }),
    write("set", ["PUT", `/${name}`], true, { body: { value } }),
    write("clear", ["DELETE", `/${name}`], true),
    write("replace", ["PUT", ""], true, { body: bodyFor(place) }),
    ...(isSet ? [write("delete", ["DELETE", ""], true)] : []),
    ...(isSet ? [write("delete with a tag", ["DELETE", ""], true, { headers: { "If-Match": 'W/"0"' } })] : []),
  ];
}

function expansions(place: Place, isSet: boolean): EveryRequest[] {
  return [...new Set(place.children.values())].flatMap((child) => {
    const name = child.declaredBy === undefined ? child.name : `${child.declaredBy.name}/${child.name.split("/").at(-1)!}`;
    const one = read(`expand ${name}`, `?$expand=${name}($top=1)`, true, [child]);
    return isSet ? [one, read(`list expanding ${name}`, `?$expand=${name}($top=1;$count=true)`, false, [child])] : [one];
  });
}

function operations(model: Model, place: Place): EveryRequest[] {
  const types = [place.type, ...place.type.derived];
  const bound = model.operations.filter(({ kind, binding }) => kind === "action" && types.some((type) => type === binding?.type));
  return bound.map((operation) =>
    write(operation.name, ["POST", `/${operation.name}`], operation.binding?.collection !== true, {
      bodyOf: (id) => parametersOf(operation, place, id),
      ...(operation.definition.writeRights !== undefined && { writeRights: operation.definition.writeRights }),
    }),
  );
}

function parametersOf({ parameters, binding }: BoundOperation, place: Place, id: string): JsonObject {
  const given = parameters.filter(({ name }) => name !== binding?.name);
  return Object.fromEntries(
    given.map(({ name, type, collection }) => {
      const one: Json = type.kind === "entity" ? { ...patchFor(place), id } : type.kind === "enum" ? type.members[1]!.name : id;
      return [name, collection ? [one] : one];
    }),
  );
}

/** The address of a request. */
export function addressOf({ path, onRow }: EveryRequest, set: string, id: string | undefined): string {
  return onRow ? `${id === undefined ? set : keyed(set, id, "segment")}${path}` : `${set}${path}`;
}
