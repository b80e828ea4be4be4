import type { Expansion, Query } from "../plan/plan.ts";
import type { Page, Row, RowWrite } from "../store/store.ts";
import type { Shown } from "./deepWrite.ts";

/** A written row with the related entities that its body gave, and the expansions that print them. */
export interface ShownRow {
  readonly row: Row;
  readonly expand: readonly Expansion[];
}

/** What the answer to a deep insert or update shows: everything that was given, however deep (OData Protocol 11.4.2.2). */
export function showRelated(row: Row, shown: readonly Shown[], written: ReadonlyMap<RowWrite, Row>): ShownRow {
  const pages = new Map<string, Page>();
  const expand: Expansion[] = [];
  for (const [name, group] of Map.groupBy(shown, ({ relation }) => relation.navigation.name)) {
    const { navigation, place } = group[0]!.relation;
    const below = group.map((one) => showRelated(written.get(one.row)!, one.below, written));
    pages.set(name, { rows: below.map((one) => one.row) });
    const inner = new Map(below.flatMap((one) => one.expand.map((expansion): [string, Expansion] => [expansion.key, expansion])));
    expand.push({ key: name, navigation, place, query: { ...plain, expand: [...inner.values()] } });
  }
  return { row: pages.size === 0 ? row : { ...row, expanded: pages }, expand };
}

const plain: Query = { orderby: [], skip: 0, count: false, pageSize: 1, expand: [], text: "", dynamic: [] };
