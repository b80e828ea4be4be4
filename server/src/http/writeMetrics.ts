import type { Histogram } from "../base/histogram.ts";
import { metricFamilies } from "./metricFamilies.ts";
import type { MetricName } from "./metricFamilies.ts";

/** Values of some families: each with its labels, as in `kind="api",method="GET"`. Histograms are in milliseconds where the name says seconds. */
export type Readings = { readonly [Name in MetricName]?: readonly (readonly [labels: string, value: number | Histogram])[] };

/** Labels in the text form, values escaped. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`))}"`)
    .join(",");
}

/** The readings in Prometheus' text form, 0.0.4, in the order of the table of families. */
export function writeMetrics(readings: Readings): string {
  const names = Object.keys(metricFamilies) as MetricName[];
  return names.flatMap((name) => familyLines(name, readings[name] ?? [])).join("");
}

function familyLines(name: MetricName, samples: readonly (readonly [string, number | Histogram])[]): readonly string[] {
  if (samples.length === 0) return [];
  const { type, help } = metricFamilies[name];
  const lines = samples.flatMap(([labels, value]) =>
    typeof value === "number" ? [`${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`] : histogramLines(name, labels, value),
  );
  return [`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, ...lines];
}

function histogramLines(name: string, labels: string, { bounds, buckets, sum, count }: Histogram): readonly string[] {
  const unit = name.endsWith("_seconds") ? 1000 : 1;
  const own = labels === "" ? "" : `{${labels}}`;
  const before = labels === "" ? "" : `${labels},`;
  let below = 0;
  const lines = bounds.map((bound, index) => `${name}_bucket{${before}le="${bound / unit}"} ${(below += buckets[index]!)}\n`);
  return [...lines, `${name}_bucket{${before}le="+Inf"} ${count}\n`, `${name}_sum${own} ${sum / unit}\n`, `${name}_count${own} ${count}\n`];
}
