import { spawnSync } from "node:child_process";
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./bundle.ts";

/** Makes server/ ready for `npm pack`: bundles dist afresh, declares its types, lays the repository's texts beside it and lints the package. */
const root = join(import.meta.dirname, "..");
const server = join(root, "server");

/** Runs a script of node_modules with this Node; ends the build when it fails. */
function run(script: string, ...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(join(server, "dist"), { recursive: true, force: true });
run("typescript/bin/tsc", "-p", "server", "--emitDeclarationOnly");
const source = (path: string): string => join(server, "src", path);
await bundle(
  {
    index: source("index.ts"),
    "cli/main": source("cli/main.ts"),
    // Threads begin in files of their own, which lie beside the code that starts them.
    "chunks/worker": source("store/sqlite/worker.ts"),
    "chunks/snapshotWorker": source("store/sqlite/snapshotWorker.ts"),
  },
  join(server, "dist"),
);
cpSync(join(server, "src"), join(server, "dist"), { recursive: true, filter: (path) => !path.endsWith(".ts") });
for (const name of ["LICENSE", "README.md", "docs"].filter((entry) => existsSync(join(root, entry)))) {
  cpSync(join(root, name), join(server, name), { recursive: true });
}
run("publint/src/cli.js", "run", "server", "--strict", "--pack", "false");
