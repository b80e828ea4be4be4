import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { TransferredData } from "./transferData.ts";
import type { FileLock } from "../../base/fileLock.ts";
import { lockDataFolder } from "../dataFolder.ts";
import { withSettings } from "../flags.ts";
import { readKeyFile, secretsFile, writeKeys } from "../openSecrets.ts";
import { servedModel } from "../servedModel.ts";
import { placeOf, type DataPlace } from "./place.ts";

interface CopyFlags {
  readonly from: string;
  readonly to: string;
  readonly model?: string;
}

/** Adds `copy`. */
export function addCopyCommand(program: Command): void {
  withSettings(program.command("copy"), ["model"])
    .description("Copies everything from one store into an empty one, of SQLite or PostgreSQL, and compares both. Run again it goes on where it was cut.")
    .requiredOption("--from <place>", "sqlite:<data folder>, or postgres://user:password@host:port/database")
    .requiredOption("--to <place>", "the same for where it goes; of PostgreSQL the URL of the database's owner")
    .addHelpText("after", "\nExample:  secgraph copy --from sqlite:/var/lib/secgraph --to postgres://owner:secret@db.example.com/secgraph\n")
    .action(copy);
}

async function copy(flags: CopyFlags): Promise<void> {
  const model = servedModel(flags);
  const from = placeOf(flags.from, "--from");
  const to = placeOf(flags.to, "--to");
  const { serving, transferData } = await import("./transferData.ts");
  const lock = lockTarget(to);
  try {
    const pid = serving(from);
    const served = pid === undefined ? "" : `; process ${pid} serves it: what is written from now on is not copied`;
    console.log(`from  ${from.shown}, as of ${new Date().toISOString()}${served}\nto    ${to.shown}`);
    const done = await transferData({ from, to, model });
    for (const line of tableOf(done)) console.log(line);
    const hasSecrets = done.tables.some(({ name, rows }) => (name === "security_connectors" || name === "security_ticketSystems") && rows > 0);
    if (hasSecrets) console.log(`credentials: ${carryKeys(from, to)}`);
  } finally {
    lock?.release();
  }
}

/** What opens the credentials of connectors and the secrets of ticket systems is not in the store: from folder to folder it goes along, else its operator is told. */
function carryKeys(from: DataPlace, to: DataPlace): string {
  const same = "connectors have theirs opened by the SECGRAPH_SECRETS_KEY that they were sealed with";
  if (from.engine !== "sqlite")
    return to.engine === "sqlite" ? `${same}: set it for the copy too, or put its value into ${join(to.folder, secretsFile)}.` : `${same}.`;
  const source = join(from.folder, secretsFile);
  if (!existsSync(source)) return `${same}.`;
  if (to.engine !== "sqlite") return `set SECGRAPH_SECRETS_KEY to the content of ${source}: connectors have theirs opened by it.`;
  const target = join(to.folder, secretsFile);
  const own = existsSync(target) ? readKeyFile(target) : [];
  writeKeys(target, [...new Set([...own, ...readKeyFile(source)])]);
  return `the key that opens those of connectors is in ${target} now.`;
}

function lockTarget(to: DataPlace): FileLock | undefined {
  return to.engine === "sqlite" ? lockDataFolder(to.folder) : undefined;
}

/** The tables that have rows, with their number and the beginning of their hash. */
function tableOf({ tables, resumed, issuer }: TransferredData): string[] {
  const filled = tables.filter(({ rows }) => rows > 0);
  const width = Math.max(...filled.map(({ name }) => name.length), 5);
  const lines = filled.map(({ name, rows, tally }) => `${name.padEnd(width)}  ${String(rows).padStart(10)}  ${tally.slice(0, 16)}  same`);
  const all = filled.reduce((sum, { rows }) => sum + rows, 0);
  const kept = Object.entries(issuer).filter(([, count]) => count > 0);
  const issuerLines = kept.length === 0 ? [] : [`issuer: ${kept.map(([name, count]) => `${count} ${name}`).join(", ")}`];
  const before = resumed === 0 ? "" : ` (${resumed} of them by an earlier run)`;
  return [
    `${"table".padEnd(width)}  ${"rows".padStart(10)}  ${"content".padEnd(16)}`,
    ...lines,
    ...issuerLines,
    `${all} rows in ${filled.length} tables${before}: counted and compared, the same on both sides.`,
  ];
}
