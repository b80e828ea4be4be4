import { rmSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "./child.ts";
import { loaded, measureInserts, quantile, type Variant } from "./measure.ts";
import { printGoal, short } from "./print.ts";
import type { Shape } from "./shapes.ts";

const rounds = 7;
const connections = 16;

interface Where {
  readonly folder: string;
  readonly rows: readonly number[];
}

/**
 * Goal 3: durable POSTs at 16 connections against rows inserted by node:sqlite alone, one to a transaction and ten.
 * The disk is the limit, so rates are compared; all lie on the same one and take turns.
 */
export async function measureWrites(shape: Shape, variants: readonly Variant[], { folder, rows }: Where): Promise<void> {
  const file = join(folder, "raw.sqlite");
  const raw = await startChild("rawInserts.ts", [file]);
  const single: number[] = [];
  const grouped: number[] = [];
  const cpus: number[] = [];
  const ours = variants.map(() => ({ rate: [] as number[], cpu: [] as number[], each: [] as number[] }));
  for (let round = -1; round < rounds; round += 1) {
    const one = await measureInserts(raw, 1, shape.count / 2);
    const ten = await measureInserts(raw, 10, shape.count);
    for (const [index, variant] of variants.entries()) {
      const { cpu, all, each } = await loaded(variant, { count: shape.count, connections });
      if (round < 0) continue;
      ours[index]!.rate.push(shape.count / (all / 1000));
      ours[index]!.cpu.push(cpu / shape.count);
      ours[index]!.each.push(...each);
    }
    if (round < 0) continue;
    single.push(one.rate);
    grouped.push(ten.rate);
    cpus.push(ten.cpu);
  }
  await raw.stop();
  for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
  for (const [index, { rate, cpu, each }] of ours.entries()) {
    const [mine, ten, one] = [quantile(rate, 0.5), quantile(grouped, 0.5), quantile(single, 0.5)];
    const what = `${shape.name}, ${short(rows[index]!)} rows, 16 connections`;
    printGoal(
      what,
      `${mine.toFixed(0)}/s, ${quantile(cpu, 0.5).toFixed(0)} us CPU, p50 ${quantile(each, 0.5).toFixed(2)} ms, p99 ${quantile(each, 0.99).toFixed(2)} ms`,
    );
    printGoal(
      "  of raw groups of ten (goal 3: >= 0.50)",
      `${(mine / ten).toFixed(2)} of ${ten.toFixed(0)}/s at ${quantile(cpus, 0.5).toFixed(0)} us CPU`,
      mine / ten >= 0.5,
    );
    printGoal("  of raw one per transaction (goal 3: >= 2)", `${(mine / one).toFixed(2)} of ${one.toFixed(0)}/s`, mine / one >= 2);
  }
}
