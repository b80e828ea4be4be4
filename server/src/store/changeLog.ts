import type { Scalar } from "../plan/typed.ts";
import type { Projection, Query } from "../plan/plan.ts";
import type { Dialect } from "./dialect.ts";
import type { Change, Row } from "./store.ts";

/** One entry of the change log. */
export interface ChangeEntry {
  readonly id: string;
  readonly seq: number;
  readonly verb: string;
  /** Names of the top-level properties that changed. */
  readonly changed: readonly string[];
  /** The steady instant of the write. */
  readonly at: string;
}

/** Entries of the log that are looked at in one go, whatever place they are about: so that a read is bounded in a hub where other things change. */
export const logWindow = 20_000;

/** Entries of a place behind a change and up to another, oldest first. Parameters: hub, since, upto, place, parents as JSON, limit, and the id where only one row's are wanted. */
export function changesText({ quote, parameter }: Dialect, ofOne = false): string {
  const name = (column: string): string => quote(column);
  const columns = ["id", "seq", "verb", "changed", "at"].map(name).join(", ");
  const range = `${name("hub")} = ${parameter(1)} AND ${name("seq")} > ${parameter(2)} AND ${name("seq")} <= ${parameter(3)}`;
  const where = `${range} AND ${name("place")} = ${parameter(4)} AND ${name("parents")} = ${parameter(5)}`;
  const one = ofOne ? ` AND ${name("id")} = ${parameter(7)}` : "";
  return `SELECT ${columns} FROM ${quote("changes")} WHERE ${where}${one} ORDER BY ${name("seq")} LIMIT ${parameter(6)}`;
}

/** The same whatever place they are of, with the place and its parents in front. Parameters: hub, since, upto, limit. */
export function allChangesText({ quote, parameter }: Dialect): string {
  const columns = ["place", "parents", "id", "seq", "verb", "changed", "at"].map(quote).join(", ");
  return `SELECT ${columns} FROM "changes" WHERE "hub" = ${parameter(1)} AND "seq" > ${parameter(2)} AND "seq" <= ${parameter(3)} ORDER BY "seq" LIMIT ${parameter(4)}`;
}

/**
 * The places that entries behind a change and up to another are about, and the last of each; those of one place apart by the parents of the rows.
 * Parameters: hub, since, upto, that place.
 */
export function touchedText({ quote, parameter }: Dialect): string {
  const place = quote("place");
  const parents = `CASE WHEN ${place} = ${parameter(4)} THEN ${quote("parents")} ELSE '' END`;
  return `SELECT ${place}, ${parents}, max(${quote("seq")}) FROM "changes" WHERE "hub" = ${parameter(1)} AND "seq" > ${parameter(2)} AND "seq" <= ${parameter(3)} GROUP BY 1, 2`;
}

/** How many entries of any place there are behind a change and up to another: as many as their sequences say, else the log does not reach back so far. Parameters: hub, since, upto. */
export function countText({ parameter }: Dialect): string {
  return `SELECT count(*) FROM "changes" WHERE "hub" = ${parameter(1)} AND "seq" > ${parameter(2)} AND "seq" <= ${parameter(3)}`;
}

/** Reads what `changesText` gives. */
export function readEntry([id, seq, verb, changed, at]: readonly Scalar[]): ChangeEntry {
  return { id: String(id), seq: Number(seq), verb: String(verb), changed: JSON.parse(String(changed)) as string[], at: String(at) };
}

/** The last entry of each row, oldest first, but for rows of which only properties changed that are not asked for (R138). */
export function lastEntries(entries: readonly ChangeEntry[], query: Query): readonly ChangeEntry[] {
  const found = new Map<string, ChangeEntry>();
  for (const entry of entries) {
    if (!found.has(entry.id) && !matters(entry, query)) continue;
    found.delete(entry.id);
    found.set(entry.id, entry);
  }
  return [...found.values()];
}

/** With a filter any property may decide whether the row is among those asked for. */
function matters({ verb, changed }: ChangeEntry, { projection, filter }: Query): boolean {
  return verb !== "update" || projection === undefined || projection.star || filter !== undefined || changed.some((name) => isSelected(name, projection));
}

function isSelected(name: string, { names }: Projection): boolean {
  return names.has(name);
}

/** What was found of the rows of entries. */
export interface FoundRows {
  /** Those that were asked for. */
  readonly rows: ReadonlyMap<string, Row>;
  /** Ids of all that are there. */
  readonly present: ReadonlySet<string>;
}

/** The changes that fit into so many characters of bodies, never none; `upto` is the entry of the last. */
export function changesOf(
  entries: readonly ChangeEntry[],
  { rows, present }: FoundRows,
  budget: number,
): { readonly changes: readonly Change[]; readonly upto: number | undefined } {
  const changes: Change[] = [];
  let length = 0;
  let upto: number | undefined;
  for (const { id, seq } of entries) {
    const row = rows.get(id);
    length += row?.body.length ?? 0;
    if (length > budget && changes.length > 0) return { changes, upto };
    changes.push(row === undefined ? { id, removed: present.has(id) ? "changed" : "deleted" } : { id, row });
    upto = seq;
  }
  return { changes, upto: undefined };
}
