import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { PortTaken } from "../http/listen.ts";
import { readConfiguration } from "./configuration.ts";
import type { Configuration, Mode } from "./configuration.ts";
import { withSettings } from "./flags.ts";
import { loadApp } from "./loadApp.ts";
import { settings } from "./settings.ts";
import type { SettingName } from "./settings.ts";
import type { RunningServer } from "./startServer.ts";
import { printWelcome, welcomeSections } from "./welcome.ts";

type Flags = Readonly<Record<string, string>>;

/** Adds `start`, `emulator` and `serve`. */
export function addServerCommands(program: Command): void {
  const all = Object.keys(settings) as SettingName[];
  const forDevelopment = all.filter((name) => name !== "operatorTenant");
  withSettings(program.command("start"), forDevelopment)
    .description("Starts development mode: this machine only, a demo tenant and its client, everything kept in the data folder.")
    .action((flags: Flags) => run("development", flags));
  withSettings(program.command("emulator"), forDevelopment)
    .description("Starts development mode, for tests of programs that talk to Graph's security API.")
    .option("--ephemeral", "keep everything in a temporary folder that is removed at the end")
    .action((flags: Flags & { readonly ephemeral?: true }) => (flags.ephemeral === true ? runEphemeral(flags) : run("development", flags)));
  withSettings(program.command("serve"), all)
    .description("Starts production mode: needs a token issuer and the tenants that are accepted.")
    .addHelpText(
      "after",
      "\nWith Entra ID:  secgraph serve --issuer https://login.microsoftonline.com/<tenant>/v2.0 --audience <client id of the API> --tenants <tenant>\nOn its own:     secgraph serve --builtin-issuer on --tenants <tenant> --public-url https://hub.example.com\n",
    )
    .action((flags: Flags) => run("production", flags));
}

async function run(mode: Mode, flags: Flags): Promise<void> {
  const configuration = readConfiguration(mode, { flags, env: process.env });
  const starting = start(configuration);
  // Before the first address is told: who reads it may send the signal at once.
  closeOnSignal(async () => (await starting).close());
  const server = await starting;
  if (mode === "development") printWelcome(welcomeSections(configuration, server, "shown"), (line) => console.log(line));
  else printProduction(configuration, server);
}

async function runEphemeral(flags: Flags): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-"));
  process.once("exit", () => rmSync(data, { recursive: true, force: true }));
  await run("development", { ...flags, data });
}

async function start(configuration: Configuration): Promise<RunningServer> {
  try {
    const { startServer } = await import("./startServer.ts");
    return await startServer(configuration, await loadApp());
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    const isTls = error.port === configuration.tlsPort;
    throw new PortTaken(
      `${error.message} Set ${isTls ? "SECGRAPH_TLS_PORT (--tls-port)" : "PORT (--port)"} to another one, or to 0 for any free one.`,
      error.port,
    );
  }
}

function printProduction({ data }: Configuration, { addresses, listening }: RunningServer): void {
  const { http, https } = addresses.usual();
  console.log(
    `secgraph serves ${https ?? http} (http ${listening.port}${listening.tlsPort === undefined ? "" : `, https ${listening.tlsPort}`}); data in ${data}`,
  );
}

/** SIGTERM and SIGINT drain; the second one ends at once. */
function closeOnSignal(close: () => Promise<void>): void {
  let closing = false;
  const end = (): void => {
    if (closing) process.exit(1);
    closing = true;
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
}
