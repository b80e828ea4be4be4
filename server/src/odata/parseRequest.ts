import { LRUCache } from "lru-cache";
import { problem } from "../base/errors.ts";
import type { HttpRequest } from "../base/http.ts";
import { defaultLimits } from "./lexer.ts";
import type { Limits } from "./lexer.ts";
import { parseAccept } from "./parseAccept.ts";
import { parseEtags } from "./parseEtags.ts";
import { parseHeader } from "./parseHeader.ts";
import { parseOptions, type ParsedOptions } from "./parseOptions.ts";
import { parsePath } from "./parsePath.ts";
import { parsePrefer } from "./parsePrefer.ts";
import type { ODataRequest } from "./request.ts";
import { requireTarget } from "./requireTarget.ts";

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
  const end = mark < 0 ? target.length : mark;
  let start = 0;
  while (start < end && target.charCodeAt(start) === slash) start += 1;
  if (start === 0 || start === end) return undefined;
  const next = target.indexOf("/", start);
  const behind = next < 0 || next > end ? end : next;
  const path = target.slice(behind, end);
  return { root: target.slice(start, behind), path: path === "/" ? "" : path, query: mark < 0 ? "" : target.slice(mark + 1) };
}

/** The target of a service whose root is `/` itself. */
export function wholeTarget(target: string): Target | undefined {
  const within = splitTarget(`/root${target.startsWith("/") ? "" : "/"}${target}`);
  return within === undefined ? undefined : { ...within, root: "" };
}

/** The address of a service root, no slash at its end. */
export function serviceUrlOf({ baseUrl }: Pick<HttpRequest, "baseUrl">, root: string): string {
  return root === "" ? baseUrl : `${baseUrl}/${root}`;
}

const slash = 0x2f;

/** A path without the slashes at its end. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === slash) end -= 1;
  return path.slice(0, end);
}

/** R30: a client that cannot read 4.0 is told so. */
function requireVersion(header: string | undefined, name: string): void {
  if (header === undefined) return;
  const version = Number(/^\s*(\d+\.\d+)/.exec(header)?.[1] ?? "NaN");
  if (version >= 4) return;
  throw problem("badRequest", { what: `${name}: this service speaks OData 4.0 and 4.01, not '${header.slice(0, 40)}'.` }, { target: name });
}

/** Snapshot isolation (OData 4.01 protocol 8.2.6) is refused with 412, never passed over: pages are read one by one. */
function requireNoIsolation(header: string | undefined, name: string): void {
  if (header === undefined || parseHeader(name, header) === undefined) return;
  throw problem("resourceModified", { what: `${name}: snapshot isolation is not supported.` }, { target: name });
}

const longestKey = 256;

/** `Idempotency-Key`, else the id under which an SDK would repeat a POST (R110). */
function onceOf(http: HttpRequest): ODataRequest["once"] {
  if (http.method !== "POST") return undefined;
  const key = http.headers["idempotency-key"];
  if (key !== undefined) {
    if (key.length <= longestKey && /^[\x20-\x7e]+$/.test(key)) return { key, own: true, lookup: true };
    throw problem("badRequest", { what: `Idempotency-Key: expected 1 to ${longestKey} printable ASCII characters.` }, { target: "Idempotency-Key" });
  }
  const id = http.headers["client-request-id"];
  if (id === undefined || id === "" || id.length > longestKey) return undefined;
  return { key: id, own: false, lookup: http.headers["retry-attempt"] !== undefined };
}

/** The parsed options of queries met before, under the same limits: trees that nobody changes. */
const known = new WeakMap<Limits, LRUCache<string, ParsedOptions>>();
const longestKnown = 1000;
const noOptions = parseOptions("");

function optionsOf(query: string, limits: Limits): ParsedOptions {
  if (query === "") return noOptions;
  if (query.length > longestKnown) return parseOptions(query, limits);
  let kept = known.get(limits);
  if (kept === undefined) known.set(limits, (kept = new LRUCache({ maxSize: 250_000, sizeCalculation: (_, text) => text.length + 250 })));
  const found = kept.get(query);
  if (found !== undefined) return found;
  const parsed = parseOptions(query, limits);
  kept.set(query, parsed);
  return parsed;
}

/** What an answer may be besides JSON; content has whatever type it was given. */
function rawTypes(path: string, accept: string | undefined): readonly string[] {
  if (!isText(path)) return [];
  const isContent = accept !== undefined && /\/\$value\/*$/i.test(path);
  return ["text/plain", ...(isContent ? (accept.toLowerCase().match(/(?:image|audio|video|font|model|application)\/[\w.+-]+/g) ?? []) : [])];
}

/** `/$count` and `/$value` answer with text. */
function isText(path: string): boolean {
  return path.includes("$") && /\/\$(?:count|value)\/*$/i.test(path);
}

/** Reads a request behind a service root as syntax: trees with positions, no model. Throws 400 and 406. */
export function parseRequest(http: HttpRequest, target: Target, limits: Limits = defaultLimits): ODataRequest {
  const { headers } = http;
  requireVersion(headers["odata-maxversion"], "OData-MaxVersion");
  requireVersion(headers["odata-version"], "OData-Version");
  requireNoIsolation(headers["isolation"], "Isolation");
  requireNoIsolation(headers["odata-isolation"], "OData-Isolation");
  const { options, aliases, custom } = optionsOf(target.query, limits);
  const ifMatch = headers["if-match"];
  const ifNoneMatch = headers["if-none-match"];
  const once = onceOf(http);
  const segments = parsePath(target.path, limits);
  requireTarget(segments, options);
  return {
    method: http.method,
    root: target.root,
    serviceUrl: serviceUrlOf(http, target.root),
    segments,
    path: withoutSlashes(target.path),
    options,
    aliases,
    custom,
    query: target.query,
    format: parseAccept(headers["accept"], options.format, rawTypes(target.path, headers["accept"])),
    preferences: parsePrefer(headers["prefer"]),
    ...(ifMatch === undefined ? {} : { ifMatch: parseEtags(ifMatch, "If-Match") }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: parseEtags(ifNoneMatch, "If-None-Match") }),
    ...(headers["content-type"] === undefined ? {} : { contentType: headers["content-type"] }),
    ...(http.body === undefined ? {} : { body: http.body }),
    ...(once === undefined ? {} : { once }),
  };
}
