import type { Members, Query } from "../plan/plan.ts";
import type { CollectionPath, Typed } from "../plan/typed.ts";
import { compileTest, contextOf, type Context } from "./compileExpression.ts";
import { hubOfElement, kept, mayBeBigint, orderTerms, type Compiled, type CompileTarget } from "./compileQuery.ts";
import { costOf } from "./costOf.ts";
import { enter, links } from "./enter.ts";
import { orderBy } from "./keyset.ts";
import { joined, Parameters } from "./sqlText.ts";

/**
 * The statement that computes columns of rows that were read: for each, given as a JSON array `[number of the hub, ...parents, id]` of the run's
 * list, its place in the list and the values.
 */
export function compileValues(query: Query, columns: readonly Typed[], target: CompileTarget): Compiled {
  return kept(query, target, "values", () => {
    const { dialect } = target;
    const standing = contextOf(new Parameters(dialect), target, "t");
    const from = `FROM ${dialect.elements(standing.parameters.add((run) => run.list))} CROSS JOIN ${dialect.quote(target.table.name)} AS t`;
    const values = columns.map((typed) => valueOf(typed, standing));
    const sql = `SELECT ${[dialect.elementKey, ...values].join(", ")} ${from} WHERE ${thatRow(target, standing)}`;
    return compiled(sql, { columns, standing });
  });
}

/**
 * The statement that picks members of a collection of rows that were read: for each row and each member around it what stays, in order: the place in
 * the list, the place in each collection on the way, where it stands among those that the filter keeps (from 1), how many these are, and its values.
 * Where they are counted, the first is there even when it does not stay.
 */
export function compileMembers(query: Query, members: Members, target: CompileTarget): Compiled {
  const index = query.shaping!.members.indexOf(members);
  return kept(query, target, `members ${index}`, () => compilePicks(members, target));
}

function compilePicks(members: Members, target: CompileTarget): Compiled {
  const { dialect } = target;
  const row = contextOf(new Parameters(dialect), target, "t");
  const { standing, joins } = reach(members.sources, row);
  const ordinals = members.sources.map((_, index) => `${standing.lambdas.at(-1)!.alias}.${dialect.quote(`o${index + 1}`)}`);
  const part = [dialect.elementKey, ...ordinals.slice(0, -1)].join(", ");
  const terms = orderTerms(members, standing);
  const order = `${terms.length === 0 ? " ORDER BY " : `${orderBy(terms, dialect)}, `}${ordinals.at(-1)!}`;
  const filter = members.filter === undefined ? [] : [compileTest(members.filter, standing)];
  const columns = [
    `${dialect.elementKey} AS "k"`,
    ...ordinals.map((ordinal, index) => `${ordinal} AS "o${index + 1}"`),
    `row_number() OVER (PARTITION BY ${part}${order}) AS "r"`,
    `count(*) OVER (PARTITION BY ${part}) AS "c"`,
    ...members.columns.map((typed, index) => `${valueOf(typed, standing)} AS "v${index}"`),
  ];
  const from = `FROM ${dialect.elements(row.parameters.add((run) => run.list))} CROSS JOIN ${dialect.quote(target.table.name)} AS t ${joins}`;
  const found = `SELECT ${columns.join(", ")} ${from} WHERE ${joined("AND", [thatRow(target, row), ...filter])}`;
  const names = ["k", ...ordinals.map((_, index) => `o${index + 1}`), "r", "c", ...members.columns.map((_, index) => `v${index}`)];
  const sql = `SELECT ${names.map(dialect.quote).join(", ")} FROM (${found}) AS q${slice(members, row)} ORDER BY "k", ${ordinals
    .slice(0, -1)
    .map((_, index) => `"o${index + 1}", `)
    .join("")}"r"`;
  return compiled(sql, { columns: members.columns, standing });
}

/** The members between `$skip` and `$top`. */
function slice({ skip, top, count }: Members, { parameters }: Context): string {
  const bounds = [
    ...(skip === 0 ? [] : [`"r" > ${parameters.add(skip, "integer")}`]),
    ...(top === undefined ? [] : [`"r" <= ${parameters.add(skip + top, "integer")}`]),
  ];
  if (bounds.length === 0) return "";
  return ` WHERE (${bounds.join(" AND ")})${count ? ' OR "r" = 1' : ""}`;
}

/** Joins the side tables on the way, each tied to the one before. */
function reach(sources: readonly CollectionPath[], row: Context): { readonly standing: Context; readonly joins: string } {
  let standing = row;
  const joins = sources.map((source) => {
    standing = enter(source, standing);
    const { side, alias } = standing.lambdas.at(-1)!;
    return `JOIN ${row.dialect.quote(side!.name)} AS ${alias} ON ${links(source, standing).join(" AND ")}`;
  });
  return { standing, joins: joins.join(" ") };
}

/** The row that an element of the list names; in the scope's hubs alone, whatever the list says. */
function thatRow({ scope, table }: CompileTarget, { dialect, parameters, alias }: Context): string {
  const name = (column: string): string => `${alias}.${dialect.quote(column)}`;
  const hub = hubOfElement(scope, name("hub"), { dialect, parameters });
  return [...hub, ...[...table.parents, "id"].map((column, index) => `${name(column)} = ${dialect.elementMember(index + 1, "text")}`)].join(" AND ");
}

/** A value that is given out: what is no column says its kind itself. */
function valueOf(typed: Typed, context: Context): string {
  return context.compile(typed, context, typed.type === "null" ? "untyped" : typed.type);
}

function compiled(sql: string, { columns, standing }: { readonly columns: readonly Typed[]; readonly standing: Context }): Compiled {
  const orderby = columns.map((expression) => ({ expression, descending: false, nullable: true }));
  return {
    sql,
    parameters: standing.parameters.list,
    scans: false,
    cost: costOf({ orderby }),
    bigints: columns.some((expression) => mayBeBigint({ expression })),
  };
}
