/** Characters that stand for words by themselves: texts in these scripts have no space between words. */
const unspaced = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const term = new RegExp(`[${unspaced}]|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`, "gu");

/** Characters of a term that count. */
const longest = 64;

/**
 * The words of a text as `$search` compares them: letters and digits, without case, accents and forms of width, in the order of the text. Both what is stored and
 * what is asked goes through here, whatever the engine.
 */
export function searchTerms(text: string): string[] {
  const folded = text
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .normalize("NFC");
  return (folded.match(term) ?? []).map((found) => found.slice(0, longest));
}
