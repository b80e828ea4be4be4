import { syntaxProblem } from "../base/errors.ts";

/**
 * Percent-decodes a piece of a URL (RFC 3986 section 2.1, as UTF-8). `place` and `origin` locate what is
 * refused: bad escapes, ill-formed UTF-8, U+0000 and lone surrogates.
 */
export function decodeText(raw: string, place: string, origin = 0): string {
  const text = raw.includes("%") ? unescape(raw, place, origin) : raw;
  const nul = text.indexOf("\0");
  if (nul >= 0) throw syntaxProblem(place, origin + nul, "expected text, found the character U+0000");
  if (!text.isWellFormed()) throw syntaxProblem(place, origin, "expected Unicode text, found half of a surrogate pair");
  return text;
}

const badEscape = /%(?![0-9A-Fa-f]{2})/;

function unescape(raw: string, place: string, origin: number): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    const bad = raw.search(badEscape);
    if (bad >= 0) throw syntaxProblem(place, origin + bad, "expected two hexadecimal digits behind '%'");
    throw syntaxProblem(place, origin + illFormed(raw), "expected UTF-8 behind '%'");
  }
}

const escapes = /(?:%[0-9A-Fa-f]{2})+/g;

function illFormed(raw: string): number {
  for (const run of raw.matchAll(escapes)) {
    try {
      decodeURIComponent(run[0]);
    } catch {
      return run.index;
    }
  }
  return 0;
}

const timeBefore = /T\d\d(?::|%3A)\d\d(?:(?::|%3A)\d\d(?:\.\d{1,12})?)?$/i;
const offsetAfter = /^\d\d(?::|%3A)\d\d(?!\d)/i;

/** In a query, `+` is a space (HTML forms, R15), but in front of a date-time's offset it stays. */
export function plusToSpace(raw: string): string {
  if (!raw.includes("+")) return raw;
  const parts = raw.split("+");
  let text = parts[0] ?? "";
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] ?? "";
    const isOffset = offsetAfter.test(part) && timeBefore.test((parts[i - 1] ?? "").slice(-30));
    text += (isOffset ? "%2B" : " ") + part;
  }
  return text;
}
