import { metricFamilies } from "../../server/src/http/metricFamilies.ts";
import { processRegistry } from "../../server/src/http/metrics.ts";
import { code, page, table } from "./markdown.ts";

/** `docs/reference/metrics.md`: every family that `/metrics` shows, from the table it is written by and from the registry of the process. */
export async function metricsPage(): Promise<string> {
  const own = Object.entries(metricFamilies).map(([name, { type, labels, help }]) => [code(name), type, labels.length === 0 ? "" : code(...labels), help]);
  const standing = (await processRegistry()).getMetricsAsArray().map(({ name, help }) => [code(name), help]);
  return page(
    "# Metrics",
    "Generated from `server/src/http/metricFamilies.ts` by `node run.mjs tools/docs/write.ts`.",
    "`GET /metrics` answers in Prometheus' text form: to this machine without a token, to others with one that the API accepts. Labels are names of the model, of HTTP and of the program, never of people, tenants or applications, so that the number of series is bounded. How to collect and show them: [observe](../how-to/observe.md).",
    "## Of the server",
    table(["Name", "Type", "Labels", "Meaning"], own),
    "## Of the process",
    "As prom-client gives them; those of file descriptors and of the heap in the process are there on Linux only.",
    table(["Name", "Meaning"], standing),
  );
}
