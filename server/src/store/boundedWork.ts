import type { OrderItem, Query } from "../plan/plan.ts";
import type { CollectionPath, RowsPath, ScalarPath, Typed } from "../plan/typed.ts";
import { columnOf } from "./columnOf.ts";
import { frameAt, sideOf, type Frames } from "./frame.ts";
import type { Table } from "./schema.ts";

/**
 * Whether an index bounds the rows that a filter makes the engine look at. The rules, by shape alone:
 * - eq, in, gt, ge, lt, le, startswith of an indexed declared scalar with literals are bounded;
 * - any() is, when its predicate is so on an indexed member;
 * - `and` is when one side is, `or` when both are; a cast in front of a column shared between types, `not`, `ne`,
 *   `all`, counts, functions of a column and dynamic properties are not.
 * An index may bound little (`id gt ''`), and then each row is looked at: so the rest has to be light, but behind one key.
 */
export function isBounded(filter: Typed, table: Table): boolean {
  const standing = rowsOf(table);
  return namesOneRow(filter, standing) || (bounded(filter, standing) && isLight(filter, standing));
}

/** Whether a page is read within bounds: those of its filter, else of the index that orders it. */
export function isBoundedPage({ filter, orderby }: Pick<Query, "filter" | "orderby">, table: Table): boolean {
  if (!orderby.every(({ expression }) => isLight(expression, rowsOf(table)))) return false;
  return filter === undefined ? isOrderedByIndex(orderby, table) : isBounded(filter, table);
}

/** Whether the first term of an order is served by an index (nothing filtered, rows come in order). */
function isOrderedByIndex(orderby: readonly OrderItem[], table: Table): boolean {
  const first = orderby[0]?.expression;
  if (first === undefined) return true;
  if (first.kind !== "path" || first.path.dynamic || first.path.origin.level !== 0) return false;
  const column = columnOf(first.path, rowsOf(table));
  return (column.indexed || column.key || table.defaultOrder[0]?.column === column) && isPlain(first.path, table);
}

type Standing = Frames;

/** What the rows of a table are looked at as. */
function rowsOf(table: Table): Standing {
  return { table, alias: "", lambdas: [] };
}

function bounded(typed: Typed, standing: Standing): boolean {
  switch (typed.kind) {
    case "binary":
      if (typed.operator === "and") return bounded(typed.left, standing) || bounded(typed.right, standing);
      if (typed.operator === "or") return bounded(typed.left, standing) && bounded(typed.right, standing);
      return isRange(typed, standing);
    case "in":
      return isIndexed(typed.left, standing) && typed.items.every(isLiteral);
    case "call":
      return (
        typed.name === "startswith" &&
        isIndexed(typed.arguments[0]!, standing) &&
        isLiteral(typed.arguments[1]!) &&
        (typed.arguments[1] as { value: unknown }).value !== ""
      );
    case "any":
      return isDrivenBySide(typed.source, typed.predicate, standing);
    case "search":
      return typed.level === 0;
    default:
      return false;
  }
}

/** Terms after which a condition is no longer light, however plain each of them is. */
const lightTerms = 64;

/** True when a row costs few comparisons of its own columns: no function, no collection gone through, no look at the stored body. */
function isLight(typed: Typed, standing: Standing): boolean {
  return termsOf(typed, standing) <= lightTerms;
}

function termsOf(typed: Typed, standing: Standing): number {
  const sum = (...parts: readonly Typed[]): number => parts.reduce((terms, part) => terms + termsOf(part, standing), 1);
  switch (typed.kind) {
    case "path":
      return typed.path.dynamic ? Infinity : 1;
    case "complexIsNull":
    case "all":
    case "count":
    case "related":
    case "converted":
    case "subsequence":
      return Infinity;
    case "search":
      return typed.level === 0 ? typed.terms.length : Infinity;
    case "any":
      // What an index finds: its predicate is looked at for the members that are found.
      return isDrivenBySide(typed.source, typed.predicate, standing) ? sum(typed.predicate!) : Infinity;
    case "call":
      return isCheapCall(typed) ? 1 : Infinity;
    case "not":
    case "negate":
      return sum(typed.operand);
    case "binary":
      // What the engines call a function for.
      return ["int", "boolean"].includes(typed.type) ? sum(typed.left, typed.right) : Infinity;
    case "case":
      return sum(...typed.branches.flatMap(({ when, gives }) => [when, gives]));
    case "in":
      return sum(typed.left, ...typed.items.filter((item) => !isLiteral(item)));
    default:
      return 1;
  }
}

