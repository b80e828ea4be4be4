/** How much an event matters. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** What a field may hold, which is how it is written: see `cleanField.ts`. */
export type FieldKind = "number" | "word" | "id" | "text" | "error";

interface EventDefinition {
  readonly level: LogLevel;
  /** When it is told; for `docs/reference/logs.md`. */
  readonly means: string;
  readonly fields: Readonly<Record<string, FieldKind>>;
}

const request = { method: "word", root: "word", route: "word", status: "number", code: "word", hub: "word", appId: "word", requestId: "word" } as const;

/**
 * Every event that the log can tell, and every field that it can carry: what does not stand here cannot be logged. No
 * field holds what a client sent, but for the ids that it chose in a narrow form.
 */
export const logEvents = {
  "server.starting": {
    level: "info",
    means: "The process has read its settings.",
    fields: { version: "word", node: "word", mode: "word", data: "text", pid: "number" },
  },
  "server.started": {
    level: "info",
    means: "The ports are open.",
    fields: { url: "text", port: "number", tlsPort: "number", hosts: "text", milliseconds: "number" },
  },
  "server.stopping": {
    level: "info",
    means: "A signal came: no new connections, running requests end. `drain`: for so many seconds before that it serves on, while `/readyz` says 503.",
    fields: { signal: "word", drain: "number" },
  },
  "server.stopped": { level: "info", means: "Everything is closed.", fields: { milliseconds: "number" } },
  "server.failed": { level: "error", means: "The process ends because of a fault of its own.", fields: { error: "error" } },
  "config.unknown": {
    level: "warn",
    means: "A variable named SECGRAPH_... is set that the program does not know. Its value is not told.",
    fields: { variable: "word" },
  },
  "data.copied": { level: "info", means: "The data come from an older version: a copy as they were lies there.", fields: { file: "text" } },
  "data.migrated": { level: "info", means: "The data were brought to this version.", fields: { milliseconds: "number" } },
  "data.outgrown": {
    level: "warn",
    means: "A newer version has brought the database forward: this server of an older one leaves the tables as they are and serves beside it.",
    fields: {},
  },
  "store.writes_failed": {
    level: "error",
    means: "The disk refuses writes (`full`, `readonly`, `io`) or failed to keep one (`sync`: writes stay refused until a restart).",
    fields: { failure: "word", error: "error" },
  },
  "store.writes_resumed": { level: "info", means: "Writes work again.", fields: { milliseconds: "number" } },
  "store.checkpoint_failed": {
    level: "error",
    means:
      "The write-ahead log has grown and could not be brought into the data file, which is tried again every ten seconds. Nothing is lost, but the log grows.",
    fields: { failure: "word", error: "error" },
  },
  "store.checkpoint_resumed": { level: "info", means: "The write-ahead log was brought into the data file again.", fields: { milliseconds: "number" } },
  "store.query_stopped": { level: "warn", means: "A query took too long or too much memory and its worker was replaced.", fields: { reason: "word" } },
  "work.failed": {
    level: "warn",
    means: "Work behind the requests (`kind`; without one: finding out what is due) failed. It is tried again.",
    fields: { kind: "text", error: "error" },
  },
  "audit.checkpoint": {
    level: "info",
    means: "How far the audit trail of a hub has come, signed (a JWS): kept elsewhere, it is what `secgraph audit verify --checkpoint` takes.",
    fields: { hub: "id", number: "number", jws: "text" },
  },
  "action.failing": {
    level: "info",
    means: "An attempt of an action did not succeed; it is tried again. The record of the attempt says why.",
    fields: { action: "id", connector: "id", attempt: "number" },
  },
  "action.dead_lettered": {
    level: "warn",
    means: "An action was given up: it is a dead letter until somebody retries or drops it.",
    fields: { action: "id", connector: "id" },
  },
  "action.recovered": {
    level: "warn",
    means: "A connector was being called when the process that did so ended: nobody knows what came of it, and it is tried again.",
    fields: { action: "id", connector: "id" },
  },
  "action.not_undone": {
    level: "error",
    means: "An action held for a while, which is over, and it could not be taken back.",
    fields: { action: "id" },
  },
  "subscriber.failing": {
    level: "warn",
    means: "A notification endpoint does not take what it is sent (`status` 0: no answer). It is tried again; told once until it works.",
    fields: { subscription: "id", status: "number" },
  },
  "subscriber.recovered": {
    level: "info",
    means: "A notification endpoint that failed takes again what it is sent, after so many calls.",
    fields: { subscription: "id", attempts: "number" },
  },
  "subscriber.dropped": {
    level: "warn",
    means: "Notifications were given up: the endpoint has not taken them for as long as they are kept, or the change log does not reach back so far.",
    fields: { subscription: "id", through: "number" },
  },
  "subscriber.removed": {
    level: "warn",
    means: "A subscription was removed: its owner may not read the resource any more.",
    fields: { subscription: "id" },
  },
  request: {
    level: "info",
    means: "A request was answered (access log; only when asked for).",
    fields: { kind: "word", ...request, milliseconds: "number", clientRequestId: "id", traceId: "id" },
  },
  "request.failed": {
    level: "error",
    means: "A request got a 5xx because of a fault of the program or of the disk. `dropped`: so many more were not told in the second before.",
    fields: { ...request, clientRequestId: "id", error: "error", dropped: "number" },
  },
  "overload.shed": {
    level: "warn",
    means: "Requests got 503 because the server has too much to do: the first, then a sum every ten seconds.",
    fields: { count: "number" },
  },
  "throttle.refused": {
    level: "warn",
    means: "An application got 429: the first, then a sum every ten seconds.",
    fields: { count: "number", appId: "word", tenant: "word" },
  },
  "auth.refused": { level: "info", means: "Requests got 401: the first, then a sum every ten seconds.", fields: { count: "number" } },
  "connection.faulty": {
    level: "info",
    means:
      "Connections brought no request that could be read, by layer (`http`, `tls`) and reason, as `untrusted` for a client that does not know the CA: the first, then a sum every ten seconds.",
    fields: { count: "number", layer: "word", reason: "word" },
  },
  "signin.locked": {
    level: "warn",
    means: "Sign-in is locked for a while after wrong passwords, for one name from one address (`pair`), a name (`name`) or an address (`address`).",
    fields: { count: "number", scope: "word", seconds: "number" },
  },
  "issuer.unreachable": {
    level: "warn",
    means: "The keys of an outside issuer could not be read, which is tried again after half a minute at most; those read before serve on.",
    fields: { issuer: "text", error: "error" },
  },
  "tls.renewal_failed": { level: "error", means: "The server's certificate could not be made anew; the old one serves on.", fields: { error: "error" } },
} as const satisfies Readonly<Record<string, EventDefinition>>;

/** The name of an event. */
export type LogEvent = keyof typeof logEvents;

type Value<K extends FieldKind> = K extends "number" ? number : K extends "error" ? unknown : string;
type FieldsTable = { readonly [Name in LogEvent]: (typeof logEvents)[Name]["fields"] };

/** The fields of an event; undefined ones are left out. */
export type LogFields<Name extends LogEvent> = {
  readonly [Field in keyof FieldsTable[Name]]?: FieldsTable[Name][Field] extends FieldKind ? Value<FieldsTable[Name][Field]> | undefined : never;
};
