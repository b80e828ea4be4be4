import { Option } from "commander";
import type { Command } from "commander";
import { settings } from "./settings.ts";
import type { SettingName } from "./settings.ts";

/** Adds the flags of some settings to a command; each shows its environment variable and default. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { env, flag, value, usual, description, group } = settings[name];
    command.addOption(new Option(`${flag} <${value}>`, `${description} [${env}; default: ${usual}]`).helpGroup(`${group}:`));
  }
  return command;
}
