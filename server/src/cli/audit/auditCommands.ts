import type { Command } from "commander";
import type { StorageFlags } from "../configuration.ts";
import type { ModelFlag } from "../servedModel.ts";
import { withSettings } from "../flags.ts";

/** Flags that say where trails are, and of which model the data. */
export interface TrailFlags extends StorageFlags, ModelFlag {}

/** Flags of `audit verify`. */
export interface VerifyFlags extends TrailFlags {
  readonly hub?: string;
  readonly part?: true;
  readonly checkpoint?: string;
  readonly key?: string;
}

/** Flags of `audit export`. */
export interface ExportFlags extends TrailFlags {
  readonly hub?: string;
  readonly format: string;
  readonly since?: string;
  readonly to?: string;
}

/** Flags of `audit checkpoint`. */
export interface CheckpointFlags extends TrailFlags {
  readonly hub?: string;
  readonly to?: string;
}

/** Flags of `audit erase`. */
export interface EraseFlags extends TrailFlags {
  readonly user: string;
  readonly hub?: string;
  readonly yes?: true;
}

/** Adds `audit verify|export|checkpoint|key`, which read beside a running server, as of one moment, and `audit erase`. */
export function addAuditCommands(program: Command): void {
  const audit = program
    .command("audit")
    .description("Checks, exports and signs the audit trails of the hubs, while servers run or not; erases a person in them.");
  withSettings(audit.command("verify"), ["data", "databaseUrl", "model"])
    .argument("[file]", "an export in NDJSON, in place of the data")
    .description("Looks at every record and tells the first that was changed, taken out or moved. Ends with 1 when there is one.")
    .option("--hub <id>", "this hub alone")
    .option("--part", "the export need not begin with the first record")
    .option("--checkpoint <file>", "holds the trails against a checkpoint that was kept elsewhere: what is behind it must be as it was")
    .option("--key <file>", "the public key of the checkpoint (audit key prints it; default: the one in the data)")
    .action(async (file: string | undefined, flags: VerifyFlags) => (await import("./verifyCommand.ts")).verifyCommand(file, flags));
  withSettings(audit.command("export"), ["data", "databaseUrl", "model"])
    .description("Writes records, oldest first, one in a line.")
    .option("--hub <id>", "this hub alone")
    .option("--format <ndjson|ocsf>", "ndjson: the records with their seals; ocsf: events of the Open Cybersecurity Schema Framework", "ndjson")
    .option("--since <number|instant>", "only records behind a number, or from an instant on")
    .option("--to <file>", "file to write (default: standard output)")
    .action(async (flags: ExportFlags) => (await import("./exportCommand.ts")).exportCommand(flags));
  withSettings(audit.command("checkpoint"), ["data", "databaseUrl", "model"])
    .description("Checks the trails and signs how far they have come. Keep it where those who can change the data cannot.")
    .option("--hub <id>", "this hub alone")
    .option("--to <file>", "file to write (default: standard output)")
    .action(async (flags: CheckpointFlags) => (await import("./checkpointCommand.ts")).checkpointCommand(flags));
  withSettings(audit.command("key"), ["data", "databaseUrl", "model"])
    .description("Prints the public key of checkpoints, as JWK.")
    .action(async (flags: TrailFlags) => (await import("./checkpointCommand.ts")).keyCommand(flags));
  withSettings(audit.command("erase"), ["data", "databaseUrl", "model"])
    .description("Takes a person out of the trails: the details of every record that names her. A data folder's server must be stopped.")
    .requiredOption("--user <name>", "user principal name, or whatever else she is called in them")
    .option("--hub <id>", "this hub alone")
    .option("--yes", "does it; without it only says how many records there are")
    .action(async (flags: EraseFlags) => (await import("./eraseCommand.ts")).eraseCommand(flags));
}
