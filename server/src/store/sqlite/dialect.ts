import type { Aggregating, Arithmetic, BodyStep, BodyType, Dialect, Operands, Parsed, ValueKind } from "../dialect.ts";
import type { Parameters } from "../sqlText.ts";

/** SQLite 3.45 and newer. `secgraph_*` functions are defined by every connection (`sqlite/functions.ts`). */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  parameter: (n) => `?${n}`,
  // A parameter with a number has a name, which is looked for among all names whenever it is bound.
  parameters: (count) => Array.from({ length: count }, () => "?").join(", "),
  columnTypes: { text: "TEXT", integer: "INTEGER", boolean: "INTEGER", real: "REAL", numeric: "NUMERIC", decimal: "TEXT" },
  rowNumber: "INTEGER PRIMARY KEY",
  rowKey: [],
  clustered: " WITHOUT ROWID",
  dividedBy: () => "",
  viewOptions: "",
  bodyElements: (column, name, alias) => ({
    from: `json_each(CASE json_type(${column}, '$.${name}') WHEN 'array' THEN json_extract(${column}, '$.${name}') END) AS ${alias}`,
    place: `${alias}."key"`,
  }),
  bodyText: (column, name) => `(${column} ->> '$.${name}')`,
  yes: "1",
  no: "0",
  nothing: () => "NULL",
  convert,
  same: (left, right) => `${left} IS ${right}`,
  different: (left, right) => `${left} IS NOT ${right}`,
  position: (text, part) => `instr(${text}, ${part})`,
  lower: (text) => foldCase("lower", text),
  upper: (text) => foldCase("upper", text),
  trim: (text, characters) => `trim(${text}, ${characters})`,
  toInteger: (value) => `CAST(${value} AS INTEGER)`,
  toReal: (value) => `CAST(${value} AS REAL)`,
  substring(text, { start, length, fromStart }) {
    if (!fromStart) return `secgraph_substring(${[text, start, ...(length === undefined ? [] : [length])].join(", ")})`;
    return length === undefined ? `substr(${text}, ${start} + 1)` : `substr(${text}, ${start} + 1, max(${length}, 0))`;
  },
  matches: (text, source, parameters) => `secgraph_matches(${text}, ${parameters.add(source)})`,
  moved: (text, duration) => `secgraph_moved(${text}, ${duration})`,
  between: (later, earlier) => `secgraph_between(${later}, ${earlier})`,
  scaled: (duration, factor, divides) => `secgraph_scaled(${duration}, ${factor}, ${divides ? 1 : 0})`,
  offset: (text) => `secgraph_offset(${text})`,
  exactly: (decimal) => decimal,
  within: (...values) => `secgraph_within(${values.join(", ")})`,
  rounding: (value) => `CAST(${value} AS REAL)`,
  spelled: (what, value) => `secgraph_${what === "double" ? "real" : what}_text(${value})`,
  parsed,
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
  plainly: (column) => `+${column}`,
  aggregate,
  nullsLowest: () => "",
  wholeOrder: false,
};

function convert(value: string, from: ValueKind, to: ValueKind): string {
  if (from === to) return value;
  if (from === "decimal") return `secgraph_nearest(${value})`;
  if (to === "decimal") return `secgraph_sortable(${value})`;
  return from === "numeric" && to === "integer" ? `CAST(${value} AS INTEGER)` : value;
}

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

/** Division by zero yields null, of a double an infinite one. */
function arithmetic(operator: Arithmetic, { left, right, mode }: Operands): string {
  if (mode === "decimal") return `secgraph_decimal('${operator === "divby" ? "div" : operator}', ${left}, ${right})`;
  switch (operator) {
    case "div":
    case "divby":
      if (mode === "whole") return `(CAST(${left} AS INTEGER) / nullif(CAST(${right} AS INTEGER), 0))`;
      return `secgraph_divide(${left}, ${right})`;
    case "mod":
      return mode === "whole" ? `(CAST(${left} AS INTEGER) % nullif(CAST(${right} AS INTEGER), 0))` : `mod(${left}, nullif(${right}, 0))`;
    default:
      return `(${left} ${signs[operator]} ${right})`;
  }
}

function parsed(as: Parsed, text: string): string {
  switch (as) {
    case "decimal":
      return `secgraph_parsed_number(${text})`;
    case "double":
      return `CAST(secgraph_parsed_number(${text}) AS REAL)`;
    case "boolean":
      return `CASE ${text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END`;
    case "dateTimeOffset":
      return `secgraph_instant(${text})`;
    case "timeOfDay":
      return `secgraph_parsed_time(${text})`;
    default:
      return `secgraph_parsed_${as}(${text})`;
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
  if (kind === "decimal") {
    const exact = `secgraph_sum_decimal(${value})${over}`;
    return method === "sum" ? exact : `secgraph_mean(${exact}, count(${value})${over})`;
  }
  const sum = kind === "integer" && short ? `sum(${value})${over}` : `${kind === "real" ? "secgraph_sum_real" : "secgraph_sum"}(${value})${over}`;
  if (method === "sum") return double ? `CAST(${sum} AS REAL)` : sum;
  return `(CAST(${sum} AS REAL) / nullif(count(${value})${over}, 0))`;
}