/** A function without arguments, or the beginning of a column of text. */
function isCheapCall({ name, arguments: [first, second] }: Extract<Typed, { kind: "call" }>): boolean {
  return first === undefined || (name === "startswith" && first.kind === "path" && !first.path.dynamic && isLiteral(second!));
}

/** True when a conjunct compares the key with one value. */
function namesOneRow(typed: Typed, standing: Standing): boolean {
  if (typed.kind !== "binary") return false;
  const { operator, left, right } = typed;
  if (operator === "and") return namesOneRow(left, standing) || namesOneRow(right, standing);
  if (operator !== "eq" || left.kind !== "path" || !isLiteral(right)) return false;
  return isIndexed(left, standing) && columnOf(left.path, standing).key;
}

function isRange({ operator, left, right }: Extract<Typed, { kind: "binary" }>, standing: Standing): boolean {
  if (!["eq", "gt", "ge", "lt", "le"].includes(operator)) return false;
  return (isIndexed(left, standing) && isLiteral(right)) || (isIndexed(right, standing) && isLiteral(left));
}

const isLiteral = (typed: Typed): boolean => typed.kind === "literal";

function isIndexed(typed: Typed, standing: Standing): boolean {
  const inner = standing.lambdas.length;
  if (typed.kind === "element") return typed.level === inner && frameAt(standing, inner).side?.property.indexed === true;
  if (typed.kind !== "path" || typed.path.dynamic || typed.path.origin.level !== inner) return false;
  const column = columnOf(typed.path, standing);
  return (column.indexed || column.key) && (inner > 0 || isPlain(typed.path, standing.table));
}

/** True when the column stands in the text as it is (no cast that tells its rows apart). */
function isPlain({ cast, steps }: ScalarPath, table: Table): boolean {
  if (cast === undefined) return true;
  const columns = table.byPath.get(steps.join("/")) ?? [];
  return columns.every((column) => [...column.types].every((type) => type === cast || cast.derived.includes(type)));
}

/** True when an any() over a collection of the row can be turned round: its elements are found by an index, then their rows. */
export function isDrivenBySide(source: CollectionPath | RowsPath, predicate: Typed | undefined, standing: Standing): boolean {
  if ("place" in source || source.origin.level !== 0 || standing.lambdas.length !== 0 || predicate === undefined || looksOutside(predicate)) return false;
  const { table } = standing;
  return bounded(predicate, { ...standing, lambdas: [{ alias: "", table, row: "", side: sideOf(source, standing) }] });
}

/** True when a predicate needs more than the elements' own columns: the row, or its stored body. */
function looksOutside(typed: Typed): boolean {
  switch (typed.kind) {
    case "path":
      return typed.path.origin.level === 0 || typed.path.dynamic;
    case "complexIsNull":
    case "isOf":
    case "search":
    case "related":
    case "subsequence":
      return true;
    case "not":
    case "negate":
    case "converted":
      return looksOutside(typed.operand);
    case "binary":
      return looksOutside(typed.left) || looksOutside(typed.right);
    case "case":
      return typed.branches.some(({ when, gives }) => looksOutside(when) || looksOutside(gives));
    case "in":
      return looksOutside(typed.left) || typed.items.some(looksOutside);
    case "call":
      return typed.arguments.some(looksOutside);
    case "any":
    case "all":
    case "count":
      return "place" in typed.source || typed.source.origin.level === 0 || (typed.predicate !== undefined && looksOutside(typed.predicate));
    default:
      return false;
  }
}
