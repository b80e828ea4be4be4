import { parsePattern, PatternProblem } from "../base/pattern/parsePattern.ts";
import type { Call, Expression, Literal } from "../odata/expression.ts";
import { literalFor } from "./bindLiteral.ts";
import { familyOf, functions, type Family } from "./functions.ts";
import { bindProblem, type Bound, type Scope } from "./scope.ts";
import type { ScalarType, Typed } from "./typed.ts";
import { later } from "./walk.ts";

type Bind = (expression: Expression, scope: Scope) => Bound;

/** Binds a canonical function of scalars, whose arguments are no aliases any more. Throws `badRequest` for arguments of other types, `notImplemented` for functions that are not served. */
export function bindCanonical(expression: Call, scope: Scope, bind: Bind): Typed {
  const signature = functions.get(expression.name);
  if (signature === undefined) throw later(scope, expression.at, `the function '${expression.name}'`);
  const { takes, optional = 0, gives, name } = signature;
  const count = expression.arguments.length;
  if (count > takes.length || count < takes.length - optional) {
    throw bindProblem(scope, expression.at, `'${name}' takes ${takes.length} arguments, got ${count}`);
  }
  const bound = expression.arguments.map((argument, index) => bindArgument(argument, { name, takes: takes[index]! }, scope, bind));
  const [first] = expression.arguments;
  if (first?.kind === "literal" && first.literal === "dateTimeOffset") requireUtc(name, first, scope);
  if (name === "matchespattern") requirePattern(expression.arguments[1]!, scope);
  if (name === "totaloffsetminutes") return offsetOf(bound[0]!, first!);
  return { kind: "call", type: gives === "same" ? numberType(bound[0]!) : gives, name, arguments: bound };
}

interface Taking {
  readonly name: string;
  readonly takes: readonly Family[];
}

function bindArgument(argument: Expression, { name, takes }: Taking, scope: Scope, bind: Bind): Typed {
  const bound = argument.kind === "literal" && argument.literal === "string" && takes[0] === "duration" ? undefined : bind(argument, scope);
  const duration: Bound = { typed: { kind: "literal", type: "duration", value: null } };
  const { typed, isNullTest } = bound ?? { typed: literalFor(argument as Literal, duration, scope), isNullTest: undefined };
  const family = familyOf(typed.type);
  if (isNullTest === true || typed.type === "enum" || (family !== "any" && !takes.includes(family))) {
    const found = isNullTest === true ? "a complex value or an entity" : `a value of type ${typed.type}`;
    throw bindProblem(scope, argument.at, `'${name}' expects ${takes.join(" or ")} here, got ${found}`);
  }
  return typed;
}

const numberType = ({ type }: Typed): ScalarType => (familyOf(type) === "any" ? "double" : type);

/** Parts of instants are those in UTC, so a literal has to be written in it (OData 4.01 URL Conventions 5.1.1.8). */
const parts: ReadonlySet<string> = new Set(["year", "month", "day", "hour", "minute", "date", "time"]);

function requireUtc(name: string, { value, at }: Literal, scope: Scope): void {
  if (parts.has(name) && !/(?:Z|[+-]00:00)$/i.test(value))
    throw bindProblem(scope, at, `'${name}' is that of the time in UTC; write the literal in UTC, with Z`);
}

function requirePattern(argument: Expression, scope: Scope): void {
  if (argument.kind !== "literal" || argument.literal !== "string") {
    throw bindProblem(scope, argument.at, "'matchesPattern' expects its pattern as a literal, such as '^a.*z$'");
  }
  try {
    parsePattern(argument.value);
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    const before = argument.value.slice(0, error.at);
    // Behind the quote that begins the literal, and with those that are doubled in it.
    const at = argument.at + 1 + before.length + before.split("'").length - 1;
    throw bindProblem(scope, at, `the pattern cannot be used: ${error.message}`);
  }
}

const minutes = (value: number): Typed => ({ kind: "literal", type: "int", value });

/** Minutes that an instant's offset is ahead of UTC: as it was sent, for one that is stored or written here; 0 for one that is calculated from nothing of both. */
function offsetOf(typed: Typed, written: Expression): Typed {
  if (written.kind === "literal" && written.literal === "dateTimeOffset") return minutes(writtenOffset(written.value));
  switch (typed.kind) {
    case "path":
    case "element":
      return { kind: "call", type: "int", name: "totaloffsetminutes", arguments: [typed] };
    case "related":
      return { ...typed, type: "int", value: offsetOf(typed.value, written) };
    case "binary":
      return offsetOf(typed.left, written.kind === "binary" ? written.left : written);
    case "case":
      return { ...typed, type: "int", branches: typed.branches.map(({ when, gives }) => ({ when, gives: offsetOf(gives, written) })) };
    case "literal":
      return typed.value === null ? typed : minutes(0);
    default:
      return minutes(0);
  }
}

function writtenOffset(value: string): number {
  const found = /([+-])(\d\d):(\d\d)$/.exec(value);
  if (found === null) return 0;
  return (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) + 0;
}
