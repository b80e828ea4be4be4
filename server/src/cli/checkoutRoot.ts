import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The root of the checkout that this program runs from; undefined when it is an installed package. */
export function checkoutRoot(): string | undefined {
  const root = resolve(import.meta.dirname, "../../..");
  return import.meta.filename.endsWith(".ts") && existsSync(join(root, "run.mjs")) ? root : undefined;
}

/** The folder that relative paths start from: the caller's own, also where npm runs the checkout's scripts at its root. */
export function callersFolder(): string {
  const { INIT_CWD, npm_lifecycle_event: script } = process.env;
  const byNpm = checkoutRoot() !== undefined && (script === "secgraph" || script === "start");
  return byNpm && INIT_CWD !== undefined ? INIT_CWD : process.cwd();
}
