import { problem } from "../base/errors.ts";
import type { ScalarPath } from "../plan/typed.ts";
import { frameAt, type Frames } from "./frame.ts";
import type { Column } from "./schema.ts";

/** The column of a declared path. */
export function columnOf(path: ScalarPath, frames: Frames): Column {
  const key = path.steps.join("/");
  const { table, side } = frameAt(frames, path.origin.level);
  const found = side === undefined ? (table.byPath.get(key) ?? []) : side.columns.filter((one) => one.steps.join("/") === key);
  const column = found.find((one) => one.property === path.property) ?? found.find((one) => one.property.type === path.property?.type) ?? found[0];
  if (column === undefined) throw problem("notImplemented", { what: `'${key}' cannot be used in an expression.` });
  return column;
}
