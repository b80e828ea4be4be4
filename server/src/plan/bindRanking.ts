import type { RankingKind, Transformation } from "../odata/apply.ts";
import type { Expression } from "../odata/expression.ts";
import { bindExpression } from "./bindExpression.ts";
import { familyOf } from "./functions.ts";
import { notServed, scopeOf, type Binding, type InputSet } from "./inputSet.ts";
import { bindProblem } from "./scope.ts";
import type { OrderItem } from "./plan.ts";
import type { Typed } from "./typed.ts";

type Ranking = Extract<Transformation, { readonly kind: RankingKind }>;

/** `topcount`, `bottomsum` and their like (Data Aggregation 4.0, section 3.3.1): the rows come in the order in which they count. */
export function bindRanking({ kind, amount, by, at }: Ranking, set: InputSet, binding: Binding): InputSet {
  const scope = scopeOf(set, binding);
  const { typed } = bindExpression(by, scope);
  const isCount = kind.endsWith("count");
  if (typed.kind === "complexIsNull") throw bindProblem(scope, by.at, "a complex value has no order");
  if (!isCount && (familyOf(typed.type) !== "number" || typed.type === "enum"))
    throw bindProblem(scope, by.at, `'${kind}' adds up numbers, got a value of type ${typed.type}`);
  const number = amountOf(amount, kind, binding);
  const item: OrderItem = { expression: typed, descending: kind.startsWith("top"), nullable: true };
  const order = typed.kind === "literal" ? set.order : [item, ...set.order];
  const within = set.within.map((one) => one.typed);
  // No rows add up to 0 already.
  const top = isCount ? Number(number.value) : Number(number.value) <= 0 ? 0 : undefined;
  if (top !== undefined) return { ...set, order, stage: { kind: "slice", of: set.stage, within, order, skip: 0, top, id: binding.next() } };
  binding.spend(at);
  const until = kind.endsWith("sum") ? "sum" : "percent";
  const ids = [binding.next(), binding.next(), binding.next(), binding.next()] as const;
  return { ...set, order, stage: { kind: "rank", of: set.stage, within, order, by: typed, until, amount: number, ids } };
}

/** The first parameter: a number that does not depend on the row. */
function amountOf(amount: Expression, kind: RankingKind, { scope }: Binding): Extract<Typed, { kind: "literal" }> {
  if (amount.kind === "path") {
    const [first] = amount.segments;
    if (first?.kind === "name" && first.name === "$these") throw notServed("'$these'", amount.at);
    throw bindProblem(scope, amount.at, `'${kind}' expects a number here, not a property`);
  }
  const { typed } = bindExpression(amount, scope);
  if (typed.kind !== "literal") throw notServed("a calculated number in this place", amount.at);
  if (familyOf(typed.type) !== "number") throw bindProblem(scope, amount.at, `'${kind}' expects a number here, got a value of type ${typed.type}`);
  const value = Number(typed.value);
  if (kind.endsWith("count") && !(Number.isSafeInteger(value) && value > 0)) throw bindProblem(scope, amount.at, `'${kind}' expects a whole number from 1 on`);
  if (kind.endsWith("percent") && !(value > 0 && value <= 100)) throw bindProblem(scope, amount.at, `'${kind}' expects a number above 0 and up to 100`);
  return typed;
}
