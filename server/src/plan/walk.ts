import { problem, type Problem } from "../base/errors.ts";
import type { Place } from "../edm/model.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { Expression } from "../odata/expression.ts";
import { isShared, type ComplexCast } from "./complexCast.ts";
import type { Bound, Scope } from "./scope.ts";
import type { RowsPath, Typed } from "./typed.ts";

/** How far a path has come. */
export interface Walk {
  readonly level: number;
  readonly type: EntityType | ComplexType;
  readonly steps: readonly string[];
  readonly property?: Property;
  readonly cast?: EntityType;
  /** Casts of complex values on the way. */
  readonly casts?: readonly ComplexCast[];
  /** The declared type of a collection's elements, where those of a derived one alone are meant. */
  readonly narrowed?: ComplexType;
  readonly dynamic: boolean;
  /** Where the row lies that the path began at; absent within complex elements. */
  readonly place?: Place;
  /** The rows that a navigation property led to, as long as nothing follows it. */
  readonly rows?: RowsPath;
}

/** How a lambda's predicate is bound: the way back into expressions. */
export type BindPredicate = (expression: Expression, scope: Scope) => Typed;

/** The ways back into expressions that paths need. */
export interface Back {
  readonly predicate: BindPredicate;
  readonly expression: (expression: Expression, scope: Scope) => Bound;
}

/** The casts that must be looked at for a value: not those that say no more than its name does. */
export function castsOf({ casts = [], property, steps, dynamic }: Walk): readonly ComplexCast[] {
  return casts.filter((cast) => dynamic || property === undefined || cast.steps.length + 1 < steps.length || isShared(cast, property));
}

/** Refuses what is in the language but not served yet (501), with its position. */
export function later(scope: Scope, at: number, what: string): Problem {
  return problem("notImplemented", { what: `${scope.option}: ${what} is not implemented (position ${at}).` }, { target: scope.option });
}
