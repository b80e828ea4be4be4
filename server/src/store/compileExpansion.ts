import type { Query } from "../plan/plan.ts";
import { isBoundedPage } from "./boundedWork.ts";
import { compileTest, contextOf, type Context } from "./compileExpression.ts";
import { castConditions, hubOfElement, kept, mayBeBigint, orderTerms, type Compiled, type CompiledRows, type CompileTarget } from "./compileQuery.ts";
import { costOf } from "./costOf.ts";
import { orderBy } from "./keyset.ts";
import { linkFrom } from "./linkTest.ts";
import { rowShape } from "./rowShape.ts";
import { joined, Parameters } from "./sqlText.ts";

/**
 * The statement that fills an expansion for all parents of a page at once: for each parent, given as a JSON
 * array `[number of the hub, key, ...]` of the run's list, at most `limit` children. The last column is the parent's place in the list.
 */
export function compileExpansion(query: Query, target: CompileTarget): CompiledRows {
  return kept(query, target, "expansion", () => compileChildren(query, target));
}

function compileChildren(query: Query, target: CompileTarget): CompiledRows {
  const { dialect, table, scope } = target;
  const parameters = new Parameters(dialect);
  const outer = contextOf(parameters, target, "t");
  const inner: Context = { ...outer, alias: "x" };
  const terms = orderTerms(query, outer);
  const shape = rowShape(table, scope, { dialect, terms });
  const parents = dialect.elements(parameters.add((run) => run.list));
  const innerOrder = orderBy(orderTerms(query, inner), dialect);
  const limit = `LIMIT ${parameters.add((run) => run.limit)}${query.skip > 0 ? ` OFFSET ${parameters.add((run) => run.offset)}` : ""}`;
  const name = dialect.quote(table.name);
  const chosen = (columns: string) => `SELECT ${columns} FROM ${name} AS x WHERE ${ofParent(query, target, inner)}${innerOrder} ${limit}`;
  // Records are numbered in each hub anew.
  const number = (alias: string) =>
    (table.place.definition.journal === true ? ["hub", "n"] : ["n"]).map((column) => `${alias}.${dialect.quote(column)}`).join(", ");
  const children = dialect.lateral
    ? `CROSS JOIN LATERAL (${chosen("x.*")}) AS t`
    : `CROSS JOIN ${name} AS t WHERE (${number("t")}) IN (${chosen(number("x"))})`;
  const order = orderBy(terms, dialect).replace(" ORDER BY ", ", ");
  return {
    sql: `SELECT ${[...shape.columns, dialect.elementKey].join(", ")} FROM ${parents} ${children} ORDER BY p.key${order} LIMIT ${parameters.add((run) => run.most)}`,
    shape,
    behind: [],
    parameters: parameters.list,
    scans: !isBoundedPage(query, table),
    cost: costOf(query),
    bigints: query.orderby.some(mayBeBigint),
  };
}

/** Counts the children of each parent of the list: its place in the list, then the number. */
export function compileExpansionCount(query: Query, target: CompileTarget): Compiled {
  return kept(query, target, "expansion count", () => compileChildCount(query, target));
}

function compileChildCount(query: Query, target: CompileTarget): Compiled {
  const { dialect, table } = target;
  const parameters = new Parameters(dialect);
  const inner = contextOf(parameters, target, "x");
  const count = `SELECT count(*) FROM ${dialect.quote(table.name)} AS x WHERE ${ofParent(query, target, inner)}`;
  return {
    sql: `SELECT ${dialect.elementKey}, (${count}) FROM ${dialect.elements(parameters.add((run) => run.list))}`,
    parameters: parameters.list,
    scans: true,
    cost: costOf(query),
    bigints: false,
  };
}

/** The children of one parent that the filter keeps; in the scope's hubs alone, whatever the list says. */
function ofParent(query: Query, target: CompileTarget, standing: Context): string {
  const { scope, table, via } = target;
  const { dialect, parameters, alias } = standing;
  const name = (column: string) => `${alias}.${dialect.quote(column)}`;
  const inScope = hubOfElement(scope, name("hub"), standing);
  const part = (index: number): string => dialect.elementMember(index + 1, "text");
  const links =
    via === undefined
      ? table.parents.map((parent, index) => `${name(parent)} = ${part(index)}`)
      : [
          linkFrom(
            via.link,
            { to: alias, hub: scope === "hub" ? parameters.add((run) => run.hub) : dialect.elementMember(0, "integer"), from: part },
            { dialect, schema: via.schema },
          ),
        ];
  const filter = query.filter === undefined ? [] : [compileTest(query.filter, standing)];
  return joined("AND", [...inScope, ...links, ...castConditions(target, standing), ...filter]);
}
