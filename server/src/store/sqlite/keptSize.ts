import type { Page, Row } from "../store.ts";

/** What an object of ours, its entries in maps and what is kept with it take beside their texts. */
const overhead = 1000;

/**
 * Bytes that a row or a page takes while it is kept, with the answer that is printed of it and kept with it: text takes
 * one byte a character, two when one of them is beyond Latin-1; printed it has up to three.
 */
export function keptSize(kept: Row | Page): number {
  if (!("rows" in kept)) return overhead + textSize(kept.body) + innerSize(kept);
  return kept.rows.reduce((sum, row) => sum + keptSize(row), overhead);
}

function innerSize({ expanded }: Row): number {
  return expanded === undefined ? 0 : [...expanded.values()].reduce((sum, page) => sum + keptSize(page), 0);
}

function textSize(text: string): number {
  return text.length * (/[^\0-\xff]/.test(text) ? 5 : /[^\0-\x7f]/.test(text) ? 3 : 2);
}
