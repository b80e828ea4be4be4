import { connect, type Socket } from "node:net";

/** A fixed number of requests against one port of this machine. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly count: number;
  /** The bytes of the n-th request. */
  readonly request: (n: number) => Buffer;
  /** The status and the range of body lengths that every answer must have. */
  readonly expect: Expected;
  /** False: sleep while nothing has come, and leave the processor to what else is measured. */
  readonly polling?: boolean;
}

export interface Expected {
  readonly status: number;
  readonly shortest: number;
  readonly longest: number;
}

/** Time of every request, in milliseconds, and of all. */
export interface Took {
  readonly each: readonly number[];
  readonly all: number;
}

/**
 * Sends the requests over keep-alive connections, one under way on each, and checks every answer. Plain sockets: a
 * client library would cost more than the server under test. Throws at the first answer that is not as expected.
 */
export async function runLoad(load: Load): Promise<Took> {
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)));
  const each: number[] = [];
  const queue = { next: 0 };
  const began = performance.now();
  const awake = { running: load.polling ?? true };
  stayAwake(awake);
  try {
    await Promise.all(sockets.map((socket) => drive(socket, load, queue, each)));
    return { each, all: performance.now() - began };
  } finally {
    awake.running = false;
    for (const socket of sockets) socket.destroy();
  }
}

/** Polls without sleeping: waking this process would be counted as the server's work, and only where the server is the slower of the two. */
function stayAwake(awake: { readonly running: boolean }): void {
  if (awake.running) setImmediate(stayAwake, awake);
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

function drive(socket: Socket, load: Load, queue: { next: number }, each: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let from = 0;
    let head: Buffer | undefined;
    /** Bytes of the body still to come; NaN while the head is not complete. */
    let missing = Number.NaN;
    const send = (): void => {
      if (queue.next >= load.count) return resolve();
      from = performance.now();
      socket.write(load.request(queue.next++));
    };
    const take = (chunk: Buffer): void => {
      if (Number.isNaN(missing)) {
        head = head === undefined ? chunk : Buffer.concat([head, chunk]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        missing = checkedLength(head.toString("latin1", 0, end), load.expect) - (head.length - end - 4);
        head = undefined;
      } else missing -= chunk.length;
      if (missing > 0) return;
      missing = Number.NaN;
      each.push(performance.now() - from);
      send();
    };
    socket.on("data", (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        reject(error);
      }
    });
    socket.once("close", () => reject(new Error("The server closed a connection.")));
    send();
  });
}

function checkedLength(head: string, { status, shortest, longest }: Expected): number {
  const at = head.indexOf("Content-Length: ") + 16;
  const length = Number.parseInt(head.slice(at, at + 9), 10);
  if (head.slice(9, 12) !== String(status)) throw new Error(`Expected ${status}, got: ${head.slice(0, 400)}`);
  if (at < 16 || length < shortest || length > longest) throw new Error(`Expected ${shortest} to ${longest} bytes, got ${length}.`);
  return length;
}

/** The bytes of a request. */
export function requestBytes(method: string, target: string, headers: Readonly<Record<string, string>>, body = ""): Buffer {
  const length = body === "" ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
  const fields = Object.entries({ host: "127.0.0.1", accept: "application/json", ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${fields.join("")}\r\n${body}`);
}
