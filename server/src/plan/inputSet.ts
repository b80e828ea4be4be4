import { problem } from "../base/errors.ts";
import type { Place } from "../edm/model.ts";
import type { ComplexType, EntityType } from "../edm/types.ts";
import type { Leaf, Stage } from "./apply.ts";
import { propertyOf } from "./bindPath.ts";
import type { OrderItem } from "./plan.ts";
import { bindProblem, type Bound, type MadeNames, type Scope } from "./scope.ts";
import type { Typed } from "./typed.ts";

/** What one transformation takes and gives: rows, their order, and what their values are called. */
export interface InputSet {
  readonly stage: Stage;
  /** The properties of the place's rows can be reached, at least of some rows. */
  readonly entity: boolean;
  /** Values with names, by lower-case path: aliases, and properties that were grouped by. */
  readonly names: ReadonlyMap<string, Named>;
  readonly shapes: readonly Shape[];
  readonly tell?: Typed;
  /** Total. */
  readonly order: readonly OrderItem[];
  /** The properties of the groupby transformations around it, as columns. */
  readonly within: readonly Named[];
  /** The rows that the innermost of those was given: each of its groups is there. */
  readonly groups?: Stage;
}

/** A value of each row, and its path of names. */
export interface Named {
  readonly path: readonly string[];
  readonly typed: Typed;
  readonly type: Leaf;
  readonly dynamic: boolean;
  /** Tells rows apart, and is not among their members. */
  readonly hidden?: true;
  /** Of the place of an element: the collection that it lies in. */
  readonly element?: { readonly steps: readonly string[]; readonly type: ComplexType };
}

/** A structure that rows have: the stored entity, or none of it, and then members. */
export interface Shape {
  readonly entity: boolean;
  readonly members: readonly Named[];
}

/** What all transformations of one `$apply` share. */
export interface Binding {
  readonly scope: Scope;
  readonly place: Place;
  readonly cast?: EntityType;
  /** A new id of a column. */
  readonly next: () => string;
  /** Counts a stage; throws where there are too many. */
  readonly spend: (at: number) => void;
  /** Told of each collection that is joined. */
  readonly join: (place: Place) => void;
}

export const keyOf = (path: readonly string[]): string =>
  path
    .filter((name) => !name.includes("."))
    .join("/")
    .toLowerCase();

/** The names of several values. */
export function namesOf(members: readonly Named[]): Map<string, Named> {
  return new Map(members.map((one) => [keyOf(one.path), one]));
}

/** A value in the order, from the lowest on. */
export function ascending({ typed }: Named): OrderItem {
  return { expression: typed, descending: false, nullable: true };
}

/** What names mean for the rows of a set. */
export function scopeOf(set: InputSet, { scope }: Binding): Scope {
  const made: MadeNames = {
    alone: !set.entity,
    find: (names, at) => find(set, names, { at, scope }),
    isDefined: (names, at) => isDefined(set, names, { at, scope }),
  };
  return { ...scope, made };
}

interface Asking {
  readonly at: number;
  readonly scope: Scope;
}

function find(set: InputSet, names: readonly string[], { at, scope }: Asking): Bound | undefined {
  const found = set.names.get(keyOf(names));
  if (found !== undefined) return { typed: found.typed, ...(found.type.kind === "enum" ? { enumType: found.type } : {}) };
  if (set.entity) return undefined;
  // A property that was aggregated away is null (Data Aggregation 4.0, section 3.7).
  if (isDeclared(scope.type, names)) return { typed: { kind: "literal", type: "null", value: null } };
  throw unknownName(set, names, { at, scope });
}

function unknownName({ names }: InputSet, wanted: readonly string[], { at, scope }: Asking): Error {
  const there = [...names.values()].map(({ path }) => path.join("/")).join(", ");
  return bindProblem(scope, at, `there is no '${wanted.join("/")}' here${there === "" ? "" : `; the rows have ${there}`}`);
}

/** True when a path of names leads through declared properties. */
export function isDeclared(type: EntityType | ComplexType, names: readonly string[]): boolean {
  let current: EntityType | ComplexType | undefined = type;
  for (const name of names.filter((one) => !one.includes("."))) {
    const property: ReturnType<typeof propertyOf> = current === undefined ? undefined : propertyOf(current, name);
    if (property === undefined) return current?.allNavigation.some((one) => one.name.toLowerCase() === name.toLowerCase()) === true;
    current = property.type.kind === "complex" ? property.type : undefined;
  }
  return true;
}

/** A truth that does not depend on the row. */
const truth = (value: boolean): Typed => ({ kind: "literal", type: "boolean", value: Number(value) });

/** Whether rows of a shape have a value of this name, or values below it. */
export function hasMember({ entity, members }: Shape, names: readonly string[], { scope }: Pick<Binding, "scope">): boolean {
  const key = keyOf(names);
  return (entity && isDeclared(scope.type, names)) || members.some(({ path }) => `${keyOf(path)}/`.startsWith(`${key}/`));
}

/** The rows for which a condition is true. */
export function filtered(set: InputSet, predicate: Typed): InputSet {
  return { ...set, stage: { kind: "filter", of: set.stage, predicate } };
}

function isDefined(set: InputSet, names: readonly string[], { at, scope }: Asking): Typed {
  const key = keyOf(names);
  const declared = isDeclared(scope.type, names);
  if (!declared && !set.names.has(key)) throw unknownName(set, names, { at, scope });
  const has = set.shapes.map((shape) => hasMember(shape, names, { scope }));
  if (set.tell === undefined || new Set(has).size === 1) return truth(has[0]!);
  const items = has.flatMap((there, index): Typed[] => (there ? [{ kind: "literal", type: "int", value: index }] : []));
  return { kind: "in", type: "boolean", left: set.tell, items };
}

/** Refuses an alias that is taken (Data Aggregation 4.0, section 3.1.1). */
export function requireFree(alias: string, at: number, set: InputSet, { scope }: Binding): void {
  const lower = alias.toLowerCase();
  const taken = [...set.names.keys()].some((key) => key === lower || key.startsWith(`${lower}/`));
  if (!taken && !isDeclared(scope.type, [alias])) return;
  throw bindProblem(scope, at, `'${alias}' is the name of a property already; choose another alias`);
}

/** Refuses two aliases of one name. */
export function requireDistinct(aliases: readonly string[], at: number, { scope }: Binding): void {
  const again = aliases.find((alias, index) => aliases.findIndex((one) => one.toLowerCase() === alias.toLowerCase()) !== index);
  if (again !== undefined) throw bindProblem(scope, at, `the alias '${again}' is given twice`);
}

/** What is in the language and not served: 501. */
export function notServed(what: string, at: number): Error {
  return problem("notImplemented", { what: `$apply: ${what} is not implemented (position ${at}).` }, { target: "$apply" });
}
