import type { Connection, Submittable } from "pg";
import type { Scalar } from "../../plan/typed.ts";
import { bodyColumn } from "../rowShape.ts";
import type { SqlRow } from "../sqlRow.ts";
import { DatabaseError } from "./databaseError.ts";
import { decoderOf } from "./decode.ts";
import { Messages } from "./messages.ts";
import { parameterText } from "./parameterText.ts";
import { nameOf, preparedName, preparedOf, surplusOf, type Prepared } from "./preparedNames.ts";

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

/** The columns whose text is not their value. */
type Decoders = readonly { readonly index: number; readonly decode: (text: string) => Scalar }[];

/** How to read the columns of a statement, by its text. Found with its first preparation. */
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
export class Pipeline implements Submittable {
  readonly statements: readonly Statement[];
  readonly #options: PipelineOptions;
  readonly #settle: Settle;
  readonly #results: Result[] = [];
  #rows: SqlRow[] = [];
  #decoders: Decoders | undefined;
  /** Characters of bodies that may still come. */
  #left = Infinity;
  #done = false;

  constructor(options: PipelineOptions, settle: Settle) {
    this.statements = options.statements;
    this.#options = options;
    this.#settle = settle;
    this.#begin();
  }

  submit(connection: Connection): Error | undefined {
    try {
      this.#write(connection);
    } catch (error) {
      messages.clear();
      return error as Error;
    }
    if (connection.stream.writable) connection.stream.write(messages.take());
    else messages.clear();
    return undefined;
  }

  #write(connection: Connection): void {
    const { statements } = this;
    const { named } = this.#options;
    const prepared = preparedOf(connection);
    prepared.pending.length = 0;
    prepared.turn += 1;
    const known = named ? statements.map(({ sql }) => preparedName(prepared, sql)) : [];
    const unknown = new Set(named && known.includes(undefined) ? statements.flatMap(({ sql }, index) => (known[index] === undefined ? [sql] : [])) : []);
    // Before all else: a statement that fails leaves out what comes behind it.
    if (unknown.size > 0) for (const name of surplusOf(prepared, unknown.size)) messages.close(name);
    for (const [index, statement] of statements.entries()) {
      const name = named ? (known[index] ?? nameOf(statement.sql)) : "";
      if (!named || unknown.delete(statement.sql)) this.#prepare(prepared, name, statement.sql);
      messages.bind(name, statement.values.map(parameterText));
      messages.execute();
    }
    messages.sync();
  }

  #prepare({ pending }: Prepared, name: string, sql: string): void {
    const { named, readers } = this.#options;
    if (named) pending.push(sql);
    messages.parse(name, sql);
    if (!readers.has(sql)) messages.describe(name);
  }

  /** Makes ready for what the next statement answers. */
  #begin(): void {
    this.#rows = [];
    const next = this.statements[this.#results.length];
    this.#decoders = next === undefined ? undefined : this.#options.readers.get(next.sql);
    this.#left = next?.budget ?? Infinity;
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#decoders = fields.flatMap(({ dataTypeID }, index) => {
      const decode = decoderOf(dataTypeID);
      return decode === undefined ? [] : [{ index, decode }];
    });
    this.#options.readers.set(this.statements[this.#results.length]!.sql, this.#decoders);
  }

  handleDataRow({ fields }: { readonly fields: (string | null)[] }): void {
    if (this.#left !== Infinity && !this.#fits(fields)) return;
    const row: Scalar[] = fields;
    for (const { index, decode } of this.#decoders!) {
      const text = fields[index]!;
      if (text !== null) row[index] = decode(text);
    }
    this.#rows.push(row);
  }

  /** The row with which the budget is exceeded is kept, so that it is seen; a page has one row at least. */
  #fits(fields: readonly (string | null)[]): boolean {
    if (this.#left < 0 && this.#rows.length > 1) return false;
    this.#left -= fields[bodyColumn]?.length ?? 0;
    return true;
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#results.push({ rows: this.#rows, count: Number(/\d+$/.exec(text)?.[0] ?? 0) });
    this.#begin();
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: "" });
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
