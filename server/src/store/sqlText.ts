import type { Scalar } from "../plan/typed.ts";
import type { Dialect, ValueKind } from "./dialect.ts";

/** What a statement is run with: values that the compiled text leaves open. */
export interface Run {
  /** The number of the hub; 0 in the scope of a fleet and for a hub that is not real yet. */
  readonly hub: number;
  readonly tenant: string;
  readonly parents: readonly string[];
  /** The key of the row that a link starts from: its parents', and its own unless it is a singleton. */
  readonly from: readonly string[];
  /** The instant of the request, for `now()`. */
  readonly now: string;
  readonly cursor: readonly Scalar[];
  /** Rows to fetch. */
  readonly limit: number;
  readonly offset: number;
  /** Rows in all, of statements that fetch some for each of several. */
  readonly most: number;
  /** A list as JSON text: ids, or keys of parents. */
  readonly list: string;
}

/** A parameter: a value of the query itself, or one that each run brings. */
export type Parameter = Scalar | ((run: Run) => Scalar);

/** A statement's text with its parameters in order. */
export interface SqlText {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** Collects the parameters of a text while it is built. */
export class Parameters {
  readonly list: Parameter[] = [];
  readonly #dialect: Dialect;
  readonly #known = new Map<Parameter, string>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** The place of a parameter in the text. A reader of the run takes one place however often it is added; values take one each, so that the text depends on the query's shape alone. Its kind is said where nothing beside it tells it. */
  add(parameter: Parameter, kind?: ValueKind): string {
    if (typeof parameter !== "function") return this.#dialect.parameter(this.list.push(parameter), kind);
    const known = this.#known.get(parameter);
    if (known !== undefined) return known;
    const place = this.#dialect.parameter(this.list.push(parameter), kind);
    this.#known.set(parameter, place);
    return place;
  }
}

/** The values of one run, in order. */
export function valuesOf(text: SqlText, run: Run): Scalar[] {
  return text.parameters.map((parameter) => (typeof parameter === "function" ? parameter(run) : parameter));
}

const none: Run = { hub: 0, tenant: "", parents: [], from: [], now: "", cursor: [], limit: 0, offset: 0, most: 0, list: "[]" };

/** A Run with only what is given. */
export function runWith(given: Partial<Run>): Run {
  return { ...none, ...given };
}

/** Conditions joined, each in its own parentheses where it needs them; deep chains are balanced, for engines limit the depth of a tree. */
export function joined(operator: "AND" | "OR", conditions: readonly string[]): string {
  if (conditions.length <= 16) return conditions.join(` ${operator} `);
  const middle = conditions.length >> 1;
  return `(${joined(operator, conditions.slice(0, middle))}) ${operator} (${joined(operator, conditions.slice(middle))})`;
}
