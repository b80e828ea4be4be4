import type { IncomingMessage, ServerResponse } from "node:http";
import type { Awaitable } from "../base/awaitable.ts";
import { Problem, problem } from "../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { createBaseUrl } from "./baseUrl.ts";
import { busy } from "./busy.ts";
import { isPreflight, preflightAnswer } from "./cors.ts";
import type { Handle, Mount, Refuse } from "./handler.ts";
import { inTurn } from "./inTurn.ts";
import { isLoopback } from "./isLoopback.ts";
import type { Metrics } from "./metrics.ts";
import type { Overload } from "./overload.ts";
import { discardBody, hasBody, readBody } from "./readBody.ts";
import { readHead } from "./readHead.ts";
import { visitorOf } from "./visitorOf.ts";
import { writeResponse } from "./writeResponse.ts";
import type { ResponseStyle } from "./writeResponse.ts";

/** What stands between the sockets and the App. */
export interface ShellSettings {
  readonly handle: Handle;
  readonly refuse: Refuse;
  /** Asked in order for paths outside the service roots. */
  readonly mounts: readonly Mount[];
  readonly publicUrl?: string;
  readonly limits: ShellLimits;
  /** Whether a caller is known: of others no body is read, the App refuses them by the head alone. Everybody, unless said otherwise. */
  readonly admits?: (request: HttpRequest) => Promise<boolean>;
  readonly metrics?: Pick<Metrics, "observe">;
  /** Told every answered request: its kind, its answer, and the milliseconds since its head had been read. */
  readonly observe?: (kind: string, raw: IncomingMessage, answer: HttpResponse, milliseconds: number) => void;
  /** Wraps every exchange of a listener. */
  readonly around?: (exchange: Exchange, scheme: "http" | "https") => Exchange;
  /** For faults of ours: they leave as `internal` without a word more. */
  readonly onError?: (error: unknown) => void;
}

/** Budgets of one request at the door (R19, R32, R48). */
export interface ShellLimits {
  readonly bodyBytes: number;
  readonly urlLength: number;
}

/** Answers one exchange of a Node server. */
export type Exchange = (request: IncomingMessage, response: ServerResponse) => void;

/** Bytes of a body that a mount may be sent: forms. */
const mountBodyBytes = 131_072;

const serviceRoot = /^\/(?:v1\.0|beta|localtest)(?:[/?]|$)/i;

/** Who answers a request, and under which name it is counted. */
interface Pending {
  readonly kind: string;
  readonly answer: Awaitable<HttpResponse | undefined>;
}

type Opening = (raw: IncomingMessage) => Pending;

/** Makes the function that checks a request at the door, finds who answers it, has its body read and gives it its turn. */
function createOpening({ handle, mounts, limits, admits }: ShellSettings, baseUrlOf: ReturnType<typeof createBaseUrl>, overload: Overload): Opening {
  const { queue, crowd, bodies, unsent } = overload;
  function routeOf(target: string): Route {
    if (!serviceRoot.test(target)) {
      const path = target.split("?", 1)[0]!;
      const mount = mounts.find((candidate) => candidate.owns(path));
      if (mount !== undefined) return mount;
    }
    return { kind: "api", answer: handle };
  }
  async function withBody(raw: IncomingMessage, request: HttpRequest, { kind, answer }: Route): Promise<HttpResponse | undefined> {
    const isApi = kind === "api";
    if (isApi && admits !== undefined && !(await admits(request))) {
      await discardBody(raw);
      return answer(request);
    }
    const memory = bodies.open();
    const visitor = visitorOf(raw);
    try {
      const body = await readBody(raw, isApi ? limits.bodyBytes : Math.min(limits.bodyBytes, mountBodyBytes), memory);
      if (body === undefined) return undefined;
      return await queue.run((seat) => (raw.socket.destroyed ? undefined : answer({ ...request, body, presence: { rest: seat.rest, gone: visitor.gone } })));
    } finally {
      memory.close();
      visitor.end();
    }
  }
  return (raw) => {
    if (isPreflight(raw.method!, raw.headers)) return { kind: "preflight", answer: preflightAnswer };
    const baseUrl = baseUrlOf(raw.headers.host);
    if (baseUrl === undefined) throw problem("badRequest", { what: "The Host header is missing or is not host[:port]." }, { target: "Host" });
    const { length } = raw.url!;
    if (length > limits.urlLength) throw problem("uriTooLong", { length, limit: limits.urlLength });
    const request = bareRequest(raw, baseUrl);
    const route = routeOf(request.target);
    const { kind, vital, answer } = route;
    if (vital === true && !hasBody(raw)) return { kind, answer: answer(request) };
    if (queue.isFull() || unsent.isFull() || crowd.isOver(raw.socket)) return { kind: "refused", answer: turnAway(raw) };
    return { kind, answer: hasBody(raw) ? withBody(raw, request, route) : queue.run(() => (raw.socket.destroyed ? undefined : answer(request))) };
  };
}

