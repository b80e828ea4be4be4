import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Random } from "../../process/randomOf.ts";

/** Stands before a database and cuts connections at random bytes. */
export interface CuttingProxy {
  readonly port: number;
  /** The port of the database that new connections lead to. */
  to: number;
  /** From now on each connection ends after a random number of bytes, counted either way; false: no more. */
  cutting: boolean;
  readonly cuts: () => number;
  readonly close: () => Promise<void>;
}

const longest = 20_000;

export async function startCuttingProxy(to: number, random: Random): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const database = connect(proxy.to, "127.0.0.1");
    let left = random.between(1, longest);
    const end = (): void => {
      client.destroy();
      database.destroy();
    };
    const pass = (from: Socket, into: Socket): void => {
      open.add(from);
      from.on("data", (chunk: Buffer) => {
        left -= proxy.cutting ? chunk.length : 0;
        if (left > 0) return void into.write(chunk);
        cuts += 1;
        // What came before the cut still arrives.
        into.write(chunk.subarray(0, chunk.length + left), end);
        from.destroy();
      });
      from.on("error", end);
      from.on("close", () => {
        open.delete(from);
        if (left > 0) end();
      });
    };
    pass(client, database);
    pass(database, client);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const proxy: CuttingProxy = {
    port: (server.address() as AddressInfo).port,
    to,
    cutting: false,
    cuts: () => cuts,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
  return proxy;
}
