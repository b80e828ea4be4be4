import { problem } from "../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { handle, refused, type App, type Outer } from "../handle.ts";

/** What all batch formats have of one request. */
export interface BatchRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes?: Uint8Array;
}

/** Runs one request of a batch through `handle`: under the outer root, with the outer caller, never with its own Authorization (R122, R128). */
export async function answerItem(app: App, item: BatchRequest, outer: Outer): Promise<HttpResponse> {
  try {
    const { body, ...head } = await handle(app, requestOf(item, outer), outer.caller);
    return body === undefined || item.method === "HEAD" ? head : { ...head, body };
  } catch (error) {
    return refused(app, error, item.headers);
  }
}

/** The 424 of a request that needs one which failed (R123). */
export function dependencyFailed(app: App, item: BatchRequest, failed: string): HttpResponse {
  return refused(app, problem("failedDependency", { id: item.id, failed }), item.headers);
}

function requestOf(item: BatchRequest, outer: Outer): HttpRequest {
  const { authorization: _, ...headers } = item.headers;
  const body = item.bytes === undefined ? {} : { body: item.bytes };
  const { address, headers: around } = outer.http;
  const agent = around["user-agent"] === undefined ? {} : { "user-agent": around["user-agent"] };
  return { method: item.method, target: targetOf(item, outer), headers: { ...agent, ...headers }, baseUrl: outer.http.baseUrl, address, ...body };
}

function targetOf(item: BatchRequest, { http, target: { root } }: Outer): string {
  let { url } = item;
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(url)) {
    if (!url.startsWith(`${http.baseUrl}/`)) {
      throw problem("badRequest", { what: `Request '${item.id}': the URL must be relative or lie under ${http.baseUrl}.` }, { target: "url" });
    }
    url = url.slice(http.baseUrl.length);
  }
  const path = url.replace(/^\/+/, "");
  if (root === "") return `/${path}`;
  const [first = ""] = path.split(/[/?]/, 1);
  return first.toLowerCase() === root.toLowerCase() ? `/${path}` : `/${root}/${path}`;
}
