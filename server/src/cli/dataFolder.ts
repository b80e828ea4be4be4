import { join } from "node:path";
import { makeFolderDurably } from "../base/durableFile.ts";
import { lockHolder, takeLock } from "../base/fileLock.ts";
import type { FileLock } from "../base/fileLock.ts";
import { ConfigurationFault } from "./configuration.ts";
import type { OpenedPorts } from "./addresses.ts";

/** Opens a data folder for this process alone; throws a ConfigurationFault that names the process that has it. */
export function lockDataFolder(folder: string): FileLock {
  makeFolderDurably(folder);
  const lock = takeLock(join(folder, "lock"));
  if ("release" in lock) return lock;
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
