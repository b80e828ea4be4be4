import { storeVersion } from "../../store/sqlite/migrate.ts";

/** A file of the data folder in a backup. */
export interface BackedUpFile {
  /** Within the data folder, with slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The first member of a backup: what the others have to be. */
export interface Manifest {
  readonly format: 1;
  /** The program that made it. */
  readonly program: string;
  /** When it was begun: every write acknowledged before is in it. */
  readonly created: string;
  readonly store: { readonly version: number; readonly model: string; readonly rows: Readonly<Record<string, number>> };
  readonly files: readonly BackedUpFile[];
}

/** The name of the member that holds the manifest. */
export const manifestName = "manifest.json";

const safePath = /^(?!\.)[\w.-]+(?:\/(?!\.)[\w.-]+)*$/;

/** Reads a manifest. Throws an Error that says why when this program cannot restore what it describes. */
export function readManifest(text: string): Manifest {
  const { format, program, store, files, ...rest } = JSON.parse(text) as Partial<Manifest> & { readonly format?: number };
  if (typeof format !== "number" || typeof program !== "string") throw new Error("It is no backup of secgraph.");
  if (format > 1 || (store?.version ?? 0) > storeVersion) throw new Error(`It was made by a newer secgraph (${program}): restore it with that version.`);
  const known = new Set<string>();
  for (const { path, bytes, sha256 } of files ?? []) {
    const isGood = safePath.test(path) && !known.has(path) && Number.isSafeInteger(bytes) && /^[\da-f]{64}$/.test(sha256);
    if (!isGood) throw new Error("Its manifest is damaged.");
    known.add(path);
  }
  if (store === undefined || files === undefined) throw new Error("Its manifest is damaged.");
  return { format: 1, program, store, files, created: String(rest.created) };
}
