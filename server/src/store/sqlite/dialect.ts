import type { Aggregating, Arithmetic, BodyStep, BodyType, Dialect, Operands } from "../dialect.ts";
import type { Parameters } from "../sqlText.ts";

/** SQLite 3.45 and newer. `secgraph_*` functions are defined by every connection (`sqlite/functions.ts`). */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  parameter: (n) => `?${n}`,
  columnTypes: { text: "TEXT", integer: "INTEGER", boolean: "INTEGER", real: "REAL", numeric: "NUMERIC" },
  rowNumber: "INTEGER PRIMARY KEY",
  rowKey: [],
  clustered: " WITHOUT ROWID",
  dividedBy: () => "",
  yes: "1",
  no: "0",
  nothing: () => "NULL",
  convert: (value, from, to) => (from === "numeric" && to === "integer" ? `CAST(${value} AS INTEGER)` : value),
  same: (left, right) => `${left} IS ${right}`,
  different: (left, right) => `${left} IS NOT ${right}`,
  position: (text, part) => `instr(${text}, ${part})`,
  lower: (text) => foldCase("lower", text),
  upper: (text) => foldCase("upper", text),
  trim: (text, characters) => `trim(${text}, ${characters})`,
  toInteger: (value) => `CAST(${value} AS INTEGER)`,
  toReal: (value) => `CAST(${value} AS REAL)`,
  substring(text, start, length) {
    const from = `max(${start}, 0) + 1`;
    return length === undefined ? `substr(${text}, ${from})` : `substr(${text}, ${from}, max(${length}, 0))`;
  },
  wholeNumber: (parameter) => `CAST(${parameter} AS INTEGER)`,
  arithmetic,
  negate: (value) => `(-${value})`,
  rounded: (how, value) => `${how === "ceiling" ? "ceil" : how}(${value})`,
  bodyPath,
  bodyMember,
  listOf: (parameter) => `(SELECT value FROM json_each(${parameter}))`,
  elements: (parameter) => `json_each(${parameter}) AS p`,
  elementKey: "p.key",
  elementMember: (index) => `p.value ->> ${index}`,
  lateral: false,
  aggregate,
  nullsLowest: () => "",
  wholeOrder: false,
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

const signs = { add: "+", sub: "-", mul: "*" } as const;

/** Division by zero yields null. */
function arithmetic(operator: Arithmetic, { left, right, whole }: Operands): string {
  switch (operator) {
    case "div":
    case "divby": {
      const type = whole && operator === "div" ? "INTEGER" : "REAL";
      return `(CAST(${left} AS ${type}) / nullif(CAST(${right} AS ${type}), 0))`;
    }
    case "mod":
      return whole ? `(CAST(${left} AS INTEGER) % nullif(CAST(${right} AS INTEGER), 0))` : `mod(${left}, nullif(${right}, 0))`;
    default:
      return `(${left} ${signs[operator]} ${right})`;
  }
}

/** A JSON path of SQLite: its constant pieces are parameters. */
function bodyPath(steps: readonly BodyStep[], parameters: Parameters): string {
  const pieces: string[] = [];
  let text = "$";
  for (const step of steps) {
    if ("name" in step) {
      text += pathStep(step.name);
    } else {
      pieces.push(parameters.add(`${text}[`), step.place);
      text = "]";
    }
  }
  const last = parameters.add(text);
  return pieces.length === 0 ? last : `(${[...pieces, last].join(" || ")})`;
}

/** A name of a JSON path; one with a quote or backslash cannot be written there and finds nothing. */
function pathStep(name: string): string {
  return /["\\]/.test(name) ? '."\u0001"' : `."${name}"`;
}

/** Sums are exact (`exactSum.ts`), rounded once, then divided: the order of the rows says nothing. */
function aggregate(value: string, { method, kind, double = false, short = false, over = "" }: Aggregating): string {
  if (method === "countdistinct") return `count(DISTINCT ${value})${over}`;
  if (method === "min" || method === "max") return `${method}(${value})${over}`;
  const sum = kind === "integer" && short ? `sum(${value})${over}` : `${kind === "real" ? "secgraph_sum_real" : "secgraph_sum"}(${value})${over}`;
  if (method === "sum") return double ? `CAST(${sum} AS REAL)` : sum;
  return `(CAST(${sum} AS REAL) / nullif(count(${value})${over}, 0))`;
}
