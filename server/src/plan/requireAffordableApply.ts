import { problem } from "../base/errors.ts";
import type { Stage } from "./apply.ts";
import type { OrderItem } from "./plan.ts";
import { looksOf, requireAffordable } from "./requireAffordable.ts";
import type { Typed } from "./typed.ts";

/** How often one `$apply` may go through the rows it begins with, how many joins may multiply them, and how often all its expressions may look at other entities. */
const most = { passes: 64, joins: 3, looks: 32 };

/** Refuses transformations whose cost grows beyond all bounds by their shape alone, and says what to ask instead (400). */
export function requireAffordableApply(stage: Stage, option = "$apply"): void {
  const stages = stagesOf(stage);
  const parts = [...stages].flatMap(ownOf);
  for (const part of parts) requireAffordable(part, option);
  const looks = parts.reduce((sum, part) => sum + looksOf(part), 0);
  if (looks > most.looks) throw refused(option, `other entities are looked at ${looks} times in all; at most ${most.looks}. Ask in several requests`);
  const joins = joinsOf(stage);
  if (joins > most.joins) throw refused(option, `${joins} joins multiply the rows, each by the elements of another collection; at most ${most.joins}. Aggregate between them, or ask in several requests`); // prettier-ignore
  const passes = [...stages].reduce((sum, one) => sum + (one.kind === "concat" ? one.branches.length : 0), 0);
  if (passes > most.passes) throw refused(option, `all rows are gone through ${passes} times, for each sequence of concat and each level of rollup; at most ${most.passes}. Ask in several requests`); // prettier-ignore
}

function refused(option: string, what: string): Error {
  return problem("badRequest", { what: `${option}: ${what}.` }, { target: option });
}

/** The stages that a stage stands on. */
function below(stage: Stage): readonly Stage[] {
  if (stage.kind === "rows") return [];
  return stage.kind === "concat" ? stage.branches.map(({ of }) => of) : [stage.of];
}

/** Each stage once, however many stand on it: what is shared is computed once for a sequence. */
function stagesOf(stage: Stage, found: Set<Stage> = new Set<Stage>()): ReadonlySet<Stage> {
  if (found.has(stage)) return found;
  found.add(stage);
  for (const one of below(stage)) stagesOf(one, found);
  return found;
}

/** Joins of one sequence that nothing aggregates in between: rows of a group are few again. */
function joinsOf(stage: Stage): number {
  const deepest = stage.kind === "group" ? 0 : Math.max(0, ...below(stage).map(joinsOf));
  const inner = stage.kind === "group" ? joinsOf(stage.of) : 0;
  return Math.max(inner > most.joins ? inner : 0, deepest + (stage.kind === "join" ? 1 : 0));
}

function ownOf(stage: Stage): readonly Typed[] {
  switch (stage.kind) {
    case "rows":
      return [];
    case "filter":
      return [stage.predicate];
    case "compute":
      return valuesOf(stage.columns);
    case "group":
      return [...valuesOf(stage.keys), ...valuesOf(stage.aggregates)];
    case "slice":
      return orderOf(stage.order);
    case "rank":
      return [...orderOf(stage.order), stage.by, stage.amount];
    case "join":
      return [...valuesOf(stage.columns), ...(stage.predicate === undefined ? [] : [stage.predicate])];
    case "concat":
      return stage.branches.flatMap(({ order }) => orderOf(order));
  }
}

function valuesOf(columns: readonly { readonly value?: Typed }[]): readonly Typed[] {
  return columns.flatMap(({ value }) => (value === undefined ? [] : [value]));
}

function orderOf(order: readonly OrderItem[]): readonly Typed[] {
  return order.map(({ expression }) => expression);
}
