import { syntaxProblem } from "../base/errors.ts";

/** An absolute http or https URI in its parts (RFC 3986 section 3), nothing decoded. */
export interface Uri {
  readonly scheme: "http" | "https";
  /** Host and port. */
  readonly authority: string;
  /** Begins with a slash. */
  readonly path: string;
  readonly query?: string;
  readonly fragment?: string;
}

const place = "URI";
const host = /(?:\[(?:v[\da-f]+\.[\w.~!$&'()*+,;=:-]+|[\da-f:.]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::\d*)?/iy;

/** Parses the URI of a resource of some service: that of an `@odata.id`, of `$id` or of a context URL (ABNF `serviceRoot` and what follows it). Refuses user names. */
export function parseUri(text: string): Uri {
  const scheme = /^https?(?![\w+.-])/i.exec(text)?.[0].toLowerCase() as Uri["scheme"] | undefined;
  if (scheme === undefined) throw syntaxProblem(place, 0, "expected http or https");
  if (!text.startsWith("://", scheme.length)) throw syntaxProblem(place, scheme.length, "expected '://'");
  host.lastIndex = scheme.length + 3;
  const authority = host.exec(text)?.[0];
  if (authority === undefined) throw syntaxProblem(place, scheme.length + 3, "expected a host");
  const begin = scheme.length + 3 + authority.length;
  if (text[begin] !== "/") throw syntaxProblem(place, begin, "expected '/' behind the host");
  const hash = text.indexOf("#", begin);
  const end = hash < 0 ? text.length : hash;
  const mark = text.slice(0, end).indexOf("?", begin);
  return {
    scheme,
    authority,
    path: text.slice(begin, mark < 0 ? end : mark),
    ...(mark < 0 ? {} : { query: text.slice(mark + 1, end) }),
    ...(hash < 0 ? {} : { fragment: text.slice(hash + 1) }),
  };
}
