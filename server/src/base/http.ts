import type { Span } from "./probe.ts";

/** A request without a socket: what `handle` takes. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as they stood on the request line, still percent-encoded. */
  readonly target: string;
  /** Names in lower case; several values joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array;
  /** Scheme, host and port (and prefix) that the client used, or the configured public URL; no trailing slash. */
  readonly baseUrl: string;
  /** True when the peer is this machine. */
  readonly loopback?: boolean;
  /** The peer's network address. */
  readonly address?: string | undefined;
  /** Absent where nobody waits at a socket. */
  readonly presence?: Presence | undefined;
}

/** A client that waits for its answer. */
export interface Presence {
  /** Waits without taking a place among the requests in work. */
  readonly rest: <T>(until: Promise<T>) => Promise<T>;
  /** Aborted when the client goes away before it has its answer. */
  readonly gone: () => AbortSignal;
}

/** An answer without a socket. Header names are spelled as they go out. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** Never sent: what logs, metrics and traces may know of the request. */
  readonly facts?: RequestFacts;
  /** Never sent: what a refusal was made of. */
  readonly refusal?: { readonly code: string; readonly error: unknown } | undefined;
}

/** Names and ids of an answered request, and how long its stages took: nothing of its content. */
export interface RequestFacts {
  readonly requestId: string;
  /** The client's own id where it is safe in a header, else the request id. */
  readonly clientRequestId: string;
  readonly stages: readonly Span[];
  /** Of the following, what was found out before a refusal. */
  readonly caller: { readonly tenant: string; readonly appId: string; readonly user: string | null; readonly kind: "application" | "delegated" } | undefined;
  /** The hub it worked in; undefined for one across hubs. */
  readonly hub: string | undefined;
  /** The place behind the service root as a template, keys as `{id}`: `/security/secureScores/{id}`. */
  readonly route: string | undefined;
}
