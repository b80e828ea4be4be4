import type { Context } from "./compileExpression.ts";

/** A condition on the row's own type. */
export function isOf(names: readonly string[], { dialect, alias, parameters }: Pick<Context, "dialect" | "alias" | "parameters">): string {
  const type = `${alias}.${dialect.quote("type")}`;
  const places = names.map((name) => parameters.add(name));
  return places.length === 1 ? `${type} = ${places[0]}` : `${type} IN (${places.join(", ")})`;
}
