const mark = "\u0001it";

/** The mark as a printed query has it. */
export const printedMark = "%01it";

/** Options with a mark instead of `$it`, which no text, word or name is taken for once they are printed. */
export function markOuter<T>(tree: T): T {
  if (Array.isArray(tree)) return tree.map((one: unknown) => markOuter(one)) as T;
  if (tree instanceof Map) return new Map([...tree].map(([name, value]: [unknown, unknown]) => [name, markOuter(value)])) as T;
  if (typeof tree !== "object" || tree === null) return tree;
  const { kind, name } = tree as { readonly kind?: unknown; readonly name?: unknown };
  if (kind === "name" && name === "$it") return { ...tree, name: mark };
  return Object.fromEntries(Object.entries(tree).map(([member, value]) => [member, markOuter(value)])) as T;
}
