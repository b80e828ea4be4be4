import { blocksIn } from "../../base/addressBlock.ts";

/** Forms of one value that are looked at. */
const most = 40;

type Reading = (text: string) => readonly string[];

/**
 * What a value may name, in all the ways in which programs write one thing: itself, the address of `mailto:`, the host of a URL, the name before a port or behind
 * a domain, what stands in quotes or brackets, what was made unclickable (`203[.]0[.]113[.]53`) or encoded for a URL. For guards: rather too many than too few.
 */
export function targetForms(value: string): ReadonlySet<string> {
  const forms = new Set<string>([plain(value)]);
  for (const form of forms) {
    for (const read of readings) for (const other of read(form)) if (other !== "" && forms.size < most) forms.add(plain(other));
  }
  return forms;
}

/** Without compatibility forms and what nobody sees; with one sort of dot and dash. */
function plain(text: string): string {
  const seen = text
    .toWellFormed()
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
  return seen
    .replaceAll("\u3002", ".")
    .replaceAll(/[\u2010-\u2015\u2212]/g, "-")
    .trim();
}

const readings: readonly Reading[] = [
  unwrapped,
  decoded,
  clickable,
  withoutScheme,
  hostOf,
  personOf,
  withoutPort,
  behindDomain,
  behindName,
  behindSign,
  withoutEnd,
];

const openers = new Set("\"'`([{<");
const closers = new Set("\"'`)]}>!?");

function unwrapped(text: string): readonly string[] {
  let [start, end] = [0, text.length];
  while (start < end && openers.has(text[start]!)) start++;
  while (end > start && closers.has(text[end - 1]!)) end--;
  return end - start === text.length ? [] : [text.slice(start, end)];
}

function decoded(text: string): readonly string[] {
  if (!/%[\da-f]{2}/i.test(text)) return [];
  try {
    return [decodeURIComponent(text)];
  } catch {
    return [];
  }
}

function clickable(text: string): readonly string[] {
  const clean = text.replaceAll(/[[({](\.|:|@|dot|at)[\])}]/gi, (_, sign: string) => ({ dot: ".", at: "@" })[sign.toLowerCase()] ?? sign);
  return clean === text ? [] : [clean];
}

/** `mailto:ada@contoso.example?cc=...`, `sip:...`, `urn:uuid:...`, `user:ada`; an IPv6 address has no scheme. */
function withoutScheme(text: string): readonly string[] {
  const [, rest] = /^[a-z][\d_a-z+.-]*:(?![/\\]{2})([^]+)$/i.exec(text) ?? [];
  if (rest === undefined || blocksIn(text).length > 0) return [];
  const [before = "", query = ""] = rest.split(/[?#]/);
  const copies = [...query.matchAll(/(?:^|&)b?(?:to|cc)=([^&]*)/gi)].map(([, to = ""]) => to);
  return [rest, before, ...copies].flatMap((one) => one.split(/[,;]|%2c/i));
}

/** Who and where of a URL; also of one without a scheme, or with backslashes, which browsers read as slashes. */
function authorityOf(text: string): { readonly scheme: string; readonly person: string; readonly host: string } | undefined {
  const [, scheme = "", authority] = /^(?:([a-z][\da-z+.-]*):)?[/\\]{2}([^/?#\\]*)/i.exec(text.replaceAll(/[\t\r\n]/g, "")) ?? [];
  if (authority === undefined) return undefined;
  const at = authority.lastIndexOf("@");
  return { scheme: scheme.toLowerCase(), person: authority.slice(0, Math.max(at, 0)).replace(/:.*$/s, ""), host: authority.slice(at + 1) };
}

/** The host that a URL leads to, by its port and without it. */
function hostOf(text: string): readonly string[] {
  const host = authorityOf(text)?.host;
  return host === undefined ? [] : [host, host.replace(/:\d*$/, "")];
}

/** Who signs in by a URL: `ssh://root@host`. On the web it is no person but what makes a link look like another. */
function personOf(text: string): readonly string[] {
  const found = authorityOf(text);
  return found === undefined || /^(?:h[tx]{2}p|ws)s?$/.test(found.scheme) ? [] : [found.person];
}

function withoutPort(text: string): readonly string[] {
  const [, name] = /^([^:\s/\\]+):\d{1,5}$/.exec(text) ?? [];
  return name === undefined ? [] : [name];
}

/** `CONTOSO\ada`, and the sign that ends the account of a computer. */
function behindDomain(text: string): readonly string[] {
  const [, name] = /^[^\\/:@\s]{1,64}\\([^\\/]+)$/.exec(text) ?? [];
  const [, computer] = /^([^\s$]+)\$$/.exec(text) ?? [];
  return [name, computer].filter((one) => one !== undefined);
}

/** `src=203.0.113.53` */
function behindName(text: string): readonly string[] {
  const [, value] = /^[\w.-]{1,64}=([^]+)$/.exec(text) ?? [];
  return value === undefined ? [] : [value];
}

/** The machine of `root@203.0.113.53`, `root@[2001:db8::1]` and `root@dc01`; the domain of an address for mail is not what is touched. */
function behindSign(text: string): readonly string[] {
  if (!/^[^@\s]+@[^@\s]+$/.test(text)) return [];
  const host = text.slice(text.indexOf("@") + 1);
  const literal = /^\[(?:ipv6:)?(.*)\]$/i.exec(host)?.[1] ?? host;
  return blocksIn(literal).length > 0 || !host.includes(".") ? [literal] : [];
}

/** The dot of a name that is whole. */
function withoutEnd(text: string): readonly string[] {
  return text.endsWith(".") && !text.endsWith("..") ? [text.slice(0, -1)] : [];
}
