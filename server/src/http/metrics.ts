import type { Registry } from "prom-client";
import type { Stage } from "../base/probe.ts";

/** Counts of this process, in Prometheus' text form. */
export interface Metrics {
  /** One answered request; `milliseconds` from its head being read to its answer being handed to the socket. */
  readonly observe: (kind: string, method: string, status: number, milliseconds: number) => void;
  /** One stage of a request (Server-Timing uses the same names). */
  readonly observeStage: (stage: Stage, milliseconds: number) => void;
  readonly text: () => Promise<string>;
}

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

const bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
const knownMethods = new Set(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]);

/** Makes the counters: plain numbers while requests run, put into words when somebody asks. */
export function createMetrics(): Metrics {
  const requests = new Map<string, Map<string, Map<number, number>>>();
  const durations = new Map<string, Histogram>();
  const stages = new Map<string, Histogram>();
  let registry: Promise<Registry> | undefined;

  return {
    observe(kind, method, status, milliseconds) {
      const byStatus = within(within(requests, kind), knownMethods.has(method) ? method : "other");
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      addTo(durations, kind, milliseconds);
    },
    observeStage: (stage, milliseconds) => addTo(stages, stage, milliseconds),
    async text() {
      registry ??= processRegistry();
      const lines = [
        ...head("secgraph_http_requests_total", "counter", "Answered requests by kind of path, method and status."),
        ...requestLines(requests),
        ...head("secgraph_http_request_duration_seconds", "histogram", "Time from a request's head to its answer."),
        ...[...durations].flatMap(([kind, histogram]) => histogramLines("secgraph_http_request_duration_seconds", `kind="${kind}"`, histogram)),
        ...head("secgraph_stage_duration_seconds", "histogram", "Time in each stage of a request."),
        ...[...stages].flatMap(([stage, histogram]) => histogramLines("secgraph_stage_duration_seconds", `stage="${stage}"`, histogram)),
      ];
      return `${lines.join("\n")}\n${await (await registry).metrics()}`;
    },
  };
}

/** The inner map of a name, made when it is not there: cheaper on every request than a text made of labels. */
function within<K, V>(outer: Map<string, Map<K, V>>, name: string): Map<K, V> {
  let inner = outer.get(name);
  if (inner === undefined) outer.set(name, (inner = new Map()));
  return inner;
}

function requestLines(requests: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>>): readonly string[] {
  return [...requests].flatMap(([kind, methods]) =>
    [...methods].flatMap(([method, statuses]) =>
      [...statuses].map(([status, count]) => `secgraph_http_requests_total{kind="${kind}",method="${method}",status="${status}"} ${count}`),
    ),
  );
}

function addTo(histograms: Map<string, Histogram>, name: string, milliseconds: number): void {
  let histogram = histograms.get(name);
  if (histogram === undefined) histograms.set(name, (histogram = { buckets: bounds.map(() => 0), sum: 0, count: 0 }));
  histogram.sum += milliseconds;
  histogram.count += 1;
  let index = 0;
  while (index < bounds.length && milliseconds > bounds[index]!) index += 1;
  if (index < bounds.length) histogram.buckets[index]! += 1;
}

function head(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function histogramLines(name: string, label: string, { buckets, sum, count }: Histogram): readonly string[] {
  let below = 0;
  const lines = bounds.map((bound, index) => `${name}_bucket{${label},le="${bound / 1000}"} ${(below += buckets[index]!)}`);
  return [...lines, `${name}_bucket{${label},le="+Inf"} ${count}`, `${name}_sum{${label}} ${sum / 1000}`, `${name}_count{${label}} ${count}`];
}

/** Memory, processor, event loop and garbage collection of this process; loaded when somebody asks first. */
async function processRegistry(): Promise<Registry> {
  const { collectDefaultMetrics, Registry: ProcessRegistry } = await import("prom-client");
  const registry = new ProcessRegistry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
