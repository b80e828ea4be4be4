import { problem } from "../base/errors.ts";
import type { Typed } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { frameAt } from "./frame.ts";

/**
 * The rows in whose texts words stand one behind the other: the index of words leads to them, once for the whole statement where it is the query's own rows that are
 * searched. The words' side table begins with the hub and the keys above, as the row's does.
 */
export function compileSearch({ terms, level }: Extract<Typed, { kind: "search" }>, context: Context): string {
  const { dialect, parameters } = context;
  const { table, alias } = frameAt(context, level);
  const side = table.sides.find(({ search }) => search !== undefined);
  if (side === undefined) throw problem("notImplemented", { what: `$search is not implemented for '${table.place.name}'.` });
  const name = (of: string, column: string): string => `${of}.${dialect.quote(column)}`;
  const owner = ["hub", ...table.parents];
  const words = terms.map((term, index) => ({ term, as: `w${index + 1}` }));
  const behind = words.slice(1).map(({ as }, index) => {
    const same = [...owner, "n"].map((column) => `${name(as, column)} = ${name("w1", column)}`);
    return ` JOIN ${dialect.quote(side.name)} AS ${as} ON ${[...same, `${name(as, "o1")} = ${name("w1", "o1")} + ${index + 1}`].join(" AND ")}`;
  });
  const known = level === 0 ? context.owner?.() : undefined;
  const tied = owner.map((column, index) => `${name("w1", column)} = ${known?.[index] ?? name(alias, column)}`);
  const wanted = words.map(({ term, as }) => `${name(as, "value")} = ${parameters.add(term, "text")}`);
  return `(${name(alias, "n")} IN (SELECT ${name("w1", "n")} FROM ${dialect.quote(side.name)} AS w1${behind.join("")} WHERE ${[...tied, ...wanted].join(" AND ")}))`;
}
