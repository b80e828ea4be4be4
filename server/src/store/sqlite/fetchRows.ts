import type { Scalar } from "../../plan/typed.ts";
import { bodyColumn } from "../rowShape.ts";
import type { SqliteConnection, SqlRow, SqliteStatement } from "./driver.ts";

/** Statements to run one after the other until enough rows are there, as plain data: it may travel to a worker. */
export interface Fetch {
  readonly statements: readonly { readonly sql: string; readonly values: readonly Scalar[] }[];
  /** Rows that are enough; each statement yields at most so many. */
  readonly limit: number;
  readonly bigints: boolean;
  /** Read no further than the row with which the bodies exceed so many characters; without it a statement's rows are read at once, which is faster. */
  readonly budget?: number;
}

/** Runs a fetch on a connection; several statements see one state of the data. */
export function fetchRows(connection: SqliteConnection, { statements, limit, bigints, budget }: Fetch): SqlRow[] {
  const read = (index: number): SqlRow[] => {
    const { sql, values } = statements[index]!;
    const statement = connection.prepare(sql, bigints);
    return budget === undefined ? statement.all(values) : within(statement, values, budget);
  };
  if (statements.length === 1) return read(0);
  const readAll = (): SqlRow[] => {
    let rows = read(0);
    for (let index = 1; index < statements.length && rows.length < limit && !exceeds(rows, budget); index += 1) rows = rows.concat(read(index));
    return rows.slice(0, limit);
  };
  if (connection.inTransaction()) return readAll();
  connection.prepare("BEGIN").run([]);
  try {
    return readAll();
  } finally {
    connection.prepare("COMMIT").run([]);
  }
}

function exceeds(rows: readonly SqlRow[], budget: number | undefined): boolean {
  return budget !== undefined && rows.length > 1 && rows.reduce((length, row) => length + (row[bodyColumn] as string).length, 0) > budget;
}

function within(statement: SqliteStatement, values: readonly Scalar[], budget: number): SqlRow[] {
  const rows: SqlRow[] = [];
  let length = 0;
  for (const row of statement.iterate(values)) {
    length += (row[bodyColumn] as string).length;
    rows.push(row);
    // One more than fits shows that another page follows.
    if (length > budget && rows.length > 1) break;
  }
  return rows;
}
