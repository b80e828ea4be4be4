import { spawnSync } from "node:child_process";
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Makes server/ ready for `npm pack`: compiles dist afresh, lays the repository's texts beside it and lints the package. */
const root = join(import.meta.dirname, "..");
const server = join(root, "server");

/** Runs a script of node_modules with this Node; ends the build when it fails. */
function run(script: string, ...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(join(server, "dist"), { recursive: true, force: true });
run("typescript/bin/tsc", "-p", "server");
cpSync(join(server, "src"), join(server, "dist"), { recursive: true, filter: (path) => !path.endsWith(".ts") });
for (const name of ["LICENSE", "README.md", "docs"].filter((entry) => existsSync(join(root, entry)))) {
  cpSync(join(root, name), join(server, name), { recursive: true });
}
run("publint/src/cli.js", "run", "server", "--strict", "--pack", "false");
