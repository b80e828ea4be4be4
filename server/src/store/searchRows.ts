import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { searchTerms } from "../base/searchTerms.ts";
import type { Scalar } from "../plan/typed.ts";

/** Words of a row that can be found; those behind them cannot. */
const most = 4_000;

/** The words of an entity's texts at these paths as rows of its search side: place and word. A phrase does not go on from one text into the next. */
export function searchRows(paths: readonly (readonly string[])[], entity: JsonObject): Scalar[][] {
  const rows: Scalar[][] = [];
  let place = 0;
  for (const path of paths) {
    for (const text of textsAt(entity, path)) {
      for (const term of searchTerms(text)) {
        if (rows.length >= most) return rows;
        rows.push([place, term]);
        place += 1;
      }
      place += 1;
    }
  }
  return rows;
}

function textsAt(value: Json | undefined, [name, ...rest]: readonly string[]): string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((one) => textsAt(one, name === undefined ? [] : [name, ...rest]));
  if (name !== undefined) return isObject(value) && Object.hasOwn(value, name) ? textsAt(value[name], rest) : [];
  return typeof value === "string" ? [value] : [];
}
