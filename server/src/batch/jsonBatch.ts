import type { HttpResponse } from "../base/http.ts";
import { parseJson } from "../base/parseJson.ts";
import type { App, Outer } from "../handle.ts";
import { answerItem, dependencyFailed, type BatchRequest } from "./answerItem.ts";
import { readBatch, type BatchItem } from "./readBatch.ts";

interface Answered {
  readonly id: string;
  readonly response: HttpResponse;
}

/**
 * A batch in JSON (R117-R130): requests run in the order of their dependencies, each with the caller of the batch;
 * what depends on a failed one is 424. Gives the JSON text of the answer.
 */
export async function jsonBatch(app: App, outer: Outer): Promise<string> {
  const items = readBatch(parseJson(outer.http.body ?? new Uint8Array(0), { depth: app.budgets.bodyDepth }), app.budgets.batchItems);
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
    const request = requestOf(item);
    if (failed !== undefined) return { id: item.id, response: dependencyFailed(app, request, failed.id) };
    return { id: item.id, response: await answerItem(app, request, outer) };
  };
  const answered = await Promise.all(items.map(run));
  return `{"responses":[${answered.map(responseText).join(",")}]}`;
}

function requestOf({ id, method, url, headers, body }: BatchItem): BatchRequest {
  const bytes = body === undefined ? {} : { bytes: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) };
  return { id, method, url, headers, ...bytes };
}

/** One response as JSON text, its body spliced in, text as a string, all else in base64 (R129); header names keep their spelling, clients look `Content-Type` up with capitals (R121). */
function responseText({ id, response }: Answered): string {
  const { status, headers, body } = response;
  const head = `{"id":${JSON.stringify(id)},"status":${status},"headers":${JSON.stringify(headers)}`;
  if (body === undefined) return `${head}}`;
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  const type = headers["Content-Type"] ?? "";
  if (type.startsWith("application/json")) return `${head},"body":${text}}`;
  return `${head},"body":${JSON.stringify(type.startsWith("text/") ? text : Buffer.from(text).toString("base64"))}}`;
}
