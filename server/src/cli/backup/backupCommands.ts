import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { callersFolder } from "../checkoutRoot.ts";
import { ConfigurationFault, readLocalConfiguration, storageFlags } from "../configuration.ts";
import type { StorageFlags } from "../configuration.ts";
import { withSettings } from "../flags.ts";
import { servedModel, type ModelFlag } from "../servedModel.ts";
import type { Manifest } from "./manifest.ts";

interface BackupFlags extends StorageFlags, ModelFlag {
  readonly to?: string;
  readonly passphraseFile?: string;
}

interface RestoreFlags extends StorageFlags, ModelFlag {
  readonly force?: true;
  readonly check?: true;
  readonly passphraseFile?: string;
}

const passphraseOption = [
  "--passphrase-file <file>",
  "file whose first line is the passphrase (at least 12 characters); /dev/stdin reads it from standard input",
] as const;

/** Adds `backup` and `restore`. */
export function addBackupCommands(program: Command): void {
  withSettings(program.command("backup"), ["data", "databaseUrl", "model"])
    .description("Writes everything that data folder and database hold into one file, while servers run or not. It holds secrets: keep it as you keep them.")
    .option("--to <file>", "file to write, or a folder for it (default: secgraph-<date>.tar.gz in this folder)")
    .option(passphraseOption[0], `encrypts the backup: ${passphraseOption[1]}`)
    .addHelpText("after", "\nExample:  secgraph backup --to /var/backups/secgraph\n")
    .action(backup);
  withSettings(program.command("restore"), ["data", "databaseUrl", "databaseOwnerUrl", "model"])
    .argument("<file>")
    .description(
      "Brings a backup back into a data folder that no server uses, and an empty database; one of SQLite into PostgreSQL too, and back. It is checked before anything changes.",
    )
    .option("--force", "also into a folder that is not empty: what it holds is kept aside within it")
    .option("--check", "only checks the file; no data folder is touched")
    .option(...passphraseOption)
    .action(restore);
}

async function backup(flags: BackupFlags): Promise<void> {
  const { data, databaseUrl } = readLocalConfiguration(storageFlags(flags));
  const passphrase = readPassphrase(flags.passphraseFile);
  const file = targetOf(flags.to, passphrase !== undefined);
  const { makeBackup } = await import("./makeBackup.ts");
  const manifest = await makeBackup({ data, databaseUrl, file, passphrase, ...(databaseUrl === undefined ? {} : { model: servedModel(flags) }) });
  console.log(`${file}\n  ${summary(manifest)}${passphrase === undefined ? "" : "\n  encrypted: without the passphrase it cannot be restored"}`);
}

async function restore(name: string, flags: RestoreFlags): Promise<void> {
  const file = resolve(callersFolder(), name);
  if (!existsSync(file)) throw new ConfigurationFault(`There is no file ${file}.`);
  const passphrase = readPassphrase(flags.passphraseFile);
  const { checkBackup, restoreBackup } = await import("./restoreBackup.ts");
  if (flags.check === true) return console.log(`${file} is whole\n  ${summary(await checkBackup(file, passphrase))}`);
  const { data, databaseUrl, databaseOwnerUrl } = readLocalConfiguration(storageFlags(flags));
  const database = databaseUrl === undefined ? undefined : { databaseUrl, databaseOwnerUrl, model: servedModel(flags) };
  const { manifest, aside } = await restoreBackup({ file, data, database, force: flags.force === true, passphrase });
  console.log(`${data}\n  ${summary(manifest)}${aside === undefined ? "" : `\n  what was there before lies in ${aside}`}`);
}

function targetOf(to: string | undefined, sealed: boolean): string {
  const name = `secgraph-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}.tar.gz${sealed ? ".enc" : ""}`;
  const path = resolve(callersFolder(), to ?? ".");
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, name) : path;
}

function readPassphrase(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  let text;
  try {
    text = readFileSync(resolve(callersFolder(), file), "utf8");
  } catch (error) {
    throw new ConfigurationFault(`--passphrase-file cannot be read: ${(error as Error).message}`);
  }
  const [line = ""] = text.split(/\r?\n/, 1);
  if (line.length < 12) throw new ConfigurationFault("--passphrase-file: expected a first line of at least 12 characters.");
  return line;
}

function summary({ created, program, files, store }: Manifest): string {
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const rows = Object.values(store.rows).reduce((sum, count) => sum + count, 0);
  return `as of ${created}, by secgraph ${program}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${rows} rows, checked`;
}
