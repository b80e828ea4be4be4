import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, TraceFlags, context, propagation, trace } from "@opentelemetry/api";
import type { Attributes, Context, Span, SpanContext, SpanOptions, TimeInput, Tracer } from "@opentelemetry/api";

/** What a finished span holds. */
export interface MemorySpan {
  readonly name: string;
  readonly kind: number | undefined;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  readonly status: number | undefined;
  readonly start: number;
  readonly end: number;
}

let made = 0;

/** A tracer provider, context manager and W3C propagator of a few lines, as an SDK would register them; every finished span is told. */
export function registerMemoryTracer(ended: (span: MemorySpan) => void): void {
  const storage = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, call, self, ...args) => storage.run(active, () => call.call(self, ...args)),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  propagation.setGlobalPropagator({
    inject: () => undefined,
    fields: () => ["traceparent"],
    extract(active, carrier) {
      const found = /^00-([\da-f]{32})-([\da-f]{16})-01$/.exec(String((carrier as Readonly<Record<string, unknown>>)["traceparent"]));
      if (found === null) return active;
      return trace.setSpanContext(active, { traceId: found[1]!, spanId: found[2]!, traceFlags: TraceFlags.SAMPLED, isRemote: true });
    },
  });
  trace.setGlobalTracerProvider({ getTracer: () => memoryTracer(ended) });
}

function memoryTracer(ended: (span: MemorySpan) => void): Tracer {
  const startSpan = (name: string, options: SpanOptions = {}, active = context.active()): Span =>
    createSpan({ name, options, parent: trace.getSpanContext(active) }, ended);
  return { startSpan, startActiveSpan: () => undefined as never };
}

interface Begun {
  readonly name: string;
  readonly options: SpanOptions;
  readonly parent: SpanContext | undefined;
}

function createSpan({ name, options, parent }: Begun, ended: (span: MemorySpan) => void): Span {
  made += 1;
  const own: SpanContext = {
    traceId: parent?.traceId ?? made.toString(16).padStart(32, "0"),
    spanId: made.toString(16).padStart(16, "0"),
    traceFlags: TraceFlags.SAMPLED,
  };
  const attributes: Attributes = { ...options.attributes };
  const state = { name, attributes, status: undefined as number | undefined };
  const start = timeOf(options.startTime);
  const span: Span = {
    spanContext: () => own,
    setAttribute: (key, value) => ((state.attributes[key] = value), span),
    setAttributes: (more) => (Object.assign(state.attributes, more), span),
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: ({ code }) => ((state.status = code), span),
    updateName: (next) => ((state.name = next), span),
    isRecording: () => true,
    recordException: () => undefined,
    end: (at) => ended({ ...state, kind: options.kind, traceId: own.traceId, spanId: own.spanId, parent: parent?.spanId, start, end: timeOf(at) }),
  };
  return span;
}

function timeOf(at: TimeInput | undefined): number {
  return typeof at === "number" ? at : performance.timeOrigin + performance.now();
}
