import type { Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { compileValue } from "./compileExpression.ts";
import { kept, orderTerms, type Compiled, type CompiledRows, type CompileTarget } from "./compileQuery.ts";
import { compileStage, selectFrom, standingOf, type Compiling, type Relation } from "./compileStage.ts";
import { costOfStage } from "./costOfStage.ts";
import { cursorReader, keysetRanges, orderBy, rangeText, type OrderTerm } from "./keyset.ts";
import { rowShape, type RowShape } from "./rowShape.ts";
import type { StoreSchema } from "./schema.ts";
import { Parameters } from "./sqlText.ts";

/** A statement that yields rows of `$apply`, and where their values stand. */
export interface CompiledApplied extends CompiledRows {
  /** Where the values of `Apply.columns` stand. */
  readonly values: readonly number[];
  /** Where the number of the shape stands. */
  readonly tell?: number;
  /** Where the number of all rows stands: of the first page of rows that were made. */
  readonly total?: number;
}

/** The page of a query with `$apply`, at its start or behind a cursor. Kept with the query. */
export function compileApplied(query: Query, target: CompileTarget & { readonly schema: StoreSchema }, cursor?: readonly Scalar[]): CompiledApplied {
  const nulls = cursor?.map((value) => (value === null ? "0" : "1")).join("") ?? "-";
  return kept(query, target, `applied ${nulls}`, () => compilePage(query, target, cursor));
}

/** How many rows come of a query with `$apply`. */
export function compileAppliedCount(query: Query, target: CompileTarget & { readonly schema: StoreSchema }): Compiled {
  return kept(query, target, "applied count", () => {
    const { relation, compiling } = standOn(query, target);
    return {
      sql: selectFrom(relation, ["count(*)"]),
      parameters: compiling.parameters.list,
      scans: true,
      cost: costOfStage(query.apply!.stage),
      bigints: false,
    };
  });
}

function standOn(
  query: Query,
  { schema, ...target }: CompileTarget & { readonly schema: StoreSchema },
): { readonly relation: Relation; readonly compiling: Compiling } {
  const compiling: Compiling = { query, target, schema, parameters: new Parameters(target.dialect) };
  return { relation: compileStage(query.apply!.stage, compiling), compiling };
}

function compilePage(query: Query, target: CompileTarget & { readonly schema: StoreSchema }, cursor: readonly Scalar[] | undefined): CompiledApplied {
  const { dialect } = target;
  const { relation, compiling } = standOn(query, target);
  const { parameters } = compiling;
  const standing = standingOf(relation, compiling);
  const terms = orderTerms(query, standing);
  const shape = shapeOf(query, target, terms);
  const columns = [...shape.columns];
  const add = (sql: string): number => columns.push(sql) - 1;
  const { columns: made, tell } = query.apply!;
  const values = made.map((value) => add(compileValue(value, standing)));
  const told = tell === undefined ? {} : { tell: add(compileValue(tell, standing)) };
  // Rows that were made are all there before the first is given.
  const counted = cursor === undefined && !query.apply!.shapes.every(({ entity }) => entity) ? { total: add("count(*) OVER ()") } : {};
  const behind = cursor === undefined ? [] : [behindCursor(terms, cursor, parameters)];
  const limit = ` LIMIT ${parameters.add((run) => run.limit)}${query.skip > 0 && cursor === undefined ? ` OFFSET ${parameters.add((run) => run.offset)}` : ""}`;
  const sql = `${selectFrom({ ...relation, where: [...relation.where, ...behind] }, columns)}${orderBy(terms, dialect)}${limit}`;
  return {
    sql,
    parameters: parameters.list,
    behind: [],
    shape,
    values,
    ...told,
    ...counted,
    scans: true,
    cost: costOfStage(query.apply!.stage),
    bigints: true,
  };
}

/** Where rows are made, there is nothing stored in the columns of a stored row. */
function shapeOf({ apply }: Query, { table, scope, dialect }: CompileTarget, terms: readonly OrderTerm[]): RowShape {
  const shape = rowShape(table, scope, { dialect, terms });
  if (apply!.shapes.every(({ entity }) => entity)) return shape;
  const nothing = ["''", "0", "''"];
  const columns = shape.columns.map((column, index) => {
    const none = nothing[index] ?? (index === shape.type || index === shape.hub ? "''" : undefined);
    if (none === undefined) return column;
    return apply!.entities ? `coalesce(${column}, ${none})` : none;
  });
  return { ...shape, columns };
}

/** Rows that follow the cursor: no index gives their order, so one condition says it all. */
function behindCursor(terms: readonly OrderTerm[], cursor: readonly Scalar[], parameters: Parameters): string {
  const ranges = keysetRanges(terms, cursor).map((range) => {
    const { conditions } = rangeText(range, terms, (index) => parameters.add(cursorReader(index, terms[index]!.kind), terms[index]!.kind));
    return `(${conditions.join(" AND ")})`;
  });
  return ranges.length === 0 ? "1 = 0" : `(${ranges.join(" OR ")})`;
}
