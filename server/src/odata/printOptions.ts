import { encodeQuery } from "./encodeQuery.ts";
import type { Expression } from "./expression.ts";
import type { ExpandItem, OptionName, QueryOptions, SelectItem } from "./options.ts";
import { printApply } from "./printApply.ts";
import { printExpression } from "./printExpression.ts";
import { printCompute, printOrderby } from "./printItems.ts";
import { printSearch } from "./printSearch.ts";

type Aliases = ReadonlyMap<string, Expression>;

/** Printed in this order, so that equal options give equal text. */
const order: readonly OptionName[] = [
  "apply",
  "compute",
  "filter",
  "search",
  "orderby",
  "select",
  "expand",
  "count",
  "skip",
  "top",
  "index",
  "levels",
  "id",
  "schemaversion",
  "format",
  "skiptoken",
  "deltatoken",
];

/**
 * Prints options as a percent-encoded query string without `?` (ABNF `queryOptions`): names in lower case
 * with `$`, no braces, in one fixed order; then aliases and custom options by name.
 */
export function printOptions(options: QueryOptions, aliases: Aliases = new Map(), custom: ReadonlyMap<string, string> = new Map()): string {
  const parts = list(options, aliases).map(encodeQuery);
  for (const [name, value] of [...custom].toSorted(byName)) parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return parts.join("&");
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function list(options: QueryOptions, aliases: Aliases): string[] {
  const found = order.filter((name) => options[name] !== undefined).map((name) => `$${name}=${printOption(name, options)}`);
  return [...found, ...[...aliases].toSorted(byName).map(([name, value]) => `@${name}=${printExpression(value)}`)];
}

function printOption(name: OptionName, options: QueryOptions): string {
  switch (name) {
    case "filter":
      return options.filter === undefined ? "" : printExpression(options.filter);
    case "search":
      return options.search === undefined ? "" : printSearch(options.search);
    case "orderby":
      return printOrderby(options.orderby ?? []);
    case "compute":
      return printCompute(options.compute ?? []);
    case "apply":
      return printApply(options.apply ?? []);
    case "select":
      return (options.select ?? []).map(printItem).join(",");
    case "expand":
      return (options.expand ?? []).map(printItem).join(",");
    default:
      return String(options[name]);
  }
}

function printItem(item: SelectItem | ExpandItem): string {
  const steps = [...item.path, ...(item.star ? ["*"] : []), ...("suffix" in item ? [`$${item.suffix}`] : [])];
  const nested = list(item.options ?? {}, item.aliases ?? new Map());
  return steps.join("/") + (nested.length === 0 ? "" : `(${nested.join(";")})`);
}
