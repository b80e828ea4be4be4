import type { HttpRequest, HttpResponse } from "../base/http.ts";
import type { Mount } from "./handler.ts";
import { isLocalVisit } from "./isLocalVisit.ts";
import type { Metrics } from "./metrics.ts";

/** What the health endpoints ask. */
export interface HealthSettings {
  /** False while writes are refused or the server starts. */
  readonly ready: () => boolean;
  /** True once the server is to end and waits for balancers to notice. */
  readonly draining?: () => boolean;
  readonly metrics: Metrics;
  /** Throws a Problem when a caller from elsewhere may not read the metrics. */
  readonly admit: (request: HttpRequest) => Promise<void>;
}

/** `/healthz`: the process lives. `/readyz`: it can do its work. `/metrics`: for this machine, or with a token. */
export function healthMounts({ ready, draining, metrics, admit }: HealthSettings): readonly Mount[] {
  const readiness = (): string => (draining?.() === true ? "draining" : ready() ? "ready" : "not ready");
  return [
    { kind: "health", vital: true, owns: (path) => path === "/healthz", answer: () => plainJson(200, { status: "ok" }) },
    {
      kind: "health",
      vital: true,
      owns: (path) => path === "/readyz",
      answer() {
        const status = readiness();
        return plainJson(status === "ready" ? 200 : 503, { status });
      },
    },
    {
      kind: "metrics",
      vital: true,
      owns: (path) => path === "/metrics",
      async answer(request) {
        if (!isLocalVisit(request)) await admit(request);
        return {
          status: 200,
          headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store" },
          body: await metrics.text(),
        };
      },
    },
  ];
}

function plainJson(status: number, body: object): HttpResponse {
  return { status, headers: { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" }, body: JSON.stringify(body) };
}
