import type { HttpResponse } from "../base/http.ts";
import { refused, type App } from "../handle.ts";
import { dependencyFailed, type BatchRequest } from "./answerItem.ts";

/** What the requests of an atomicity group were answered; of one that failed, which request failed it, where it was one. */
export type Together =
  | { readonly kind: "stands"; readonly answers: readonly HttpResponse[] }
  | { readonly kind: "failed"; readonly answers: readonly HttpResponse[]; readonly culprit: number };

/** Ends a unit of work: the request at this place was refused. */
class RequestFailed extends Error {
  readonly index: number;
  readonly response: HttpResponse;

  constructor(index: number, response: HttpResponse) {
    super("A request of an atomicity group was refused.");
    this.index = index;
    this.response = response;
  }
}

/**
 * Answers requests in their order as one unit of work (OData 4.01 Protocol, 11.7.4): all of them stand, or nothing was
 * written; then the one that failed has its own answer, and the others 424.
 */
export async function answerTogether<R extends BatchRequest>(
  app: App,
  requests: readonly R[],
  answer: (app: App, request: R) => Promise<HttpResponse>,
): Promise<Together> {
  try {
    const answers = await app.together(async (within) => {
      const given: HttpResponse[] = [];
      for (const [index, request] of requests.entries()) {
        const response = await answer(within, request);
        if (response.status >= 400) throw new RequestFailed(index, response);
        given.push(response);
      }
      return given;
    });
    return { kind: "stands", answers };
  } catch (error) {
    return failedBy(app, requests, error);
  }
}

function failedBy(app: App, requests: readonly BatchRequest[], error: unknown): Together {
  if (!(error instanceof RequestFailed)) return { kind: "failed", culprit: 0, answers: requests.map(({ headers }) => refused(app, error, headers)) };
  const { index: culprit, response } = error;
  const { id } = requests[culprit]!;
  return { kind: "failed", culprit, answers: requests.map((request, index) => (index === culprit ? response : dependencyFailed(app, request, id))) };
}
