import type { Registry } from "prom-client";
import type { HttpResponse } from "../base/http.ts";
import type { Stage } from "../base/probe.ts";

/** Counts of this process, in Prometheus' text form. */
export interface Metrics {
  /** One answered request; `milliseconds` from its head being read to its answer being handed to the socket. */
  readonly observe: (kind: string, method: string, answer: Pick<HttpResponse, "status" | "facts" | "refusal">, milliseconds: number) => void;
  /** One stage of a request (Server-Timing uses the same names). */
  readonly observeStage: (stage: Stage, milliseconds: number) => void;
  readonly text: () => Promise<string>;
}

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** What is counted of one route and method. */
interface RouteCounts {
  readonly labels: string;
  readonly duration: Histogram;
  /** By status, and by status and code where it was a refusal. */
  readonly answers: Map<number | string, number>;
}

const bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
const knownMethods = new Set(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]);

/** Makes the counters: plain numbers while requests run, put into words when somebody asks. */
export function createMetrics(): Metrics {
  const requests = new Map<string, Map<string, Map<string, RouteCounts>>>();
  const stages = new Map<string, Histogram>();
  let registry: Promise<Registry> | undefined;

  return {
    observe(kind, method, { status, facts, refusal }, milliseconds) {
      const counts = countsOf(requests, kind, facts?.route ?? "", knownMethods.has(method) ? method : "other");
      const answer = refusal === undefined ? status : `${status} ${refusal.code}`;
      counts.answers.set(answer, (counts.answers.get(answer) ?? 0) + 1);
      addTo(counts.duration, milliseconds);
    },
    observeStage(stage, milliseconds) {
      let histogram = stages.get(stage);
      if (histogram === undefined) stages.set(stage, (histogram = emptyHistogram()));
      addTo(histogram, milliseconds);
    },
    async text() {
      registry ??= processRegistry();
      const counts = [...requests.values()].flatMap((routes) => [...routes.values()].flatMap((methods) => [...methods.values()]));
      const lines = [
        ...head("secgraph_http_requests_total", "counter", "Answered requests by kind of path, route, method, status and code of the refusal."),
        ...counts.flatMap(requestLines),
        ...head("secgraph_http_request_duration_seconds", "histogram", "Time from a request's head to its answer."),
        ...counts.flatMap(({ labels, duration }) => histogramLines("secgraph_http_request_duration_seconds", labels, duration)),
        ...head("secgraph_stage_duration_seconds", "histogram", "Time in each stage of a request."),
        ...[...stages].flatMap(([stage, histogram]) => histogramLines("secgraph_stage_duration_seconds", `stage="${stage}"`, histogram)),
      ];
      return `${lines.join("\n")}\n${await (await registry).metrics()}`;
    },
  };
}

/** The counts of a kind, route and method, made when they are not there: three look-ups are cheaper than a text made of labels. */
function countsOf(requests: Map<string, Map<string, Map<string, RouteCounts>>>, kind: string, route: string, method: string): RouteCounts {
  const methods = within(within(requests, kind), route);
  let counts = methods.get(method);
  if (counts === undefined) {
    const labels = `kind="${kind}",route="${route}",method="${method}"`;
    methods.set(method, (counts = { labels, duration: emptyHistogram(), answers: new Map() }));
  }
  return counts;
}

function within<K, V>(outer: Map<string, Map<K, V>>, name: string): Map<K, V> {
  let inner = outer.get(name);
  if (inner === undefined) outer.set(name, (inner = new Map()));
  return inner;
}

function requestLines({ labels, answers }: RouteCounts): readonly string[] {
  return [...answers].map(([answer, count]) => {
    const [status, code = ""] = String(answer).split(" ");
    return `secgraph_http_requests_total{${labels},status="${status}",code="${code}"} ${count}`;
  });
}

function emptyHistogram(): Histogram {
  return { buckets: bounds.map(() => 0), sum: 0, count: 0 };
}

function addTo(histogram: Histogram, milliseconds: number): void {
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
