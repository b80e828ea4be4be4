import type { Connection, Submittable } from "pg";
import type { Scalar } from "../../plan/typed.ts";
import { bodyColumn } from "../rowShape.ts";
import type { SqlRow } from "../sqlRow.ts";
import { DatabaseError } from "./databaseError.ts";
import { decoderOf } from "./decode.ts";
import { parameterText } from "./parameterText.ts";
import { isPrepared, nameOf, preparedOf, surplusOf } from "./preparedNames.ts";

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

/**
 * Several statements in one round trip (PostgreSQL's extended query protocol, 55.2.4 Pipelining): all are sent, then one Sync. Without
 * BEGIN they are one transaction, which ends at Sync: nothing of it stays on the session, so that a pooler may hand the connection on.
 */
export class Pipeline implements Submittable {
  readonly #options: PipelineOptions;
  readonly #settle: Settle;
  readonly #results: Result[] = [];
  #rows: SqlRow[] = [];
  #decoders: Decoders | undefined;
  /** Characters of bodies that may still come. */
  #left = Infinity;
  #done = false;

  constructor(options: PipelineOptions, settle: Settle) {
    this.#options = options;
    this.#settle = settle;
    this.#begin();
  }

  submit(connection: Connection): void {
    const { statements } = this.#options;
    const prepared = preparedOf(connection);
    prepared.pending.length = 0;
    connection.stream.cork();
    for (const statement of statements) this.#send(connection, statement);
    connection.sync();
    connection.stream.uncork();
  }

  #send(connection: Connection, { sql, values }: Statement): void {
    const { named, readers } = this.#options;
    const prepared = preparedOf(connection);
    const name = named ? nameOf(sql) : "";
    if (!named || (!isPrepared(prepared, name) && !prepared.pending.includes(name))) {
      const surplus = named ? surplusOf(prepared) : undefined;
      if (surplus !== undefined) connection.close({ type: "S", name: surplus }, true);
      prepared.pending.push(name);
      connection.parse({ name, text: sql, types: [] }, true);
      if (!readers.has(sql)) connection.describe({ type: "S", name }, true);
    }
    connection.bind({ portal: "", statement: name, values: values.map(parameterText) }, true);
    connection.execute({ portal: "", rows: "0" }, true);
  }

  /** Makes ready for what the next statement answers. */
  #begin(): void {
    this.#rows = [];
    const next = this.#options.statements[this.#results.length];
    this.#decoders = next === undefined ? undefined : this.#options.readers.get(next.sql);
    this.#left = next?.budget ?? Infinity;
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#decoders = fields.flatMap(({ dataTypeID }, index) => {
      const decode = decoderOf(dataTypeID);
      return decode === undefined ? [] : [{ index, decode }];
    });
    this.#options.readers.set(this.#options.statements[this.#results.length]!.sql, this.#decoders);
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
