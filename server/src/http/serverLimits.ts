/** What the server takes upon itself at one time; beyond it clients get 503 or no connection (R50, promises: overload sheds, never falls). */
export interface ServerLimits {
  /** Requests in work. */
  readonly requests: number;
  /** Requests that wait for a place among them, and for how many milliseconds. */
  readonly waiting: number;
  readonly patience: number;
  /** Open connections of all listeners. */
  readonly connections: number;
  /** Bytes of request bodies in memory, and as many of answers that clients have not taken yet. */
  readonly bufferBytes: number;
  /** Bytes of a request's line and headers. */
  readonly headerBytes: number;
}

/** The limits when nobody says otherwise. */
export const usualServerLimits: ServerLimits = {
  requests: 256,
  waiting: 1024,
  patience: 10_000,
  connections: 15_000,
  bufferBytes: 128 * 1024 * 1024,
  headerBytes: 65_536,
};
