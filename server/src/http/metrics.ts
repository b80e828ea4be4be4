import type { Registry } from "prom-client";
import { addTo, createHistogram } from "../base/histogram.ts";
import type { GrowingHistogram } from "../base/histogram.ts";
import type { HttpRequest, HttpResponse, RequestFacts } from "../base/http.ts";
import type { Stage } from "../base/probe.ts";
import type { ConnectionFault } from "./connectionFault.ts";
import { labelText, writeMetrics } from "./writeMetrics.ts";
import type { Readings } from "./writeMetrics.ts";

/** Counts of this process, in Prometheus' text form. */
export interface Metrics {
  /** One answered request; `milliseconds` from its head being read to its answer being handed to the socket. */
  readonly observe: (kind: string, method: string, answer: Pick<HttpResponse, "status" | "facts" | "refusal">, milliseconds: number) => void;
  /** One answer of the App, also within a $batch: its stages (Server-Timing uses the same names), and whether it was throttled. */
  readonly observeAnswer: (request: Pick<HttpRequest, "method">, answer: HttpResponse & { readonly facts: RequestFacts }) => void;
  readonly observeIdempotency: (outcome: "replayed" | "conflict" | "running") => void;
  /** A connection that brought no request that could be read. */
  readonly observeFault: (fault: ConnectionFault) => void;
  /** Adds figures that somebody else keeps, asked for when the metrics are. */
  readonly add: (source: () => Readings | Promise<Readings>) => void;
  readonly text: () => Promise<string>;
}

/** What is counted of one route and method. */
interface RouteCounts {
  readonly labels: string;
  readonly duration: GrowingHistogram;
  /** By status, and by status and code where it was a refusal. */
  readonly answers: Map<number | string, number>;
}

const bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
const knownMethods = new Set(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]);

/** Makes the counters: plain numbers while requests run, put into words when somebody asks. */
export function createMetrics(): Metrics {
  const requests = new Map<string, Map<string, Map<string, RouteCounts>>>();
  const stages = new Map<Stage, GrowingHistogram>();
  const idempotent = { replayed: 0, conflict: 0, running: 0 };
  const throttled = new Map<string, number>();
  const faults = new Map<string, number>();
  let shed = 0;
  const sources: (() => Readings | Promise<Readings>)[] = [() => requestReadings(requests, stages)];
  let registry: Promise<Registry> | undefined;

  return {
    observe(kind, method, { status, facts, refusal }, milliseconds) {
      const counts = countsOf(requests, kind, facts?.route ?? "", knownMethods.has(method) ? method : "other");
      const answer = refusal === undefined ? status : `${status} ${refusal.code}`;
      counts.answers.set(answer, (counts.answers.get(answer) ?? 0) + 1);
      addTo(counts.duration, milliseconds);
      if (status === 503 && kind === "refused") shed += 1;
    },
    observeAnswer({ method }, { status, facts }) {
      for (const { stage, milliseconds } of facts.stages) {
        let histogram = stages.get(stage);
        if (histogram === undefined) stages.set(stage, (histogram = createHistogram(bounds)));
        addTo(histogram, milliseconds);
      }
      if (status !== 429) return;
      const labels = labelText({ caller: facts.caller?.kind ?? "", access: method === "GET" || method === "HEAD" ? "read" : "write" });
      throttled.set(labels, (throttled.get(labels) ?? 0) + 1);
    },
    observeIdempotency: (outcome) => void (idempotent[outcome] += 1),
    observeFault(fault) {
      const labels = labelText({ ...fault });
      faults.set(labels, (faults.get(labels) ?? 0) + 1);
    },
    add: (source) => void sources.push(source),
    async text() {
      registry ??= processRegistry();
      const found = await Promise.all(sources.map(async (source) => source()));
      const own: Readings = {
        secgraph_overload_shed_total: [["", shed]],
        secgraph_throttled_total: [...throttled],
        secgraph_connection_faults_total: [...faults],
        secgraph_idempotent_total: Object.entries(idempotent).map(([outcome, count]) => [labelText({ outcome }), count]),
      };
      return writeMetrics(Object.assign({}, own, ...found) as Readings) + (await (await registry).metrics());
    },
  };
}

type Requests = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, RouteCounts>>>;

function requestReadings(requests: Requests, stages: ReadonlyMap<Stage, GrowingHistogram>): Readings {
  const counts = [...requests.values()].flatMap((routes) => [...routes.values()].flatMap((methods) => [...methods.values()]));
  return {
    secgraph_http_requests_total: counts.flatMap(({ labels, answers }) =>
      [...answers].map(([answer, count]) => {
        const [status = "", code = ""] = String(answer).split(" ");
        return [`${labels},${labelText({ status, code })}`, count] as const;
      }),
    ),
    secgraph_http_request_duration_seconds: counts.map(({ labels, duration }) => [labels, duration]),
    secgraph_stage_duration_seconds: [...stages].map(([stage, histogram]) => [labelText({ stage }), histogram]),
  };
}

/** The counts of a kind, route and method, made when they are not there: three look-ups are cheaper than a text made of labels. */
function countsOf(requests: Map<string, Map<string, Map<string, RouteCounts>>>, kind: string, route: string, method: string): RouteCounts {
  const methods = within(within(requests, kind), route);
  let counts = methods.get(method);
  if (counts === undefined) {
    methods.set(method, (counts = { labels: labelText({ kind, route, method }), duration: createHistogram(bounds), answers: new Map() }));
  }
  return counts;
}

function within<K, V>(outer: Map<string, Map<K, V>>, name: string): Map<K, V> {
  let inner = outer.get(name);
  if (inner === undefined) outer.set(name, (inner = new Map()));
  return inner;
}

/** Memory, processor, event loop and garbage collection of this process; loaded when somebody asks first. */
export async function processRegistry(): Promise<Registry> {
  const { collectDefaultMetrics, Registry: ProcessRegistry } = await import("prom-client");
  const registry = new ProcessRegistry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
