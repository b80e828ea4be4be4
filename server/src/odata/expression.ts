/**
 * The syntax tree of an OData common expression (OData 4.01 ABNF, `commonExpr`). It knows no model:
 * names are text, literals keep their lexical form, every node says where it stands.
 */
export type Expression = Literal | Path | Unary | Binary | In | Call | List | JsonLiteral | Alias;

/** Where a node begins: 0-based offset in the decoded text of its query option. */
interface Placed {
  readonly at: number;
}

export type LiteralKind =
  | "null"
  | "boolean"
  | "integer"
  | "decimal"
  | "string"
  | "date"
  | "dateTimeOffset"
  | "timeOfDay"
  | "duration"
  | "guid"
  | "binary"
  | "enum"
  | "geo";

/** `value` is the lexical form without quotes and prefixes ('' already read as '); `INF`, `-INF` and `NaN` are decimals. */
export interface Literal extends Placed {
  readonly kind: "literal";
  readonly literal: LiteralKind;
  readonly value: string;
  /** The qualified type name in front of an enum literal or geo prefix: `microsoft.graph.operationStatus'Completed'`. */
  readonly type?: string;
}

/** A member path: `vendorInformation/provider`, `$it/name`, `controlScores/any(a:a/score gt 1)`, `tags/$count`. */
export interface Path extends Placed {
  readonly kind: "path";
  readonly segments: readonly PathStep[];
}

/** One step of a member path. A `name` may be a property, a lambda variable, `$it`, `$this`, `$these`, `$root`, a qualified type or a bound function: only the model can tell. */
export type PathStep = NameStep | LambdaStep | CountStep | CallStep | AggregateStep;

export interface NameStep extends Placed {
  readonly kind: "name";
  readonly name: string;
}
/** `any()` has neither variable nor predicate. */
export interface LambdaStep extends Placed {
  readonly kind: "any" | "all";
  readonly variable?: string;
  readonly predicate?: Expression;
}
export interface CountStep extends Placed {
  readonly kind: "count";
  readonly filter?: Expression;
  readonly search?: SearchExpression;
}
/** A segment with parentheses in a path: a bound function `ns.f(p=1)` or a key predicate `set('k')`. */
export interface CallStep extends Placed {
  readonly kind: "call";
  readonly name: string;
  readonly parameters: readonly NamedArgument[];
}
/** `Sales/aggregate(Amount with sum)` (Data Aggregation 4.0, section 4.2): nothing stands behind it. */
export interface AggregateStep extends Placed {
  readonly kind: "aggregate";
  readonly of: Aggregation;
}
/** What is aggregated and how: `Amount mul 2 with sum from Time with average`. Without a method `value` ends in `$count` or is a custom aggregate's path. */
export interface Aggregation extends Placed {
  readonly value: Expression;
  /** `sum`, `min`, `max`, `average`, `countdistinct`, or a custom method's qualified name. */
  readonly method?: string;
  /** Steps towards coarser groups, each by these paths of names. */
  readonly from: readonly { readonly keys: readonly (readonly string[])[]; readonly method?: string }[];
}
/** Without a name: a single positional key value. */
export interface NamedArgument {
  readonly name?: string;
  readonly value: Expression;
}

export interface Unary extends Placed {
  readonly kind: "not" | "negate";
  readonly operand: Expression;
}

export type BinaryOperator =
  | "or" | "and"
  | "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "has"
  | "add" | "sub" | "mul" | "div" | "divby" | "mod"; // prettier-ignore

export interface Binary extends Placed {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `left in (a,b)` or `left in path`. */
export interface In extends Placed {
  readonly kind: "in";
  readonly left: Expression;
  readonly right: List | Path | Alias | JsonLiteral;
}

/** A canonical function: `contains(name,'x')`, `cast(a,Edm.Int32)`, `case(p:v,true:w)` (whose arguments alternate condition, value). The name is lower-cased. */
export interface Call extends Placed {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Expression[];
}

export interface List extends Placed {
  readonly kind: "list";
  readonly items: readonly Expression[];
}

/** A JSON array or object literal inside an expression, as text. */
export interface JsonLiteral extends Placed {
  readonly kind: "json";
  readonly text: string;
}

/** `@p`: a parameter alias. */
export interface Alias extends Placed {
  readonly kind: "alias";
  readonly name: string;
}

/** `$search` (ABNF `searchExpr`). */
export type SearchExpression =
  | { readonly kind: "word" | "phrase"; readonly text: string; readonly at: number }
  | { readonly kind: "not"; readonly operand: SearchExpression; readonly at: number }
  | { readonly kind: "and" | "or"; readonly left: SearchExpression; readonly right: SearchExpression; readonly at: number };
