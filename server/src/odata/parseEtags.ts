import { problem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";

/** An `If-Match` or `If-None-Match` header: `*`, or the opaque texts of its tags, without `W/` and quotes. */
export type EtagCondition = { readonly any: true } | { readonly any: false; readonly tags: readonly string[] };

const tag = /[\t ]*(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?:,|$)/y;
const empty = /[\t ]*,/y;

/** Reads a list of entity tags (RFC 9110 section 8.8.3). Anything else is refused with the inner code `malformedEntityTag`. */
export function parseEtags(header: string, name: "If-Match" | "If-None-Match" = "If-Match"): EtagCondition {
  if (header.trim() === "*") return { any: true };
  const tags: string[] = [];
  for (let at = 0; at < header.length;) {
    empty.lastIndex = at;
    if (empty.test(header)) {
      at = empty.lastIndex;
      continue;
    }
    tag.lastIndex = at;
    const found = tag.exec(header)?.[1];
    if (found === undefined) {
      if (header.slice(at).trim() === "") break;
      throw malformed(name, `expected an entity tag such as W/"1" at position ${at}`);
    }
    tags.push(found);
    at = tag.lastIndex;
  }
  if (tags.length === 0) throw malformed(name, "expected * or an entity tag");
  return { any: false, tags };
}

function malformed(name: string, what: string): Problem {
  return problem("badRequest", { what: `${name}: ${what}.` }, { target: name, inner: "malformedEntityTag" });
}

/** Weak comparison (RFC 9110 section 8.8.3.2) with the ETag of what exists, `W/"1"`; undefined when nothing exists, which nothing matches. */
export function etagMatches(condition: EtagCondition, current: string | undefined): boolean {
  if (current === undefined) return false;
  return condition.any || condition.tags.includes(current.replace(/^W\//, "").replace(/^"(.*)"$/s, "$1"));
}
