import { mkdirSync } from "node:fs";
import type { Command } from "commander";
import type { Model } from "../edm/model.ts";
import type { MigrationPlan } from "../store/planMigration.ts";
import { schemaOf } from "../store/schema.ts";
import { readLocalConfiguration, storageFlags } from "./configuration.ts";
import type { Configuration, StorageFlags } from "./configuration.ts";
import { lockDataFolder } from "./dataFolder.ts";
import { withSettings } from "./flags.ts";
import { dataFile, openStore } from "./openStore.ts";
import { servedModel, type ModelFlag } from "./servedModel.ts";

/** Adds `migrate`. */
export function addMigrateCommand(program: Command): void {
  withSettings(program.command("migrate"), ["data", "databaseUrl", "databaseOwnerUrl", "model"])
    .description("Brings the data to this version. A data folder's server must be stopped; servers of a database go on beside it.")
    .option("--dry-run", "only says what would be done")
    .action(migrate);
}

async function migrate({ dryRun, ...flags }: StorageFlags & ModelFlag & { readonly dryRun?: true }): Promise<void> {
  const model = servedModel(flags);
  const configuration = readLocalConfiguration(storageFlags(flags));
  const { databaseUrl } = configuration;
  const plan =
    databaseUrl === undefined ? await planOfFile(configuration, model) : await (await import("./migrateDatabase.ts")).planOfDatabase(configuration, model);
  for (const line of linesOf(plan)) console.log(line);
  if (dryRun === true) return console.log("Nothing was changed.");
  if (plan.from !== undefined && isCurrent(plan) && plan.steps.length === 0 && databaseUrl === undefined) return;
  if (databaseUrl === undefined) await migrateFile(configuration, model);
  else await (await import("./migrateDatabase.ts")).migrateDatabase(configuration, model);
  console.log("Done.");
}

async function planOfFile({ data }: Configuration, model: Model): Promise<MigrationPlan> {
  const { migrationPlan } = await import("../store/sqlite/migrationPlan.ts");
  const { refusing } = await import("./refusing.ts");
  return refusing(() => migrationPlan(dataFile(data), schemaOf(model)));
}

/** Opening the store is what brings the file forward; a copy of it as it was is made before. */
async function migrateFile(configuration: Configuration, model: Model): Promise<void> {
  mkdirSync(configuration.data, { recursive: true, mode: 0o700 });
  const lock = lockDataFolder(configuration.data);
  try {
    const store = await openStore(configuration, model);
    await store.close();
  } finally {
    lock.release();
  }
}

function isCurrent({ from, to }: MigrationPlan): boolean {
  return from?.store === to.store && from.model === to.model;
}

/** The plan for people. */
function linesOf(plan: MigrationPlan): string[] {
  const { from, to, steps } = plan;
  const version = ({ store, model }: MigrationPlan["to"]): string => `store version ${store}, model ${model}`;
  if (from !== undefined && isCurrent(plan) && steps.length === 0) return [`The data are of this version (${version(to)}): nothing is to be done.`];
  const head = `from  ${from === undefined ? "nothing: there are no tables yet" : version(from)}\nto    ${version(to)}`;
  const counted = Map.groupBy(steps, ({ does }) => does);
  const made = from === undefined ? [...counted].map(([does, list]) => `${does.replace("makes the", "makes")} ${list.length}`) : [];
  return [head, ...(from === undefined ? made : steps.map(({ does, name, detail }) => `${does} ${name}${detail === "" ? "" : `: ${detail}`}`))];
}
