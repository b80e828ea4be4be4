import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** An endpoint that carries an action out once, as `guarantee: exactlyOnce` asks for: it knows ids that it has done, and refuses tokens that are lower than one it saw. */
export interface OnceEndpoint {
  readonly url: string;
  /** How often each action took effect. */
  readonly effects: ReadonlyMap<string, number>;
  /** The tokens that came, by action, in their order. */
  readonly tokens: ReadonlyMap<string, readonly number[]>;
  readonly calls: () => number;
  /** From now on calls have no answer; resolves once one waits for its own. What it gives lets them all go on. */
  readonly hold: () => Promise<() => void>;
  readonly close: () => Promise<void>;
}

/** Opens one on a port of this machine; every answer takes a while, so that crashes come amid calls. */
export async function openOnceEndpoint(milliseconds: () => number): Promise<OnceEndpoint> {
  const effects = new Map<string, number>();
  const tokens = new Map<string, number[]>();
  let calls = 0;
  let held: { readonly begun: () => void; readonly over: Promise<void> } | undefined;
  const server = createServer((request, response) => {
    request.resume();
    void (async () => {
      calls += 1;
      const id = String(request.headers["idempotency-key"]);
      const token = Number(request.headers["x-fencing-token"]);
      const seen = tokens.get(id) ?? [];
      const highest = Math.max(0, ...seen);
      tokens.set(id, [...seen, token]);
      if (token < highest) return response.writeHead(409, { "X-Fencing-Token": String(highest) }).end();
      held?.begun();
      await (held?.over ?? sleep(milliseconds()));
      if (!effects.has(id)) effects.set(id, 1);
      return response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/do`,
    effects,
    tokens,
    calls: () => calls,
    async hold() {
      const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      held = { begun: begun.resolve, over: over.promise };
      await begun.promise;
      return () => {
        held = undefined;
        over.resolve();
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
