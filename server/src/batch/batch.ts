import { problem } from "../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { parseJson } from "../base/parseJson.ts";
import { handle, refused, type App, type Outer } from "../handle.ts";
import { readBatch, type BatchItem } from "./readBatch.ts";

interface Answered {
  readonly id: string;
  readonly response: HttpResponse;
}

/**
 * `POST $batch` in JSON (R117-R130): requests run in the order of their dependencies, each through `handle` with
 * the caller of the batch; what depends on a failed one is 424.
 */
export async function batch(app: App, outer: Outer): Promise<string> {
  const { http } = outer;
  requireJsonPost(http);
  const items = readBatch(parseJson(http.body ?? new Uint8Array(0)), app.budgets.batchItems);
  const requests = new Map<string, Promise<Answered>>();
  const run = (item: BatchItem): Promise<Answered> => {
    const id = item.id.toLowerCase();
    const known = requests.get(id) ?? runItem(item);
    requests.set(id, known);
    return known;
  };
  const byId = new Map(items.map((item) => [item.id.toLowerCase(), item]));
  const runItem = async (item: BatchItem): Promise<Answered> => {
    const before = await Promise.all(item.dependsOn.map((needed) => run(byId.get(needed.toLowerCase())!)));
    const failed = before.find(({ response }) => response.status >= 400);
    if (failed !== undefined) return { id: item.id, response: dependencyFailed(app, item, failed.id) };
    return { id: item.id, response: await answerItem(app, item, outer) };
  };
  const answered = await Promise.all(items.map(run));
  return `{"responses":[${answered.map(responseText).join(",")}]}`;
}

async function answerItem(app: App, item: BatchItem, outer: Outer): Promise<HttpResponse> {
  try {
    return await handle(app, requestOf(item, outer), outer.caller);
  } catch (error) {
    return refused(app, error, item.headers);
  }
}

function requireJsonPost(http: HttpRequest): void {
  if (http.method !== "POST") throw problem("methodNotAllowed", { allowed: "POST" }, { headers: { Allow: "POST" } });
  const media = http.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (media === "application/json") return;
  if (media === "") throw problem("malformedJson", { detail: "The Content-Type header is missing." }, { target: "Content-Type" });
  if (media.startsWith("multipart/")) {
    throw problem("notImplemented", { what: "A multipart/mixed $batch is not implemented; send application/json." }, { target: "Content-Type" });
  }
  throw problem("unsupportedMediaType", { what: `Content-Type '${media}' is not supported for $batch; send application/json.` }, { target: "Content-Type" });
}

function dependencyFailed(app: App, item: BatchItem, failed: string): HttpResponse {
  return refused(app, problem("failedDependency", { id: item.id, failed }), item.headers);
}

/** The request that an item stands for: under the outer root, with the outer caller, never with its own Authorization (R122, R128). */
function requestOf(item: BatchItem, outer: Outer): HttpRequest {
  const { authorization: _, ...headers } = item.headers;
  const { body } = item;
  const bytes = body === undefined ? {} : { body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) };
  return { method: item.method, target: targetOf(item, outer), headers, baseUrl: outer.http.baseUrl, ...bytes };
}

function targetOf(item: BatchItem, { http, target: { root } }: Outer): string {
  let { url } = item;
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(url)) {
    if (!url.startsWith(`${http.baseUrl}/`)) {
      throw problem("badRequest", { what: `Request '${item.id}': the URL must be relative or lie under ${http.baseUrl}.` }, { target: "url" });
    }
    url = url.slice(http.baseUrl.length);
  }
  const path = url.replace(/^\/+/, "");
  const [first = ""] = path.split(/[/?]/, 1);
  return first.toLowerCase() === root.toLowerCase() ? `/${path}` : `/${root}/${path}`;
}

/** One response as JSON text, its body spliced in, text as a string, all else in base64 (R129); header names keep their spelling, clients look `Content-Type` up with capitals (R121). */
function responseText({ id, response }: Answered): string {
  const { "Server-Timing": _, ...headers } = response.headers;
  const { status, body } = response;
  const head = `{"id":${JSON.stringify(id)},"status":${status},"headers":${JSON.stringify(headers)}`;
  if (body === undefined) return `${head}}`;
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  const type = response.headers["Content-Type"] ?? "";
  if (type.startsWith("application/json")) return `${head},"body":${text}}`;
  return `${head},"body":${JSON.stringify(type.startsWith("text/") ? text : Buffer.from(text).toString("base64"))}}`;
}
