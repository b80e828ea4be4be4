import { openTracer } from "../base/openTracer.ts";
import type { Call } from "./call.ts";
import type { Destination } from "./destination.ts";
import type { EgressReason } from "./egressFault.ts";

/** The span of a call. */
interface TracedCall {
  readonly to: (destination: Destination) => void;
  readonly answered: (status: number) => void;
  readonly failed: (reason: EgressReason) => void;
}

/** Begins the span of a call; it ends with `answered` or `failed`. */
export type TraceCall = (call: Call) => TracedCall;

/**
 * Spans of outgoing calls through the OpenTelemetry API, when an SDK was registered; undefined otherwise. Names and
 * attributes follow the HTTP semantic conventions (client spans) without path and query, which may hold secrets. A span
 * stands below the one that is current when the call is made. Trace ids are not sent to the other side.
 */
export async function createCallTracing(version: string): Promise<TraceCall | undefined> {
  const opened = await openTracer(version);
  if (opened === undefined) return undefined;
  const { api, tracer } = opened;
  return ({ method, purpose }) => {
    const attributes = { "http.request.method": method, "secgraph.purpose": purpose };
    const span = tracer.startSpan(method, { kind: api.SpanKind.CLIENT, attributes });
    return {
      to: ({ scheme, host, port }) => void span.setAttributes({ "url.scheme": scheme, "server.address": host, "server.port": port }),
      answered(status) {
        span.setAttribute("http.response.status_code", status);
        if (status >= 400) span.setAttribute("error.type", String(status)).setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      },
      failed(reason) {
        span.setAttribute("error.type", reason).setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      },
    };
  };
}
