import type { SqliteStatement } from "./driver.ts";

/** Statements, and characters of all their texts: SQLite keeps about fifty bytes for each character. */
const most = { statements: 500, characters: 500_000 };

/** Prepared statements by text, the least lately used dropped first. */
export function keepStatements(prepare: (sql: string, bigints: boolean) => SqliteStatement): (sql: string, bigints?: boolean) => SqliteStatement {
  const kept = [new Map<string, SqliteStatement>(), new Map<string, SqliteStatement>()] as const;
  const characters: [number, number] = [0, 0];
  return (sql, bigints = false) => {
    const which = bigints ? 1 : 0;
    const statements = kept[which];
    let statement = statements.get(sql);
    // The order of use counts for nothing while there is room for many more.
    if (statement !== undefined && statements.size < most.statements / 2 && characters[which] < most.characters / 2) return statement;
    if (statement !== undefined) statements.delete(sql);
    else {
      statement = prepare(sql, bigints);
      characters[which] += sql.length;
      while (statements.size > 0 && (statements.size >= most.statements || characters[which] > most.characters)) {
        const oldest = statements.keys().next().value!;
        characters[which] -= oldest.length;
        statements.delete(oldest);
      }
    }
    statements.set(sql, statement);
    return statement;
  };
}
