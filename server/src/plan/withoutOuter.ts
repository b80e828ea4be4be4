import { keyPredicate } from "../edm/keyText.ts";
import type { Place } from "../edm/model.ts";
import { pathOfPlace } from "../edm/pathOfPlace.ts";
import { encodeQuery } from "../odata/encodeQuery.ts";

/** A row by its place and keys. */
interface Named {
  readonly place: Place;
  readonly parents: readonly string[];
  readonly id: string;
}

/** Strings of printed options, which may say anything, and `$it`. */
const words = /'(?:[^']|'')*'|%22(?:%5C%5C|%5C%22|(?!%22).)*%22|\$it(?!\w)/g;

/** Printed options of an expansion for a URL of its own, where `$it` would mean another row: the row that it means here by its path from the root. */
export function withoutOuter(text: string, { place, parents, id }: Named): string {
  if (!text.includes("$it")) return text;
  const path = `${pathOfPlace(place, parents)}${place.kind === "singleton" ? "" : keyPredicate(place.type, id)}`;
  return text.replaceAll(words, (word) => (word === "$it" ? encodeQuery(`$root/${decodeURIComponent(path)}`) : word));
}
