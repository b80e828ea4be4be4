import { problem } from "../base/errors.ts";
import type { HttpResponse } from "../base/http.ts";
import { isObject, textOf, type Json, type JsonObject } from "../base/json.ts";
import { parseStored } from "../base/parseJson.ts";
import { keyPredicate, keyTextOf } from "../edm/keyText.ts";
import type { Caller } from "../auth/caller.ts";
import { handle, type App } from "../handle.ts";
import { plain, plainObject, type OperationCall, type Plain, type PlainObject } from "./implementation.ts";

/** Ends a call: a request within it was refused, and so is the call. */
export class Refused extends Error {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    super("A request within an operation was refused.");
    this.response = response;
  }
}

/** Where requests of a call go, and for whom. */
export interface Site {
  readonly app: App;
  readonly caller: Caller;
  readonly baseUrl: string;
  readonly root: string;
  /** How answers are printed; Int64 and Decimal as strings unless said otherwise. */
  readonly accept?: string;
}

const exact = "application/json;IEEE754Compatible=true";

/** A request within a call: through `handle` again, in the unit of work and with the caller of the call. */
export async function ask({ app, caller, baseUrl, root, accept = exact }: Site, method: string, path: string, body?: object): Promise<HttpResponse> {
  const headers = {
    accept,
    ...(method === "GET" ? {} : { prefer: "return=representation" }),
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
  return handle(app, { method, target: `${root === "" ? "" : `/${root}`}/${path.replace(/^\/+/, "")}`, headers, baseUrl, ...sent }, caller);
}

/** The body of an answer as JSON. Throws Refused for what is no success. */
export function bodyOf(response: HttpResponse): Json | undefined {
  if (response.status >= 400) throw new Refused(response);
  if (response.body === undefined || response.body.length === 0) return undefined;
  return parseStored(typeof response.body === "string" ? response.body : Buffer.from(response.body).toString());
}

/** What an implementation may do: reads and writes by paths. */
export function doingsOf(site: Site): Pick<OperationCall, "get" | "list" | "create" | "update" | "remove" | "at" | "refuse"> {
  const entity = async (method: string, path: string, body: object): Promise<PlainObject> => {
    const json = bodyOf(await ask(site, method, path, body));
    return isObject(json) ? plainObject(json) : {};
  };
  return {
    async get(path) {
      const response = await ask(site, "GET", path);
      const json = response.status === 404 ? undefined : bodyOf(response);
      return json === undefined ? undefined : valueOf(json);
    },
    list: (path) => pagesOf(site, path),
    create: (path, body) => entity("POST", path, body),
    update: (path, body) => entity("PATCH", path, body),
    async remove(path) {
      bodyOf(await ask(site, "DELETE", path));
    },
    at: (set, key) => `${set}${predicateOf(site, set, key)}`,
    refuse(message, { status = 400, target } = {}) {
      const keys = { 400: "badRequest", 403: "forbidden", 404: "notFound", 409: "conflict" } as const;
      throw problem(keys[status], { what: message }, target === undefined ? {} : { target });
    },
  };
}

/** The value of a property stands in `value`; an entity is itself. */
function valueOf(json: Json): Plain {
  if (!isObject(json)) return plain(json);
  const names = Object.keys(json).filter((name) => !name.startsWith("@"));
  return plain(names.length === 1 && names[0] === "value" ? json["value"]! : json);
}

async function pagesOf(site: Site, path: string): Promise<readonly PlainObject[]> {
  const found: PlainObject[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const json: Json | undefined = bodyOf(await ask(site, "GET", next));
    if (!isObject(json) || !Array.isArray(json["value"])) throw new Error(`'${path}' is no collection.`);
    found.push(...(json["value"] as readonly JsonObject[]).map(plainObject));
    const link = textOf(json["@odata.nextLink"]);
    const start = `${site.baseUrl}${site.root === "" ? "" : `/${site.root}`}/`;
    next = link === "" ? undefined : link.slice(start.length);
  }
  return found;
}

function predicateOf({ app }: Site, set: string, key: Plain): string {
  const place = app.execute.model.findRoot(set);
  if (place === undefined) throw new Error(`'${set}' is no entity set of the model.`);
  const members = typeof key === "object" && key !== null ? (key as JsonObject) : { [place.type.key[0] ?? ""]: key as Json };
  const id = keyTextOf(place.type, members);
  if (id === undefined) throw new Error(`'${set}': expected a key of ${place.type.key.join(",")}.`);
  return keyPredicate(place.type, id);
}
