import type { ItemList, Typed } from "./typed.ts";

/** A typed expression whose parts, and then itself, are what `change` makes of them; the very same where it changes nothing. */
export function mapTyped(typed: Typed, change: (typed: Typed) => Typed): Typed {
  const inner = (one: Typed): Typed => mapTyped(one, change);
  return change(withParts(typed, inner));
}

function withParts(typed: Typed, inner: (typed: Typed) => Typed): Typed {
  switch (typed.kind) {
    case "not":
    case "negate":
      return { ...typed, operand: inner(typed.operand) };
    case "converted":
      return { ...typed, operand: inner(typed.operand) };
    case "binary":
      return { ...typed, left: inner(typed.left), right: inner(typed.right) };
    case "in":
      return { ...typed, left: inner(typed.left), items: typed.items.map(inner) };
    case "call":
      return { ...typed, arguments: typed.arguments.map(inner) };
    case "case":
      return { ...typed, branches: typed.branches.map(({ when, gives }) => ({ when: inner(when), gives: inner(gives) })) };
    case "any":
    case "all":
    case "count":
      return typed.predicate === undefined ? typed : { ...typed, predicate: inner(typed.predicate) };
    case "related":
      return { ...typed, value: inner(typed.value) };
    case "subsequence":
      return { ...typed, whole: withItems(typed.whole, inner), part: withItems(typed.part, inner) };
    default:
      return typed;
  }
}

function withItems(list: ItemList, inner: (typed: Typed) => Typed): ItemList {
  return "items" in list ? { items: list.items.map(inner) } : list;
}
