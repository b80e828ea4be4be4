import type { Aggregation, Expression, NamedArgument, PathStep, SearchExpression } from "../../src/odata/expression.ts";

/** Prints a tree with all its brackets, so that a test case fits on a line. */
export function treeToText(tree: Expression): string {
  switch (tree.kind) {
    case "literal":
      if (tree.literal === "string") return `'${tree.value}'`;
      if (tree.literal === "integer" || tree.literal === "null" || tree.literal === "boolean") return tree.value;
      return `<${tree.type ?? tree.literal} ${tree.value}>`;
    case "path":
      return tree.segments.map(stepToText).join("/");
    case "not":
    case "negate":
      return `(${tree.kind} ${treeToText(tree.operand)})`;
    case "binary":
      return `(${treeToText(tree.left)} ${tree.operator} ${treeToText(tree.right)})`;
    case "in":
      return `(${treeToText(tree.left)} in ${treeToText(tree.right)})`;
    case "call":
      return `${tree.name}{${tree.arguments.map(treeToText).join(", ")}}`;
    case "list":
      return `[${tree.items.map(treeToText).join(", ")}]`;
    case "json":
      return `<json ${tree.text}>`;
    case "alias":
      return `<alias ${tree.name}>`;
  }
}

function stepToText(step: PathStep): string {
  switch (step.kind) {
    case "name":
      return step.name;
    case "call":
      return step.name + argumentsToText(step.parameters);
    case "count": {
      const filter = step.filter === undefined ? "" : `{filter ${treeToText(step.filter)}}`;
      return `$count${filter}${step.search === undefined ? "" : `{search ${searchToText(step.search)}}`}`;
    }
    case "aggregate":
      return `aggregate{${aggregationToText(step.of)}}`;
    default:
      return step.predicate === undefined ? `${step.kind}{}` : `${step.kind}{${step.variable ?? ""}: ${treeToText(step.predicate)}}`;
  }
}

export function aggregationToText({ value, method, from }: Aggregation): string {
  const steps = from.map((one) => ` from ${one.keys.map((key) => key.join("/")).join("+")} with ${one.method ?? "its own"}`);
  return `${treeToText(value)} with ${method ?? "its own"}${steps.join("")}`;
}

export function argumentsToText(parameters: readonly NamedArgument[]): string {
  return `{${parameters.map(({ name, value }) => (name === undefined ? "" : `${name}=`) + treeToText(value)).join(", ")}}`;
}

export function searchToText(search: SearchExpression): string {
  switch (search.kind) {
    case "word":
      return search.text;
    case "phrase":
      return `"${search.text}"`;
    case "not":
      return `(NOT ${searchToText(search.operand)})`;
    default:
      return `(${searchToText(search.left)} ${search.kind.toUpperCase()} ${searchToText(search.right)})`;
  }
}
