import { problem } from "../base/errors.ts";
import type { HttpRequest } from "../base/http.ts";
import type { Target } from "./parseRequest.ts";

const suffix = /\/(?:\$|%24)query\/*$/i;

/** True for a path that ends with the segment `$query`. */
export function hasQuerySegment({ path }: Target): boolean {
  return suffix.test(path);
}

/** A request whose options are all in its target. */
export interface Asked {
  readonly http: HttpRequest;
  readonly target: Target;
}

/**
 * The GET that `POST {resource}/$query` stands for (R20; OData 4.01 URL Conventions, "Passing Query Options in the Request
 * Body"): the body is text/plain, percent-encoded as a query is, and joins what the URL itself asks for. Options too long
 * for an URL go this way, those of a nextLink too. Any other request comes back as it is. Throws 405, 400 without a
 * Content-Type, 415 for another one.
 */
export function unwrapQuery(http: HttpRequest, target: Target): Asked {
  if (!hasQuerySegment(target)) return { http, target };
  if (http.method !== "POST") throw problem("methodNotAllowed", { allowed: "POST" }, { headers: { Allow: "POST" } });
  const path = target.path.replace(suffix, "");
  if (path === "") throw problem("unknownSegment", { segment: "$query" }, { target: "$query" });
  const query = [target.query, readQuery(http)].filter((part) => part !== "").join("&");
  const { body: _, headers, ...rest } = http;
  const { "content-type": __, ...others } = headers;
  return { http: { ...rest, headers: others, method: "GET" }, target: { ...target, path, query } };
}

function readQuery({ headers, body }: HttpRequest): string {
  const media = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (media === "") {
    throw problem("badRequest", { what: "The Content-Type header is missing: send the query options as text/plain." }, { target: "Content-Type" });
  }
  if (media !== "text/plain") {
    const what = `Content-Type '${media.slice(0, 100)}' is not supported for $query; send text/plain.`;
    throw problem("unsupportedMediaType", { what }, { target: "Content-Type" });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body ?? new Uint8Array(0)).trim();
  } catch {
    throw problem("badRequest", { what: "The query options in the body are not UTF-8." }, { target: "$query" });
  }
}
