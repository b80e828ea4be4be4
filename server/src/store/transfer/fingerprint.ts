import { createHash } from "node:crypto";
import type { Scalar } from "../../plan/typed.ts";

/** Tables that say of a store what state it is in: every write moves a counter of its hub. */
export const tellingTables = ["hubs", "hub_access", "system_values"];

/** One text for a state of a store. */
export function fingerprintOf(engine: string, rows: readonly (readonly Scalar[])[], counts: ReadonlyMap<string, number>): string {
  const texts = rows.map((row) => JSON.stringify(row.map((value) => (value === null ? null : String(value)))));
  const text = JSON.stringify([engine, texts.toSorted(inOrder), [...counts].toSorted(([one], [other]) => inOrder(one, other))]);
  return createHash("sha256").update(text).digest("hex");
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
