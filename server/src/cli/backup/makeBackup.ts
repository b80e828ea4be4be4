import { createHash } from "node:crypto";
import { createReadStream, existsSync, globSync, mkdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { renameDurably } from "../../base/durableFile.ts";
import { randomGuid } from "../../base/ids.ts";
import type { DatabaseFacts } from "../../store/sqlite/inspectDatabase.ts";
import { snapshot } from "../../store/sqlite/snapshot.ts";
import type { Model } from "../../edm/model.ts";
import { ConfigurationFault } from "../configuration.ts";
import { dataFile } from "../openStore.ts";
import { version } from "../version.ts";
import { readArchive, writeArchive } from "./archive.ts";
import type { BackedUpFile, Manifest } from "./manifest.ts";
import { rateProgress } from "./rateProgress.ts";

/** What is backed up where. */
export interface BackupOrder {
  readonly data: string;
  /** PostgreSQL whose data are meant instead of the folder's file. */
  readonly databaseUrl?: string | undefined;
  readonly file: string;
  /** Of what a database's data are; absent: of the security graph. */
  readonly model?: Model | undefined;
  readonly passphrase?: string | undefined;
  /** Shows how far it has come. */
  readonly progress?: typeof rateProgress;
}

const databaseName = "secgraph.sqlite";

/** What is not of the installation: the database (copied otherwise), locks, half-written files, copies, other backups. */
const leftOut = /^told\/|(?:^|\/)(?:lock(?:\..*)?|\..*|before-restore-.*|restore\.json)(?:\/|$)|\.sqlite(?:$|[-.])|\.new$|\.tar\.gz(?:\.enc)?$/;

/**
 * Makes a backup of a data folder, beside a server that runs or without one. It holds everything that is needed to come
 * back: the hubs as they stand in one moment, the seal of page tokens, signing keys, registered applications and people,
 * the local CA. Made under another name and renamed when it is whole; a copy that fails its check is none.
 */
export async function makeBackup({ data, databaseUrl, file, model, passphrase, progress = rateProgress }: BackupOrder): Promise<Manifest> {
  if (existsSync(file)) throw new ConfigurationFault(`${file} is there already.`);
  const source = databaseUrl === undefined ? fileSource(data) : await (await import("./databaseSource.ts")).databaseSource(databaseUrl, model);
  requireRoom(dirname(file), 2 * source.bytes);
  const created = new Date().toISOString();
  const staging = `${file}.${randomGuid()}.new`;
  mkdirSync(staging, { mode: 0o700 });
  try {
    const facts = await source.stage(join(staging, databaseName), progress);
    if (facts.faults.length > 0) throw new ConfigurationFault(`The data are damaged, no backup was made: ${facts.faults.slice(0, 3).join("; ")}.`);
    if (facts.version > facts.known) throw new ConfigurationFault(`The data in ${data} were written by a newer secgraph: back them up with that version.`);
    await copyOthers(data, staging, source.brings);
    const others = pathsIn(staging).filter((path) => path !== databaseName);
    const files = await describe(staging, [databaseName, ...others]);
    const manifest: Manifest = { format: 1, program: version(), created, store: { version: facts.version, model: facts.model, rows: facts.counts }, files };
    const packed = join(staging, ".packed");
    await writeArchive(packed, staging, manifest, { passphrase, progress: progress("packing") });
    await readArchive(packed, { passphrase, progress: progress("checking") });
    renameDurably(packed, file);
    return manifest;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Where the hubs come from. */
export interface BackupSource {
  /** About how many they are. */
  readonly bytes: number;
  /** Puts the hubs as they stand in one moment into a new data file, checked as a whole. */
  readonly stage: (copy: string, progress: typeof rateProgress) => Promise<DatabaseFacts>;
  /** Paths of the data folder that come with the hubs instead. */
  readonly brings?: RegExp;
}

function fileSource(data: string): BackupSource {
  const source = dataFile(data);
  if (!existsSync(source)) throw new ConfigurationFault(`There are no data in ${data}: start the server once, or name its folder with --data.`);
  return { bytes: statSync(source).size, stage: (copy, progress) => snapshot(source, copy, progress("copying")) };
}

/** The files of a folder that belong to the installation, without its database. */
function pathsIn(folder: string): readonly string[] {
  const found = globSync("**/*", { cwd: folder }).map((path) => path.replaceAll("\\", "/"));
  return found.filter((path) => !leftOut.test(path) && statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() === true);
}

/** Copies the small files. They are replaced whole by who changes them, so a copy is the old one or the new one. */
async function copyOthers(data: string, staging: string, brought?: RegExp): Promise<void> {
  for (const path of pathsIn(data).filter((one) => brought?.test(one) !== true)) {
    mkdirSync(dirname(join(staging, path)), { recursive: true, mode: 0o700 });
    await copyFile(join(data, path), join(staging, path));
  }
}

async function describe(folder: string, paths: readonly string[]): Promise<readonly BackedUpFile[]> {
  const files: BackedUpFile[] = [];
  for (const path of paths) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(join(folder, path), { highWaterMark: 262_144 })) hash.update(chunk as Buffer);
    files.push({ path, bytes: statSync(join(folder, path)).size, sha256: hash.digest("hex") });
  }
  return files;
}

/** Throws a ConfigurationFault when a folder's disk has not so many bytes free. */
export function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes) throw new ConfigurationFault(`${folder} has ${Math.floor(free / 1e6)} MB free; about ${Math.ceil(bytes / 1e6)} MB are needed.`);
}
