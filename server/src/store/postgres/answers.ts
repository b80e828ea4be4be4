import type { Connection } from "pg";

/** Who is told what comes back for a pipeline. Places are in `bytes`; none may be kept. */
export interface Hearer {
  /** A DataRow: its fields stand from `at` on. */
  readonly row: (bytes: Buffer, at: number) => void;
  /** CommandComplete, whose tag ends before `end`. */
  readonly complete: (bytes: Buffer, end: number) => void;
  /** The statement gives no rows. */
  readonly noData: () => void;
}

const code = { row: 0x44, complete: 0x43, bound: 0x32, noData: 0x6e, error: 0x45, ready: 0x5a } as const;
const headLength = 5;
/** PostgreSQL makes no message that is longer than 1 GB. */
const longest = 2 ** 30 + headLength;

/**
 * Reads what PostgreSQL sends over a connection (55.7) ahead of `pg`, which makes an object of every message, calls three
 * functions for it, and makes a text of every field: too much for pages of a hundred rows. Rows and their ends are told to
 * who asked for them; all other messages, whole, are `pg`'s.
 */
export class Answers {
  /** Who asked last. */
  hearer: Hearer | undefined;
  readonly #others: (bytes: Buffer) => void;
  /** What has come of a message so far, in pieces, and how long it is; of its head alone that is not known. */
  #pieces: Buffer[] = [];
  #have = 0;
  #need = headLength;

  constructor({ stream }: Connection) {
    const listeners = stream.listeners("data") as ((bytes: Buffer) => void)[];
    if (listeners.length !== 1) throw new Error("The driver of PostgreSQL reads otherwise than this program knows.");
    this.#others = listeners[0]!.bind(stream);
    stream.removeListener("data", listeners[0]!);
    stream.on("data", (bytes: Buffer) => {
      try {
        this.#read(bytes);
      } catch (error) {
        // What cannot be read leaves nothing to go on with; who asked is told that the connection broke.
        stream.destroy(error as Error);
      }
    });
  }

  #read(bytes: Buffer): void {
    let at = this.#have === 0 ? 0 : this.#complete(bytes);
    while (at + headLength <= bytes.length) {
      const end = at + lengthAt(bytes, at);
      if (end > bytes.length) break;
      this.#tell(bytes, at, end);
      at = end;
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  /** Completes the message that has begun: where the next begins. */
  #complete(bytes: Buffer): number {
    let at = 0;
    while (this.#have < this.#need) {
      const piece = bytes.subarray(at, at + this.#need - this.#have);
      if (piece.length === 0) return at;
      at += piece.length;
      this.#keep(piece);
    }
    const whole = Buffer.concat(this.#pieces, this.#have);
    this.#pieces = [];
    this.#have = 0;
    this.#need = headLength;
    this.#tell(whole, 0, whole.length);
    return at;
  }

  #keep(piece: Buffer): void {
    const headKnown = this.#have >= headLength;
    this.#pieces.push(piece);
    this.#have += piece.length;
    if (headKnown || this.#have < headLength) return;
    const head = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#have);
    this.#need = lengthAt(head, 0);
  }

  #tell(bytes: Buffer, at: number, end: number): void {
    const { hearer } = this;
    const kind = bytes[at];
    if (hearer !== undefined) {
      if (kind === code.row) return hearer.row(bytes, at + headLength);
      if (kind === code.complete) return hearer.complete(bytes, end);
      if (kind === code.noData) return hearer.noData();
      if (kind === code.bound) return;
      if (kind === code.error || kind === code.ready) this.hearer = undefined;
    }
    this.#others(bytes.subarray(at, end));
  }
}

/** The length of the message that begins here, its code included. */
function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at + 1);
  if (length < 4 || length > longest) throw new Error("PostgreSQL sent what is no message.");
  return length + 1;
}

const ofConnection = new WeakMap<Connection, Answers>();

/** What reads a connection; from the first call on all that comes goes through it. The connection must be idle then. */
export function answersOf(connection: Connection): Answers {
  let answers = ofConnection.get(connection);
  if (answers === undefined) ofConnection.set(connection, (answers = new Answers(connection)));
  return answers;
}
