import type { HttpResponse } from "../base/http.ts";
import type { BatchRequest } from "./answerItem.ts";

/** What answered requests made or changed, by what other requests of the batch name them by (OData 4.01 Protocol, 11.7.3.1 and 11.7.3.2). */
export interface References {
  /** Takes in what a request was answered. */
  readonly add: (name: string, url: string, response: HttpResponse) => void;
  /** A request whose URL begins with `$name` and whose If-Match or If-None-Match is `$name`, with what they stand for. */
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
      return { ...request, url, headers };
    },
  };

  function etagFor(field: string, value: string): string | undefined {
    if (field !== "if-match" && field !== "if-none-match") return undefined;
    return answered.get(namedBy(value)?.toLowerCase() ?? "")?.etag;
  }
}

/** The name in a value that is `$name` and nothing more. */
function namedBy(value: string): string | undefined {
  return /^\s*\$([^\s,"]+)\s*$/.exec(value)?.[1];
}

/** The names that a request may mean by its URL and by its conditions. */
export function namesIn({ url, headers }: Pick<BatchRequest, "url" | "headers">): readonly string[] {
  const names = [reference.exec(url)?.[1], namedBy(headers["if-match"] ?? ""), namedBy(headers["if-none-match"] ?? "")];
  return names.filter((name) => name !== undefined);
}
