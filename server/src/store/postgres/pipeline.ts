import type { Connection, Submittable } from "pg";
import type { Scalar } from "../../plan/typed.ts";
import { bodyColumn } from "../rowShape.ts";
import type { SqlRow } from "../sqlRow.ts";
import { answersOf, type Hearer } from "./answers.ts";
import { DatabaseError } from "./databaseError.ts";
import { decoderOf, type Decode } from "./decode.ts";
import { Messages } from "./messages.ts";
import { parameterText } from "./parameterText.ts";
import { nameOf, preparedName, preparedOf, surplusOf } from "./preparedNames.ts";

/** A statement with a value for each of its parameters. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly Scalar[];
  /** Characters of bodies (the third column) after which further rows are let go, but for one that shows that there are more. */
  readonly budget?: number | undefined;
}

/** What a statement gave: its rows, and how many it read or changed. */
export interface Result {
  readonly rows: readonly SqlRow[];
  readonly count: number;
}

/** The readers of a statement's columns. */
type Decoders = readonly Decode[];

/** How to read the columns of a statement, by its text. Asked for where it is not known. */
export type ColumnReaders = Map<string, Decoders>;

export interface PipelineOptions {
  readonly statements: readonly Statement[];
  readonly readers: ColumnReaders;
  /** False behind a pooler that knows no prepared statements: each is parsed anew. */
  readonly named: boolean;
}

interface Settle {
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: DatabaseError) => void;
}

/** Everything is written and taken before anything else is. */
const messages = new Messages();

/**
 * Several statements in one round trip (PostgreSQL's extended query protocol, 55.2.4 Pipelining): all are sent, then one Sync. Without
 * BEGIN they are one transaction, which ends at Sync: nothing of it stays on the session, so that a pooler may hand the connection on.
 */
export class Pipeline implements Submittable, Hearer {
  readonly statements: readonly Statement[];
  readonly #options: PipelineOptions;
  readonly #settle: Settle;
  readonly #results: Result[] = [];
  /** How each statement's columns are read; what is not known comes ahead of its rows. */
  readonly #decoders: (Decoders | undefined)[] = [];
  #rows: SqlRow[] = [];
  /** Characters of bodies that may still come. */
  #left: number;
  #done = false;

  constructor(options: PipelineOptions, settle: Settle) {
    this.statements = options.statements;
    this.#options = options;
    this.#settle = settle;
    this.#left = options.statements[0]?.budget ?? Infinity;
  }

  submit(connection: Connection): Error | undefined {
    try {
      this.#write(connection);
    } catch (error) {
      messages.clear();
      return error as Error;
    }
    answersOf(connection).hearer = this;
    if (connection.stream.writable) connection.stream.write(messages.take());
    else messages.clear();
    return undefined;
  }

  #write(connection: Connection): void {
    const { statements } = this;
    const { named, readers } = this.#options;
    const prepared = preparedOf(connection);
    prepared.pending.length = 0;
    prepared.turn += 1;
    const known = named ? statements.map(({ sql }) => preparedName(prepared, sql)) : [];
    const unknown = new Set(named && known.includes(undefined) ? statements.flatMap(({ sql }, index) => (known[index] === undefined ? [sql] : [])) : []);
    // Before all else: a statement that fails leaves out what comes behind it.
    if (unknown.size > 0) for (const name of surplusOf(prepared, unknown.size)) messages.close(name);
    for (const [index, { sql, values }] of statements.entries()) {
      const name = named ? (known[index] ?? nameOf(sql)) : "";
      if (!named || unknown.delete(sql)) {
        if (named) prepared.pending.push(sql);
        messages.parse(name, sql);
      }
      const decoders = readers.get(sql);
      this.#decoders.push(decoders);
      if (decoders === undefined) messages.describe(name);
      messages.bind(name, values.map(parameterText));
      messages.execute();
    }
    messages.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#learn(fields.map(({ dataTypeID }) => decoderOf(dataTypeID)));
  }

  noData(): void {
    this.#learn([]);
  }

  #learn(decoders: Decoders): void {
    const index = this.#results.length;
    this.#decoders[index] = decoders;
    this.#options.readers.set(this.statements[index]!.sql, decoders);
  }

  /** The row with which the budget is exceeded is kept, so that it is seen; a page has one row at least. */
  row(bytes: Buffer, at: number): void {
    if (this.#left < 0 && this.#rows.length > 1) return;
    const decoders = this.#decoders[this.#results.length]!;
    const count = decoders.length;
    // oxlint-disable-next-line unicorn/no-new-array
    const row = new Array<Scalar>(count);
    let place = at + 2;
    for (let column = 0; column < count; column += 1) {
      const from = place + 4;
      const length = bytes.readInt32BE(place);
      place = length < 0 ? from : from + length;
      row[column] = length < 0 ? null : decoders[column]!(bytes, from, place);
    }
    this.#rows.push(row);
    if (this.#left !== Infinity) this.#left -= (row[bodyColumn] as string | undefined)?.length ?? 0;
  }

  complete(bytes: Buffer, end: number): void {
    this.#end(countOf(bytes, end - 1));
  }

  #end(count: number): void {
    this.#results.push({ rows: this.#rows, count });
    this.#rows = [];
    this.#left = this.statements[this.#results.length]?.budget ?? Infinity;
  }

  /** `pg` hands rows on only while nobody reads ahead of it. */
  handleDataRow(): void {}

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {
    this.#end(0);
  }

  handlePortalSuspended(): void {}

  handleReadyForQuery(): void {
    if (this.#done) return;
    this.#done = true;
    this.#settle.resolve(this.#results);
  }

  handleError(error: Error): void {
    if (this.#done) return;
    this.#done = true;
    this.#settle.reject(new DatabaseError(error, this.#results.length));
  }
}

/** The number at the end of a command's tag: `SELECT 3`, `INSERT 0 1`; 0 where there is none. */
function countOf(bytes: Buffer, end: number): number {
  let count = 0;
  let unit = 1;
  for (let at = end - 1; isDigit(bytes[at]!); at -= 1) {
    count += unit * (bytes[at]! - 0x30);
    unit *= 10;
  }
  return count;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
