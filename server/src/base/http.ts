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
}

/** An answer without a socket. Header names are spelled as they go out. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
