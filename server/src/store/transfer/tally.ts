import { hash } from "node:crypto";
import type { Cells } from "./ends.ts";

const lanes = 8;

/** Number and fingerprint of rows, whatever their order: sums of the rows' SHA-256, word by word. */
export interface Tally {
  readonly count: () => number;
  readonly text: () => string;
  readonly add: (rows: readonly Cells[]) => void;
}

/** Begins at nothing, or goes on from what was tallied before. */
export function createTally(from?: { readonly count: number; readonly tally: string }): Tally {
  const sums = new Uint32Array(lanes);
  let count = from?.count ?? 0;
  for (let lane = 0; lane < lanes; lane += 1) sums[lane] = Number.parseInt(from?.tally.slice(lane * 8, lane * 8 + 8) ?? "0", 16);
  return {
    count: () => count,
    text: () => Array.from(sums, (sum) => sum.toString(16).padStart(8, "0")).join(""),
    add(rows) {
      for (const row of rows) {
        const digest = hash("sha256", rowText(row), "buffer");
        for (let lane = 0; lane < lanes; lane += 1) sums[lane]! += digest.readUInt32LE(lane * 4);
      }
      count += rows.length;
    },
  };
}

/** Different rows have different texts. */
function rowText(row: Cells): string {
  let text = "";
  for (const cell of row) text += cell === null ? "-" : `${cell.length}:${cell}`;
  return text;
}
