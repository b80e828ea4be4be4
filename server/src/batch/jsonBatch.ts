import { problem } from "../base/errors.ts";
import type { HttpResponse } from "../base/http.ts";
import type { Json } from "../base/json.ts";
import { parseJson } from "../base/parseJson.ts";
import { refused, type App, type BatchAnswer, type Outer } from "../handle.ts";
import { answerItem, dependencyFailed, type BatchRequest } from "./answerItem.ts";
import { answerTogether } from "./answerTogether.ts";
import { continueOnError } from "./continueOnError.ts";
import { readBatch, type BatchItem } from "./readBatch.ts";
import { createReferences, type References } from "./references.ts";
import { stepsOf, type BatchStep } from "./steps.ts";

interface Answered {
  readonly id: string;
  readonly response: HttpResponse;
}

/** One batch while it runs. */
interface Running {
  readonly app: App;
  readonly outer: Outer;
  readonly references: References;
}

/**
 * A batch in JSON (R117-R130): requests run in the order of their dependencies, each with the caller of the batch; what
 * depends on a failed one is 424. In the graph profile what does not depend on each other runs side by side and groups mean nothing (R125);
 * in the odata profile all runs in turn, groups are atomic, and the first failure ends the batch unless `Prefer: continue-on-error`
 * (OData 4.01 Protocol, 8.2.8.3; JSON Format, 19): what was not run is 424.
 */
export async function jsonBatch(app: App, outer: Outer): Promise<BatchAnswer> {
  const isGraph = app.execute.profile === "graph";
  const items = readBatch(parseJson(outer.http.body ?? new Uint8Array(0), { depth: app.budgets.bodyDepth }), app.budgets.batchItems);
  const steps = stepsOf(items, { groups: !isGraph });
  const running: Running = { app, outer, references: createReferences() };
  const preference = isGraph ? undefined : continueOnError(outer.http.headers["prefer"]);
  const answered = isGraph ? await sideBySide(steps, running) : await inTurn(steps, running, preference?.wanted === true);
  const applied = preference === undefined ? {} : { "Preference-Applied": preference.text };
  return {
    headers: { "Content-Type": "application/json;charset=utf-8", ...applied },
    body: `{"responses":[${answered.map(responseText).join(",")}]}`,
  };
}

async function sideBySide(steps: readonly BatchStep[], running: Running): Promise<readonly Answered[]> {
  const begun = new Map<BatchStep, Promise<readonly Answered[]>>();
  const run = (step: BatchStep): Promise<readonly Answered[]> => {
    const known = begun.get(step) ?? Promise.all(step.needs.map(run)).then((before) => runStep(step, failureIn(before.flat()), running));
    begun.set(step, known);
    return known;
  };
  return (await Promise.all(steps.map(run))).flat();
}

async function inTurn(steps: readonly BatchStep[], running: Running, goesOn: boolean): Promise<readonly Answered[]> {
  const answers = new Map<BatchStep, readonly Answered[]>();
  const run = async (step: BatchStep): Promise<void> => {
    if (answers.has(step)) return;
    for (const needed of step.needs) await run(needed);
    const before = goesOn ? step.needs.flatMap((needed) => answers.get(needed)!) : [...answers.values()].flat();
    answers.set(step, await runStep(step, failureIn(before), running));
  };
  for (const step of steps) await run(step);
  return steps.flatMap((step) => answers.get(step)!);
}

function failureIn(answered: readonly Answered[]): string | undefined {
  return answered.find(({ response }) => response.status >= 400)?.id;
}

/** Runs a step, unless a request that it needs has failed. */
async function runStep({ kind, items }: BatchStep, failed: string | undefined, running: Running): Promise<readonly Answered[]> {
  const { app } = running;
  const requests = items.map(requestOf);
  if (failed !== undefined) return requests.map((request) => ({ id: request.id, response: dependencyFailed(app, request, failed) }));
  if (kind === "request") return [{ id: requests[0]!.id, response: await answer(app, requests[0]!, running) }];
  const { answers } = await answerTogether(app, requests, (within, request) => answerMember(within, request, running));
  return answers.map((response, index) => ({ id: requests[index]!.id, response }));
}

/** A group keeps all other writers waiting: what only reads has no place in it. */
async function answerMember(within: App, request: BatchRequest, running: Running): Promise<HttpResponse> {
  if (!isRead(request)) return answer(within, request, running);
  return refused(within, problem("badRequest", { what: `Request '${request.id}' only reads: it cannot be in an atomicity group.` }), request.headers);
}

/** A query in a body is a read too (R20). */
function isRead({ method, url }: BatchRequest): boolean {
  return method === "GET" || method === "HEAD" || (method === "POST" && /\/(?:\$|%24)query\/*(?:[?#]|$)/i.test(url));
}

async function answer(app: App, request: BatchRequest, { outer, references }: Running): Promise<HttpResponse> {
  const resolved = references.resolve(request);
  const response = await answerItem(app, resolved, outer);
  references.add(request.id, resolved.url, response);
  return response;
}

function requestOf({ id, method, url, headers, body }: BatchItem): BatchRequest {
  return { id, method, url, headers, ...(body !== undefined && { bytes: bytesOf(body, headers["content-type"] ?? "") }) };
}

/** JSON stands as it is, text as a string, all else in base64 or base64url (OData JSON Format 4.01, 19.1). */
function bytesOf(body: Json, type: string): Buffer {
  if (typeof body !== "string") return Buffer.from(JSON.stringify(body));
  return Buffer.from(body, /^\s*(?:text\/|application\/(?:json|[^;]*\+json))/i.test(type) ? "utf8" : "base64");
}

/** One response as JSON text, its body spliced in, text as a string, all else in base64 (R129); header names keep their spelling, clients look `Content-Type` up with capitals (R121). */
function responseText({ id, response }: Answered): string {
  const { status, headers, body } = response;
  const head = `{"id":${JSON.stringify(id)},"status":${status},"headers":${JSON.stringify(headers)}`;
  if (body === undefined) return `${head}}`;
  const bytes = Buffer.from(body);
  const type = headers["Content-Type"] ?? "";
  if (type.startsWith("application/json")) return `${head},"body":${bytes.toString()}}`;
  return `${head},"body":${JSON.stringify(bytes.toString(type.startsWith("text/") ? "utf8" : "base64"))}}`;
}
