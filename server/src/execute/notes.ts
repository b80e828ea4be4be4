import type { SentEntity } from "../plan/plan.ts";

/** What the client should know of a body that was read leniently; goes out as `Warning: 299` (RFC 7234, 5.5). */
export function placeholderNotes(sent: SentEntity): readonly string[] {
  if (sent.placeholders.length === 0) return [];
  const shown = sent.placeholders.slice(0, 8).join(", ");
  const more = sent.placeholders.length > 8 ? ` and ${sent.placeholders.length - 8} more` : "";
  return [`Documentation placeholders were read as absent: ${shown}${more}`];
}
