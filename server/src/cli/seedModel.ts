import type { Caller } from "../auth/caller.ts";
import type { HttpResponse } from "../base/http.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { handle, type App } from "../handle.ts";
import { ConfigurationFault } from "./configuration.ts";

/** Where rows are written, and as whom. */
export interface Seeding {
  readonly app: App;
  readonly root: string;
  readonly caller: Caller;
}

/**
 * Writes the first rows of a model, each as a client would: POST to the path of a collection, PATCH to that of a singleton. All of them are
 * one unit of work. Does nothing where an entity set has rows already. Throws a ConfigurationFault that names the row.
 */
export async function seedModel(rows: JsonObject, seeding: Seeding): Promise<void> {
  const { app } = seeding;
  if (!(await isEmpty(seeding))) return;
  await app.together(async (within) => {
    const { throttle: _, observe: __, ...quiet } = within;
    for (const [path, value] of Object.entries(rows)) await writeAll(path, value, { ...seeding, app: quiet });
  });
}

async function isEmpty(seeding: Seeding): Promise<boolean> {
  const sets = seeding.app.execute.model.places.filter(({ parent, kind, verbs }) => parent === undefined && kind === "set" && verbs.has("list"));
  for (const { name } of sets) {
    const response = await send(seeding, { method: "GET", path: `${name}/$count` });
    if (response.status !== 200) throw new ConfigurationFault(`SECGRAPH_SEED: ${name} cannot be read: ${textOf(response)}`);
    if (textOf(response) !== "0") return false;
  }
  return true;
}

async function writeAll(path: string, value: Json, seeding: Seeding): Promise<void> {
  if (isObject(value)) return write(seeding, { method: "PATCH", path, body: value }, path);
  for (const [index, body] of (value as readonly JsonObject[]).entries()) await write(seeding, { method: "POST", path, body }, `${path}[${index}]`);
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
}

async function write(seeding: Seeding, sent: Sent, name: string): Promise<void> {
  const response = await send(seeding, sent);
  if (response.status < 300) return;
  throw new ConfigurationFault(`SECGRAPH_SEED: ${name} was refused with ${response.status}: ${messageOf(textOf(response))}`);
}

async function send({ app, root, caller }: Seeding, { method, path, body }: Sent): Promise<HttpResponse> {
  const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
  const headers = { ...(body !== undefined && { "content-type": "application/json", prefer: "return=minimal" }) };
  return handle(app, { method, target: `${root === "" ? "" : `/${root}`}/${path}`, headers, baseUrl: "http://localhost", loopback: true, ...sent }, caller);
}

function textOf({ body }: HttpResponse): string {
  return body === undefined ? "" : typeof body === "string" ? body : Buffer.from(body).toString();
}

function messageOf(text: string): string {
  const { error } = JSON.parse(text) as { readonly error: { readonly message: string } };
  return error.message;
}
