import type { SqliteStatement } from "./driver.ts";

const most = 500;

/** Prepared statements by text, the least lately used dropped first. */
export function keepStatements(prepare: (sql: string, bigints: boolean) => SqliteStatement): (sql: string, bigints?: boolean) => SqliteStatement {
  const kept = [new Map<string, SqliteStatement>(), new Map<string, SqliteStatement>()] as const;
  return (sql, bigints = false) => {
    const statements = kept[bigints ? 1 : 0];
    let statement = statements.get(sql);
    if (statement !== undefined) statements.delete(sql);
    else {
      statement = prepare(sql, bigints);
      if (statements.size >= most) statements.delete(statements.keys().next().value!);
    }
    statements.set(sql, statement);
    return statement;
  };
}
