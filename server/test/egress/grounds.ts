import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer as createHttpServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { rangeOf } from "../../src/egress/addressRanges.ts";
import type { AddressRange } from "../../src/egress/addressRanges.ts";
import type { Answer, Call } from "../../src/egress/call.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import type { Egress, EgressSettings } from "../../src/egress/createEgress.ts";
import { EgressFault } from "../../src/egress/egressFault.ts";
import { printIpAddress } from "../../src/base/ipAddress.ts";
import type { IpAddress } from "../../src/base/ipAddress.ts";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";

/** On these grounds 127.0.0.1 is the public internet and 127.0.0.3 gives away secrets; every other address of this machine is as private as ever. */
export function rangeOnGrounds(address: IpAddress): AddressRange | undefined {
  const text = printIpAddress(address);
  if (text === "127.0.0.3") return { name: "metadata on these grounds", kind: "never" };
  return text === "127.0.0.1" ? undefined : rangeOf(address);
}

/** A way out on these grounds, closed when the test ends. Names lead where `hosts` says, answer after answer; the last one stays. */
export function openEgress({
  hosts = {},
  ...settings
}: EgressSettings & { readonly hosts?: Readonly<Record<string, readonly (readonly string[])[]>> } = {}): Egress {
  const asked = new Map<string, number>();
  const egress = createEgress({
    rangeOf: rangeOnGrounds,
    resolveHost(host) {
      const answers = hosts[host] ?? [[]];
      const turn = asked.get(host) ?? 0;
      asked.set(host, turn + 1);
      return Promise.resolve(answers[Math.min(turn, answers.length - 1)]!);
    },
    ...settings,
  });
  onTestFinished(egress.close);
  return egress;
}

/** Plain http to whatever is on this machine, for tests that are about what a server answers. */
export const plainHere = readAllowedDestinations("http://127.0.0.1:*");

/** A POST of a notification. */
export function post(url: string, more: Partial<Call> = {}): Call {
  return { purpose: "notification", reach: "public", method: "POST", url, body: '{"value":[]}', headers: { "content-type": "application/json" }, ...more };
}

/** The fault of a call; a call that was answered fails the test. */
export async function faultOf(answer: Promise<Answer>): Promise<EgressFault> {
  const found = await answer.then(
    ({ status }) => `answered ${status}`,
    (error: unknown) => error,
  );
  if (!(found instanceof EgressFault)) throw new Error(`Expected an EgressFault, got: ${String(found)}`);
  return found;
}

export async function listenOn(server: Server, address = "127.0.0.1", port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  server.listen(port, address);
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  return (server.address() as AddressInfo).port;
}

/** A server of HTTP; its address with a path. */
export async function serveHttp(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listenOn(createHttpServer(listener))}/hook`;
}

/** A server that does with each connection what it is told; its address. */
export async function serveRaw(answer: (socket: Socket) => void): Promise<string> {
  return `http://127.0.0.1:${await listenOn(createServer(answer))}/hook`;
}

/** Every address that any socket of this process tried to reach since. */
export function watchAttempts(): string[] {
  const tried: string[] = [];
  const note = (message: unknown): void => {
    (message as { readonly socket: Socket }).socket.on("connectionAttempt", (address) => tried.push(address));
  };
  subscribe("net.client.socket", note);
  onTestFinished(() => void unsubscribe("net.client.socket", note));
  return tried;
}
