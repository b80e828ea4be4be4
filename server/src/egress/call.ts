import type { Reach } from "./admitAddresses.ts";
import type { TlsIdentity } from "./connectPinned.ts";
import type { Signing } from "./signBody.ts";

/** What a call is for; metrics and spans tell it. */
export type Purpose = "keys" | "notification" | "connector" | "checkpoint";

/** How far a call may go. */
export interface CallLimits {
  /** Milliseconds from the call's turn to the head of the answer, look-up and connection included. */
  readonly headers: number;
  /** Milliseconds from the call's turn to the end of the answer. */
  readonly total: number;
  /** Bytes of the answer's body. */
  readonly bytes: number;
}

/** One outgoing call. */
export interface Call {
  readonly purpose: Purpose;
  readonly reach: Reach;
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Fields of the head beside those that the module writes (Host, Content-Length, Accept-Encoding ...). */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly limits?: Partial<CallLimits>;
  /** A token for `Authorization: Bearer`. */
  readonly bearer?: string;
  readonly signing?: Signing;
  readonly identity?: TlsIdentity;
  /**
   * `status`: the answer's body is not wanted; `beginning`: as much of it as the limits let through. What is too long, too slow or broken of it is cut off
   * and no fault then.
   */
  readonly wanted?: "body" | "beginning" | "status";
  /** Ends the call: `stopped`. */
  readonly signal?: AbortSignal;
}

/** What came back; a redirect is an answer like others. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}
