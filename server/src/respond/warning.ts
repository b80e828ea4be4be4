/** `Warning: 299` (RFC 7234, 5.5) with one item per note; nothing where there is none. */
export function warningOf(notes: readonly string[]): Record<string, string> {
  if (notes.length === 0) return {};
  const items = notes.map((note) => `299 - "${note.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "'")}"`);
  return { Warning: items.join(", ") };
}
