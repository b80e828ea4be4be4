import type { HttpRequest } from "../base/http.ts";

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * True when somebody at this machine asks, not a page of another site in his browser: scripts of other origins send
 * Origin with what they want to read, and a page that rebinds its name to 127.0.0.1 asks for that name.
 */
export function isLocalVisit({ loopback, headers }: HttpRequest): boolean {
  return loopback === true && headers["origin"] === undefined && loopbackHost.test(headers["host"] ?? "");
}
