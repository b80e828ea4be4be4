import { settings } from "./settings.ts";
import type { Setting } from "./settings.ts";

/** Variables named SECGRAPH_... that mean nothing here: a setting that was misspelt works as if it were not there. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const all: readonly Setting<unknown>[] = Object.values(settings);
  const known = new Set(all.map((setting) => setting.env));
  return Object.keys(env).filter((name) => /^SECGRAPH_/i.test(name) && !known.has(name));
}
