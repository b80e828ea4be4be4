import type { CollectionPath, RowsPath } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { frameAt, sideOf, type Frame } from "./frame.ts";
import { isOf } from "./isOf.ts";
import { linkTest } from "./linkTest.ts";
import type { Table } from "./schema.ts";

/** The context of what is said about the rows or elements of a path. */
export function enter(source: CollectionPath | RowsPath, context: Context): Context {
  const alias = `s${context.lambdas.length + 1}`;
  return { ...context, lambdas: [...context.lambdas, "place" in source ? rowFrame(source, context, alias) : elementFrame(source, context, alias)] };
}

function rowFrame(source: RowsPath, context: Context, alias: string): Frame {
  return { alias, table: tableAt(source, context), row: alias };
}

function elementFrame(source: CollectionPath, context: Context, alias: string): Frame {
  const { table, row } = frameAt(context, source.origin.level);
  return { alias, table, row, side: sideOf(source, context) };
}

/** Ties what the innermost frame stands for to what it is reached from. */
export function links(source: CollectionPath | RowsPath, inner: Context): string[] {
  return "place" in source ? rowLinks(source, inner) : elementLinks(source, inner);
}

function tableAt({ place }: RowsPath, { table }: Context): Table {
  const found = table.schema.tableOf(place);
  if (found === undefined) throw new Error(`${place.path} has no rows of its own.`);
  return found;
}

function elementLinks({ origin }: CollectionPath, inner: Context): string[] {
  const { dialect } = inner;
  const { alias } = inner.lambdas.at(-1)!;
  const owner = frameAt(inner, origin.level);
  const ordinals = Array.from({ length: owner.side?.ordinals ?? 0 }, (_, index) => `o${index + 1}`);
  return ["hub", ...owner.table.parents, "n", ...ordinals].map((name) => `${alias}.${dialect.quote(name)} = ${owner.alias}.${dialect.quote(name)}`);
}

/** By their keys, by a link, by the hub and a path from the root, or by what ends the element of the run's list. */
function rowLinks({ origin, place, link, at, outer, cast }: RowsPath, inner: Context): string[] {
  const { dialect, parameters } = inner;
  const { alias, table } = inner.lambdas.at(-1)!;
  const name = (of: string, column: string): string => `${of}.${dialect.quote(column)}`;
  const owner = frameAt(inner, origin.level);
  const sameHub = `${name(alias, "hub")} = ${name(owner.alias, "hub")}`;
  const types = cast === undefined || cast === place.type ? [] : [isOf([cast.name, ...cast.derived.map((one) => one.name)], { dialect, parameters, alias })];
  if (link !== undefined) return [linkTest(link, { from: owner.alias, to: alias }, { dialect, schema: table.schema }), ...types];
  if (at !== undefined) {
    const parents = table.parents.map((parent, index) => `${name(alias, parent)} = ${parameters.add(at.parents[index] ?? "", "text")}`);
    return [sameHub, ...parents, ...(at.key === undefined ? [] : [`${name(alias, "id")} = ${parameters.add(at.key, "text")}`]), ...types];
  }
  if (outer === true) {
    const keys = keyColumns(table);
    return [sameHub, ...keys.map((key, index) => `${name(alias, key)} = ${dialect.elementMember(index - keys.length, "text")}`), ...types];
  }
  const above = [...owner.table.parents, "id"];
  return [sameHub, ...table.parents.map((parent, index) => `${name(alias, parent)} = ${name(owner.alias, above[index]!)}`), ...types];
}

/** The columns that name a row of a table in its hub. */
export function keyColumns({ parents, place }: Table): readonly string[] {
  return place.kind === "singleton" ? parents : [...parents, "id"];
}
