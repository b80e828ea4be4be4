import { shorter } from "./campaign.ts";
import type { FuzzRequest } from "./requests.ts";

const quoted = (text: string): string => (/[^\x20-\x7e]/.test(text) ? `$'${escaped(text)}'` : `'${text.replaceAll("'", String.raw`'\''`)}'`);

function escaped(text: string): string {
  return text.replaceAll(/[\\']|[^\x20-\x7e]/gu, (one) =>
    one === "\\" || one === "'" ? `\\${one}` : String.raw`\u${one.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

/** A request as a line for a shell, against a server that was started with `npm start`. */
export function curl({ method, target, headers, body }: FuzzRequest): string {
  const fields = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  const data = body === undefined ? "" : ` --data-binary ${quoted(body)}`;
  return `curl -sSgi -X ${method} --path-as-is "https://localhost:7443"${quoted(target)} -H "Authorization: Bearer $TOKEN"${fields.join("")}${data}`;
}

/** Requests with less in them. */
export function* smallerRequests(request: FuzzRequest): Generator<FuzzRequest> {
  const { body, ...rest } = request;
  if (body !== undefined) yield rest;
  if (Object.keys(request.headers).length > 0) yield { ...request, headers: {} };
  const [path, query] = split(request.target);
  if (query !== undefined) {
    yield { ...request, target: path };
    const options = query.split("&");
    if (options.length > 1) for (const [index] of options.entries()) yield { ...request, target: `${path}?${options.toSpliced(index, 1).join("&")}` };
  }
  for (const target of shorter(request.target)) if (target.startsWith("/")) yield { ...request, target };
  if (body !== undefined) for (const less of shorter(body)) yield { ...request, body: less };
}

function split(target: string): [string, string?] {
  const mark = target.indexOf("?");
  return mark < 0 ? [target] : [target.slice(0, mark), target.slice(mark + 1)];
}
