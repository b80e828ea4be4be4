import type { Query, Tracked } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { contextOf } from "./compileExpression.ts";
import { costOf } from "./costOf.ts";
import { kept, orderTerms, where, type Compiled, type CompileTarget } from "./compileQuery.ts";
import type { Dialect } from "./dialect.ts";
import { cursorReader, keysetRanges, orderBy, rangeText, type OrderTerm } from "./keyset.ts";
import type { StoreSchema } from "./schema.ts";
import { Parameters, type SqlText } from "./sqlText.ts";

/** Rows of several sets: the part, id, seq, type and body, then the values of the order that the client asked for. */
export interface CompiledMerged extends Compiled {
  readonly behind: readonly SqlText[];
}

/** The sets, how many items of their order are the client's, and what they are compiled for. */
export interface Merging {
  readonly parts: readonly Tracked[];
  readonly items: number;
  readonly target: CompileTarget;
  readonly schema: StoreSchema;
}

/** The page of rows of several sets in one order: the client's, then by set and key; first or behind a cursor. */
export function compileMerged(merging: Merging, cursor?: readonly Scalar[]): CompiledMerged {
  const nulls = cursor?.map((value) => (value === null ? "0" : "1")).join("") ?? "-";
  return kept(merging.parts[0]!.query, merging.target, `merged ${nulls}`, () => {
    const [first, ...behind] = cursor === undefined ? [firstPage(merging)] : laterPage(merging, cursor);
    const costs = merging.parts.map(({ query }) => costOf(query));
    const cost = { terms: costs.reduce((sum, { terms }) => sum + terms, 0), depth: Math.max(...costs.map(({ depth }) => depth)) };
    return { ...first!, behind, scans: true, cost, bigints: true };
  });
}

function firstPage(merging: Merging): SqlText {
  const { parameters, union, terms } = unionOf(merging);
  const isSkipping = merging.parts[0]!.query.skip > 0;
  const limit = ` LIMIT ${parameters.add((run) => run.limit)}${isSkipping ? ` OFFSET ${parameters.add((run) => run.offset)}` : ""}`;
  return { sql: `${union}${orderBy(terms, merging.target.dialect)}${limit}`, parameters: parameters.list };
}

function laterPage(merging: Merging, cursor: readonly Scalar[]): SqlText[] {
  return keysetRanges(unionOf(merging).terms, cursor).map((range) => {
    const { parameters, union, terms } = unionOf(merging);
    const { conditions } = rangeText(range, terms, (index) => parameters.add(cursorReader(index, terms[index]!.kind), terms[index]!.kind));
    const limit = ` LIMIT ${parameters.add((run) => run.limit)}`;
    return { sql: `${union} WHERE ${conditions.join(" AND ")}${orderBy(terms, merging.target.dialect)}${limit}`, parameters: parameters.list };
  });
}

interface Union {
  readonly parameters: Parameters;
  readonly union: string;
  readonly terms: readonly OrderTerm[];
}

function unionOf({ parts, items, target, schema }: Merging): Union {
  const { dialect } = target;
  const parameters = new Parameters(dialect);
  const selects = parts.map(({ target: { place, cast }, query }, part) => {
    const table = schema.tableOf(place)!;
    const { cast: _, ...shared } = target;
    return selectOf({ part, query, items }, { ...shared, table, ...(cast === undefined ? {} : { cast }) }, parameters);
  });
  const union = `SELECT * FROM (${selects.map(({ sql }) => sql).join(" UNION ALL ")}) AS u`;
  return { parameters, union, terms: outerTerms(selects[0]!.terms, dialect) };
}

interface OnePart {
  readonly part: number;
  readonly query: Query;
  readonly items: number;
}

function selectOf(
  { part, query, items }: OnePart,
  target: CompileTarget,
  parameters: Parameters,
): { readonly sql: string; readonly terms: readonly OrderTerm[] } {
  const { dialect, table } = target;
  const standing = contextOf(parameters, target, "t");
  const terms = orderTerms({ orderby: query.orderby.slice(0, items) }, standing);
  const columns = ["id", "seq", "type", "body"].map((name) => `t.${dialect.quote(name)} AS ${dialect.quote(name)}`);
  const order = terms.map(({ sql }, index) => `${sql} AS ${dialect.quote(`k${index}`)}`);
  return {
    sql: `SELECT ${[`${part} AS ${dialect.quote("part")}`, ...columns, ...order].join(", ")} FROM ${dialect.quote(table.name)} AS t WHERE ${where(query, target, standing)}`,
    terms,
  };
}

function outerTerms(terms: readonly OrderTerm[], { quote }: Dialect): OrderTerm[] {
  const item = terms[0]?.item;
  const own = terms.map((term, index) => ({ ...term, sql: `u.${quote(`k${index}`)}`, nullable: true }));
  const last = (name: string, kind: OrderTerm["kind"]): OrderTerm => ({ sql: `u.${quote(name)}`, descending: false, nullable: false, kind, item: item! });
  return [...own, last("part", "integer"), last("id", "text")];
}
