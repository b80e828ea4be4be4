import type { ItemList, Typed } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { isLong } from "./isLong.ts";
import { frameAt, sideOf } from "./frame.ts";
import { enter, links } from "./enter.ts";
import { compileAs } from "./compileOperands.ts";
import type { ValueKind } from "./dialect.ts";
import type { SideTable } from "./schema.ts";

type Subsequence = Extract<Typed, { kind: "subsequence" }>;

/**
 * Whether the items of one list stand in another in their order: each is looked for behind the one before, by as many steps as the part has items. The place of an
 * item is where its collection has it, or its number among the literals.
 */
export function compileSubsequence({ whole, part }: Subsequence, context: Context): string {
  const { dialect } = context;
  const kind = kindOfLists([whole, part], context);
  if (kind !== "decimal" && "items" in part && part.items.some(isLong)) return "(1 = 0)";
  const item = itemAt(part, "w.k", { context, kind });
  const found = `SELECT min(e.place) FROM (${listed(whole, { context, kind })}) AS e WHERE e.place > w.place AND ${dialect.same("e.item", item)}`;
  const integer = dialect.columnTypes.integer;
  const size = sizeOf(part, context);
  const steps = `SELECT CAST(0 AS ${integer}) AS k, CAST(-1 AS ${integer}) AS place UNION ALL SELECT w.k + 1, (${found}) FROM w WHERE w.place IS NOT NULL AND w.k < ${size}`;
  return `EXISTS (WITH RECURSIVE w AS (${steps}) SELECT 1 FROM w WHERE w.place IS NOT NULL AND w.k = ${size})`;
}

interface Listing {
  readonly context: Context;
  readonly kind: ValueKind;
}

function sideIn(list: ItemList, context: Context): SideTable | undefined {
  return "source" in list ? sideOf(list.source, context) : undefined;
}

/** Elements of one kind are compared as they are, all other numbers as `numeric`, or as decimals of any length where some are such. */
function kindOfLists(lists: readonly ItemList[], context: Context): ValueKind {
  const kinds = new Set(lists.flatMap((list) => sideIn(list, context)?.columns[0]!.kind ?? []));
  const [only = "text", ...others] = kinds;
  const hasLiterals = lists.some((list) => "items" in list);
  if (kinds.has("decimal")) return "decimal";
  const isNumber = only === "integer" || only === "real" || only === "numeric";
  return others.length > 0 || (isNumber && hasLiterals) ? "numeric" : only;
}

/** A list as rows of place and item. */
function listed(list: ItemList, { context, kind }: Listing): string {
  if ("items" in list) {
    // No number of another kind is a long one.
    const items = kind === "decimal" ? list.items : list.items.filter((item) => !isLong(item));
    const rows = items.map((item, index) => `SELECT ${index} AS place, ${compileAs(item, kind, context, item.type)} AS item`);
    return rows.length === 0 ? `SELECT 0 AS place, ${context.dialect.nothing(kind)} AS item WHERE 1 = 0` : rows.join(" UNION ALL ");
  }
  const { from, place, item, conditions } = collection(list, { context, kind });
  return `SELECT ${place} AS place, ${item} AS item ${from} WHERE ${conditions.join(" AND ")}`;
}

function itemAt(list: ItemList, index: string, { context, kind }: Listing): string {
  if ("items" in list) {
    const branches = list.items.map((item, at) => `WHEN ${at} THEN ${compileAs(item, kind, context, item.type)}`);
    return branches.length === 0 ? context.dialect.nothing(kind) : `CASE ${index} ${branches.join(" ")} END`;
  }
  const { from, place, item, conditions } = collection(list, { context, kind });
  return `(SELECT ${item} ${from} WHERE ${[...conditions, `${place} = ${index}`].join(" AND ")})`;
}

function sizeOf(list: ItemList, context: Context): string {
  if ("items" in list) return String(list.items.length);
  const { from, conditions } = collection(list, { context, kind: "any" });
  return `(SELECT count(*) ${from} WHERE ${conditions.join(" AND ")})`;
}

function collection(
  { source }: Extract<ItemList, { source: unknown }>,
  { context, kind }: Listing,
): { from: string; place: string; item: string; conditions: string[] } {
  const { dialect } = context;
  const inner = enter(source, context);
  const { alias, side } = frameAt(inner, inner.lambdas.length);
  const value = `${alias}.${dialect.quote("value")}`;
  return {
    from: `FROM ${dialect.quote(side!.name)} AS ${alias}`,
    place: `${alias}.${dialect.quote(`o${side!.ordinals}`)}`,
    item: kind === "any" ? value : dialect.convert(value, side!.columns[0]!.kind, kind),
    conditions: links(source, inner),
  };
}
