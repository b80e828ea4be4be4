import { existsSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import type { Command } from "commander";
import { ConfigurationFault, readLocalConfiguration } from "../configuration.ts";
import type { Mode } from "../configuration.ts";
import { withSettings } from "../flags.ts";
import { settings } from "../settings.ts";
import type { SettingName } from "../settings.ts";
import type { Finding } from "./finding.ts";

interface DoctorFlags {
  readonly json?: true;
  readonly mode?: string;
}

/** Adds `doctor`. */
export function addDoctorCommand(program: Command): void {
  withSettings(program.command("doctor"), Object.keys(settings) as SettingName[])
    .description(
      "Looks over settings, data folder, certificates, disk, clock, ports, issuer and the wall between hubs; says what to do. Ends with 1 when something fails.",
    )
    .option("--json", "prints the findings as JSON")
    .option(
      "--mode <development|production>",
      "the mode whose settings are read (default: development where its demo application is in the data folder, else production)",
    )
    .action(async ({ json, mode, ...flags }: DoctorFlags & Readonly<Record<string, string>>) => {
      const { examine } = await import("./examine.ts");
      const findings = await examine(modeOf(mode, flags), flags);
      const isWell = findings.every(({ state }) => state !== "fail");
      if (json === true) console.log(JSON.stringify({ ok: isWell, findings }, null, 2));
      else for (const finding of findings) console.log(lineOf(finding));
      process.exitCode = isWell ? 0 : 1;
    });
}

function modeOf(wanted: string | undefined, { data }: Readonly<Record<string, string>>): Mode {
  if (wanted === "development" || wanted === "production") return wanted;
  if (wanted !== undefined) throw new ConfigurationFault(`--mode is '${wanted}'; expected development or production.`);
  const folder = readLocalConfiguration(data === undefined ? {} : { data }).data;
  return existsSync(join(folder, "development.json")) ? "development" : "production";
}

const colours = { ok: "green", warn: "yellow", fail: "red" } as const;

function lineOf({ check, state, says, remedy }: Finding): string {
  return `${styleText(colours[state], state.padEnd(4))}  ${check.padEnd(13)}  ${says}${remedy === undefined ? "" : `\n${" ".repeat(21)}-> ${remedy}`}`;
}
