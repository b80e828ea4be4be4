import { isIPv4 } from "node:net";
import { EgressFault } from "./egressFault.ts";
import type { EgressReason } from "./egressFault.ts";
import { readIpAddress } from "../base/ipAddress.ts";
import type { IpAddress } from "../base/ipAddress.ts";

/** Where a call goes, as its URL says. */
export interface Destination {
  readonly scheme: "https" | "http";
  /** In lower case and ASCII, IPv6 without brackets. */
  readonly host: string;
  /** Of a host that is an address. */
  readonly address?: IpAddress;
  readonly port: number;
  /** Scheme, host and port: `https://hooks.example:8443`. */
  readonly origin: string;
  /** Path and query, as they go on the wire. */
  readonly path: string;
}

const longest = 4096;
const shape = /^(https?):\/\/([^/?#\\]+)(?:[/?]|$)/i;

/**
 * Reads the URL of a call more strictly than the URL Standard: what that would repair or what others read differently
 * (spaces, backslashes, missing slashes, addresses in decimal, octal, hexadecimal or with escapes, a dot at the end) is
 * refused. Throws an EgressFault, which never repeats path or query.
 */
export function readDestination(url: string): Destination {
  const refuse = (reason: EgressReason, detail?: string): never => {
    throw new EgressFault(reason, detail === undefined ? {} : { detail });
  };
  if (url.length > longest) refuse("malformed", `more than ${longest} characters`);
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(url)) refuse("malformed", "a space, control character or backslash");
  if (/^[a-z][a-z\d+.-]*:/i.test(url) && !/^https?:/i.test(url)) refuse("scheme", "neither https nor http");
  const [, scheme, authority = ""] = shape.exec(url.split("#", 1)[0]!) ?? refuse("malformed");
  if (authority.includes("@")) refuse("credentials");
  if (url.includes("#")) refuse("fragment");
  if (!URL.canParse(url)) refuse("malformed");
  const { hostname, port, pathname, search } = new URL(url);
  refuseHost(authority.replace(/:\d*$/, ""), hostname, refuse);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isHttps = scheme!.toLowerCase() === "https";
  const number = port === "" ? (isHttps ? 443 : 80) : Number(port);
  if (number === 0) refuse("port");
  const address = readIpAddress(host);
  return {
    scheme: isHttps ? "https" : "http",
    host,
    ...(address === undefined ? {} : { address }),
    port: number,
    origin: `${isHttps ? "https" : "http"}://${hostname}:${number}`,
    path: pathname + search,
  };
}

/** Compares the host as it was written with what the URL Standard made of it. */
function refuseHost(written: string, read: string, refuse: (reason: EgressReason, detail?: string) => never): void {
  if (written.includes("%")) refuse("host", "an escape");
  if (read.startsWith("[")) return;
  if (isIPv4(read) && written !== read) refuse("host", `another way to write ${read}`);
  const labels = read.split(".");
  if (read.endsWith(".")) refuse("host", "a dot at its end");
  if (read.length > 253 || labels.some((label) => label === "" || label.length > 63)) refuse("host", "a label that is empty or too long");
  if (!/^[a-z\d._-]+$/.test(read)) refuse("host", "a character that names do not have");
}
