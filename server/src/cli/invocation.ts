import { join } from "node:path";
import { checkoutRoot } from "./checkoutRoot.ts";
import { usualDataFolder } from "./configuration.ts";

/** How to call this program again from any folder of this machine: `npm --prefix ... run -s secgraph --` in a checkout, else by its file. */
export function invocation(): string {
  const root = checkoutRoot();
  return root === undefined ? `node ${quoted(join(import.meta.dirname, "..", "cli", "main.js"))}` : `npm --prefix ${quoted(root)} run -s secgraph --`;
}

/** A command line that works from any folder; the data folder is named unless it is the usual one of a checkout. */
export function commandLine(command: string, data: string): string {
  const isUsual = checkoutRoot() !== undefined && data === usualDataFolder();
  return `${invocation()} ${command}${isUsual ? "" : ` --data ${quoted(data)}`}`;
}

/** A path as one word of a POSIX shell or of PowerShell. */
export function quoted(path: string): string {
  return `"${path.replaceAll(/["$`]/g, (character) => `\\${character}`)}"`;
}
