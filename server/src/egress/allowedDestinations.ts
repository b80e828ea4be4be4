import { readIpAddress } from "../base/ipAddress.ts";
import type { IpAddress } from "../base/ipAddress.ts";

/** What outgoing calls may reach besides public addresses. */
export interface AllowedDestination {
  /** A host name in lower case, when it was named; reached at whatever address it has. */
  readonly name?: string;
  /** An address, when one was named; reached under whatever name it has. */
  readonly address?: IpAddress;
  readonly port: number | "any";
  /** Plain http too. */
  readonly plain: boolean;
}

const form = /^(http:\/\/)?(?:\[([^\]]*)\]|([^[\]:]*)):(\d{1,5}|\*)$/i;
const nameForm = /^(?=.{1,253}$)[a-z\d_](?:[a-z\d_-]{0,62})(?:\.[a-z\d_][a-z\d_-]{0,62})*$/i;

/**
 * Reads `SECGRAPH_NOTIFY_ALLOW`: entries `host:port`, where the host is a name or an address (IPv6 in brackets), the
 * port a number or `*`, and `http://` in front also allows plain http. Throws an Error that says what was expected.
 */
export function readAllowedDestinations(text: string): readonly AllowedDestination[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map(readEntry);
}

function readEntry(entry: string): AllowedDestination {
  const [, http, six, plainHost, portText = ""] = form.exec(entry) ?? [];
  const host = six ?? plainHost ?? "";
  const port = portText === "*" ? ("any" as const) : Number(portText);
  const address = readIpAddress(host);
  const isName = six === undefined && nameForm.test(host) && !/(?:^|\.)(?:\d+|0x[\da-f]*)$/i.test(host);
  // What would be read in another way elsewhere (0177.1, a mapped address) is not guessed at.
  const isAddress = address !== undefined && (six === undefined ? address.family === 4 : address.family === 6);
  if (port === 0 || Number(portText) > 65_535 || (!isName && !isAddress))
    throw new Error(`host:port, such as hooks.example:8443, 10.0.0.5:443 or http://[::1]:* (not '${entry}')`);
  return { ...(isAddress ? { address } : { name: host.toLowerCase() }), port, plain: http !== undefined };
}
