import type { Awaitable } from "../base/awaitable.ts";
import type { Problem } from "../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";

/** Answers a request without a socket: `handle` of the App. */
export type Handle = (request: HttpRequest) => Awaitable<HttpResponse>;

/** Writes a refusal in Graph's error shape (R35), whoever noticed the fault. */
export type Refuse = (problem: Problem, request: HttpRequest) => HttpResponse;

/** Paths outside the service roots that somebody else answers: health, metrics, the issuer, static files. */
export interface Mount {
  /** The name under which metrics count it. */
  readonly kind: string;
  /** Answered however much the server has to do. */
  readonly vital?: true;
  /** Looks at the raw path, without query. */
  readonly owns: (path: string) => boolean;
  readonly answer: (request: HttpRequest) => Awaitable<HttpResponse>;
}
