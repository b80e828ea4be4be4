import type { ComputeItem, OrderbyItem } from "./options.ts";
import { printExpression } from "./printExpression.ts";

/** Prints the items of `$orderby`. */
export function printOrderby(items: readonly OrderbyItem[]): string {
  return items.map(({ expression, descending }) => printExpression(expression) + (descending ? " desc" : "")).join(",");
}

/** Prints the items of `$compute`. */
export function printCompute(items: readonly ComputeItem[]): string {
  return items.map(({ expression, name }) => `${printExpression(expression)} as ${name}`).join(",");
}
