import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Open connections of all listeners together. */
export interface Crowd {
  /** Counts the connections of a listener from now on. */
  readonly watch: (server: Server, secure: boolean) => void;
  /** True for a connection beyond the limit: it gets one answer, of substance only when it asks for the server's health. */
  readonly isOver: (socket: Socket) => boolean;
  readonly size: () => number;
}

/** So many connections beyond the limit are still taken, for health checks and for telling the others why. */
const reserve = 100;
const patience = 5_000;

/** Makes the count. Beyond limit and reserve, connections are closed as they come. */
export function createCrowd(limit: number): Crowd {
  let open = 0;
  const over = new WeakSet<Socket>();
  /** False until the limit was met: no need to look the socket up. */
  let crowded = false;
  const mark = (socket: Socket): void => {
    if (open <= limit) return;
    crowded = true;
    over.add(socket);
    socket.setTimeout(patience);
  };
  return {
    isOver: (socket) => crowded && over.has(socket),
    size: () => open,
    watch(server, secure) {
      server.maxConnections = limit + reserve;
      server.on("connection", (socket) => {
        open += 1;
        socket.once("close", () => (open -= 1));
        if (!secure) mark(socket);
      });
      if (secure) server.on("secureConnection", mark);
    },
  };
}
