import type { FunctionName, ScalarType } from "./typed.ts";

/** Families of comparable types; an operand of `any` family takes what it is given. */
export type Family = "string" | "number" | "boolean" | "instant" | "date" | "time" | "duration" | "any";

interface Signature {
  readonly name: FunctionName;
  readonly takes: readonly (readonly Family[])[];
  /** How many arguments may be left out at the end. */
  readonly optional?: number;
  /** What it yields; `same`: a value of its argument's type. */
  readonly gives: ScalarType | "same";
}

const text: readonly Family[] = ["string"];
const number: readonly Family[] = ["number"];
const dated: readonly Family[] = ["instant", "date"];
const timed: readonly Family[] = ["instant", "time"];

/** The canonical functions that are served, with their types (OData URL Conventions 5.1.1.5 to 5.1.1.9). */
const signatures: readonly Signature[] = [
  { name: "contains", takes: [text, text], gives: "boolean" },
  { name: "startswith", takes: [text, text], gives: "boolean" },
  { name: "endswith", takes: [text, text], gives: "boolean" },
  { name: "length", takes: [text], gives: "int" },
  { name: "indexof", takes: [text, text], gives: "int" },
  { name: "substring", takes: [text, number, number], optional: 1, gives: "string" },
  { name: "concat", takes: [text, text], gives: "string" },
  { name: "tolower", takes: [text], gives: "string" },
  { name: "toupper", takes: [text], gives: "string" },
  { name: "trim", takes: [text], gives: "string" },
  { name: "year", takes: [dated], gives: "int" },
  { name: "month", takes: [dated], gives: "int" },
  { name: "day", takes: [dated], gives: "int" },
  { name: "hour", takes: [timed], gives: "int" },
  { name: "minute", takes: [timed], gives: "int" },
  { name: "second", takes: [timed], gives: "int" },
  { name: "fractionalseconds", takes: [timed], gives: "decimal" },
  { name: "date", takes: [["instant"]], gives: "date" },
  { name: "time", takes: [["instant"]], gives: "timeOfDay" },
  { name: "now", takes: [], gives: "dateTimeOffset" },
  { name: "mindatetime", takes: [], gives: "dateTimeOffset" },
  { name: "maxdatetime", takes: [], gives: "dateTimeOffset" },
  { name: "round", takes: [number], gives: "same" },
  { name: "floor", takes: [number], gives: "same" },
  { name: "ceiling", takes: [number], gives: "same" },
  { name: "totalseconds", takes: [["duration"]], gives: "decimal" },
  { name: "totaloffsetminutes", takes: [["instant"]], gives: "int" },
  { name: "matchespattern", takes: [text, text], gives: "boolean" },
];

export const functions: ReadonlyMap<string, Signature> = new Map(signatures.map((entry) => [entry.name, entry]));

const families: Readonly<Record<ScalarType, Family>> = {
  string: "string",
  guid: "string",
  binary: "string",
  boolean: "boolean",
  int: "number",
  double: "number",
  decimal: "number",
  enum: "number",
  dateTimeOffset: "instant",
  date: "date",
  timeOfDay: "time",
  duration: "duration",
  null: "any",
  untyped: "any",
};

/** The family that a type belongs to. */
export function familyOf(type: ScalarType): Family {
  return families[type];
}
