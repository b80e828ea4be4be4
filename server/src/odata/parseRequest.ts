import { problem } from "../base/errors.ts";
import type { HttpRequest } from "../base/http.ts";
import { parseAccept } from "./parseAccept.ts";
import { parseEtags } from "./parseEtags.ts";
import { parseOptions } from "./parseOptions.ts";
import { parsePath } from "./parsePath.ts";
import { parsePrefer } from "./parsePrefer.ts";
import type { ODataRequest } from "./request.ts";

/** A request target split at the service root, nothing decoded. */
export interface Target {
  readonly root: string;
  /** Behind the root, with its leading slash; "" for the root itself. */
  readonly path: string;
  readonly query: string;
}

/** Splits `/v1.0/security?x` into root, path and query. Undefined when there is no first segment. */
export function splitTarget(target: string): Target | undefined {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const match = /^\/+([^/]+)(.*)$/s.exec(path);
  if (match === null) return undefined;
  return { root: match[1]!, path: match[2] === "/" ? "" : match[2]!, query: mark < 0 ? "" : target.slice(mark + 1) };
}

/** R30: a client that cannot read 4.0 is told so. */
function requireVersion(header: string | undefined, name: string): void {
  if (header === undefined) return;
  const version = Number(/^\s*(\d+\.\d+)/.exec(header)?.[1] ?? "NaN");
  if (version >= 4) return;
  throw problem("badRequest", { what: `${name}: this service speaks OData 4.0 and 4.01, not '${header.slice(0, 40)}'.` }, { target: name });
}

const longestKey = 256;

/** `Idempotency-Key`, else the id under which an SDK would repeat a POST (R110). */
function onceOf(http: HttpRequest): ODataRequest["once"] {
  if (http.method !== "POST") return undefined;
  const key = http.headers["idempotency-key"];
  if (key !== undefined) {
    if (key.length > 0 && key.length <= longestKey) return { key, own: true, lookup: true };
    throw problem("badRequest", { what: `Idempotency-Key: expected 1 to ${longestKey} characters.` }, { target: "Idempotency-Key" });
  }
  const id = http.headers["client-request-id"];
  if (id === undefined || id === "" || id.length > longestKey) return undefined;
  return { key: id, own: false, lookup: http.headers["retry-attempt"] !== undefined };
}

/** Reads a request behind a service root as syntax: trees with positions, no model. Throws 400 and 406. */
export function parseRequest(http: HttpRequest, target: Target): ODataRequest {
  const { headers } = http;
  requireVersion(headers["odata-maxversion"], "OData-MaxVersion");
  requireVersion(headers["odata-version"], "OData-Version");
  const { options, aliases } = parseOptions(target.query);
  const ifMatch = headers["if-match"];
  const ifNoneMatch = headers["if-none-match"];
  const once = onceOf(http);
  return {
    method: http.method,
    root: target.root,
    serviceUrl: `${http.baseUrl}/${target.root}`,
    segments: parsePath(target.path),
    path: target.path.replace(/\/+$/, ""),
    options,
    aliases,
    query: target.query,
    format: parseAccept(headers["accept"], options.format, /\/\$(?:count|value)\/*$/i.test(target.path) ? ["text/plain"] : []),
    preferences: parsePrefer(headers["prefer"]),
    ...(ifMatch === undefined ? {} : { ifMatch: parseEtags(ifMatch, "If-Match") }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: parseEtags(ifNoneMatch, "If-None-Match") }),
    ...(headers["content-type"] === undefined ? {} : { contentType: headers["content-type"] }),
    ...(http.body === undefined ? {} : { body: http.body }),
    ...(once === undefined ? {} : { once }),
  };
}
