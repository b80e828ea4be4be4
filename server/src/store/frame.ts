import { problem } from "../base/errors.ts";
import type { CollectionPath } from "../plan/typed.ts";
import type { SideTable, Table } from "./schema.ts";

/** What an alias of a statement stands for: a row, or an element of a row's collection. */
export interface Frame {
  readonly alias: string;
  /** The table of the row, and its alias: that of the frame itself, for a row. */
  readonly table: Table;
  readonly row: string;
  /** Absent for a row. */
  readonly side?: SideTable;
}

/** Where names may lead: the row (level 0), and what the lambdas around stand for, level 1 first. */
export interface Frames {
  readonly table: Table;
  readonly alias: string;
  readonly lambdas: readonly Frame[];
}

/** The frame of a level. */
export function frameAt({ table, alias, lambdas }: Frames, level: number): Frame {
  return level === 0 ? { alias, table, row: alias } : lambdas[level - 1]!;
}

/** The side table of a collection reached from its origin. */
export function sideOf({ origin, steps, property }: CollectionPath, frames: Frames): SideTable {
  const { table, side: above } = frameAt(frames, origin.level);
  const path = [...(above?.path ?? []), ...steps].join("/");
  const found = table.sides.filter((side) => side.path.join("/") === path);
  const side = found.find((one) => one.property === property) ?? found.find((one) => one.property.type === property.type) ?? found[0];
  if (side === undefined) throw problem("notImplemented", { what: `'${path}' cannot be used in an expression.` });
  return side;
}
