import type { Query } from "../plan/plan.ts";
import type { Typed } from "../plan/typed.ts";

/** What a row costs, by the shape of a query alone. */
export interface Cost {
  /** Parts of the filter and the order. */
  readonly terms: number;
  /** How many lambdas lie in each other: a row with n elements is gone through n, n², n³ times. */
  readonly depth: number;
}

/** The cost of a row: conditions are looked at one after the other, lambdas within lambdas multiply. */
export function costOf({ filter, orderby }: Pick<Query, "filter" | "orderby">): Cost {
  const parts = orderby.map(({ expression }) => expression);
  return costOfParts(filter === undefined ? parts : [filter, ...parts]);
}

/** What several expressions cost for a row. */
export function costOfParts(parts: readonly Typed[]): Cost {
  return parts.map(costOfPart).reduce((sum, { terms, depth }) => ({ terms: sum.terms + terms, depth: Math.max(sum.depth, depth) }), { terms: 1, depth: 0 });
}

function costOfPart(typed: Typed): Cost {
  switch (typed.kind) {
    case "not":
    case "negate":
    case "converted":
      return costOfParts([typed.operand]);
    case "binary":
      return costOfParts([typed.left, typed.right]);
    case "in":
      return costOfParts([typed.left]);
    case "call":
      return costOfParts(typed.arguments);
    case "case":
      return costOfParts(typed.branches.flatMap(({ when, gives }) => [when, gives]));
    case "subsequence":
      return { terms: 1, depth: 2 };
    case "related":
      return costOfParts([typed.value]);
    case "any":
    case "all":
    case "count": {
      const { terms, depth } = costOfParts(typed.predicate === undefined ? [] : [typed.predicate]);
      return { terms, depth: depth + 1 };
    }
    default:
      return { terms: 1, depth: 0 };
  }
}
