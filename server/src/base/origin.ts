/** Where a request came from, as the audit keeps it. */
export interface Origin {
  /** The peer's network address. */
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId: string;
  /** The client's own id of the request, where it sent one. */
  readonly clientRequestId?: string | undefined;
}

/** Characters that are kept of what a client says of itself. */
const longest = 256;

/** Of the facts of a request what the audit keeps, cut to what is bounded. */
export function originOf(
  { address, headers }: { readonly address?: string | undefined; readonly headers: Readonly<Record<string, string | undefined>> },
  { requestId, clientRequestId }: { readonly requestId: string; readonly clientRequestId: string },
): Origin {
  return { address, userAgent: cut(headers["user-agent"]), requestId, clientRequestId: clientRequestId === requestId ? undefined : clientRequestId };
}

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, longest).toWellFormed().replaceAll("\0", "\u{FFFD}");
}
