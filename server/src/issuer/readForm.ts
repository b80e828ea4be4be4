import type { HttpRequest } from "../base/http.ts";
import { OAuthFault } from "./oauthFault.ts";

const longestForm = 65_536;

/** The fields of a form post (RFC 6749, appendix B); a field that comes twice is refused (3.2). Fields nobody asked for are kept and ignored (R186). */
export function readForm({ headers, body }: HttpRequest): ReadonlyMap<string, string> {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new OAuthFault("invalid_request", 900144, "The request body must be a form (Content-Type: application/x-www-form-urlencoded).");
  }
  if ((body?.length ?? 0) > longestForm) throw new OAuthFault("invalid_request", 90013, "The request body is too long.", { status: 413 });
  return readFields(Buffer.from(body ?? new Uint8Array()).toString("utf8"), "body");
}

/** The parameters of a query, under the same rules (RFC 6749, 3.1). */
export function readQuery({ target }: Pick<HttpRequest, "target">): ReadonlyMap<string, string> {
  const at = target.indexOf("?");
  return readFields(at < 0 ? "" : target.slice(at + 1), "query");
}

function readFields(text: string, place: "body" | "query"): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) throw new OAuthFault("invalid_request", 90013, `The request ${place} contains the parameter '${printable(name)}' twice.`);
    fields.set(name, value);
  }
  return fields;
}

/** A required field of the form. */
export function requiredField(form: ReadonlyMap<string, string>, name: string): string {
  const value = form.get(name);
  if (value === undefined || value === "") {
    throw new OAuthFault("invalid_request", 900144, `The request body must contain the following parameter: '${name}'.`);
  }
  return value;
}

/** Text of a client inside an error message: short and without control characters. */
export function printable(text: string): string {
  return text.slice(0, 128).replaceAll(/[^\x20-\x7e]|['"\\]/g, "?");
}
