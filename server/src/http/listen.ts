import { createServer } from "node:http";
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import { problem } from "../base/errors.ts";
import { connectionFaultOf } from "./connectionFault.ts";
import type { ConnectionFault } from "./connectionFault.ts";
import { cutIdle, shortestIdle } from "./cutIdle.ts";
import { createOverload, loadOf } from "./overload.ts";
import type { Load, Overload } from "./overload.ts";
import { createRawRefusal, endWith } from "./rawRefusal.ts";
import { tooLarge } from "./readBody.ts";
import { usualServerLimits } from "./serverLimits.ts";
import type { ServerLimits } from "./serverLimits.ts";
import { createShell } from "./shell.ts";
import type { Exchange, ShellSettings } from "./shell.ts";
import { usualTimeouts } from "./timeouts.ts";
import type { Timeouts } from "./timeouts.ts";
import type { ResponseStyle } from "./writeResponse.ts";

/** Certificate chain and private key of the TLS listener, as PEM. */
export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
}

/** What to listen on. */
export interface ListenSettings {
  readonly shell: ShellSettings;
  /** Addresses to bind; all get the same port. One that the machine does not have is left out, but for the first. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly tls?: { readonly port: number; readonly credentials: TlsCredentials; readonly hsts: boolean };
  readonly timeouts?: Partial<Timeouts>;
  readonly server?: Partial<ServerLimits>;
  /** Told of connections that brought no request that could be read: malformed HTTP, failed handshakes. */
  readonly onFault?: (fault: ConnectionFault) => void;
}

/** The listeners, running. */
export interface Listening {
  readonly port: number;
  readonly tlsPort?: number;
  /** The bound addresses. */
  readonly hosts: readonly string[];
  readonly load: () => Load;
  readonly renew: (credentials: TlsCredentials) => void;
  /** From now on each connection ends with its next answer, so that clients go elsewhere; new ones are still taken. */
  readonly drain: () => void;
  /** Takes no more connections, lets running requests end, and cuts what is left after `grace` milliseconds. */
  readonly close: (grace?: number) => Promise<void>;
}

/** Opens the plain and the TLS listener on every host. Throws `PortTaken` when a port is in use. */
export async function listen(settings: ListenSettings): Promise<Listening> {
  const timeouts = { ...usualTimeouts, ...settings.timeouts };
  const state = { closing: false };
  const limits = { ...usualServerLimits, ...settings.server };
  const overload = createOverload(limits);
  const opened: Server[] = [];
  const make = (tls: ListenSettings["tls"]) => (): Server => {
    const server = makeServer(settings, { timeouts, overload, headerBytes: limits.headerBytes, closing: () => state.closing }, tls);
    opened.push(server);
    return server;
  };
  try {
    const plain = await listenOnAll(make(undefined), settings.hosts, settings.port);
    const tls = settings.tls === undefined ? undefined : await listenOnAll(make(settings.tls), settings.hosts, settings.tls.port);
    return {
      port: plain.port,
      ...(tls === undefined ? {} : { tlsPort: tls.port }),
      hosts: plain.hosts,
      load: () => loadOf(overload),
      renew: (credentials) => opened.forEach((server) => (server as Partial<TlsServer>).setSecureContext?.({ ...credentials, minVersion: "TLSv1.2" })),
      drain: () => void (state.closing = true),
      async close(grace = 10_000) {
        state.closing = true;
        await closeAll(opened, grace);
      },
    };
  } catch (error) {
    await closeAll(opened, 0);
    throw error;
  }
}

/** Throws `PortTaken` when the port cannot be had on the first address: told before long work, not after it. */
export async function requireFreePort(hosts: readonly string[], port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  await bind(probe, hosts[0]!, port);
  await new Promise<void>((resolve) => void probe.close(() => resolve()));
}

interface Door {
  readonly timeouts: Timeouts;
  readonly overload: Overload;
  readonly headerBytes: number;
  readonly closing: () => boolean;
}

