import { problem } from "../base/errors.ts";

/** Header fields by name in lower case, and what stands below them. */
export interface MimePart {
  readonly headers: Readonly<Record<string, string>>;
  readonly content: string;
}

/** A fault of the form of a multipart body. */
export function malformedPart(what: string): Error {
  return problem("badRequest", { what: `multipart/mixed: ${what}` });
}

/** The boundary that a Content-Type names (RFC 2046, 5.1.1). Throws 400 when there is none that can be one. */
export function boundaryOf(contentType: string): string {
  const found = /;\s*boundary=(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2] ?? "";
  if (/^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary)) return boundary;
  throw malformedPart("the Content-Type needs a boundary of 1 to 70 characters.");
}

/**
 * The parts between delimiter lines, which end with CRLF or LF (RFC 2046, 5.1); text before the first and after the
 * last is skipped. Throws 400 when the closing delimiter is missing, or when there are more than `most`.
 */
export function splitParts(text: string, boundary: string, most: number): readonly string[] {
  const delimiter = `--${boundary}`;
  const parts: string[] = [];
  let begin = -1;
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && text[at - 1] !== "\n") continue;
    const end = endOfDelimiter(text, at + delimiter.length);
    if (end === undefined) continue;
    if (begin >= 0) parts.push(text.slice(begin, Math.max(begin, lineEnd(text, at))));
    if (parts.length > most) throw malformedPart(`there are more than ${most} parts.`);
    if (end === "last") return parts;
    begin = end;
  }
  throw malformedPart(`the closing line '${delimiter}--' is missing.`);
}

/** Where the next part begins; undefined: these characters only begin a longer line. */
function endOfDelimiter(text: string, at: number): number | "last" | undefined {
  if (text.startsWith("--", at)) return "last";
  const end = text.indexOf("\n", at);
  if (end < 0 || text.slice(at, end).trim() !== "") return undefined;
  return end + 1;
}

/** Where the line before `at` ends: its line break belongs to the delimiter. */
function lineEnd(text: string, at: number): number {
  return text[at - 2] === "\r" ? at - 2 : at - 1;
}

/** A text without the line break and blanks at its end; quick however many there are. */
export function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\r\n".includes(text[end - 1]!)) end -= 1;
  return text.slice(0, end);
}

/** Reads header fields up to the first empty line. Throws 400 for a line that is no field (RFC 9112, 5). */
export function readMime(text: string): MimePart {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const line = withoutLineEnd(text.slice(at, end < 0 ? text.length : end));
    at = end < 0 ? text.length : end + 1;
    if (line === "") break;
    const colon = line.indexOf(":");
    const name = withoutLineEnd(line.slice(0, Math.max(0, colon))).toLowerCase();
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name) || line.includes("\r")) throw malformedPart(`'${line.slice(0, 60)}' is no header field.`);
    const value = line.slice(colon + 1).trimStart();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { headers: Object.fromEntries(headers), content: text.slice(at) };
}
