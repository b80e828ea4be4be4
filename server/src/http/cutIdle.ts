import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What was seen of a connection. */
interface Sight {
  /** Bytes that had been written to it. */
  written: number;
  /** Since when nothing more was. */
  since: number;
}

/**
 * Ends connections on which nothing was answered for `idle` milliseconds and nothing is being worked on. Node's own timeout
 * begins anew with every empty line that a client sends, and cannot see who leaves an answer with the system unread.
 */
export function cutIdle(server: Server, secure: boolean, idle: number): void {
  const open = new Map<Socket, Sight>();
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    open.set(socket, { written: 0, since: performance.now() });
    socket.once("close", () => open.delete(socket));
  });
  const shortest = shortestIdle(idle);
  const look = (): void => {
    const now = performance.now();
    for (const [socket, sight] of open) {
      const { _httpMessage: running } = socket as { readonly _httpMessage?: ServerResponse | null };
      const { bytesWritten } = socket;
      if (bytesWritten !== sight.written || (running !== undefined && running !== null)) {
        sight.written = bytesWritten;
        sight.since = now;
      } else if (now - sight.since > shortest) socket.destroy();
    }
  };
  const timer = setInterval(look, idle - shortest).unref();
  server.once("close", () => clearInterval(timer));
}

/** Connections are looked at every so often: none is ended earlier than this, and none later than `idle`. Milliseconds. */
export function shortestIdle(idle: number): number {
  return idle - Math.min(2_000, Math.ceil(idle / 4));
}
