import { accessSync, constants, statSync } from "node:fs";
import { programFor, type AllowedProgram } from "./allowedPrograms.ts";

/** Tells of a name why a tenant's connector may not run the program of that name; undefined where it may. Paths are never told. */
export function createProgramFault(allowed: readonly AllowedProgram[]): (name: string, tenant: string) => string | undefined {
  return (name, tenant) => {
    const program = programFor(name, tenant, allowed);
    const shown = name.slice(0, 128);
    if (program === undefined) return `'${shown}' is not among the programs that this server may run (SECGRAPH_EXEC_ALLOW).`;
    const why = whyNot(program);
    return why === undefined ? undefined : `'${shown}' cannot be run: ${why}.`;
  };
}

/** Why a program is not run, though it is allowed; undefined when it is. Never names its path. */
export function whyNot({ path }: AllowedProgram): string | undefined {
  try {
    const { mode } = statSync(path);
    if (!statSync(path).isFile()) return "it is no file";
    if (process.platform !== "win32" && (mode & 0o022) !== 0) return "others than its owner may write it";
    accessSync(path, /\.[cm]?js$/.test(path) ? constants.R_OK : constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "it is not there" : "this server may not run it";
  }
}
