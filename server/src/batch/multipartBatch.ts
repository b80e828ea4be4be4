import type { HttpResponse } from "../base/http.ts";
import type { App, BatchAnswer, Outer } from "../handle.ts";
import { answerItem } from "./answerItem.ts";
import { answerTogether } from "./answerTogether.ts";
import { continueOnError } from "./continueOnError.ts";
import { printMultipart, type AnsweredPart } from "./printMultipart.ts";
import { readMultipart, type BatchPart, type MultipartRequest } from "./readMultipart.ts";
import { createReferences, type References } from "./references.ts";

/**
 * A batch in multipart/mixed (R131; OData 4.01 Protocol, 11.7): parts run one after the other; the first that fails ends
 * it, unless `Prefer: continue-on-error` (8.2.8.3). The requests of a change set run in order and stand or fall together; one
 * that failed has the answer of the request that failed it (11.7.7.4).
 */
export async function multipartBatch(app: App, outer: Outer, contentType: string): Promise<BatchAnswer> {
  const { body = new Uint8Array(0), headers } = outer.http;
  const parts = readMultipart(body, contentType, app.budgets.batchItems);
  const preference = continueOnError(headers["prefer"]);
  const running: Running = { outer, references: createReferences() };
  const answered: AnsweredPart[] = [];
  for (const part of parts) {
    const answer = await answerPart(app, part, running);
    answered.push(answer);
    if (preference?.wanted !== true && hasFailed(answer)) break;
  }
  const printed = printMultipart(answered);
  const applied = preference === undefined ? {} : { "Preference-Applied": preference.text };
  return { headers: { "Content-Type": printed.contentType, ...applied }, body: printed.body };
}

interface Running {
  readonly outer: Outer;
  readonly references: References;
}

async function answerPart(app: App, part: BatchPart, running: Running): Promise<AnsweredPart> {
  if (part.kind === "request") return { kind: "single", ...withId(part.request, await answerOne(app, part.request, running)) };
  const { requests } = part;
  const together = await answerTogether(app, requests, (within, request) => answerOne(within, request, running));
  const answers = together.answers.map((response, index) => withId(requests[index]!, response));
  return together.kind === "stands" ? { kind: "changeSet", answers } : { kind: "single", ...answers[together.culprit]! };
}

async function answerOne(app: App, request: MultipartRequest, { outer, references }: Running): Promise<HttpResponse> {
  const resolved = references.resolve(request);
  const response = await answerItem(app, resolved, outer);
  if (request.contentId !== undefined) references.add(request.contentId, resolved.url, response);
  return response;
}

function withId({ contentId }: MultipartRequest, response: HttpResponse): { readonly response: HttpResponse; readonly contentId?: string } {
  return contentId === undefined ? { response } : { response, contentId };
}

function hasFailed(answer: AnsweredPart): boolean {
  const responses = answer.kind === "single" ? [answer.response] : answer.answers.map(({ response }) => response);
  return responses.some(({ status }) => status >= 400);
}
