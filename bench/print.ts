import type { Compared, Figures } from "./measure.ts";

const columns = [
  ["shape", 18],
  ["rows", 6],
  ["CPU us", 8],
  ["base us", 8],
  ["ratio", 7],
  ["goal", 8],
  ["met", 4],
  ["p50 ms", 8],
  ["p99 ms", 8],
  ["per s", 8],
] as const;

/** One line of the table. */
function line(cells: readonly string[]): void {
  console.log(cells.map((cell, index) => (index === 0 ? cell.padEnd(columns[0][1]) : cell.padStart(columns[index]![1]))).join(" "));
}

export function printHead(): void {
  line(columns.map(([name]) => name));
}

/** A shape against its constant reply. */
export function printShape({ shape: { name, goal }, rows, base, ours }: Compared): void {
  const ratio = ours.cpu / base.cpu;
  const verdict = goal === undefined ? ["-", ""] : [`<= ${goal}`, ratio <= goal ? "yes" : "no"];
  line([name, short(rows), ours.cpu.toFixed(1), base.cpu.toFixed(1), ratio.toFixed(2), ...verdict, ...timesOf(ours)]);
}

/** The constant reply with the same heads, in what it takes node:http to read the token and to write the fields. */
export function printDressed(dressed: Figures, ours: readonly Figures[]): void {
  const shares = ours.map(({ cpu }) => (dressed.cpu / cpu).toFixed(2)).join(", ");
  console.log(`  the constant reply with the same heads: ${dressed.cpu.toFixed(1)} us, ${shares} of the above`);
}

/** Anything else that is compared: what, the figure, the goal, and whether it is met. */
export function printGoal(what: string, figure: string, met?: boolean): void {
  console.log(`${what}: ${figure}${met === undefined ? "" : met ? "  (met)" : "  (not met)"}`);
}

/** 10000 as 1e4. */
export function short(rows: number): string {
  return rows.toExponential().replace("+", "");
}

function timesOf({ p50, p99, rate }: Figures): string[] {
  return [p50.toFixed(3), p99.toFixed(3), rate.toFixed(0)];
}
