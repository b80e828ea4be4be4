import { problem } from "../base/errors.ts";
import type { ScalarType, Typed } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { compileAs } from "./compileOperands.ts";
import { prefixEnd } from "./prefixEnd.ts";

type Call = Extract<Typed, { kind: "call" }>;

/** White space as OData's trim removes it (Unicode White_Space). */
const whiteSpace = "\t\n\v\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";

const earliest = "0001-01-01T00:00:00.0000000Z";
const latest = "9999-12-31T23:59:59.9999999Z";

/** A canonical function (OData URL Conventions 5.1.1.5 to 5.1.1.9) as SQL; a null argument makes it null. */
export function compileCall(call: Call, context: Context): string {
  const { dialect, parameters } = context;
  const text = (index = 0): string => textOf(call.arguments[index]!, context);
  switch (call.name) {
    case "contains":
      return `(${dialect.position(text(), text(1))} > 0)`;
    case "startswith":
      return startsWith(call, context);
    case "endswith":
      return endsWith(text(), text(1));
    case "length":
      return `length(${text()})`;
    case "indexof":
      return `(${dialect.position(text(), text(1))} - 1)`;
    case "substring":
      return substring(call, context);
    case "concat":
      return `(${text()} || ${text(1)})`;
    case "tolower":
      return dialect.lower(text());
    case "toupper":
      return dialect.upper(text());
    case "trim":
      return dialect.trim(text(), parameters.add(whiteSpace, "text"));
    case "matchespattern":
      return dialect.matches(text(), (call.arguments[1] as { readonly value: string }).value, parameters);
    case "totalseconds":
      return dialect.arithmetic("div", { left: compileAs(call.arguments[0]!, "numeric", context, "duration"), right: "10000000", mode: "decimal" });
    case "totaloffsetminutes":
      return dialect.offset(compileAs(asStored(call.arguments[0]!), "text", context, "string"));
    case "round":
    case "floor":
    case "ceiling":
      if (call.type === "int") return numberOf(call.arguments[0]!, context);
      return dialect.rounded(call.name, numberOf(call.arguments[0]!, context));
    case "now":
      return parameters.add(runNow, "text");
    case "mindatetime":
      return parameters.add(earliest, "text");
    case "maxdatetime":
      return parameters.add(latest, "text");
    default:
      return datePart(call, context);
  }
}

const runNow = (run: { readonly now: string }): string => run.now;

const textOf = (typed: Typed, context: Context, wanted: ScalarType = "string"): string => compileAs(typed, "text", context, wanted);
const numberOf = (typed: Typed, context: Context): string => compileAs(typed, "numeric", context, "double");

/** With a literal it is a range, which an index can serve. */
function startsWith(call: Call, context: Context): string {
  const { parameters } = context;
  const [value, prefix] = call.arguments as readonly [Typed, Typed];
  const text = textOf(value, context);
  if (prefix.kind !== "literal" || typeof prefix.value !== "string") {
    const start = textOf(prefix, context);
    return `(substr(${text}, 1, length(${start})) = ${start})`;
  }
  const end = prefixEnd(prefix.value);
  const from = `${text} >= ${parameters.add(prefix.value, "text")}`;
  return end === undefined ? `(${from})` : `(${from} AND ${text} < ${parameters.add(end, "text")})`;
}

function endsWith(text: string, end: string): string {
  return `(length(${text}) >= length(${end}) AND substr(${text}, length(${text}) - length(${end}) + 1) = ${end})`;
}

function substring({ arguments: [value, start, length] }: Call, context: Context): string {
  const from = numberOf(start!, context);
  const text = textOf(value!, context);
  const fromStart = start!.kind === "literal" && Number(start.value) >= 0;
  return context.dialect.substring(text, { start: from, fromStart, ...(length === undefined ? {} : { length: numberOf(length, context) }) });
}

/** The text of a value in the stored body, as it was sent. */
function asStored(typed: Typed): Typed {
  const path = (level: number, steps: readonly string[]): Typed => ({
    kind: "path",
    type: "untyped",
    path: { origin: { level }, steps, dynamic: true, type: "untyped" },
  });
  if (typed.kind === "element") return path(typed.level, []);
  return typed.kind === "path" ? path(typed.path.origin.level, typed.path.steps) : typed;
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

function datePart({ name, arguments: [value] }: Call, context: Context): string {
  const { dialect } = context;
  const isTime = value!.type === "timeOfDay";
  const text = textOf(value!, context, isTime ? "timeOfDay" : "dateTimeOffset");
  const shift = isTime ? 11 : 0;
  if (name === "date") return `substr(${text}, 1, 10)`;
  if (name === "time") return `substr(${text}, 12, 16)`;
  if (name === "fractionalseconds") return dialect.toReal(`('0' || substr(${text}, ${20 - shift}, 8))`);
  const part = parts[name];
  if (part === undefined) throw problem("notImplemented", { what: `The function '${name}' is not implemented.` });
  return dialect.toInteger(`substr(${text}, ${part[0] - shift}, ${part[1]})`);
}
