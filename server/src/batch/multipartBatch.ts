import { problem } from "../base/errors.ts";
import type { HttpResponse } from "../base/http.ts";
import { refused, type App, type BatchAnswer, type Outer } from "../handle.ts";
import { answerItem, dependencyFailed } from "./answerItem.ts";
import { printMultipart, type AnsweredPart } from "./printMultipart.ts";
import { readMultipart, type BatchPart, type MultipartRequest } from "./readMultipart.ts";

/**
 * A batch in multipart/mixed (R131; OData 4.01 Protocol, 11.7): parts run one after the other; the first that fails ends
 * it, unless `Prefer: continue-on-error` (8.2.8.3). A change set is not atomic: its requests run in order and what
 * follows a failed one is 424; the odata profile, which promises atomicity, refuses change sets of several with 501.
 */
export async function multipartBatch(app: App, outer: Outer, contentType: string): Promise<BatchAnswer> {
  const { body = new Uint8Array(0), headers } = outer.http;
  const parts = readMultipart(body, contentType, app.budgets.batchItems);
  const preference = continueOnError(headers["prefer"]);
  const created = new Map<string, string>();
  const answered: AnsweredPart[] = [];
  for (const part of parts) {
    const answer = await answerPart(app, part, { outer, created });
    answered.push(answer);
    if (preference?.wanted !== true && hasFailed(answer)) break;
  }
  const printed = printMultipart(answered);
  const applied = preference === undefined ? {} : { "Preference-Applied": preference.text };
  return { headers: { "Content-Type": printed.contentType, ...applied }, body: printed.body };
}

interface Running {
  readonly outer: Outer;
  /** By Content-ID, where the entity of an answered request is. */
  readonly created: Map<string, string>;
}

async function answerPart(app: App, part: BatchPart, running: Running): Promise<AnsweredPart> {
  if (part.kind === "request") return { kind: "single", ...(await answerOne(app, part.request, running)) };
  const { requests } = part;
  if (requests.length > 1 && app.execute.profile === "odata") {
    const fault = problem("notImplemented", { what: "A change set of several requests is not served yet: it would have to be atomic." });
    return { kind: "single", response: refused(app, fault, requests[0]!.headers) };
  }
  const answers: Answered[] = [];
  let failed: string | undefined;
  for (const request of requests) {
    const answer = failed === undefined ? await answerOne(app, request, running) : withId(request, dependencyFailed(app, request, failed));
    if (failed === undefined && answer.response.status >= 400) failed = request.id;
    answers.push(answer);
  }
  // 11.7.7.4: a change set that failed as a whole has one answer.
  if (answers.length === 1 && failed !== undefined) return { kind: "single", ...answers[0]! };
  return { kind: "changeSet", answers };
}

interface Answered {
  readonly response: HttpResponse;
  readonly contentId?: string;
}

async function answerOne(app: App, request: MultipartRequest, { outer, created }: Running): Promise<Answered> {
  const url = resolveReference(request.url, created);
  const response = await answerItem(app, { ...request, url }, outer);
  const location = response.headers["Location"] ?? (response.status < 400 ? url : undefined);
  if (request.contentId !== undefined && location !== undefined) created.set(request.contentId, location.split("?", 1)[0]!);
  return withId(request, response);
}

function withId({ contentId }: MultipartRequest, response: HttpResponse): Answered {
  return contentId === undefined ? { response } : { response, contentId };
}

/** 11.7.3.2: `$1/...` names what the request with Content-ID 1 made or changed. */
function resolveReference(url: string, created: ReadonlyMap<string, string>): string {
  const [, id, rest] = /^\/?\$([^/?]+)(.*)$/s.exec(url) ?? [];
  const location = id === undefined ? undefined : created.get(id);
  return location === undefined ? url : `${location}${rest}`;
}

function hasFailed(answer: AnsweredPart): boolean {
  const responses = answer.kind === "single" ? [answer.response] : answer.answers.map(({ response }) => response);
  return responses.some(({ status }) => status >= 400);
}

function continueOnError(prefer: string | undefined): { readonly wanted: boolean; readonly text: string } | undefined {
  const found = /(?:^|[,;\s])((?:odata\.)?continue-on-error(?:\s*=\s*"?(true|false)"?)?)(?=$|[,;\s])/i.exec(prefer ?? "");
  return found === null ? undefined : { wanted: found[2]?.toLowerCase() !== "false", text: found[1]!.replaceAll(/\s/g, "") };
}
