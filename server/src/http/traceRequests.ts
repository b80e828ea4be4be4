import type { IncomingMessage } from "node:http";
import type * as OpenTelemetry from "@opentelemetry/api";
import type { HttpResponse } from "../base/http.ts";
import { openTracer } from "../base/openTracer.ts";
import type { Exchange } from "./shell.ts";

/** One OpenTelemetry span for each request, with its stages below it. */
export interface Tracing {
  /** Wraps an exchange: its span is the current one while it is answered. */
  readonly around: (exchange: Exchange, scheme: "http" | "https") => Exchange;
  /** Told every answered request (`ShellSettings.observe`). */
  readonly answered: (kind: string, raw: IncomingMessage, answer: HttpResponse) => void;
}

/**
 * Spans through the OpenTelemetry API, when an SDK was registered before (`node --import`); undefined otherwise, and then
 * nothing is done for a request. Names and attributes follow the HTTP semantic conventions (server spans), but the path
 * is the route's template and there is no query, client address or user agent: they hold ids of people.
 */
export async function createTracing(version: string): Promise<Tracing | undefined> {
  const opened = await openTracer(version);
  if (opened === undefined) return undefined;
  const { api, tracer } = opened;
  const spans = new WeakMap<IncomingMessage, OpenTelemetry.Span>();
  return {
    around: (exchange, scheme) => (raw, response) => {
      const method = methodOf(raw);
      const attributes = { "http.request.method": method, "url.scheme": scheme, "network.protocol.version": raw.httpVersion };
      const parent = api.propagation.extract(api.ROOT_CONTEXT, raw.headers);
      const span = tracer.startSpan(method, { kind: api.SpanKind.SERVER, attributes }, parent);
      spans.set(raw, span);
      response.once("close", () => span.end());
      api.context.with(api.trace.setSpan(parent, span), exchange, undefined, raw, response);
    },
    answered(kind, raw, { status, facts, refusal }) {
      const span = spans.get(raw);
      if (span === undefined || !span.isRecording()) return;
      const route = facts?.route;
      span.setAttribute("http.response.status_code", status);
      span.setAttribute("secgraph.kind", kind);
      if (route !== undefined) {
        span.updateName(`${methodOf(raw)} ${route}`);
        span.setAttributes({ "http.route": route, "url.path": route });
      }
      if (facts?.hub !== undefined) span.setAttribute("secgraph.hub", facts.hub);
      if (facts?.requestId !== undefined) span.setAttribute("secgraph.request_id", facts.requestId);
      if (refusal !== undefined) span.setAttribute("error.type", refusal.code);
      if (status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR });
      const within = api.trace.setSpan(api.ROOT_CONTEXT, span);
      for (const { stage, from, milliseconds } of facts?.stages ?? []) {
        const begun = performance.timeOrigin + from;
        tracer.startSpan(stage, { kind: api.SpanKind.INTERNAL, startTime: begun }, within).end(begun + milliseconds);
      }
    },
  };
}

const knownMethods = new Set(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]);

/** `HTTP` stands for a method that the conventions do not know. */
function methodOf({ method }: IncomingMessage): string {
  return knownMethods.has(method!) ? method! : "HTTP";
}
