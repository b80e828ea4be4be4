import { createServer } from "node:net";

/** None of those that systems give to whoever asks for any: what is free stays so until it is used. */
const [lowest, highest] = [10_000, 32_000];

/** Each process begins elsewhere. */
let next = lowest + ((process.pid * 37) % (highest - lowest));

/** A port of 127.0.0.1 that nobody listens on, for a program that has to be told its port. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = port + 1 < highest ? port + 1 : lowest;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
