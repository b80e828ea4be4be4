import type { Link } from "../edm/links.ts";
import type { EntityType } from "../edm/types.ts";
import type { Query } from "../plan/plan.ts";
import type { Scalar, Typed } from "../plan/typed.ts";
import { isBounded, isBoundedPage, isDrivenBySide } from "./boundedWork.ts";
import { columnOf } from "./columnOf.ts";
import { compileTest, compileValue, contextOf, type Context } from "./compileExpression.ts";
import { kindOf } from "./compileOperands.ts";
import { costOf, type Cost } from "./costOf.ts";
import type { Dialect } from "./dialect.ts";
import { enter } from "./enter.ts";
import { isOf } from "./isOf.ts";
import { cursorReader, keysetRanges, orderBy, rangeText, type OrderTerm } from "./keyset.ts";
import { rowShape, type RowShape } from "./rowShape.ts";
import { linkFrom } from "./linkTest.ts";
import type { StoreSchema, Table } from "./schema.ts";
import { joined, Parameters, type SqlText } from "./sqlText.ts";

/** Which rows a statement may see: those of one hub, or of every hub that a tenant may see. */
export type ScopeKind = "hub" | "fleet";

/** What a query is compiled for. */
export interface CompileTarget {
  readonly dialect: Dialect;
  readonly table: Table;
  readonly scope: ScopeKind;
  readonly cast?: EntityType;
  /** Only rows that a link leads to, from the row that the run names. */
  readonly via?: { readonly link: Link; readonly schema: StoreSchema };
}

/** A statement, and how it is best run. */
export interface Compiled extends SqlText {
  /** True when no index bounds or orders the work: it may read the whole table. */
  readonly scans: boolean;
  readonly cost: Cost;
  /** True when a column may hold integers beyond 2^53. */
  readonly bigints: boolean;
}

/** A statement that yields rows, and how to read them. */
export interface CompiledRows extends Compiled {
  /** Statements whose rows follow, to be run while the page is not full. */
  readonly behind: readonly SqlText[];
  readonly shape: RowShape;
}

const cache = new WeakMap<Query, Map<string, unknown>>();

/** The statement of a page: first page without cursor (with $skip), later ones behind it. Kept with the query. */
export function compileQuery(query: Query, target: CompileTarget, cursor?: readonly Scalar[]): CompiledRows {
  const nulls = cursor?.map((value) => (value === null ? "0" : "1")).join("") ?? "-";
  return kept(query, target, `page ${nulls}`, () => compilePage(query, target, cursor));
}

/** The statement that counts all matches. */
export function compileCount(query: Query, target: CompileTarget): Compiled {
  return kept(query, target, "count", () => {
    const standing = stand(target);
    const sql = `SELECT count(*) FROM ${target.dialect.quote(target.table.name)} AS t WHERE ${where(query, target, standing)}`;
    return {
      sql,
      parameters: standing.parameters.list,
      scans: query.filter === undefined || !isBounded(query.filter, target.table),
      cost: costOf(query),
      bigints: false,
    };
  });
}

/** The rows of a query that are among those whose ids are listed (`list`), in no order. */
export function compileAmong(query: Query, target: CompileTarget): CompiledRows {
  return kept(query, target, "among", () => {
    const { dialect, table, scope } = target;
    const standing = stand(target);
    const shape = rowShape(table, scope, { dialect, terms: orderTerms(query, standing) });
    const id = `t.${dialect.quote("id")} IN ${dialect.listOf(standing.parameters.add((run) => run.list))}`;
    const sql = `SELECT ${shape.columns.join(", ")} FROM ${dialect.quote(table.name)} AS t WHERE ${where(query, target, standing)} AND ${id}`;
    return { sql, parameters: standing.parameters.list, behind: [], shape, scans: false, cost: costOf(query), bigints: query.orderby.some(mayBeBigint) };
  });
}

/** Compiles once per query, place, scope, cast and form. */
export function kept<T>(query: Query, { dialect, table, scope, cast, via }: CompileTarget, what: string, compile: () => T): T {
  const way = via === undefined ? "" : ` ${via.link.relation.name} ${via.link.reversed}`;
  const key = `${dialect.name} ${table.name} ${scope} ${cast?.name ?? ""} ${what}${way}`;
  let texts = cache.get(query);
  if (texts === undefined) cache.set(query, (texts = new Map()));
  let found = texts.get(key);
  if (found === undefined) texts.set(key, (found = compile()));
  return found as T;
}

