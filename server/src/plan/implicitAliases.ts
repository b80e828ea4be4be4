import type { BoundOperation } from "../edm/model.ts";
import type { NamedArgument } from "../odata/expression.ts";
import { parseExpression } from "../odata/parseExpression.ts";
import type { ODataRequest } from "../odata/request.ts";

/**
 * The arguments of a function that ends its path without parentheses: query options with the names of its parameters, an `@` before them or not (OData 4.01 Protocol
 * 11.5.4.1.2, implicit parameter aliases). Throws `badRequest` for a value that is no expression.
 */
export function implicitAliases(overloads: readonly BoundOperation[], { aliases, custom }: Pick<ODataRequest, "aliases" | "custom">): readonly NamedArgument[] {
  const names = new Set(overloads.flatMap(({ parameters }) => parameters.map(({ name }) => name)));
  return [...names].flatMap((name): NamedArgument[] => {
    const text = custom.get(name);
    const value = aliases.get(name) ?? (text === undefined ? undefined : parseExpression(text, name));
    return value === undefined ? [] : [{ name, value }];
  });
}
