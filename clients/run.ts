import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** `npm run test:clients [-- name]`: every test in which a real client talks to a real server, on both engines; with a name, those on SQLite whose file has it. */
const root = join(import.meta.dirname, "..");
const names = process.argv.slice(2);
const folders = ["server/test/clients/", "server/test-long/clients/"];
const filters = names.length === 0 ? [...folders, "server/test/postgres/clients.test.ts"] : folders.flatMap((folder) => names.map((name) => folder + name));
const { status } = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...filters], { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
