import type { Stage } from "../plan/apply.ts";
import type { Typed } from "../plan/typed.ts";
import { costOfParts, type Cost } from "./costOf.ts";

/** What a row costs that goes through a stage and those below it. */
export function costOfStage(stage: Stage): Cost {
  switch (stage.kind) {
    case "rows":
      return { terms: 1, depth: 0 };
    case "filter":
      return above(stage.of, [stage.predicate]);
    case "compute":
      return above(stage.of, valuesOf(stage.columns));
    case "group":
      return above(stage.of, [...valuesOf(stage.keys), ...valuesOf(stage.aggregates)]);
    case "slice":
      return above(stage.of, orderOf(stage));
    case "rank":
      return above(stage.of, [...orderOf(stage), stage.by, stage.by, stage.by]);
    case "join": {
      const { terms, depth } = above(stage.of, valuesOf(stage.columns));
      return { terms, depth: depth + 1 };
    }
    case "concat":
      return stage.branches
        .map((branch) => above(branch.of, [...orderOf(branch), ...branch.values.flatMap((value) => (value === undefined ? [] : [value]))]))
        .reduce((sum, { terms, depth }) => ({ terms: sum.terms + terms, depth: Math.max(sum.depth, depth) }));
  }
}

function valuesOf(columns: readonly { readonly value?: Typed }[]): Typed[] {
  return columns.flatMap(({ value }) => (value === undefined ? [] : [value]));
}

function orderOf({ order }: { readonly order: readonly { readonly expression: Typed }[] }): Typed[] {
  return order.map(({ expression }) => expression);
}

function above(of: Stage, parts: readonly Typed[]): Cost {
  const below = costOfStage(of);
  const own = costOfParts(parts);
  return { terms: below.terms + own.terms, depth: Math.max(below.depth, own.depth) };
}
