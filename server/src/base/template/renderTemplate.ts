import type { Json } from "../json.ts";
import { printPlaceholder, type Placeholder, type Template } from "./parseTemplate.ts";
import { ValueFault } from "./valueFault.ts";

/** Finds the value of a path; undefined where there is none. */
export type Values = (path: readonly string[]) => Json | undefined;

/** Makes a value's text fit for where it goes; throws a ValueFault for what cannot stand there. */
export type Escape = (text: string, place: string) => string;

/** The text of a template with its values, each escaped; literal text goes as it is. Throws a ValueFault for a value that is missing or does not fit. */
export function renderTemplate(template: Template, values: Values, escape: Escape): string {
  let text = "";
  for (const piece of template) text += typeof piece === "string" ? piece : escape(textOfValue(valueOf(piece, values)), printPlaceholder(piece));
  return text;
}

/** The value of a placeholder; null for one that may be absent and is. Throws a ValueFault. */
export function valueOf(placeholder: Placeholder, values: Values): Json {
  const value = values(placeholder.path) ?? null;
  if (value === null && !placeholder.optional) throw new ValueFault(`${printPlaceholder(placeholder)} has no value`);
  return value;
}

/** A text as it is, what is no scalar as JSON, null as nothing. */
function textOfValue(value: Json): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
