import type { Configuration } from "../configuration.ts";
import { bufferedOutput, createLog } from "./createLog.ts";
import type { Log } from "./createLog.ts";

/** The log of a server: on standard output in production, on standard error in development, where standard output tells people how to begin. */
export function openLog({ mode, log: { level, format } }: Pick<Configuration, "mode" | "log">): Log {
  const production = mode === "production";
  const usual = production && !process.stdout.isTTY ? "json" : "text";
  return createLog({ level, format: format === "auto" ? usual : format }, bufferedOutput(production ? 1 : 2));
}
