import { problem } from "../base/errors.ts";
import type { Problem } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";

type Read = (value: string) => boolean;

const version: Read = (value) => /^\d+\.\d+$/.test(value);
const isolation: Read = (value) => value.toLowerCase() === "snapshot";

/** The headers that OData defines beside Accept, ETags and Prefer (OData 4.01 protocol, section 8; ABNF `header`): what each takes, and its test. */
const headers: Readonly<Record<string, readonly [takes: string, read: Read]>> = {
  asyncresult: ["a status code of three digits", (value) => /^[1-9]\d\d$/.test(value)],
  "content-id": ["the id of a request: letters, digits, '-', '.', '_' and '~'", (value) => /^[\w.~-]+$/.test(value)],
  "odata-entityid": ["the id of an entity, a URI", (value) => /^[a-z][a-z\d+.-]*:[^\s<>"{}|\\^`]+$/i.test(value)],
  "odata-error": ["an error as a JSON object with code and message", isError],
  isolation: ["snapshot", isolation],
  "odata-isolation": ["snapshot", isolation],
  "odata-maxversion": ["a version such as 4.01", version],
  "odata-version": ["a version such as 4.01", version],
};

function isError(value: string): boolean {
  try {
    const error = JSON.parse(value) as Json;
    return isObject(error) && typeof error["code"] === "string" && typeof error["message"] === "string";
  } catch {
    return false;
  }
}

/** The value of one of OData's own headers, without the space around it. Throws 400 naming header, expectation and value; undefined for a header that is not among them. */
export function parseHeader(name: string, value: string): string | undefined {
  const lower = name.toLowerCase();
  const [takes, read] = Object.hasOwn(headers, lower) ? headers[lower]! : [];
  if (read === undefined) return undefined;
  const text = value.trim();
  if (!read(text)) throw wrong(name, takes ?? "", text);
  return text;
}

function wrong(name: string, takes: string, value: string): Problem {
  return problem("badRequest", { what: `${name}: expected ${takes}, got '${value.slice(0, 40)}'.` }, { target: name });
}
