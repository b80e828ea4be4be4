import type { Caller } from "./caller.ts";

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * The caller of `--auth none`: given to programs of this machine, not to web pages. A page of another site is known by
 * its Origin, one that rebinds its name to 127.0.0.1 by the Host it asks for; both are left without a caller.
 */
export function readOpenCaller(caller: Caller, headers: Readonly<Record<string, string | undefined>>, loopback: boolean): Caller | undefined {
  const origin = headers["origin"]?.replace(/^https?:\/\//i, "");
  const isLocal = loopback && loopbackHost.test(headers["host"] ?? "") && (origin === undefined || loopbackHost.test(origin));
  return isLocal ? caller : undefined;
}
