import type { Client, Connection, Submittable } from "pg";
import type { Cells } from "../transfer/ends.ts";
import { DatabaseError } from "./databaseError.ts";

const atOnce = 65_536;

/** Runs `COPY ... FROM STDIN` (PostgreSQL 55.2.6) with rows in its text format: how many were taken. */
export function copyIn(client: Client, sql: string, rows: readonly Cells[]): Promise<number> {
  return new Promise((resolve, reject) => void client.query(new CopyIn({ sql, rows }, { resolve, reject })));
}

interface Settle {
  readonly resolve: (count: number) => void;
  readonly reject: (error: DatabaseError) => void;
}

class CopyIn implements Submittable {
  readonly #work: { readonly sql: string; readonly rows: readonly Cells[] };
  readonly #settle: Settle;
  #count = 0;
  #failed = false;

  constructor(work: { readonly sql: string; readonly rows: readonly Cells[] }, settle: Settle) {
    this.#work = work;
    this.#settle = settle;
  }

  submit(connection: Connection): void {
    connection.query(this.#work.sql);
  }

  handleCopyInResponse(connection: Connection): void {
    const { sendCopyFromChunk, endCopyFrom } = connection as unknown as { sendCopyFromChunk: (chunk: Buffer) => void; endCopyFrom: () => void };
    connection.stream.cork();
    for (const chunk of chunksOf(this.#work.rows)) sendCopyFromChunk.call(connection, chunk);
    endCopyFrom.call(connection);
    connection.stream.uncork();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#count = Number(/\d+$/.exec(text)?.[0] ?? 0);
  }

  handleReadyForQuery(): void {
    if (!this.#failed) this.#settle.resolve(this.#count);
  }

  handleError(error: Error): void {
    this.#failed = true;
    this.#settle.reject(new DatabaseError(error));
  }
}

function* chunksOf(rows: readonly Cells[]): Generator<Buffer> {
  let text = "";
  for (const row of rows) {
    for (let index = 0; index < row.length; index += 1) text += (index === 0 ? "" : "\t") + escaped(row[index]!);
    text += "\n";
    if (text.length >= atOnce) {
      yield Buffer.from(text);
      text = "";
    }
  }
  if (text !== "") yield Buffer.from(text);
}

const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(cell: string | null): string {
  if (cell === null) return "\\N";
  return special.test(cell) ? cell.replaceAll(/[\\\n\r\t]/g, (character) => escapes[character]!) : cell;
}
