import { bodyOf } from "../base/storedBody.ts";
import { linksWithin } from "../edm/links.ts";
import type { Model } from "../edm/model.ts";
import type { NavigationProperty } from "../edm/types.ts";
import type { Row, RowWrite } from "../store/store.ts";
import type { Shown } from "./deepWrite.ts";
import type { Outcome } from "./outcome.ts";
import { showRelated, type WrittenRelation } from "./showRelated.ts";

type Created = Extract<Outcome, { kind: "created" }>;

/** A related entity of a kept outcome, as plain data. */
interface Kept {
  readonly navigation: string;
  /** The path of its place. */
  readonly place: string;
  readonly row: Row;
  readonly below: readonly Kept[];
}

/** An outcome as it is kept: what was made, with the related entities that its answer showed. */
type KeptOutcome = Outcome & { readonly related?: readonly Kept[] };

/** The rows of a WriteSet and the sequences that they got. */
interface Sequenced {
  readonly rows: readonly RowWrite[];
  readonly seqs: readonly number[];
}

/** Adds to the kept outcome of a create what its body gave of related entities. */
export function keepRelated(outcome: string, shown: readonly Shown[], written: Sequenced): string {
  const kept = JSON.parse(outcome) as KeptOutcome;
  if (shown.length === 0 || kept.kind !== "created") return outcome;
  return JSON.stringify({ ...kept, related: keptOf(shown, kept.row.hub, written) });
}

function keptOf(shown: readonly Shown[], hub: string, written: Sequenced): Kept[] {
  return shown.map(({ relation, row, below }) => {
    const { parents, id, put } = row;
    const seq = written.seqs[written.rows.indexOf(row)] ?? 0;
    const made: Row = { hub, parents, id, seq, type: put?.type ?? "", body: bodyOf(put?.entity ?? {}, seq) };
    return { navigation: relation.navigation.name, place: relation.place.path, row: made, below: keptOf(below, hub, written) };
  });
}

/** The outcome of a kept text, which shows what it showed the first time. */
export function keptOutcome(text: string, model: Model): Outcome {
  const { related = [], ...outcome } = JSON.parse(text) as KeptOutcome;
  if (related.length === 0 || outcome.kind !== "created") return outcome;
  const created: Created = outcome;
  return { ...created, ...showRelated(created.row, relationsOf(created.row, related, model)) };
}

/** A navigation property of a complex value, by its path. */
function within(path: string, model: Model): NavigationProperty | undefined {
  return model.places.flatMap((place) => linksWithin(model, place)).find(({ navigation }) => navigation.name === path)?.navigation;
}

/** What a newer model does not have any longer is left out. */
function relationsOf({ type }: Row, related: readonly Kept[], model: Model): WrittenRelation[] {
  const owner = model.findType(type);
  const known = owner?.kind === "entity" ? owner.allNavigation : [];
  return related.flatMap((one): WrittenRelation[] => {
    const place = model.places.find(({ path }) => path === one.place);
    const navigation = known.find(({ name }) => name === one.navigation) ?? within(one.navigation, model);
    if (navigation === undefined || place === undefined) return [];
    return [{ navigation, place, row: one.row, below: relationsOf(one.row, one.below, model) }];
  });
}