function makeServer(
  { shell, onFault = () => undefined }: ListenSettings,
  { timeouts, overload, headerBytes, closing }: Door,
  tls: ListenSettings["tls"],
): Server {
  const options = {
    maxHeaderSize: headerBytes,
    joinDuplicateHeaders: true,
    requireHostHeader: false,
    headersTimeout: Math.min(timeouts.headers, timeouts.request),
    requestTimeout: timeouts.request,
    // `cutIdle` ends idle connections: a timer of Node would be set anew twice for every request.
    keepAliveTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, timeouts.headers),
    noDelay: true,
    // A request without a body is over with its head: none of the events of a stream come for it.
    optimizeEmptyRequests: true,
  };
  const always = ["X-Content-Type-Options", "nosniff", ...(tls === undefined ? [] : ["Strict-Transport-Security", `max-age=${tls.hsts ? 31_536_000 : 0}`])];
  const keepAlive = `timeout=${Math.floor(shortestIdle(timeouts.idle) / 1000)}`;
  const style: ResponseStyle = { always, keepAlive, writeTimeout: timeouts.write, closing, unsent: overload.unsent };
  const scheme = tls === undefined ? "http" : "https";
  const plain = createShell(shell, scheme, style, overload);
  const exchange = shell.around?.(plain, scheme) ?? plain;
  const server =
    tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls.credentials, minVersion: "TLSv1.2", handshakeTimeout: timeouts.headers });
  overload.crowd.watch(server, tls !== undefined);
  cutIdle(server, tls !== undefined, timeouts.idle);
  return attach(server, { exchange, shell, headerBytes, onFault });
}

interface Attached {
  readonly exchange: Exchange;
  readonly shell: ShellSettings;
  readonly headerBytes: number;
  readonly onFault: NonNullable<ListenSettings["onFault"]>;
}

function attach(server: Server, { exchange, shell: { refuse, limits }, headerBytes, onFault }: Attached): Server {
  server.on("request", exchange);
  server.on("checkContinue", (request, response) => {
    if (Number(request.headers["content-length"]) > limits.bodyBytes) {
      onFault({ layer: "http", reason: "body_too_large" });
      endWith(request.socket, refuse(tooLarge(limits.bodyBytes), { method: request.method!, target: request.url!, headers: {}, baseUrl: "" }));
      return;
    }
    response.writeContinue();
    exchange(request, response);
  });
  server.on("checkExpectation", exchange);
  server.on("connect", (request, socket) => {
    onFault({ layer: "http", reason: "method" });
    const fault = problem("methodNotAllowed", { allowed: "GET, POST, PATCH, DELETE" }, { headers: { Allow: "GET, POST, PATCH, DELETE" } });
    endWith(socket, refuse(fault, { method: "CONNECT", target: request.url!, headers: {}, baseUrl: "" }));
  });
  const refuseRaw = createRawRefusal(refuse, { headerBytes, urlLength: limits.urlLength });
  const ofHandshake = new WeakSet<Error>();
  const told = new WeakSet<Duplex>();
  // Node tells a failed handshake as a clientError too, from a listener of its own.
  server.prependListener("tlsClientError", (error: Error) => ofHandshake.add(error));
  server.on("clientError", (error, socket) => {
    const fault = connectionFaultOf(error as NodeJS.ErrnoException, ofHandshake.has(error));
    if (fault !== undefined && !told.has(socket)) onFault(fault);
    told.add(socket);
    refuseRaw(error, socket);
  });
  return server;
}

async function listenOnAll(make: () => Server, hosts: readonly string[], port: number): Promise<{ readonly port: number; readonly hosts: readonly string[] }> {
  for (let attempt = 0; ; attempt += 1) {
    const first = make();
    const bound = await bind(first, hosts[0]!, port);
    const used = [hosts[0]!];
    try {
      for (const host of hosts.slice(1)) if ((await bindIfThere(make(), host, bound)) !== undefined) used.push(host);
      return { port: bound, hosts: used };
    } catch (error) {
      // Any free port was wanted, and this one was free on the first address only.
      if (port !== 0 || attempt === 5 || !(error instanceof PortTaken)) throw error;
      first.close();
    }
  }
}

async function bindIfThere(server: Server, host: string, port: number): Promise<number | undefined> {
  try {
    return await bind(server, host, port);
  } catch (error) {
    if (["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(error.code === "EADDRINUSE" || error.code === "EACCES" ? portTaken(port, host, error.code) : error);
    server.once("error", fail);
    server.listen({ port, host, ipv6Only: host === "::1" }, () => {
      server.off("error", fail);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** A port that cannot be had; the message is one line for people. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";
  readonly port: number;

  constructor(message: string, port: number) {
    super(message);
    this.port = port;
  }
}

function portTaken(port: number, host: string, code: string): PortTaken {
  const reason = code === "EACCES" ? "needs more rights than this process has." : "is taken by another program.";
  return new PortTaken(`Port ${port} on ${host} ${reason}`, port);
}

async function closeAll(servers: readonly Server[], grace: number): Promise<void> {
  const listening = servers.filter((server) => server.listening);
  const closed = Promise.all(listening.map((server) => new Promise((resolve) => void server.close(resolve))));
  const idle = setInterval(() => listening.forEach((server) => server.closeIdleConnections()), 50);
  const cut = setTimeout(() => listening.forEach((server) => server.closeAllConnections()), grace);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
