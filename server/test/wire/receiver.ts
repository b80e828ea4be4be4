import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { AddressInfo } from "node:net";

/** A call that a receiver got. */
export interface Got {
  readonly url: URL;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Said {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}

/** A notification endpoint on this machine. */
export interface Receiver {
  readonly url: string;
  /** Notifications in the order in which they came; challenges are answered and not among them. */
  readonly notified: any[];
  readonly calls: Got[];
  /** The status of what comes next; 202 unless a test says otherwise. */
  answer: (got: Got) => Said | undefined | Promise<Said | undefined>;
  /** Answers in a way of its own where a test says so; what it takes then is not noted. */
  wild: ((response: ServerResponse) => void) | undefined;
  /** Resolves once so many notifications have come. */
  readonly until: (count: number) => Promise<any[]>;
  readonly close: () => Promise<void>;
}

/** Answers challenges as the specification says (R146), and takes everything else. */
export async function openReceiver(): Promise<Receiver> {
  const waiting = new Set<() => void>();
  const receiver: Receiver = {
    url: "",
    notified: [],
    calls: [],
    answer: () => undefined,
    wild: undefined,
    async until(count) {
      while (receiver.notified.length < count) await new Promise<void>((resolve) => waiting.add(resolve));
      return receiver.notified;
    },
    close: () => new Promise((resolve) => void (server.closeAllConnections(), server.close(() => resolve()))),
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => take(body, request, response));
  });
  async function take(body: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const got: Got = { url: new URL(request.url!, "http://receiver"), method: request.method!, headers: request.headers, body };
    receiver.calls.push(got);
    const token = got.url.searchParams.get("validationToken");
    if (token === null && receiver.wild !== undefined) return receiver.wild(response);
    const { status, type = "text/plain", body: said = "" } = (await receiver.answer(got)) ?? (token === null ? { status: 202 } : { status: 200, body: token });
    response.writeHead(status, { "Content-Type": type }).end(said);
    if (token !== null || status >= 300) return;
    receiver.notified.push(...JSON.parse(body).value);
    for (const wake of waiting) wake();
    waiting.clear();
  }
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return Object.assign(receiver, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` });
}
