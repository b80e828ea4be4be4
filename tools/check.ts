import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** What `npm run check` runs; house rules on size and shape are in .oxlintrc.json, those on folders in server/test/layers.test.ts. */
const steps: Record<string, readonly string[]> = {
  lint: ["oxlint/bin/oxlint"],
  format: ["oxfmt/bin/oxfmt", "--check"],
  types: ["typescript/bin/tsc", "--noEmit"],
  "dead code": ["knip/bin/knip.js"],
  layers: ["vitest/vitest.mjs", "run", "--project", "server", "server/test/layers.test.ts"],
};

const root = join(import.meta.dirname, "..");

/** Runs one tool of node_modules with this Node; prints what it said when it found something. */
function passes([name, [script = "", ...args]]: [string, readonly string[]]): boolean {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root, encoding: "utf8" });
  console.log(status === 0 ? `${name}: well` : `${name}:\n${stdout}${stderr}`);
  return status === 0;
}

const failed = Object.entries(steps)
  .filter((step) => !passes(step))
  .map(([name]) => name);
console.log(failed.length === 0 ? "check: all well" : `check: found something in ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
