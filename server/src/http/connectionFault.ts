/** Why a connection brought no request that could be read: fixed words, for logs and metrics. */
export interface ConnectionFault {
  readonly layer: "http" | "tls";
  readonly reason: FaultReason;
}

/** `reset`: the client left within the handshake, as port scanners and probes of load balancers do. `untrusted`: it says that it does not know our CA. */
export type FaultReason =
  | "malformed"
  | "headers_too_large"
  | "body_too_large"
  | "timeout"
  | "version"
  | "method"
  | "reset"
  | "not_tls"
  | "untrusted"
  | "cipher"
  | "other";

/** What went wrong, from the error that Node tells; undefined for a client that went away between requests. */
export function connectionFaultOf(error: { readonly code?: string; readonly rawPacket?: Buffer }, isHandshake: boolean): ConnectionFault | undefined {
  const { code = "" } = error;
  if (isHandshake || /^ERR_(?:SSL|TLS)_/.test(code)) return { layer: "tls", reason: handshakeReasons.find(([pattern]) => pattern.test(code))?.[1] ?? "other" };
  if (code === "ECONNRESET" || code === "EPIPE") return undefined;
  const reason = parseReasons[code] ?? "malformed";
  return { layer: "http", reason: reason === "method" && !isMethod(error.rawPacket) ? "malformed" : reason };
}

/** True for bytes that begin like a request with a method, whichever: others are no HTTP at all. */
export function isMethod(bytes: Buffer | undefined): boolean {
  return /^[A-Z-]{1,20} [/*]/.test(bytes?.subarray(0, 32).toString("latin1") ?? "");
}

const parseReasons: Readonly<Record<string, FaultReason>> = {
  HPE_HEADER_OVERFLOW: "headers_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "timeout",
  HPE_INVALID_VERSION: "version",
  HPE_PAUSED_H2_UPGRADE: "version",
  HPE_INVALID_METHOD: "method",
};

const handshakeReasons: readonly (readonly [RegExp, FaultReason])[] = [
  [/^(?:ECONNRESET|EPIPE)$/, "reset"],
  [/TIMEOUT/, "timeout"],
  [/HTTP_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH|RECORD_LAYER|BAD_RECORD_TYPE|UNEXPECTED_MESSAGE/, "not_tls"],
  [/UNKNOWN_CA|CERTIFICATE|BAD_CERT/, "untrusted"],
  [/PROTOCOL/, "version"],
  [/CIPHER|SIGALG|SIGNATURE_ALGORITHM|NO_SUITABLE/, "cipher"],
];
