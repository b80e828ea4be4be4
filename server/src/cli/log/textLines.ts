import type { LoggedError } from "./cleanField.ts";

/** A JSON line of the log as a line for people: `06:07:08.123 warn  store.query_stopped reason=timeout`. */
export function textLines(line: string): string {
  const { level, time, event, error, ...fields } = JSON.parse(line) as Readonly<Record<string, string | number>> & { readonly error?: LoggedError };
  const shown = Object.entries(fields).map(([name, value]) => ` ${name}=${valueText(value)}`);
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${event}${shown.join("")}${error === undefined ? "" : ` ${errorText(error)}`}\n`;
}

function valueText(value: string | number): string {
  return typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : String(value);
}

function errorText({ name, code, message, stack = [], cause }: LoggedError): string {
  const places = stack.slice(0, 5).map((frame) => frame.replace(/^at /, ""));
  const where = places.length === 0 ? "" : ` [${places.join(" < ")}]`;
  return `${name}${code === undefined ? "" : ` (${code})`}: ${message}${where}${cause === undefined ? "" : ` because ${errorText(cause)}`}`;
}
