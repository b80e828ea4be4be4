import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the program itself puts into a data folder. */
const own = /^(?:secgraph\.sqlite|development\.json$|lock$|issuer$|told$|tls$|secrets\.key$)/;

/**
 * Takes every right of others away from what the program has put into a data folder: an earlier version, a copy made by
 * hand or a restore may have given some. What else lies there, and the folder itself, are their owner's to keep.
 */
export function keepPrivate(folder: string): void {
  if (process.platform === "win32") return;
  for (const name of readdirSync(folder).filter((one) => own.test(one))) close(join(folder, name));
}

function close(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if ((stat.mode & 0o077) !== 0) withdraw(path, stat.mode & 0o700);
  if (stat.isDirectory()) for (const name of readdirSync(path)) close(join(path, name));
}

/** Only the owner may do it; what a command that runs beside has taken away needs nothing. */
function withdraw(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (!["EPERM", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
