import type { HttpResponse } from "../base/http.ts";
import type { BatchRequest } from "./answerItem.ts";
import { idTexts } from "./idTexts.ts";

/** What answered requests made or changed, by what other requests of the batch name them by (OData 4.01 Protocol, 11.7.3.1 and 11.7.3.2). */
export interface References {
  /** Takes in what a request was answered. */
  readonly add: (name: string, url: string, response: HttpResponse) => void;
  /** A request whose URL begins with `$name`, whose If-Match or If-None-Match is `$name`, and whose body binds or refers to `$name`, with what they stand for. */
  readonly resolve: <R extends BatchRequest>(request: R) => R;
}

interface Answered {
  readonly location: string;
  readonly etag: string | undefined;
}

const reference = /^\/?\$([^/?]+)(.*)$/s;

/** Makes the memory of one batch, empty. */
export function createReferences(): References {
  const answered = new Map<string, Answered>();
  return {
    add(name, url, { status, headers }) {
      if (status >= 400) return;
      const location = headers["Location"] ?? url;
      answered.set(name.toLowerCase(), { location: location.split("?", 1)[0]!, etag: headers["ETag"] });
    },
    resolve(request) {
      const [, name = "", rest = ""] = reference.exec(request.url) ?? [];
      const found = answered.get(name.toLowerCase());
      const url = found === undefined ? request.url : `${found.location}${rest}`;
      const headers = Object.fromEntries(Object.entries(request.headers).map(([field, value]) => [field, etagFor(field, value) ?? value]));
      const bytes = bodyOf(request);
      return { ...request, url, headers, ...(bytes === undefined ? {} : { bytes }) };
    },
  };

  /** Undefined where the body names nothing. */
  function bodyOf({ bytes }: BatchRequest): Uint8Array | undefined {
    if (bytes?.includes(dollar) !== true) return undefined;
    const text = decoder.decode(bytes);
    let resolved = "";
    let at = 0;
    for (const { start, end } of idTexts(text)) {
      resolved += text.slice(at, start) + located(text.slice(start, end));
      at = end;
    }
    resolved += text.slice(at);
    return resolved === text ? undefined : Buffer.from(resolved);
  }

  function located(text: string): string {
    const [, name = "", rest = ""] = idText.exec(text) ?? [];
    const found = answered.get(name.toLowerCase());
    return found === undefined ? text : `"${found.location}${rest}"`;
  }

  function etagFor(field: string, value: string): string | undefined {
    if (field !== "if-match" && field !== "if-none-match") return undefined;
    return answered.get(namedBy(value)?.toLowerCase() ?? "")?.etag;
  }
}

/** The name in a value that is `$name` and nothing more. */
function namedBy(value: string): string | undefined {
  return /^\s*\$([^\s,"]+)\s*$/.exec(value)?.[1];
}

const dollar = "$".charCodeAt(0);
const decoder = new TextDecoder();
const idText = /^"\/?\$([^"/?\\]+)([^"\\]*)"$/;

function namesInBody(bytes: Uint8Array | undefined): readonly string[] {
  if (bytes?.includes(dollar) !== true) return [];
  const body = decoder.decode(bytes);
  return idTexts(body).flatMap(({ start, end }) => idText.exec(body.slice(start, end))?.[1] ?? []);
}

/** The names that a request may mean by its URL, by its conditions and by ids in its body. */
export function namesIn({ url, headers, bytes }: Pick<BatchRequest, "url" | "headers" | "bytes">): readonly string[] {
  const names = [reference.exec(url)?.[1], namedBy(headers["if-match"] ?? ""), namedBy(headers["if-none-match"] ?? ""), ...namesInBody(bytes)];
  return names.filter((name) => name !== undefined);
}
