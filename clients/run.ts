import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** `npm run test:clients [-- name]`: every test in which a real client talks to a real server; with a name, those whose file has it. */
const root = join(import.meta.dirname, "..");
const names = process.argv.slice(2);
const folders = ["server/test/clients/", "server/test-long/clients/"];
const filters = names.length === 0 ? folders : folders.flatMap((folder) => names.map((name) => folder + name));
const { status } = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...filters], { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
