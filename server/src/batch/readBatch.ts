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
}

function refused(what: string, target = "requests"): Error {
  return problem("badRequest", { what }, { target });
}

/** Reads the body of a `$batch` (R117-R126). Throws 400 for the whole batch when any of it cannot be understood. */
export function readBatch(json: Json, limit: number): readonly BatchItem[] {
  const requests = isObject(json) ? json["requests"] : undefined;
  if (!Array.isArray(requests)) throw refused("Expected an object with the array 'requests'.");
  if (requests.length === 0) throw refused("The batch has no requests.");
  if (requests.length > limit) throw refused(`The batch has ${requests.length} requests; at most ${limit} are taken.`);
  const items = requests.map((request: Json, index) => readItem(request, `requests[${index}]`));
  requireDistinct(items);
  requireOrder(items);
  return items;
}

function readItem(json: Json, place: string): BatchItem {
  if (!isObject(json)) throw refused(`${place}: expected an object.`, place);
  const { body, headers, dependsOn } = json;
  const item = {
    id: textOf(json, "id", place),
    method: textOf(json, "method", place).toUpperCase(),
    url: textOf(json, "url", place),
    headers: readHeaders(headers, place),
    dependsOn: readDependsOn(dependsOn, place),
  };
  if (/^\/?(?:[^/]+\/)?\$batch\b/i.test(item.url)) throw refused(`${place}: a batch cannot hold a batch.`, place);
  if (body === undefined || body === null) return item;
  if (item.headers["content-type"] === undefined) {
    throw refused(`Write request with id '${item.id}' does not contain a Content-Type header.`, place);
  }
  return { ...item, body };
}

function textOf(json: JsonObject, name: string, place: string): string {
  const value = json[name];
  if (typeof value === "string" && value !== "") return value;
  throw refused(`${place}/${name}: expected a string that is not empty.`, `${place}/${name}`);
}

function readHeaders(json: Json | undefined, place: string): Record<string, string> {
  if (json === undefined || json === null) return {};
  if (!isObject(json)) throw refused(`${place}/headers: expected an object.`, `${place}/headers`);
  const entries = Object.entries(json).map(([name, value]): [string, string] => {
    if (typeof value !== "string") throw refused(`${place}/headers/${name}: expected a string.`, `${place}/headers`);
    return [name.toLowerCase(), value];
  });
  return Object.fromEntries(entries);
}

function readDependsOn(json: Json | undefined, place: string): readonly string[] {
  if (json === undefined || json === null) return [];
  const isList = Array.isArray(json) && json.every((id) => typeof id === "string");
  if (!isList) throw refused(`${place}/dependsOn: expected an array of ids.`, `${place}/dependsOn`);
  return json;
}

/** R119: ids are compared without regard to case. */
function requireDistinct(items: readonly BatchItem[]): void {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id.toLowerCase())) throw refused(`The id '${id}' stands twice in the batch.`);
    seen.add(id.toLowerCase());
  }
}

/** R123: every dependency exists and none leads back to itself. */
function requireOrder(items: readonly BatchItem[]): void {
  const byId = new Map(items.map((item) => [item.id.toLowerCase(), item]));
  const state = new Map<string, "open" | "done">();
  const visit = (item: BatchItem): void => {
    const id = item.id.toLowerCase();
    if (state.get(id) === "done") return;
    if (state.get(id) === "open") throw refused(`The dependencies of request '${item.id}' lead back to it.`);
    state.set(id, "open");
    for (const needed of item.dependsOn) {
      const found = byId.get(needed.toLowerCase());
      if (found === undefined) throw refused(`Request '${item.id}' depends on '${needed}', which is not in the batch.`);
      visit(found);
    }
    state.set(id, "done");
  };
  for (const item of items) visit(item);
}
