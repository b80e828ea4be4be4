import { request } from "node:http";
import type { Agent, IncomingHttpHeaders } from "node:http";

/** What is sent. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when the connection broke after the head of the answer. */
  readonly text: string | undefined;
}

/** Where to: a port of this machine, and the connections to use. */
export interface Peer {
  readonly port: number;
  readonly agent: Agent;
}

const patience = 60_000;

/** One request over plain http; undefined when the connection broke before any answer. */
export function exchange({ port, agent }: Peer, { method, path, headers, body }: Sent): Promise<Received | undefined> {
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, agent, method, path, headers, timeout: patience }, (answer) => {
      const chunks: Buffer[] = [];
      const head = { status: answer.statusCode!, headers: answer.headers };
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve({ ...head, text: Buffer.concat(chunks).toString("utf8") }));
      answer.on("error", () => resolve({ ...head, text: undefined }));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(undefined));
    sent.end(body);
  });
}
