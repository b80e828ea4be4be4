import type { BinaryOperator } from "./expression.ts";

/** How tightly each operator binds: OData 4.01 URL conventions 5.1.1.16, where `has` and `in` bind tighter than `not` and `-`. */
export const bindingPower: ReadonlyMap<string, number> = new Map<BinaryOperator | "in", number>([
  ["or", 1],
  ["and", 2],
  ["eq", 3],
  ["ne", 3],
  ["gt", 4],
  ["ge", 4],
  ["lt", 4],
  ["le", 4],
  ["add", 5],
  ["sub", 5],
  ["mul", 6],
  ["div", 6],
  ["divby", 6],
  ["mod", 6],
  ["has", 8],
  ["in", 8],
]);
