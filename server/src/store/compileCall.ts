import { problem } from "../base/errors.ts";
import type { ScalarType, Typed } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { prefixEnd } from "./prefixEnd.ts";

type Call = Extract<Typed, { kind: "call" }>;
type Compile = (argument: Typed, wanted: ScalarType) => string;

/** White space as OData's trim removes it (Unicode White_Space). */
const whiteSpace = "\t\n\v\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";

const earliest = "0001-01-01T00:00:00.0000000Z";
const latest = "9999-12-31T23:59:59.9999999Z";

/** A canonical function (OData URL Conventions 5.1.1.5 to 5.1.1.9) as SQL; a null argument makes it null. */
export function compileCall(call: Call, compile: Compile, context: Context): string {
  const { dialect, parameters } = context;
  const argument = (index: number, wanted: ScalarType): string => compile(call.arguments[index]!, wanted);
  const text = (index = 0): string => argument(index, "string");
  const number = (index = 0): string => argument(index, "double");
  switch (call.name) {
    case "contains":
      return `(${dialect.position(text(), text(1))} > 0)`;
    case "startswith":
      return startsWith(call, compile, context);
    case "endswith":
      return endsWith(text(), text(1));
    case "length":
      return `length(${text()})`;
    case "indexof":
      return `(${dialect.position(text(), text(1))} - 1)`;
    case "substring":
      return substring(call, compile, context);
    case "concat":
      return `(${text()} || ${text(1)})`;
    case "tolower":
      return dialect.lower(text());
    case "toupper":
      return dialect.upper(text());
    case "trim":
      return dialect.trim(text(), parameters.add(whiteSpace));
    case "round":
    case "floor":
      return `${call.name}(${number()})`;
    case "ceiling":
      return `ceil(${number()})`;
    case "now":
      return parameters.add((run) => run.now);
    case "mindatetime":
      return parameters.add(earliest);
    case "maxdatetime":
      return parameters.add(latest);
    default:
      return datePart(call, compile, context);
  }
}

/** With a literal it is a range, which an index can serve. */
function startsWith(call: Call, compile: Compile, { parameters }: Context): string {
  const [value, prefix] = call.arguments as readonly [Typed, Typed];
  const text = compile(value, "string");
  if (prefix.kind !== "literal" || typeof prefix.value !== "string") {
    const start = compile(prefix, "string");
    return `(substr(${text}, 1, length(${start})) = ${start})`;
  }
  const end = prefixEnd(prefix.value);
  const from = `${text} >= ${parameters.add(prefix.value)}`;
  return end === undefined ? `(${from})` : `(${from} AND ${text} < ${parameters.add(end)})`;
}

function endsWith(text: string, end: string): string {
  return `(length(${text}) >= length(${end}) AND substr(${text}, length(${text}) - length(${end}) + 1) = ${end})`;
}

function substring({ arguments: [value, start, length] }: Call, compile: Compile, { dialect, parameters }: Context): string {
  const zero = parameters.add(0);
  const from = `${dialect.larger(compile(start!, "double"), zero)} + 1`;
  const text = compile(value!, "string");
  return length === undefined ? `substr(${text}, ${from})` : `substr(${text}, ${from}, ${dialect.larger(compile(length, "double"), zero)})`;
}

/** Place and length of each part in `2026-11-22T06:00:00.1234567Z`; a time of day begins 11 characters later there. */
const parts: Readonly<Record<string, readonly [number, number]>> = {
  year: [1, 4],
  month: [6, 2],
  day: [9, 2],
  hour: [12, 2],
  minute: [15, 2],
  second: [18, 2],
};

function datePart({ name, arguments: [value] }: Call, compile: Compile, { dialect }: Context): string {
  const isTime = value!.type === "timeOfDay";
  const text = compile(value!, isTime ? "timeOfDay" : "dateTimeOffset");
  const shift = isTime ? 11 : 0;
  if (name === "date") return `substr(${text}, 1, 10)`;
  if (name === "time") return `substr(${text}, 12, 16)`;
  if (name === "fractionalseconds") return dialect.toReal(`('0' || substr(${text}, ${20 - shift}, 8))`);
  const part = parts[name];
  if (part === undefined) throw problem("notImplemented", { what: `The function '${name}' is not implemented.` });
  return dialect.toInteger(`substr(${text}, ${part[0] - shift}, ${part[1]})`);
}
