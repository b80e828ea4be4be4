import { problem } from "../base/errors.ts";
import type { BatchRequest } from "./answerItem.ts";
import { boundaryOf, malformedPart, readMime, splitParts, withoutLineEnd, type MimePart } from "./readMime.ts";

/** A request of a multipart batch; `contentId` is what answers and references name it by. */
export interface MultipartRequest extends BatchRequest {
  readonly contentId?: string;
}

/** A part of a batch: one request, or a change set of several. */
export type BatchPart =
  | { readonly kind: "request"; readonly request: MultipartRequest }
  | { readonly kind: "changeSet"; readonly requests: readonly MultipartRequest[] };

/**
 * Reads a multipart/mixed batch (R131; OData 4.01 Protocol, 11.7.7), lines ended by CRLF or LF. Throws 400 for the whole
 * batch when any of it cannot be understood.
 */
export function readMultipart(body: Uint8Array, contentType: string, limit: number): readonly BatchPart[] {
  // One character per byte: bodies come out again as the bytes that they were.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  const count = { requests: 0 };
  const next = (mime: MimePart): MultipartRequest => {
    count.requests += 1;
    if (count.requests > limit) throw problem("badRequest", { what: `The batch has more than ${limit} requests.` });
    return readRequest(mime, count.requests);
  };
  const parts = splitParts(text, boundaryOf(contentType), limit).map((part): BatchPart => {
    const mime = readMime(part);
    const type = mime.headers["content-type"] ?? "";
    if (!/^multipart\/mixed\b/i.test(type)) return { kind: "request", request: next(mime) };
    return { kind: "changeSet", requests: requireDistinct(splitParts(mime.content, boundaryOf(type), limit).map((inner) => next(readMime(inner)))) };
  });
  if (count.requests === 0) throw problem("badRequest", { what: "The batch has no requests." });
  return parts;
}

function readRequest({ headers, content }: MimePart, number: number): MultipartRequest {
  const type = headers["content-type"] ?? "";
  if (!/^application\/http\b/i.test(type)) throw malformedPart(`part ${number} has Content-Type '${type.slice(0, 60)}'; expected application/http.`);
  const end = content.indexOf("\n");
  const { method, url } = readRequestLine(withoutLineEnd(content.slice(0, end < 0 ? content.length : end)), number);
  if (/^\/?(?:[^/]+\/)?(?:\$|%24)batch\b/i.test(url)) throw problem("badRequest", { what: "A batch cannot hold a batch." });
  const http = readMime(end < 0 ? "" : content.slice(end + 1));
  const { host: _, "content-length": __, "content-id": innerId, ...fields } = http.headers;
  const named = headers["content-id"] ?? innerId;
  const contentId = named === undefined ? undefined : decode(named);
  const body = withoutLineEnd(http.content);
  return {
    id: contentId ?? String(number),
    method,
    url,
    headers: fields,
    ...(body === "" ? {} : { bytes: Buffer.from(body, "latin1") }),
    ...(contentId === undefined ? {} : { contentId }),
  };
}

/** RFC 9112, 3: method, target and version; clients that do not encode leave spaces in the target. */
function readRequestLine(line: string, number: number): { readonly method: string; readonly url: string } {
  const space = line.indexOf(" ");
  const method = line.slice(0, Math.max(0, space)).toUpperCase();
  const version = line.lastIndexOf(" HTTP/");
  const url = decode(line.slice(space + 1, version > space ? version : line.length)).trim();
  if (/^[A-Z]+$/.test(method) && url !== "" && !line.includes("\r")) return { method, url };
  throw malformedPart(`part ${number}: '${line.slice(0, 60)}' is no request line.`);
}

function decode(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString();
}

/** OData 4.0 Protocol, 11.7.2: a Content-ID names one request of its change set. */
function requireDistinct(requests: readonly MultipartRequest[]): readonly MultipartRequest[] {
  const seen = new Set<string>();
  for (const { contentId } of requests) {
    if (contentId === undefined) continue;
    if (seen.has(contentId)) throw malformedPart(`the Content-ID '${contentId.slice(0, 60)}' stands twice in a change set.`);
    seen.add(contentId);
  }
  return requests;
}
