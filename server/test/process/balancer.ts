import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { get } from "node:http";

/** Spreads connections over servers as a balancer does, and asks each at `/readyz` whether it may. */
export interface Balancer {
  readonly port: number;
  /** Connections that a server did not take. */
  readonly refused: () => number;
  /** The ports that new connections lead to at this moment. */
  readonly ready: () => readonly number[];
  readonly close: () => Promise<void>;
}

/** Milliseconds between two looks; one look that finds no 200 takes a server out. */
const interval = 100;

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const ready = new Set<number>();
  const open = new Set<Socket>();
  let [turn, refused] = [0, 0];
  const look = async (): Promise<void> => {
    for (const port of ports) ready[(await isReady(port)) ? "add" : "delete"](port);
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const choice = [...ready];
    turn += 1;
    const to = choice[turn % choice.length];
    if (to === undefined) {
      refused += 1;
      return client.destroy();
    }
    const behind = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
    let isConnected = false;
    behind.once("connect", () => (isConnected = true));
    for (const [from, into] of [
      [client, behind],
      [behind, client],
    ] as const) {
      // prettier-ignore
      open.add(from);
      from.pipe(into);
      from.on("error", () => into.destroy());
      from.on("close", () => open.delete(from));
    }
    behind.once("error", () => (refused += isConnected ? 0 : 1));
    return undefined;
  });
  await look();
  const timer = setInterval(() => void look(), interval);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    refused: () => refused,
    ready: () => [...ready],
    async close() {
      clearInterval(timer);
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ port, host: "127.0.0.1", path: "/readyz", agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(false));
  });
}