function stand(target: CompileTarget): Context {
  const parameters = new Parameters(target.dialect);
  const standing = contextOf(parameters, target, "t");
  if (target.scope !== "hub") return standing;
  return { ...standing, owner: () => [parameters.add(runHub), ...target.table.parents.map((_, index) => parameters.add(runParents[index]!))] };
}

/** The hub comes first in every condition, from the scope alone. */
export function scopeConditions({ scope, table }: CompileTarget, { dialect, parameters, alias }: Context): string[] {
  const hub = `${alias}.${dialect.quote("hub")}`;
  const name = dialect.quote;
  const inScope = scope === "hub" ? `${hub} = ${parameters.add(runHub)}` : `${hub} IN ${hubsOf(parameters.add(runTenant), dialect)}`;
  return [inScope, ...table.parents.map((parent, index) => `${alias}.${name(parent)} = ${parameters.add(runParents[index]!)}`)];
}

/** The numbers of the hubs that a tenant may see, as a subquery. */
export function hubsOf(tenant: string, { quote }: Dialect): string {
  return `(SELECT h.${quote("n")} FROM ${quote("hub_access")} AS a JOIN ${quote("hubs")} AS h ON h.${quote("hub")} = a.${quote("hub")} WHERE a.${quote("tenant")} = ${tenant})`;
}

/** What holds of the hub of a row that an element of the run's list names: the scope's own, or one that the tenant may see, whatever the list says. */
export function hubOfElement(scope: CompileTarget["scope"], hub: string, { dialect, parameters }: Pick<Context, "dialect" | "parameters">): string[] {
  if (scope === "hub") return [`${hub} = ${parameters.add(runHub)}`];
  return [`${hub} = ${dialect.elementMember(0, "integer")}`, `${hub} IN ${hubsOf(parameters.add(runTenant), dialect)}`];
}

const runHub = (run: { readonly hub: number }): Scalar => run.hub;
const runTenant = (run: { readonly tenant: string }): Scalar => run.tenant;
const runParents = Array.from(
  { length: 8 },
  (_, index) =>
    (run: { readonly parents: readonly string[] }): Scalar =>
      run.parents[index] ?? "",
);

export function where(query: Query, target: CompileTarget, standing: Context): string {
  const conditions = [...scopeConditions(target, standing), ...viaConditions(target, standing), ...castConditions(target, standing)];
  if (query.filter !== undefined) conditions.push(...conjuncts(query.filter).map((one) => compileConjunct(one, target, standing)));
  return joined("AND", conditions);
}

/** Rows of the cast type alone. */
function viaConditions({ via }: CompileTarget, { dialect, parameters, alias }: Context): string[] {
  if (via === undefined) return [];
  const hub = parameters.add(runHub);
  const from = (index: number): string => parameters.add(runFrom[index]!, "text");
  return [linkFrom(via.link, { to: alias, hub, from }, { dialect, schema: via.schema })];
}

const runFrom = Array.from(
  { length: 8 },
  (_, index) =>
    (run: { readonly from: readonly string[] }): Scalar =>
      run.from[index] ?? "",
);

export function castConditions({ cast }: CompileTarget, standing: Context): string[] {
  return cast === undefined ? [] : [isOf([cast.name, ...cast.derived.map(({ name }) => name)], standing)];
}

function conjuncts(filter: Typed): Typed[] {
  if (filter.kind === "binary" && filter.operator === "and") return [...conjuncts(filter.left), ...conjuncts(filter.right)];
  return [filter];
}

/** An any() that an index of its side table can drive is turned round; all else stands as it is. */
function compileConjunct(typed: Typed, { scope, table }: CompileTarget, standing: Context): string {
  if (scope !== "hub" || typed.kind !== "any" || !isDrivenBySide(typed.source, typed.predicate, { table, alias: "", lambdas: [] }))
    return compileTest(typed, standing);
  const { dialect, parameters, alias } = standing;
  const inner = enter(typed.source, standing);
  const { side } = inner.lambdas[0]!;
  const name = (column: string) => `s1.${dialect.quote(column)}`;
  const conditions = [
    `${name("hub")} = ${parameters.add(runHub)}`,
    ...table.parents.map((parent, index) => `${name(parent)} = ${parameters.add(runParents[index]!)}`),
  ];
  conditions.push(compileTest(typed.predicate!, inner));
  return `${alias}.${dialect.quote("n")} IN (SELECT ${name("n")} FROM ${dialect.quote(side!.name)} AS s1 WHERE ${conditions.join(" AND ")})`;
}

