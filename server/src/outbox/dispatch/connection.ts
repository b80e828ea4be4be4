import type { Json, JsonObject } from "../../base/json.ts";

/** What a connector shall do: one attempt of one action. */
export interface Order {
  readonly hub: string;
  readonly tenant: string;
  /** The stored securityConnector, without its secrets. */
  readonly connector: JsonObject;
  /** Its credentials, opened: what is in them appears in no log and in no record of an attempt. */
  readonly secrets: readonly OpenedCredential[];
  readonly action: OrderedAction;
  /** 1 for the first. */
  readonly attempt: number;
  /** Grows with every attempt of the action and with every server that takes over: an endpoint that keeps the highest it saw refuses lower ones. */
  readonly fencingToken: number;
  /** The action that this one takes back. */
  readonly undoes?: string;
  /** Where the work that goes on there is reported: the path of the action, below the root of the API. */
  readonly reportTo: string;
  /** When the attempt is given up, in milliseconds since 1970. */
  readonly deadline: number;
}

/** A way to say who calls, with its secret. */
export interface OpenedCredential {
  readonly scheme: string;
  /** The field of an API key. */
  readonly name?: string;
  readonly userName?: string;
  readonly secret?: string;
  /** PEM. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Of an action what a connector is told. */
export interface OrderedAction {
  /** Stays the same in every attempt: an endpoint that keeps it knows a repetition. */
  readonly id: string;
  readonly name: string;
  /** As the schema of the connector's action types them; a name that comes twice has a list. */
  readonly parameters: Readonly<Record<string, Json>>;
  readonly reason: string | null;
  readonly clientContext: string | null;
  /** ISO 8601, such as PT1H. */
  readonly duration: string | null;
}

/** What is kept of a call, with secrets masked; longer texts are cut by whoever keeps them. */
interface Kept {
  /** Where the protocol has such codes. */
  readonly statusCode?: number;
  readonly request?: string;
  readonly response?: string;
}

/** Why it did not succeed: words for people, without secrets. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

/**
 * What came of an attempt. `completed`: it is done. `accepted`: it goes on there, and is told by a PATCH of the action or found out by `poll`.
 * `failed`: it did not happen; `retry` says whether another attempt may help. `busy`: it did not happen because too much is asked of the endpoint;
 * it waits and counts as no failure. `unknown`: it may have happened (a timeout, a connection lost after sending).
 */
export type Report = Kept &
  (
    | { readonly kind: "completed" }
    /** `handle`: what the endpoint calls it; `pollAfter`: milliseconds until `poll` may ask. */
    | { readonly kind: "accepted"; readonly handle?: string; readonly pollAfter?: number }
    | { readonly kind: "failed"; readonly retry: boolean; readonly error: Fault }
    /** Milliseconds. */
    | { readonly kind: "busy"; readonly retryAfter?: number; readonly error: Fault }
    | { readonly kind: "unknown"; readonly error: Fault }
  );

/**
 * A kind of connector: how orders leave. Its calls may do what they like, also never end, throw or answer rubbish: the dispatcher ends them by `signal` at the
 * deadline and takes what throws for `unknown`. Implemented by `outbox/connectors`.
 */
export interface Connection {
  /** One attempt. */
  readonly deliver: (order: Order, signal: AbortSignal) => Promise<Report>;
  /** How accepted work stands: `accepted` again while it goes on. */
  readonly poll?: (order: Order, handle: string, signal: AbortSignal) => Promise<Report>;
  /** Asks for work to be ended; `handle` is undefined while its call is under way. `completed`: it is ended and did not happen; all else: it goes on. */
  readonly cancel?: (order: Order, handle: string | undefined, signal: AbortSignal) => Promise<Report>;
  /** Asks whether the endpoint is there and takes these credentials; nothing is done there. `completed`: it does. */
  readonly test?: (order: Order, signal: AbortSignal) => Promise<Report>;
}

/** By the kind of connector. */
export type Connections = ReadonlyMap<string, Connection>;
