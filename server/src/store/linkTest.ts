import type { Link } from "../edm/links.ts";
import type { Dialect } from "./dialect.ts";
import type { Column, LinkTable, StoreSchema, Table } from "./schema.ts";

/** What a link is compiled for. */
export interface LinkTarget {
  readonly dialect: Dialect;
  readonly schema: StoreSchema;
}

/** Aliases of the rows at both ends of a link. */
export interface Ends {
  readonly from: string;
  readonly to: string;
}

/**
 * The condition that row `to` is related to row `from`, equality of their hubs included. It stands in a WHERE where both aliases
 * are known, and is written so that an engine can go from either row to the other by index.
 */
export function linkTest(link: Link, ends: Ends, at: LinkTarget): string {
  const { quote } = at.dialect;
  const sameHub = `${ends.to}.${quote("hub")} = ${ends.from}.${quote("hub")}`;
  if (link.relation.columns !== undefined) return [sameHub, ...columnTests(link, ends, at)].join(" AND ");
  const { name } = linkTableOf(link, at.schema);
  const [near, far] = columnsOf(link);
  const via = "lk";
  const inHub = `${via}.${quote("hub")} = ${ends.from}.${quote("hub")} AND ${via}.${quote(near)} = ${ends.from}.${quote("n")}`;
  return `${sameHub} AND ${ends.to}.${quote("n")} IN (SELECT ${via}.${quote(far)} FROM ${quote(name)} AS ${via} WHERE ${inHub})`;
}

/** The same as joins behind a FROM that has `from`; `via` is the alias of the relation's rows, where it has any. */
export function linkJoin(link: Link, ends: Ends & { readonly via: string }, at: LinkTarget): string {
  const { quote } = at.dialect;
  const { from, to, via } = ends;
  const table = quote(tableAt(link.to, at.schema).name);
  if (link.relation.columns !== undefined) return ` JOIN ${table} AS ${to} ON ${linkTest(link, ends, at)}`;
  const { name } = linkTableOf(link, at.schema);
  const [near, far] = columnsOf(link);
  const first = ` JOIN ${quote(name)} AS ${via} ON ${via}.${quote("hub")} = ${from}.${quote("hub")} AND ${via}.${quote(near)} = ${from}.${quote("n")}`;
  return `${first} JOIN ${table} AS ${to} ON ${to}.${quote("hub")} = ${via}.${quote("hub")} AND ${to}.${quote("n")} = ${via}.${quote(far)}`;
}

/** One row that a link starts from, by its key. */
interface FromKey {
  /** Alias of the rows that it leads to. */
  readonly to: string;
  /** The parameter of the hub. */
  readonly hub: string;
  /** The parameter of a part of the key: the parents', then its own where it is no singleton. */
  readonly from: (index: number) => string;
}

/** The condition that a row is one of those that a link leads to from one row. */
export function linkFrom(link: Link, { to, hub, from }: FromKey, at: LinkTarget): string {
  const { quote } = at.dialect;
  const table = tableAt(link.from, at.schema);
  const keys = [...table.parents, ...(link.from.kind === "singleton" ? [] : ["id"])];
  const where = [`fr.${quote("hub")} = ${hub}`, ...keys.map((key, index) => `fr.${quote(key)} = ${from(index)}`)].join(" AND ");
  const start = (column: string): string => `(SELECT fr.${quote(column)} FROM ${quote(table.name)} AS fr WHERE ${where})`;
  if (link.relation.columns !== undefined)
    return columnPairs(link, at.schema)
      .map((pair) => {
        const [near, far] = sides(pair, { from: start(pair[0].name), to: `${to}.${quote(pair[1].name)}` }, at.dialect);
        return `${far} = ${near}`;
      })
      .join(" AND ");
  const [near, far] = columnsOf(link);
  const { name } = linkTableOf(link, at.schema);
  return `${to}.${quote("n")} IN (SELECT lk.${quote(far)} FROM ${quote(name)} AS lk WHERE lk.${quote("hub")} = ${hub} AND lk.${quote(near)} = ${start("n")})`;
}

/** The columns of the relation's table that hold the row a link starts from, and the one it leads to. */
export function columnsOf({ reversed }: Pick<Link, "reversed">): readonly [near: "source" | "target", far: "source" | "target"] {
  return reversed ? ["target", "source"] : ["source", "target"];
}

/** The table of a link's relation. */
export function linkTableOf({ relation }: Pick<Link, "relation">, { links }: StoreSchema): LinkTable {
  const found = links.find((one) => one.relation === relation);
  if (found === undefined) throw new Error(`The relation ${relation.name} has no rows of its own.`);
  return found;
}

function tableAt(place: Link["to"], schema: StoreSchema): Table {
  const table = schema.tableOf(place);
  if (table === undefined) throw new Error(`${place.path} has no rows of its own.`);
  return table;
}

/** A row that lacks a value of the constraint is related to nothing. */
function columnTests(link: Link, { from, to }: Ends, { dialect, schema }: LinkTarget): string[] {
  const { quote } = dialect;
  return columnPairs(link, schema).map((pair) => {
    const [near, far] = sides(pair, { from: `${from}.${quote(pair[0].name)}`, to: `${to}.${quote(pair[1].name)}` }, dialect);
    return `${near} = ${far}`;
  });
}

type Pair = readonly [near: Pick<Column, "name" | "kind">, far: Pick<Column, "name" | "kind">];

/** Both sides of a pair: a number beside a decimal of any length is made one. */
function sides([near, far]: Pair, { from, to }: Ends, { convert }: Dialect): readonly [near: string, far: string] {
  if (near.kind === far.kind || (near.kind !== "decimal" && far.kind !== "decimal")) return [from, to];
  return [convert(from, near.kind, "decimal"), convert(to, far.kind, "decimal")];
}

/** The columns that are equal: of the rows a link starts from, and of those it leads to. */
function columnPairs({ relation, reversed }: Link, schema: StoreSchema): Pair[] {
  return relation.columns!.map((pair) => {
    const source = columnAt(tableAt(relation.source, schema), pair.source);
    const target = columnAt(tableAt(relation.target, schema), pair.target);
    return reversed ? [target, source] : [source, target];
  });
}

function columnAt({ byPath, place }: Table, path: string): Pick<Column, "name" | "kind"> {
  const column = byPath.get(path)?.[0];
  if (column === undefined) throw new Error(`${place.path}: the referential constraint names '${path}', which is no scalar property.`);
  return column;
}
