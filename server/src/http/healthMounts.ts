import type { HttpRequest, HttpResponse } from "../base/http.ts";
import type { Mount } from "./handler.ts";
import { isLocalVisit } from "./isLocalVisit.ts";
import type { Metrics } from "./metrics.ts";

/** What the health endpoints ask. */
export interface HealthSettings {
  /** False while writes are refused or the server starts. */
  readonly ready: () => boolean;
  readonly metrics: Metrics;
  /** Throws a Problem when a caller from elsewhere may not read the metrics. */
  readonly admit: (request: HttpRequest) => Promise<void>;
}

/** `/healthz`: the process lives. `/readyz`: it can do its work. `/metrics`: for this machine, or with a token. */
export function healthMounts({ ready, metrics, admit }: HealthSettings): readonly Mount[] {
  return [
    { kind: "health", vital: true, owns: (path) => path === "/healthz", answer: () => plainJson(200, { status: "ok" }) },
    {
      kind: "health",
      vital: true,
      owns: (path) => path === "/readyz",
      answer: () => (ready() ? plainJson(200, { status: "ready" }) : plainJson(503, { status: "not ready" })),
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
