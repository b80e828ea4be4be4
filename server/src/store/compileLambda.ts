import type { ScalarType, Typed } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { enter, links } from "./enter.ts";

type Lambda = Extract<Typed, { kind: "any" | "all" | "count" }>;

/** any, all and `$count` of a collection or of related rows: a look into their table, tied to the row that they are reached from. */
export function compileLambda(typed: Lambda, context: Context): string {
  const inner = enter(typed.source, context);
  const conditions = links(typed.source, inner);
  if (typed.predicate !== undefined)
    conditions.push(typed.kind === "all" ? `(${context.compile(typed.predicate, inner, "boolean")}) IS NOT TRUE` : `(${context.test(typed.predicate, inner)})`);
  const rows = `${fromOf(inner)} WHERE ${conditions.join(" AND ")}`;
  if (typed.kind === "count") return `(SELECT count(*) ${rows})`;
  return typed.kind === "any" ? `EXISTS (SELECT 1 ${rows})` : `NOT EXISTS (SELECT 1 ${rows})`;
}

/** A value of the one row that a path leads to. */
export function compileRelated(typed: Extract<Typed, { kind: "related" }>, context: Context, wanted: ScalarType): string {
  const inner = enter(typed.source, context);
  const value = context.compile(typed.value, inner, wanted);
  return `(SELECT ${value} ${fromOf(inner)} WHERE ${links(typed.source, inner).join(" AND ")} LIMIT 1)`;
}

function fromOf({ dialect, lambdas }: Context): string {
  const { alias, table, side } = lambdas.at(-1)!;
  return `FROM ${dialect.quote((side ?? table).name)} AS ${alias}`;
}
