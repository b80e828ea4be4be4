import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolderDurably } from "../base/durableFile.ts";
import { lockHolder, takeLock } from "../base/fileLock.ts";
import type { FileLock } from "../base/fileLock.ts";
import { ConfigurationFault } from "./configuration.ts";
import { quoted } from "./invocation.ts";
import { keepPrivate } from "./keepPrivate.ts";
import type { OpenedPorts } from "./addresses.ts";

/** The file that stands in a data folder while a restore changes what it holds. */
export const restoreMark = "restore.json";

/** Opens a data folder for this process alone; throws a ConfigurationFault that names the process that has it, or when a restore was interrupted and this is none. */
export function lockDataFolder(folder: string, purpose: "use" | "restore" = "use"): FileLock {
  makeFolderDurably(folder);
  const lock = takeLock(join(folder, "lock"));
  if ("release" in lock) {
    if (purpose === "restore" || !existsSync(join(folder, restoreMark))) {
      keepPrivate(folder);
      return lock;
    }
    lock.release();
    throw new ConfigurationFault(
      `A restore into ${folder} was interrupted. Run it again with --force: secgraph restore <file> --force --data ${quoted(folder)}`,
    );
  }
  const where = lock.notes["https"] ?? lock.notes["http"];
  throw new ConfigurationFault(
    `The data folder ${folder} is in use by process ${lock.pid}${where === undefined ? "" : ` (${where})`}. Stop it first, or choose another folder with --data.`,
  );
}

/** The ports that the server of a data folder has opened; undefined when none runs. */
export function runningPorts(folder: string): OpenedPorts | undefined {
  const { port, tlsPort } = lockHolder(join(folder, "lock"))?.notes ?? {};
  if (port === undefined) return undefined;
  return tlsPort === undefined ? { port: Number(port) } : { port: Number(port), tlsPort: Number(tlsPort) };
}
