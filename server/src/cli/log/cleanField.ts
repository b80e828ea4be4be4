import { Problem } from "../../base/errors.ts";
import type { FieldKind } from "./logEvents.ts";

/** What the log keeps of an error: never the stack's first line, which repeats the message. */
export interface LoggedError {
  readonly name: string;
  readonly code?: string;
  /** Values in quotes and long runs of characters are left out: a parser's message repeats what it could not read. */
  readonly message: string;
  readonly stack?: readonly string[];
  readonly cause?: LoggedError;
}

const longest = { word: 128, text: 1_024, message: 300, frames: 20, causes: 3 };

/** Controls, marks that turn the direction of text or are not seen, line separators, halves of characters. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A field as it is logged; undefined: it is left out. */
export function cleanField(kind: FieldKind, value: unknown): unknown {
  switch (kind) {
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? Math.round(value * 1000) / 1000 : undefined;
    case "id":
      // GUIDs and trace ids: whatever else a client chose may be a secret that it put in the wrong place.
      return typeof value === "string" && /^[\da-f]{8}(?:-?[\da-f]{4}){3}-?[\da-f]{12}$/i.test(value) ? value : undefined;
    case "word":
    case "text":
      return typeof value === "string" && value !== "" ? printable(value).slice(0, longest[kind]) : undefined;
    case "error":
      return cleanError(value, longest.causes);
  }
}

/** Text on one line: what a terminal would act on is written as its code. */
function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function cleanError(error: unknown, causes: number): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error, message: "not an Error" };
  const { code } = error as NodeJS.ErrnoException;
  const key = error instanceof Problem ? error.key : typeof code === "string" ? code : undefined;
  const stack = framesOf(error);
  return {
    name: printable(error.name).slice(0, longest.word),
    ...(key === undefined ? {} : { code: printable(key).slice(0, longest.word) }),
    message: withoutValues(error.message),
    ...(stack.length === 0 ? {} : { stack }),
    ...(error.cause === undefined || causes === 0 ? {} : { cause: cleanError(error.cause, causes - 1) }),
  };
}

/** Function names and places only. */
function framesOf({ stack = "", message }: Error): readonly string[] {
  const start = stack.indexOf(message);
  const lines = (start < 0 ? stack : stack.slice(start + message.length)).split("\n");
  return lines
    .filter((line) => /^\s+at .*(?::\d+:\d+|<anonymous>)\)?$/.test(line))
    .slice(0, longest.frames)
    .map((line) => printable(line.trim()));
}

/** From the first quote to the last, for what is quoted may hold quotes itself; then runs that are longer than words. */
function withoutValues(message: string): string {
  let text = message.slice(0, 4 * longest.text);
  for (const quote of ['"', "`", "'"]) {
    const from = text.indexOf(quote);
    const to = text.lastIndexOf(quote);
    if (from >= 0) text = `${text.slice(0, from)}…${to === from ? "" : text.slice(to + 1)}`;
  }
  return printable(text.replaceAll(/[^\s…]{20,}/g, "…")).slice(0, longest.message);
}
