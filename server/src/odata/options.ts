import type { Sequence } from "./apply.ts";
import type { Expression, SearchExpression } from "./expression.ts";

/** The system query options of one request, as trees; names without `$`. Absent means not asked. */
export interface QueryOptions {
  readonly filter?: Expression;
  readonly orderby?: readonly OrderbyItem[];
  readonly select?: readonly SelectItem[];
  readonly expand?: readonly ExpandItem[];
  readonly compute?: readonly ComputeItem[];
  readonly search?: SearchExpression;
  readonly top?: number;
  readonly skip?: number;
  readonly count?: boolean;
  readonly skiptoken?: string;
  readonly deltatoken?: string;
  readonly format?: string;
  readonly index?: number;
  readonly levels?: number | "max";
  readonly schemaversion?: string;
  readonly id?: string;
  readonly apply?: Sequence;
}

/** The name of a system query option, without `$`. */
export type OptionName = keyof QueryOptions;

export interface OrderbyItem {
  readonly expression: Expression;
  readonly descending: boolean;
}

/** `*`, a path, or a path with nested options: `accounts($select=service)`. */
export interface SelectItem {
  readonly at: number;
  readonly star: boolean;
  readonly path: readonly string[];
  readonly options?: QueryOptions;
  /** Aliases defined among the nested options, by name without `@`. */
  readonly aliases?: ReadonlyMap<string, Expression>;
}

export interface ExpandItem {
  readonly at: number;
  readonly star: boolean;
  readonly path: readonly string[];
  /** `/$ref` or `/$count` behind the path. */
  readonly suffix?: "ref" | "count";
  readonly options: QueryOptions;
  /** Written out for a further level of `$levels`. */
  readonly again?: true;
  /** As in SelectItem. */
  readonly aliases?: ReadonlyMap<string, Expression>;
}

export interface ComputeItem {
  readonly expression: Expression;
  readonly name: string;
}

/** Resource path segments, decoded, before any model is asked (ABNF `resourcePath`). */
export interface Segment {
  /** 0-based offset in the raw path behind the service root. */
  readonly at: number;
  readonly name: string;
  /** The key or function parameters in parentheses; absent when there are none; `('x')` is one nameless argument. */
  readonly arguments?: readonly { readonly name?: string; readonly value: Expression }[];
  /** The raw segment text, percent-decoded, parentheses included: a key when the model says that it is one. */
  readonly raw: string;
}