/** The order as SQL terms; behind the key of text nothing can differ. */
export function orderTerms(query: Pick<Query, "orderby">, standing: Context): OrderTerm[] {
  return query.orderby.map((item) => {
    const { expression, descending } = item;
    const column =
      expression.kind === "path" && !expression.path.dynamic && expression.path.origin.level === 0 ? columnOf(expression.path, standing) : undefined;
    const isKey = column?.key === true || column?.filled === true;
    const sql = compileValue(expression, standing);
    // A constant may not stand there by itself.
    const text = expression.kind === "literal" && expression.type === "boolean" ? `(${sql} IS TRUE)` : sql;
    return { sql: text, descending, nullable: !isKey || standing.made !== undefined, kind: kindOf(expression, standing, "untyped"), item };
  });
}

/** True when an order value may be an integer that a JavaScript number cannot hold. */
export function mayBeBigint({ expression }: { readonly expression: Typed }): boolean {
  if (expression.type === "untyped" || expression.type === "duration" || expression.type === "decimal") return true;
  if (expression.type !== "int" && expression.type !== "double") return false;
  // Whatever its type, a computed value may be an integer: floor(9007199254740993) is.
  return expression.kind !== "path" || expression.path.property?.type.name === "Edm.Int64";
}

function compilePage(query: Query, target: CompileTarget, cursor: readonly Scalar[] | undefined): CompiledRows {
  const { dialect, table, scope } = target;
  const shape = rowShape(table, scope, { dialect, terms: orderTerms(query, stand(target)) });
  const [first, ...behind] = pageSelects(query, target, { columns: shape.columns, cursor });
  return { ...first!, behind, shape, scans: !isBoundedPage(query, table), cost: costOf(query), bigints: query.orderby.some(mayBeBigint) };
}

/** What is selected of each row of a page, and where the page begins. */
interface Selecting {
  readonly columns: readonly string[];
  readonly cursor: readonly Scalar[] | undefined;
}

/** The statements that give a page's rows, one after the other until it is full. */
function pageSelects(query: Query, target: CompileTarget, { columns, cursor }: Selecting): SqlText[] {
  return cursor === undefined ? [firstPage(query, target, columns)] : laterPage(query, target, { columns, cursor });
}

function firstPage(query: Query, target: CompileTarget, columns: readonly string[]): SqlText {
  const { select, terms, standing } = selection(query, target, columns);
  const offset = query.skip > 0 ? ` OFFSET ${standing.parameters.add((run) => run.offset)}` : "";
  return { sql: `${select}${orderBy(terms, target.dialect)}${limitOf(standing)}${offset}`, parameters: standing.parameters.list };
}

/** One statement for each range behind the cursor. */
function laterPage(query: Query, target: CompileTarget, { columns, cursor }: Selecting & { readonly cursor: readonly Scalar[] }): SqlText[] {
  const ranges = keysetRanges(orderTerms(query, stand(target)), cursor);
  return ranges.map((range) => {
    const { select, terms, standing } = selection(query, target, columns);
    const { conditions, order } = rangeText(range, terms, (index) => standing.parameters.add(cursorReader(index, terms[index]!.kind), terms[index]!.kind));
    return {
      sql: `${select} AND ${conditions.join(" AND ")}${orderBy(target.dialect.wholeOrder ? terms : order, target.dialect)}${limitOf(standing)}`,
      parameters: standing.parameters.list,
    };
  });
}

function selection(query: Query, target: CompileTarget, columns: readonly string[]): { select: string; terms: OrderTerm[]; standing: Context } {
  const { dialect, table } = target;
  const standing = stand(target);
  const terms = orderTerms(query, standing);
  return { select: `SELECT ${columns.join(", ")} FROM ${dialect.quote(table.name)} AS t WHERE ${where(query, target, standing)}`, terms, standing };
}

function limitOf({ parameters }: Context): string {
  return ` LIMIT ${parameters.add((run) => run.limit)}`;
}
