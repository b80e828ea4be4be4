import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests of one connection that may wait for the answer before them. */
const longestLine = 32;
const lines = new WeakMap<Socket, number>();

/**
 * Begins one request of a connection at a time, in their order (RFC 9112, 9.3.2): Node hands over all that a client sent
 * ahead at once. A client that sends further ahead than 32 is cut off.
 */
export function inTurn(raw: IncomingMessage, response: ServerResponse, begin: () => void): void {
  // Node gives a response its socket when the one before it has left.
  if (response.socket !== null) return begin();
  const { socket } = raw;
  const waiting = (lines.get(socket) ?? 0) + 1;
  lines.set(socket, waiting);
  if (waiting > longestLine) {
    socket.destroy();
    return;
  }
  response.once("socket", () => {
    lines.set(socket, lines.get(socket)! - 1);
    process.nextTick(begin);
  });
}
