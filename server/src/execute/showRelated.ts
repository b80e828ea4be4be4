import type { Place } from "../edm/model.ts";
import type { NavigationProperty } from "../edm/types.ts";
import type { Expansion, Query } from "../plan/plan.ts";
import type { Page, Row } from "../store/store.ts";

/** A written row with the related entities that its body gave, and the expansions that print them. */
export interface ShownRow {
  readonly row: Row;
  readonly expand: readonly Expansion[];
}

/** A related entity that a body gave, as it was written, with what it gave in its turn. */
export interface WrittenRelation {
  readonly navigation: NavigationProperty;
  readonly place: Place;
  readonly row: Row;
  readonly below: readonly WrittenRelation[];
}

/** What the answer to a deep insert or update shows: everything that was given, however deep (OData Protocol 11.4.2.2). */
export function showRelated(row: Row, related: readonly WrittenRelation[]): ShownRow {
  const pages = new Map<string, Page>();
  const expand: Expansion[] = [];
  for (const [name, group] of Map.groupBy(related, ({ navigation }) => navigation.name)) {
    const { navigation, place } = group[0]!;
    const below = group.map((one) => showRelated(one.row, one.below));
    pages.set(name, { rows: below.map((one) => one.row) });
    const inner = new Map(below.flatMap((one) => one.expand.map((expansion): [string, Expansion] => [expansion.key, expansion])));
    expand.push({ key: name, navigation, place, query: { ...plain, expand: [...inner.values()] } });
  }
  return { row: pages.size === 0 ? row : { ...row, expanded: pages }, expand };
}

const plain: Query = { orderby: [], skip: 0, count: false, pageSize: 1, expand: [], text: "", dynamic: [] };
