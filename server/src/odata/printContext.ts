import type { Context, ContextItem, ContextSegment } from "./context.ts";
import type { Expression } from "./expression.ts";
import { printArguments } from "./printExpression.ts";

/** Prints the fragment of a context URL, without its `#`; keys percent-encoded where a URL needs it. */
export function printContext(context: Context): string {
  switch (context.kind) {
    case "reference":
      return context.collection ? "Collection($ref)" : "$ref";
    case "type":
      return (context.collection ? `Collection(${context.type})` : context.type) + printSelect(context.select);
    case "path":
      return context.segments.map(printSegment).join("/") + printSelect(context.select) + (context.suffix === undefined ? "" : `/$${context.suffix}`);
  }
}

function printSegment({ name, arguments: values }: ContextSegment): string {
  return values === undefined ? name : name + printArguments(values.map((one) => ({ ...one, value: encoded(one.value) })));
}

/** In strings stand characters that no URL has. */
function encoded(value: Expression): Expression {
  return value.kind === "literal" && value.literal === "string" ? { ...value, value: encodeURIComponent(value.value) } : value;
}

function printSelect(items: readonly ContextItem[] | undefined): string {
  return items === undefined ? "" : `(${items.map(printItem).join(",")})`;
}

function printItem({ path, recursive, items }: ContextItem): string {
  return path.join("/") + (recursive ? "+" : "") + printSelect(items);
}
