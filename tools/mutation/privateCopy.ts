import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A copy of the working tree that may be changed at will. */
export interface PrivateCopy {
  readonly root: string;
  readonly remove: () => void;
}

const checkout = join(import.meta.dirname, "../..");

/** Copies what git knows or would add, as it stands on disk now, into a temporary folder; installed packages are linked. */
export function privateCopy(): PrivateCopy {
  const root = mkdtempSync(join(tmpdir(), "secgraph-mutation-"));
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: checkout, maxBuffer: 1 << 26 });
  for (const file of listed.toString().split("\0")) {
    if (file === "" || !existsSync(join(checkout, file))) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(join(checkout, file), join(root, file));
  }
  for (const folder of ["node_modules", "server/node_modules"].filter((name) => existsSync(join(checkout, name)))) {
    symlinkSync(join(checkout, folder), join(root, folder), "junction");
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }) };
}
