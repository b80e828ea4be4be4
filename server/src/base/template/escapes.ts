import type { Escape } from "./renderTemplate.ts";
import { ValueFault } from "./valueFault.ts";

function wellFormed(text: string, place: string): string {
  if (!text.isWellFormed()) throw new ValueFault(`${place} is no well-formed text`);
  return text;
}

/** A step of a path that leads elsewhere, also behind what servers decode late. */
const dots = /(?:^|[/\\])\.{1,2}(?:$|[/\\])/;

/** Percent-encodes a value so that it stays one segment of a path, or a part of one: neither empty, nor a step up. */
export const escapePath: Escape = (text, place) => {
  if (text === "") throw new ValueFault(`${place} is empty, which would name another resource`);
  // oxlint-disable-next-line no-control-regex
  if (dots.test(text) || /[\u0000-\u001f\u007f]/.test(text)) throw new ValueFault(`${place} has a value that cannot be part of a path`);
  return encodeURIComponent(wellFormed(text, place));
};

/** Percent-encodes a value of a query. */
export const escapeQuery: Escape = (text, place) => encodeURIComponent(wellFormed(text, place));

/** Encodes a value of application/x-www-form-urlencoded. */
export const escapeForm: Escape = (text, place) => escapeQuery(text, place).replaceAll("%20", "+");

/** Lets through what the value of a header field may hold: visible ASCII, spaces and tabs. */
export const escapeHeader: Escape = (text, place) => {
  if (!/^[\t\u0020-\u007e]*$/.test(text)) throw new ValueFault(`${place} has characters that no header field has`);
  return text;
};

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Escapes a value for an element or attribute of XML 1.0. */
export const escapeXml: Escape = (text, place) => {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(wellFormed(text, place)))
    throw new ValueFault(`${place} has characters that XML cannot hold`);
  return text.replaceAll(/[&<>"'\t\n\r]/g, (found) => entities[found]!);
};

/** Lets through text in which nothing begins a line or controls a terminal. */
export const escapeText: Escape = (text, place) => {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(wellFormed(text, place))) throw new ValueFault(`${place} has control characters or line breaks`);
  return text;
};
