import { domainToUnicode } from "node:url";

/**
 * A name as it is compared: without case, compatibility forms (NFKC) and what nobody sees; hosts in Unicode rather than Punycode (RFC 3492); the local part of an address for
 * mail without its quotes (RFC 5321 4.1.2); ids without their braces, and always with hyphens.
 */
export function targetName(text: string): string {
  const plain = folded(text.toWellFormed().replaceAll("\0", "\ufffd")).replace(/(?<=[^.])\.$/, "");
  return guid(plain) ?? mailbox(plain);
}

/** Upper case first: what is one there (ß and ss, σ and ς) is one name. */
function folded(text: string): string {
  const seen = text
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replaceAll("\u3002", ".");
  return seen.trim().toUpperCase().toLowerCase().normalize("NFKC");
}

function guid(text: string): string | undefined {
  const [, ...parts] = /^[{(]?([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})[)}]?$/.exec(text) ?? [];
  return parts.length === 0 ? undefined : parts.join("-");
}

function mailbox(text: string): string {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(at, 0));
  const [, quoted] = /^"((?:[^"\\]|\\.)*)"$/s.exec(local) ?? [];
  return `${quoted === undefined ? local : quoted.replaceAll(/\\(.)/gs, "$1")}${text.slice(Math.max(at, 0), at + 1)}${unicodeHost(text.slice(at + 1))}`;
}

function unicodeHost(host: string): string {
  if (!/(?:^|\.)xn--/.test(host)) return host;
  const unicode = domainToUnicode(host);
  return unicode === "" ? host : folded(unicode);
}
