import { connect, isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { buildConnector } from "undici";
import type { Destination } from "./destination.ts";
import { EgressFault } from "./egressFault.ts";
import type { EgressFaultFacts, EgressReason } from "./egressFault.ts";
import { printIpAddress, readIpAddress } from "../base/ipAddress.ts";
import type { IpAddress } from "../base/ipAddress.ts";

/** What this side shows of itself in TLS, and whom it trusts; texts in PEM. Without `ca`: the authorities that Node knows and `NODE_EXTRA_CA_CERTS`. */
export interface TlsIdentity {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

/** Where connections of a pool lead. */
export interface Pinned {
  readonly destination: Destination;
  /** Checked ones; no other is connected to. */
  readonly addresses: readonly IpAddress[];
  readonly identity?: TlsIdentity;
  /** Milliseconds for TCP and TLS together. */
  readonly timeout: number;
}

/** More than these are not tried. */
const tried = 4;

/**
 * Connects to checked addresses alone: no name is looked up any more, and whom the socket reached is compared again before
 * a byte is sent. TLS 1.2 or later, verified for the host's name whatever the environment says, HTTP/1.1.
 */
export function createConnector(pinned: Pinned): buildConnector.connector {
  return (_options, callback) => {
    connectChecked(pinned).then(
      (socket) => callback(null, socket),
      (fault: Error) => callback(fault, null),
    );
  };
}

async function connectChecked(pinned: Pinned): Promise<Socket> {
  const { destination, timeout } = pinned;
  const fault = (reason: EgressReason, facts: EgressFaultFacts): EgressFault => new EgressFault(reason, { where: destination.origin, ...facts });
  let socket = openSocket(pinned);
  const timer = setTimeout(() => socket.destroy(fault("connect", { detail: `not within ${timeout} ms` })), timeout);
  try {
    await arrival(socket, "connect", (code) => fault("connect", { code }));
    if (!isPinned(socket.remoteAddress, pinned)) throw fault("forbidden", { detail: `${socket.remoteAddress} answered instead of a checked address` });
    if (destination.scheme === "http") return socket;
    socket = secureSocket(socket, pinned);
    await arrival(socket, "secureConnect", (code) => fault("tls", { code }));
    return socket;
  } catch (error) {
    socket.on("error", () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function arrival(socket: Socket, event: "connect" | "secureConnect", faultOf: (code: string) => EgressFault): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(error instanceof EgressFault ? error : faultOf(codeOf(error)));
    socket.once("error", failed).once(event, () => {
      socket.off("error", failed);
      resolve();
    });
  });
}

function isPinned(text: string | undefined, { addresses }: Pinned): boolean {
  const reached = readIpAddress(text ?? "");
  return addresses.some(({ family, value }) => reached?.family === family && reached.value === value);
}

function openSocket({ destination: { port }, addresses }: Pinned): Socket {
  const known = addresses.slice(0, tried).map((address) => ({ address: printIpAddress(address), family: address.family }));
  const common = { port, noDelay: true, keepAlive: true };
  // With one address there is nothing to look up; several are handed to Node, which tries them in turn.
  if (known.length === 1) return connect({ ...common, host: known[0]!.address });
  return connect({
    ...common,
    host: "pinned.invalid",
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 500,
    lookup: (_host, _options, found) => found(null, known),
  });
}

function secureSocket(socket: Socket, { destination: { host }, identity = {} }: Pinned): Socket {
  return connectTls({
    ...identity,
    socket,
    host,
    servername: isIP(host) === 0 ? host : "",
    ALPNProtocols: ["http/1.1"],
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
  });
}

/** What an operator can look up: the code of the first of several errors, else the message. */
function codeOf(error: Error): string {
  const [first = error] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  return (first as NodeJS.ErrnoException).code ?? first.message;
}
