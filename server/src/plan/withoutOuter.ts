import { keyPredicate } from "../edm/keyText.ts";
import type { Place } from "../edm/model.ts";
import { pathOfPlace } from "../edm/pathOfPlace.ts";
import { encodeQuery } from "../odata/encodeQuery.ts";
import { printedMark } from "./outerMark.ts";
import type { Query } from "./plan.ts";

/** A row by its place and keys. */
interface Named {
  readonly place: Place;
  readonly parents: readonly string[];
  readonly id: string;
}

/** The text of an expansion's query for a URL of its own, where `$it` would mean another row: the row that it means here is named by its path from the root. */
export function withoutOuter({ text, marked }: Pick<Query, "text" | "marked">, { place, parents, id }: Named): string {
  if (marked === undefined) return text;
  const path = `${pathOfPlace(place, parents)}${place.kind === "singleton" ? "" : keyPredicate(place.type, id)}`;
  return marked.replaceAll(printedMark, encodeQuery(`$root/${decodeURIComponent(path)}`).replaceAll("$", "$$$$"));
}
