import { problem } from "../base/errors.ts";
import { searchTerms } from "../base/searchTerms.ts";
import { isSearchable } from "../edm/searchable.ts";
import type { EntityType } from "../edm/types.ts";
import type { SearchExpression } from "../odata/expression.ts";
import type { Typed } from "./typed.ts";

/** Which rows are searched, and where the expression stands. */
export interface Searched {
  readonly type: EntityType;
  /** Of the rows: 0 for those of the query. */
  readonly level: number;
  readonly option: string;
}

/**
 * `$search` (OData 4.01 URL Conventions 5.1.8) as a condition: a word is in some searchable text of the row, the words of a phrase stand there one behind
 * the other; case and accents do not count. Throws `badRequest` for a type without such text.
 */
export function bindSearch(search: SearchExpression, searched: Searched): Typed {
  const { type, level, option } = searched;
  if (!isSearchable(type))
    throw problem("badRequest", { what: `${option}: no text of '${type.name}' can be searched (position ${search.at}).` }, { target: option });
  switch (search.kind) {
    case "word":
    case "phrase": {
      const terms = searchTerms(search.text);
      if (terms.length === 0)
        throw problem("badRequest", { what: `${option}: '${search.text}' holds no letter and no digit (position ${search.at}).` }, { target: option });
      return { kind: "search", type: "boolean", terms, level };
    }
    case "not":
      return { kind: "not", type: "boolean", operand: bindSearch(search.operand, searched) };
    default:
      return { kind: "binary", type: "boolean", operator: search.kind, left: bindSearch(search.left, searched), right: bindSearch(search.right, searched) };
  }
}
