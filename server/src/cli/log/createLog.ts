import pino from "pino";
import { cleanField } from "./cleanField.ts";
import { logEvents } from "./logEvents.ts";
import type { FieldKind, LogEvent, LogFields, LogLevel } from "./logEvents.ts";
import type { LogSetting } from "./logSetting.ts";
import { textLines } from "./textLines.ts";

/** Where the operator is told things. */
export interface Log {
  /** True when the event would be written: asked before anything is made ready for it. */
  readonly tells: (event: LogEvent) => boolean;
  readonly tell: <Name extends LogEvent>(event: Name, fields: LogFields<Name>) => void;
  /** Writes what is still in memory, at once. */
  readonly flush: () => void;
}

/** Where lines go. */
export interface LogOutput {
  readonly write: (line: string) => void;
  readonly flushSync?: () => void;
}

const ranks: Readonly<Record<LogLevel | "silent", number>> = { silent: 0, error: 1, warn: 2, info: 3, debug: 4 };

/** Lines wait in memory for this many characters or milliseconds: a write for each would cost more than the request it tells of. */
const patience = { characters: 4_096, milliseconds: 250 };

/** What a reader that does not read may leave in memory; lines beyond are lost. */
const mostUnread = 4 * 1024 * 1024;

/**
 * Makes the log: one line an event, as JSON (`level`, `time`, `event` and the event's fields) or as text. Fields that
 * the event's definition does not name are not looked at.
 */
export function createLog({ level, format }: Pick<LogSetting, "level"> & { readonly format: "json" | "text" }, output: LogOutput): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // The table of events is the only way in; nothing of pino's own looks into what is logged.
    serializers: {},
  };
  const logger = pino(options, format === "text" ? { write: (line: string) => output.write(textLines(line)) } : output);
  const rank = ranks[level];
  return {
    tells: (event) => ranks[logEvents[event].level] <= rank,
    tell(event, fields) {
      const { level: own, fields: known } = logEvents[event];
      if (ranks[own] > rank) return;
      const line: Record<string, unknown> = { event };
      const kinds: Readonly<Record<string, FieldKind>> = known;
      for (const name in kinds) {
        const value = (fields as Readonly<Record<string, unknown>>)[name];
        if (value !== undefined) line[name] = cleanField(kinds[name]!, value);
      }
      logger[own](line);
    },
    flush: () => output.flushSync?.(),
  };
}

/** An output that gathers lines for a file descriptor (1: standard output, 2: standard error) and writes what is left when the process ends. */
export function bufferedOutput(descriptor: 1 | 2): LogOutput {
  const { characters: minLength, milliseconds: periodicFlush } = patience;
  const destination = pino.destination({ dest: descriptor, sync: false, minLength, periodicFlush, maxLength: mostUnread });
  // A log that cannot be written (its disk is full, say) is no reason to stop serving.
  destination.on("error", () => undefined);
  return destination;
}
