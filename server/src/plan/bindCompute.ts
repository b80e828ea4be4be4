import { problem, type Problem } from "../base/errors.ts";
import type { ComputeItem } from "../odata/options.ts";
import { printExpression } from "../odata/printExpression.ts";
import { bindExpression } from "./bindExpression.ts";
import { propertyOf } from "./bindPath.ts";
import { leafOf } from "./leafOf.ts";
import type { Computed } from "./plan.ts";
import { bindProblem, kindOfWhole, type Bound, type ComputedNames, type Scope, type Variable } from "./scope.ts";
import type { Typed } from "./typed.ts";

/** What `$compute` names, and what of it an answer shows. */
export interface BoundCompute {
  readonly names: ComputedNames;
  /** As they are written, in order. */
  readonly list: readonly string[];
  /** The value as a part of the answer; its column is added to `columns` where the stored body does not have it. */
  readonly show: (name: string, columns: Typed[]) => Computed | undefined;
}

interface Item {
  readonly name: string;
  readonly item: ComputeItem;
  /** Characters of the expression, with those of what it uses in turn. */
  size: number;
}

/** Characters of expressions that names of `$compute` may stand for in one request. */
const most = 100_000;

/**
 * Binds `$compute` (OData 4.01 URL Conventions 5.1.3.1): each expression may use the names before it. A name stands for its expression, which is
 * bound where it is used. Throws `badRequest` for a name that is a property or there twice, and for what has no single value.
 */
export function bindCompute(items: readonly ComputeItem[], scope: Scope): BoundCompute {
  const budget = { left: most };
  const known = new Map<string, Item>();
  const level = scope.variables.length;
  const namesUntil = (count: number): ComputedNames => ({ level, find: (name, at, from) => find(name, at, { ...from, option: scope.option }, count) });
  const find = (name: string, at: number, from: Scope, count: number): Bound | undefined => {
    const index = [...known.keys()].indexOf(name.toLowerCase());
    const found = [...known.values()][index];
    if (found === undefined || index >= count) return undefined;
    budget.left -= found.size;
    if (budget.left < 0) throw bindProblem(from, at, `'${found.name}' makes the expression too complex; use it less often, or compute less`);
    return bindExpression(found.item.expression, { ...standing(scope, from), computed: namesUntil(index) });
  };
  for (const item of items) add(item, { known, scope, budget, find });
  return {
    names: namesUntil(items.length),
    list: items.map(({ name }) => name),
    show: (name, columns) => {
      const bound = find(name, 0, scope, items.length);
      return bound === undefined ? undefined : shown(known.get(name.toLowerCase())!.name, bound, { level, scope, columns });
    },
  };
}

interface Adding {
  readonly known: Map<string, Item>;
  readonly scope: Scope;
  readonly budget: { left: number };
  readonly find: (name: string, at: number, from: Scope, count: number) => Bound | undefined;
}

/** Binds an item once, so that what is wrong with it is refused even where nobody uses it. */
function add(item: ComputeItem, { known, scope, budget, find }: Adding): void {
  const { name, expression } = item;
  requireNew(name, known, scope);
  const entry: Item = { name, item, size: printExpression(expression).length };
  known.set(name.toLowerCase(), entry);
  const before = budget.left;
  const bound = find(name, expression.at, scope, known.size);
  entry.size = before - budget.left;
  const { typed } = bound!;
  if (bound!.isNullTest === true) throw bindProblem(scope, expression.at, `'${name}' would be ${kindOfWhole(typed)}; compute a single one`);
  if (typed.type === "untyped" && typed.kind !== "path")
    throw bindProblem(scope, expression.at, `the type of '${name}' is not known; cast the undeclared property that it is made of`);
}

function requireNew(name: string, known: ReadonlyMap<string, Item>, scope: Scope): void {
  const type = scope.within?.type ?? elementType(scope.variables.at(-1)) ?? scope.type;
  const why = known.has(name.toLowerCase())
    ? "is computed twice"
    : type !== undefined && propertyOf(type, name) !== undefined
      ? `is a property of '${type.name}'`
      : undefined;
  if (why !== undefined) throw refused(`'${name}' ${why}; give it another name`);
}

function refused(what: string): Problem {
  return problem("badRequest", { what: `$compute: ${what}.` }, { target: "$compute" });
}

function elementType(variable: Variable | undefined): Exclude<Variable["element"], "scalar"> | undefined {
  return variable === undefined || variable.element === "scalar" ? undefined : variable.element;
}

/** The scope that the expression was written in, with as many variables around it as where it is used: those behind its own cannot be named. */
function standing(own: Scope, from: Scope): Scope {
  const hidden = from.variables.slice(own.variables.length).map((variable): Variable => ({ ...variable, name: "" }));
  return { ...own, variables: [...own.variables, ...hidden] };
}

interface Showing {
  readonly level: number;
  readonly scope: Scope;
  readonly columns: Typed[];
}

function shown(name: string, bound: Bound, { level, columns }: Showing): Computed {
  const { typed } = bound;
  const leaf = typed.type === "null" ? undefined : leafOf(bound);
  const typedAs = leaf === undefined ? {} : { leaf };
  if (typed.kind === "path" && typed.path.origin.level === level && typed.path.cast === undefined)
    return { name, value: { steps: typed.path.steps }, ...typedAs };
  return { name, value: { column: columns.push(typed) - 1 }, ...typedAs };
}