/**
 * Makes the listener of one server: bytes to HttpRequest, HttpResponse to bytes. Targets stay as they stood on the
 * request line; bodies are bytes; every refusal, also those of this layer, is Graph's JSON (R51).
 */
export function createShell(settings: ShellSettings, scheme: "http" | "https", style: ResponseStyle, overload: Overload): Exchange {
  const baseUrlOf = createBaseUrl(scheme, settings.publicUrl);
  const begin = createOpening(settings, baseUrlOf, overload);
  const closing: ResponseStyle = { ...style, closing: () => true };

  function refuse(error: unknown, raw: IncomingMessage): HttpResponse {
    if (!(error instanceof Problem)) settings.onError?.(error);
    const fault = error instanceof Problem ? error : problem("internal");
    return settings.refuse(fault, bareRequest(raw, baseUrlOf(raw.headers.host) ?? ""));
  }

  function finish(exchange: Started, kind: string, answer: HttpResponse | undefined): void {
    if (answer === undefined) return;
    const { raw, response, from } = exchange;
    writeResponse(raw, response, answer, isConsumed(raw) && !overload.crowd.isOver(raw.socket) ? style : closing);
    const milliseconds = performance.now() - from;
    settings.metrics?.observe(kind, raw.method!, answer, milliseconds);
    settings.observe?.(kind, raw, answer, milliseconds);
  }

  function fail(exchange: Started, error: unknown): void {
    try {
      if (exchange.response.headersSent) throw error;
      finish(exchange, "refused", refuse(error, exchange.raw));
    } catch (second) {
      settings.onError?.(second);
      exchange.response.destroy();
    }
  }

  const start: Exchange = (raw, response) => {
    const exchange: Started = { raw, response, from: performance.now() };
    try {
      readHead(raw, scheme);
      const { kind, answer } = begin(raw);
      if (answer instanceof Promise) answer.then((written) => finish(exchange, kind, written)).catch((error: unknown) => fail(exchange, error));
      else finish(exchange, kind, answer);
    } catch (error) {
      fail(exchange, error);
    }
  };
  return (raw, response) => inTurn(raw, response, () => start(raw, response));
}

/** What was sent is read, so that the client gets to reading the answer. */
async function turnAway(raw: IncomingMessage): Promise<never> {
  if (hasBody(raw)) await discardBody(raw);
  throw busy();
}

interface Started {
  readonly raw: IncomingMessage;
  readonly response: ServerResponse;
  /** When its head had been read. */
  readonly from: number;
}

type Route = Pick<Mount, "kind" | "vital" | "answer">;

/** The request without its body. */
function bareRequest(raw: IncomingMessage, baseUrl: string): HttpRequest {
  return { method: raw.method!, target: raw.url!, headers: headersOf(raw), baseUrl, loopback: isLoopback(raw), address: raw.socket.remoteAddress };
}

/** Node joins repeated fields itself, but for Set-Cookie, which no request should have. */
function headersOf({ headers }: IncomingMessage): HttpRequest["headers"] {
  if (headers["set-cookie"] !== undefined) delete headers["set-cookie"];
  return headers as HttpRequest["headers"];
}

/** False when a body was left on the socket: the connection cannot be used again. */
function isConsumed(request: IncomingMessage): boolean {
  return request.readableEnded || !hasBody(request);
}
