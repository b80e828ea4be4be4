import type { IncomingMessage } from "node:http";

/**
 * True when the peer is this machine and speaks for itself. A request that a proxy forwarded (RFC 7239 and its
 * forerunners) does not count, wherever the proxy runs.
 */
export function isLoopback({ socket, headers }: IncomingMessage): boolean {
  const address = socket.remoteAddress;
  if (address === undefined || !(address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127."))) return false;
  return headers["forwarded"] === undefined && headers["x-forwarded-for"] === undefined && headers["x-real-ip"] === undefined;
}
