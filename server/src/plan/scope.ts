import { problem, type Problem } from "../base/errors.ts";
import type { Model, Place } from "../edm/model.ts";
import type { ComplexType, EntityType, EnumType } from "../edm/types.ts";
import type { Expression } from "../odata/expression.ts";
import type { ScalarType, Typed } from "./typed.ts";

/** What names mean at one point of an expression. */
export interface Scope {
  readonly model: Model;
  /** The type of the rows; its derived types' properties are reachable too. */
  readonly type: EntityType;
  /** Where the rows lie; navigation properties lead on from there. */
  readonly place: Place;
  /** Lambda variables, outermost first; their level is their index + 1. */
  readonly variables: readonly Variable[];
  readonly aliases: ReadonlyMap<string, Expression>;
  /** Strings stand for values of other types too (OData 4.01). */
  readonly pure: boolean;
  /** The option the text came from, for errors: `$filter`. */
  readonly option: string;
  /** Called with each dynamic property that is used: its name at the top of the row, `type/name` within an open complex value; and the place of the row, where that is another. */
  readonly useDynamic: (name: string, place?: Place) => void;
  /** Called with each place whose rows are read beside those of the query. */
  readonly touch: (place: Place, at: number) => void;
  readonly made?: MadeNames;
  /** Where plain names begin, when that is not at the row or at the element of the innermost collection: within a complex value. */
  readonly within?: Within;
  /** Names of `$compute`. */
  readonly computed?: ComputedNames;
  /** What `$it` means within `$expand`; absent, it is the row. */
  readonly outer?: Outer & { readonly use: () => void };
}

/** The rows that the path of the request leads to, seen from within `$expand` (OData 4.01 URL Conventions 5.1.1.14.1). */
export interface Outer {
  readonly place: Place;
  readonly cast?: EntityType;
  /** A name of their `$compute`, bound where names are theirs. */
  readonly computed?: (name: string, at: number, there: Scope) => Bound | undefined;
  /** They are more than the rows of a place: of `$apply`, or of several sets at once. */
  readonly made?: "$apply" | "$crossjoin";
}

/** A complex value that names are members of. */
export interface Within {
  readonly level: number;
  readonly type: ComplexType;
  readonly steps: readonly string[];
}

/** What `$compute` names, to be bound anew where it is used. */
export interface ComputedNames {
  /** How many variables stand around it. */
  readonly level: number;
  readonly find: (name: string, at: number, scope: Scope) => Bound | undefined;
}

export interface Variable {
  readonly name: string;
  readonly element: ComplexType | EntityType | "scalar";
  readonly elementType: ScalarType | "complex";
  readonly enumType?: EnumType;
  /** Of a variable that stands for a row: where it lies. */
  readonly place?: Place;
}

/** What transformations of `$apply` gave names to. */
export interface MadeNames {
  /** Asked before the properties of the rows; undefined for a name that is none of them. Throws for one that is not there at all. */
  readonly find: (names: readonly string[], at: number) => Bound | undefined;
  /** Whether a row has a value of this name, null included (Data Aggregation 4.0, section 3.7). */
  readonly isDefined: (names: readonly string[], at: number) => Typed;
  /** Rows have nothing but these: what the stored entity has is out of reach. */
  readonly alone: boolean;
}

/** An expression with the enum type of its value, which literals beside it need. */
export interface Bound {
  readonly typed: Typed;
  readonly enumType?: EnumType;
  /** `typed` says whether a complex value or a related entity is null: it can be compared with null, and with nothing else. */
  readonly isNullTest?: true;
}

/** What a bound null test is about, in words. */
export function kindOfWhole({ kind }: Typed): "a complex value" | "an entity" {
  return kind === "complexIsNull" ? "a complex value" : "an entity";
}

/** Refuses with the option's name and the position of the node (400, R43). */
export function bindProblem(scope: Scope, at: number, what: string): Problem {
  return problem("badRequest", { what: `${scope.option}: ${what} (position ${at}).` }, { target: scope.option });
}
