import type { Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { kept, mayBeBigint, orderTerms, pageSelects, scopeConditions, stand, type CompileTarget } from "./compileQuery.ts";
import { textKeyOf } from "./schema.ts";
import type { SqlText } from "./sqlText.ts";

/** A page as one text: nothing is handed over row by row. */
export interface CompiledText {
  /** To be run one after the other until the page is full: each gives the number of its rows and their bodies with `separator` between them. */
  readonly pages: readonly SqlText[];
  /** The values of the order in the row whose key is the run's `id`. */
  readonly cursor: SqlText;
  /** True when such a value may be an integer beyond 2^53. */
  readonly bigints: boolean;
  /** The member of a body that is the key. */
  readonly key: string;
}

/** Between bodies: a line break stands nowhere in a body. */
export const separator = ",\n";

/** The statements of a page as text, kept with the query; undefined where a row's key cannot be read from its body. */
export function compilePageText(query: Query, target: CompileTarget, cursor?: readonly Scalar[]): CompiledText | undefined {
  const key = textKeyOf(target.table.place.type);
  if (key === undefined) return undefined;
  const nulls = cursor?.map((value) => (value === null ? "0" : "1")).join("") ?? "-";
  return kept(query, target, `text ${nulls}`, () => ({
    key,
    pages: pageTexts(query, target, cursor),
    cursor: cursorText(query, target),
    bigints: query.orderby.some(mayBeBigint),
  }));
}

function pageTexts(query: Query, target: CompileTarget, cursor: readonly Scalar[] | undefined): SqlText[] {
  const { dialect } = target;
  const body = dialect.quote("body");
  return pageSelects(query, target, { columns: [`t.${body}`], cursor }).map(({ sql, parameters }) => ({
    sql: `SELECT count(*), ${dialect.joined(`p.${body}`, dialect.parameter(parameters.length + 1))} FROM (${sql}) AS p`,
    parameters: [...parameters, separator],
  }));
}

function cursorText(query: Query, target: CompileTarget): SqlText {
  const { dialect, table } = target;
  const standing = stand(target);
  const values = orderTerms(query, standing).map(({ sql }) => sql);
  const conditions = [...scopeConditions(target, standing), `t.${dialect.quote("id")} = ${standing.parameters.add((run) => run.id)}`];
  return { sql: `SELECT ${values.join(", ")} FROM ${dialect.quote(table.name)} AS t WHERE ${conditions.join(" AND ")}`, parameters: standing.parameters.list };
}
