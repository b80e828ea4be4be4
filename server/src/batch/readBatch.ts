import { problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";

/** One request of a JSON batch (OData JSON Format 19.1; Graph json-batching). */
export interface BatchItem {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly dependsOn: readonly string[];
  /** Requests of one group are neighbours. */
  readonly atomicityGroup?: string;
}

/** A fault of the batch as a whole. */
export function refusedBatch(what: string, target = "requests"): Error {
  return problem("badRequest", { what }, { target });
}

/** Reads the body of a `$batch` (R117-R126). Throws 400 for the whole batch when any of it cannot be understood. */
export function readBatch(json: Json, limit: number): readonly BatchItem[] {
  const requests = isObject(json) ? json["requests"] : undefined;
  if (!Array.isArray(requests)) throw refusedBatch("Expected an object with the array 'requests'.");
  if (requests.length === 0) throw refusedBatch("The batch has no requests.");
  if (requests.length > limit) throw refusedBatch(`The batch has ${requests.length} requests; at most ${limit} are taken.`);
  const items = requests.map((request: Json, index) => readItem(request, `requests[${index}]`));
  requireDistinct(items);
  return items;
}

function readItem(json: Json, place: string): BatchItem {
  if (!isObject(json)) throw refusedBatch(`${place}: expected an object.`, place);
  const { body, headers, dependsOn } = json;
  // Passed over, the request would be run whatever its condition says (OData JSON Format 4.01, 19.1).
  if (json["if"] !== undefined && json["if"] !== null)
    throw problem("notImplemented", { what: `${place}/if: conditions of requests are not implemented.` }, { target: `${place}/if` });
  const item = {
    id: textOf(json, "id", place),
    method: textOf(json, "method", place).toUpperCase(),
    url: textOf(json, "url", place),
    headers: readHeaders(headers, place),
    dependsOn: readDependsOn(dependsOn, place),
    ...readGroup(json["atomicityGroup"], place),
  };
  if (/^\/?(?:[^/]+\/)?\$batch\b/i.test(item.url)) throw refusedBatch(`${place}: a batch cannot hold a batch.`, place);
  if (body === undefined || body === null) return item;
  if (item.headers["content-type"] === undefined) {
    throw refusedBatch(`Write request with id '${item.id}' does not contain a Content-Type header.`, place);
  }
  return { ...item, body };
}

function textOf(json: JsonObject, name: string, place: string): string {
  const value = json[name];
  if (typeof value === "string" && value !== "") return value;
  throw refusedBatch(`${place}/${name}: expected a string that is not empty.`, `${place}/${name}`);
}

function readHeaders(json: Json | undefined, place: string): Record<string, string> {
  if (json === undefined || json === null) return {};
  if (!isObject(json)) throw refusedBatch(`${place}/headers: expected an object.`, `${place}/headers`);
  const entries = Object.entries(json).map(([name, value]): [string, string] => {
    if (typeof value !== "string") throw refusedBatch(`${place}/headers/${name}: expected a string.`, `${place}/headers`);
    return [name.toLowerCase(), value];
  });
  return Object.fromEntries(entries);
}

function readDependsOn(json: Json | undefined, place: string): readonly string[] {
  if (json === undefined || json === null) return [];
  const isList = Array.isArray(json) && json.every((id) => typeof id === "string");
  if (!isList) throw refusedBatch(`${place}/dependsOn: expected an array of ids.`, `${place}/dependsOn`);
  return json;
}

function readGroup(json: Json | undefined, place: string): Pick<BatchItem, "atomicityGroup"> {
  if (json === undefined || json === null) return {};
  if (typeof json === "string" && json !== "") return { atomicityGroup: json };
  throw refusedBatch(`${place}/atomicityGroup: expected a string that is not empty.`, `${place}/atomicityGroup`);
}

/** R119: ids are compared without regard to case. */
function requireDistinct(items: readonly BatchItem[]): void {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id.toLowerCase())) throw refusedBatch(`The id '${id}' stands twice in the batch.`);
    seen.add(id.toLowerCase());
  }
}
