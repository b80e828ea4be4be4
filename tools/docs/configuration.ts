import { settings } from "../../server/src/cli/settings.ts";
import type { Setting } from "../../server/src/cli/settings.ts";
import { code, page, table } from "./markdown.ts";

/** `docs/reference/configuration.md`: every setting, from the table that the program reads. */
export function configurationPage(): string {
  const all: readonly Setting<unknown>[] = Object.values(settings);
  const groups = [...new Set(all.map(({ group }) => group))];
  return page(
    "# Configuration",
    "Generated from `server/src/cli/settings.ts` and `limitSettings.ts` by `node run.mjs tools/docs/write.ts`.",
    "A setting is an environment variable or a flag of `secgraph start`, `emulator` and `serve`; the flag wins. A value that cannot be used, and values that contradict each other, end the program with one line that says what was expected. Relative paths start from the folder in which the command is given.",
    ...groups.flatMap((group) => [
      `## ${group}`,
      table(
        ["Variable", "Flag", "Value", "Default", "Meaning"],
        all.filter((setting) => setting.group === group).map(({ env, flag, value, usual, description }) => [code(env), code(flag), value, usual, description]),
      ),
    ]),
  );
}
