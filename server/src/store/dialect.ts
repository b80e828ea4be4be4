import type { ColumnKind } from "./schema.ts";

/**
 * What differs between the SQL of the engines. Everything that is compiled goes through it, so that
 * PostgreSQL is another object of this type; values never enter the text, they are parameters.
 */
export interface Dialect {
  readonly name: string;
  /** An identifier, quoted. */
  readonly quote: (name: string) => string;
  /** The n-th parameter, counted from 1; may stand several times in a text. */
  readonly parameter: (n: number) => string;
  readonly columnTypes: Readonly<Record<ColumnKind, string>>;
  /** The type of a column that numbers the rows of its table by itself. */
  readonly rowNumber: string;
  /** Appended to a table that is stored in the order of its primary key. */
  readonly clustered: string;
  readonly yes: string;
  readonly no: string;
  /** Equality for which null equals null: never unknown. */
  readonly same: (left: string, right: string) => string;
  readonly different: (left: string, right: string) => string;
  /** 1-based place of `part` in `text`, 0 when it is not there. */
  readonly position: (text: string, part: string) => string;
  readonly lower: (text: string) => string;
  readonly upper: (text: string) => string;
  /** Text without the given characters at both ends. */
  readonly trim: (text: string, characters: string) => string;
  /** The larger of two integers. */
  readonly larger: (left: string, right: string) => string;
  readonly toInteger: (value: string) => string;
  readonly toReal: (value: string) => string;
  readonly modulo: (left: string, right: string) => string;
  /** A member of a stored body as a value of the wanted type, null when it is of another; `path` is an expression of text. */
  readonly bodyMember: (body: string, path: string, wanted: BodyType) => string;
  /** The elements of a parameter that holds a JSON array of texts, as a subquery of one column. */
  readonly listOf: (parameter: string) => string;
  /** Whether a value sorts by itself with nulls lowest, or what to append for that. */
  readonly nullsLowest: (descending: boolean) => string;
}

/** What a comparison wants of a dynamic property. */
export type BodyType = "text" | "number" | "boolean" | "instant" | "any";

/** SQLite 3.45 and newer. `secgraph_*` functions are defined by every connection (`sqlite/functions.ts`). */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  parameter: (n) => `?${n}`,
  columnTypes: { text: "TEXT", integer: "INTEGER", real: "REAL", numeric: "NUMERIC" },
  rowNumber: "INTEGER PRIMARY KEY",
  clustered: " WITHOUT ROWID",
  yes: "1",
  no: "0",
  same: (left, right) => `${left} IS ${right}`,
  different: (left, right) => `${left} IS NOT ${right}`,
  position: (text, part) => `instr(${text}, ${part})`,
  lower: (text) => foldCase("lower", text),
  upper: (text) => foldCase("upper", text),
  trim: (text, characters) => `trim(${text}, ${characters})`,
  larger: (left, right) => `max(${left}, ${right})`,
  toInteger: (value) => `CAST(${value} AS INTEGER)`,
  toReal: (value) => `CAST(${value} AS REAL)`,
  modulo: (left, right) => `mod(${left}, ${right})`,
  bodyMember,
  listOf: (parameter) => `(SELECT value FROM json_each(${parameter}))`,
  nullsLowest: () => "",
};

/** SQLite's own functions know ASCII only; other text goes through the connection's function. */
function foldCase(direction: "lower" | "upper", text: string): string {
  // Text that is an expression itself stands once, or nested calls would multiply.
  if (!/^[\w."]+$/.test(text)) return `secgraph_${direction}(${text})`;
  return `CASE WHEN ${text} GLOB '*[^ -~]*' THEN secgraph_${direction}(${text}) ELSE ${direction}(${text}) END`;
}

function bodyMember(body: string, path: string, wanted: BodyType): string {
  const value = `json_extract(${body}, ${path})`;
  const type = `json_type(${body}, ${path})`;
  switch (wanted) {
    case "any":
      return value;
    case "text":
      return `CASE ${type} WHEN 'text' THEN ${value} END`;
    case "instant":
      return `CASE ${type} WHEN 'text' THEN secgraph_instant(${value}) END`;
    case "number":
      return `CASE WHEN ${type} IN ('integer', 'real') THEN ${value} END`;
    case "boolean":
      return `CASE ${type} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END`;
  }
}
