/** The entity tag of a row (RFC 9110, 8.8.3): weak, its change sequence. */
export function etagOf(row: { readonly seq: number }): string {
  return `W/"${row.seq}"`;
}
