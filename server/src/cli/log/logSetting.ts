import type { LogLevel } from "./logEvents.ts";

/** What SECGRAPH_LOG says. */
export interface LogSetting {
  readonly level: LogLevel | "silent";
  /** `auto`: JSON in production, text in development and on a terminal. */
  readonly format: "json" | "text" | "auto";
  /** One request in so many gets a line; 0: none. */
  readonly access: number;
}

/** What a setting that leaves something out means. */
const rest: LogSetting = { level: "info", format: "auto", access: 0 };

/** The log when nobody says otherwise: on the terminal of development mode only what is not as it should be. */
export function usualLog(mode: "development" | "production"): LogSetting {
  return mode === "development" ? { ...rest, level: "warn" } : rest;
}

const levels = ["silent", "error", "warn", "info", "debug"] as const;
const formats = ["json", "text", "auto"] as const;

/** Reads `level`, `format` and `access` or `access=N`, in any order. Throws an Error that says what was expected. */
export function readLogSetting(value: string): LogSetting {
  const words = value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  return words.reduce((setting, word) => ({ ...setting, ...readWord(word) }), rest);
}

function readWord(word: string): Partial<LogSetting> {
  const level = levels.find((name) => name === word);
  if (level !== undefined) return { level };
  const format = formats.find((name) => name === word);
  if (format !== undefined) return { format };
  const access = /^access(?:=([1-9]\d{0,8}))?$/.exec(word);
  if (access !== null) return { access: Number(access[1] ?? "1") };
  throw new Error(`a level (${levels.join(", ")}), a format (${formats.join(", ")}), access or access=N, separated by commas`);
}
