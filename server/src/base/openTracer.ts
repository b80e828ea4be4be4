import type * as OpenTelemetry from "@opentelemetry/api";

/** The OpenTelemetry API and a tracer of this program. */
export interface OpenTracer {
  readonly api: typeof OpenTelemetry;
  readonly tracer: OpenTelemetry.Tracer;
}

/** Where the API keeps what an SDK registered; its own packages rely on it, and asking it loads nothing. */
const registered = Symbol.for("opentelemetry.js.api.1");

/** A tracer when an SDK was registered before (`node --import`); undefined otherwise, and then nothing was loaded. */
export async function openTracer(version: string): Promise<OpenTracer | undefined> {
  if (!(registered in globalThis)) return undefined;
  const api = await import("@opentelemetry/api");
  const provider = api.trace.getTracerProvider();
  if (provider instanceof api.ProxyTracerProvider && provider.getDelegateTracer("secgraph") === undefined) return undefined;
  return { api, tracer: api.trace.getTracer("secgraph", version) };
}
