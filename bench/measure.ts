import type { Child } from "./child.ts";
import { requestBytes, runLoad } from "./load.ts";
import type { Prepared, Shape } from "./shapes.ts";

/** One of the processes that a shape is measured on. */
export interface Variant {
  readonly child: Child;
  readonly prepared: Prepared;
}

/** A shape on one data file, beside its base line. */
export interface Compared {
  readonly shape: Shape;
  readonly rows: number;
  readonly base: Pick<Figures, "cpu">;
  readonly ours: Figures;
}

/** What a shape took on one variant. */
export interface Figures {
  /** Microseconds of CPU of the server process per request: the median of the rounds. */
  readonly cpu: number;
  /** Wall time of one request at a time, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Requests per second at 16 connections: the median of the rounds. */
  readonly rate: number;
}

const rounds = 7;
/** The compiler needs some thirty thousand requests until it has settled on what it makes of the whole path of one. */
const warmRounds = 12;
const connections = 16;

/** A constant reply of so many bytes; with a token, asked with it and answered with as many fields as a hub sends. */
export function bareVariant(child: Child, bytes: number, token?: string): Variant {
  const bytesOfRequest =
    token === undefined ? requestBytes("GET", `/${bytes}`, {}) : requestBytes("GET", `/heads/${bytes}`, { authorization: `Bearer ${token}` });
  return { child, prepared: { request: () => bytesOfRequest, expect: { status: 200, shortest: bytes, longest: bytes } } };
}

/**
 * Measures the variants of a shape, one after the other in every round, so that what else the machine does meets all
 * alike. The first rounds only warm.
 */
export async function measure(shape: Shape, variants: readonly Variant[]): Promise<Figures[]> {
  const samples = variants.map(() => ({ cpu: [] as number[], rate: [] as number[], each: [] as number[] }));
  for (let round = 0; round < warmRounds + rounds; round += 1) {
    for (const [index, variant] of variants.entries()) {
      const { cpu, all } = await loaded(variant, { count: shape.count, connections });
      const single = await loaded(variant, { count: Math.ceil(shape.count / 8), connections: 1 });
      if (round < warmRounds) continue;
      samples[index]!.cpu.push(cpu / shape.count);
      samples[index]!.rate.push(shape.count / (all / 1000));
      samples[index]!.each.push(...single.each);
    }
  }
  return samples.map(({ cpu, rate, each }) => ({ cpu: quantile(cpu, 0.5), rate: quantile(rate, 0.5), p50: quantile(each, 0.5), p99: quantile(each, 0.99) }));
}

interface Loaded {
  readonly cpu: number;
  readonly all: number;
  readonly each: readonly number[];
}

/** Runs requests on a variant and tells the CPU that its process took for them. */
export async function loaded({ child, prepared }: Variant, size: { readonly count: number; readonly connections: number }): Promise<Loaded> {
  const before = await child.ask("usage");
  const took = await runLoad({ port: child.port, ...prepared, ...size });
  const after = await child.ask("usage");
  return { cpu: after.cpu - before.cpu, ...took };
}

/** What raw inserts took: the base line of durable writes. */
export async function measureInserts(child: Child, group: number, rows: number): Promise<Pick<Figures, "cpu" | "rate">> {
  const before = await child.ask("usage");
  const began = performance.now();
  const after = await child.ask("insert", rows, group);
  return { cpu: (after.cpu - before.cpu) / rows, rate: rows / ((performance.now() - began) / 1000) };
}

/** The value below which this part of the samples lies. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
