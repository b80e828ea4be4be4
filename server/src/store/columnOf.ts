import { problem } from "../base/errors.ts";
import type { ScalarPath } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import type { Column } from "./schema.ts";

/** The column of a declared path. */
export function columnOf(path: ScalarPath, context: Pick<Context, "table" | "lambdas">): Column {
  const key = path.steps.join("/");
  const { level } = path.origin;
  const found = level === 0 ? (context.table.byPath.get(key) ?? []) : context.lambdas[level - 1]!.side.columns.filter((one) => one.steps.join("/") === key);
  const column = found.find((one) => one.property === path.property) ?? found.find((one) => one.property.type === path.property?.type) ?? found[0];
  if (column === undefined) throw problem("notImplemented", { what: `'${key}' cannot be used in an expression.` });
  return column;
}
