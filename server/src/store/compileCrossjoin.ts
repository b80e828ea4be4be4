import type { Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { contextOf, type Context } from "./compileExpression.ts";
import { kept, orderTerms, type Compiled, type CompileTarget } from "./compileQuery.ts";
import { cursorReader, keysetRanges, orderBy, rangeText } from "./keyset.ts";
import type { StoreSchema, Table } from "./schema.ts";
import { joined, Parameters, type SqlText } from "./sqlText.ts";

/** A join's statement: of each set the id, seq and type, its body where that is shown, then the values of the order. */
export interface CompiledCrossjoin extends Compiled {
  readonly behind: readonly SqlText[];
}

/** Columns of one set; the body is "" where only the link is shown. */
export const columnsOfSet = 4;

/** It may look at every pair of rows: never on the thread that answers. */
const dear = { scans: true, cost: { terms: 1e9, depth: 0 }, bigints: true };

/** The page of `$crossjoin` (OData 4.01 URL Conventions 4.15), first or behind a cursor. */
export function compileCrossjoin(query: Query, target: CompileTarget, schema: StoreSchema, cursor?: readonly Scalar[]): CompiledCrossjoin {
  const nulls = cursor?.map((value) => (value === null ? "0" : "1")).join("") ?? "-";
  return kept(query, target, `crossjoin ${nulls}`, () => {
    const [first, ...behind] = cursor === undefined ? [firstPage(query, target, schema)] : laterPage(query, target, { schema, cursor });
    return { ...first!, behind, ...dear };
  });
}

/** How many pairs there are. */
export function compileCrossjoinCount(query: Query, target: CompileTarget, schema: StoreSchema): Compiled {
  return kept(query, target, "crossjoin count", () => {
    const { standing, from } = joinOf(query, target, schema);
    return { sql: `SELECT count(*) ${from}`, parameters: standing.parameters.list, ...dear };
  });
}

function firstPage(query: Query, target: CompileTarget, schema: StoreSchema): SqlText {
  const { dialect } = target;
  const { standing, select, from } = joinOf(query, target, schema);
  const { parameters } = standing;
  const limit = ` LIMIT ${parameters.add((run) => run.limit)}${query.skip > 0 ? ` OFFSET ${parameters.add((run) => run.offset)}` : ""}`;
  return { sql: `${select} ${from}${orderBy(orderTerms(query, standing), dialect)}${limit}`, parameters: parameters.list };
}

interface Later {
  readonly schema: StoreSchema;
  readonly cursor: readonly Scalar[];
}

function laterPage(query: Query, target: CompileTarget, { schema, cursor }: Later): SqlText[] {
  const { dialect } = target;
  const ranges = keysetRanges(orderTerms(query, joinOf(query, target, schema).standing), cursor);
  return ranges.map((range) => {
    const { standing, select, from } = joinOf(query, target, schema);
    const { parameters } = standing;
    const terms = orderTerms(query, standing);
    const { conditions } = rangeText(range, terms, (index) => parameters.add(cursorReader(index, terms[index]!.kind), terms[index]!.kind));
    return {
      sql: `${select} ${from} AND ${conditions.join(" AND ")}${orderBy(terms, dialect)} LIMIT ${parameters.add((run) => run.limit)}`,
      parameters: parameters.list,
    };
  });
}

interface Join {
  readonly standing: Context;
  readonly select: string;
  /** With its WHERE. */
  readonly from: string;
}

/** The sets are levels 1, 2 and so on of expressions. */
function joinOf(query: Query, target: CompileTarget, schema: StoreSchema): Join {
  const { dialect } = target;
  const sets = query.crossjoin!.map(({ place, shown }, index) => ({ table: tableOf(schema, place), alias: `j${index + 1}`, isShown: shown !== undefined }));
  const row = contextOf(new Parameters(dialect), { dialect, table: sets[0]!.table }, sets[0]!.alias);
  const standing: Context = { ...row, lambdas: sets.map(({ table, alias }) => ({ table, alias, row: alias })) };
  const name = (alias: string, column: string): string => `${alias}.${dialect.quote(column)}`;
  const columns = sets.flatMap(({ alias, isShown }) => [name(alias, "id"), name(alias, "seq"), name(alias, "type"), isShown ? name(alias, "body") : "''"]);
  const terms = orderTerms(query, standing).map(({ sql }, index) => `${sql} AS k${index}`);
  const hub = sets.map(({ alias }) => `${name(alias, "hub")} = ${row.parameters.add((run) => run.hub)}`);
  const filter = query.filter === undefined ? [] : [row.test(query.filter, standing)];
  const tables = sets.map(({ table, alias }) => `${dialect.quote(table.name)} AS ${alias}`).join(" CROSS JOIN ");
  return { standing, select: `SELECT ${[...columns, ...terms].join(", ")}`, from: `FROM ${tables} WHERE ${joined("AND", [...hub, ...filter])}` };
}

function tableOf(schema: StoreSchema, place: Table["place"]): Table {
  const table = schema.tableOf(place);
  if (table === undefined) throw new Error(`${place.path} has no rows of its own.`);
  return table;
}
