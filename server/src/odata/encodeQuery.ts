import { wordSemicolon } from "./printSearch.ts";

const readable = /%(?:2C|2F|3A|3B|3D|40|24|3F|00)/g;
const plain: Readonly<Record<string, string>> = {
  "%2C": ",",
  "%2F": "/",
  "%3A": ":",
  "%3B": ";",
  "%3D": "=",
  "%40": "@",
  "%24": "$",
  "%3F": "?",
  [encodeURIComponent(wordSemicolon)]: "%3B",
};

/** Percent-encodes printed option text for a query; what RFC 3986 allows there and no option ends with stays readable. */
export function encodeQuery(text: string): string {
  return encodeURIComponent(text).replaceAll(readable, (escape) => plain[escape] ?? escape);
}
