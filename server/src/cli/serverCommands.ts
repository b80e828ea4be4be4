import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { PortTaken } from "../http/listen.ts";
import { readConfiguration } from "./configuration.ts";
import type { Configuration, Mode } from "./configuration.ts";
import { withSettings } from "./flags.ts";
import { loadApp } from "./loadApp.ts";
import type { Log } from "./log/createLog.ts";
import { settings } from "./settings.ts";
import type { SettingName } from "./settings.ts";
import type { RunningServer } from "./startServer.ts";
import { unknownVariables } from "./unknownVariables.ts";
import { version } from "./version.ts";
import { printWelcome, welcomeSections } from "./welcome.ts";

type Flags = Readonly<Record<string, string>>;

/** Adds `start`, `emulator` and `serve`. */
export function addServerCommands(program: Command): void {
  const all = Object.keys(settings) as SettingName[];
  const forDevelopment = all.filter((name) => !["operatorTenant", "model", "operations", "root"].includes(name));
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
      "\nWith Entra ID:  secgraph serve --issuer https://login.microsoftonline.com/<tenant>/v2.0 --audience <client id of the API> --tenants <tenant>\nOn its own:     secgraph serve --builtin-issuer on --tenants <tenant> --public-url https://hub.example.com\nA model of yours: secgraph serve --model shop.csdl.xml --seed rows.json --operations ops.mjs --root / --auth none\n",
    )
    .action((flags: Flags) => run("production", flags));
}

async function run(mode: Mode, flags: Flags): Promise<void> {
  const configuration = readConfiguration(mode, { flags, env: process.env });
  const { openLog } = await import("./log/openLog.ts");
  const log = openLog(configuration);
  const begun = performance.now();
  endOnFault(log);
  log.tell("server.starting", { version: version(), node: process.version, mode, data: configuration.data, pid: process.pid });
  for (const variable of unknownVariables(process.env)) log.tell("config.unknown", { variable });
  const starting = start(configuration, log);
  // Before the first address is told: who reads it may send the signal at once.
  const close = async (drainSeconds: number): Promise<void> => {
    const running = await starting;
    if (drainSeconds > 0) await running.drain(drainSeconds);
    await running.close();
  };
  closeOnSignal(close, { log, drainSeconds: configuration.drainSeconds });
  const server = await starting;
  const { port, tlsPort, hosts } = server.listening;
  const { http, https } = server.addresses.usual();
  log.tell("server.started", { url: https ?? http, port, tlsPort, hosts: hosts.join(" "), milliseconds: performance.now() - begun });
  if (mode === "development") printWelcome(welcomeSections(configuration, server, "shown"), (line) => console.log(line));
}

/** A fault that nobody caught: told whole, then the process ends, for nobody knows what state it is in. */
function endOnFault(log: Log): void {
  process.on("uncaughtException", (error) => {
    log.tell("server.failed", { error });
    log.flush();
    process.exit(1);
  });
}

async function runEphemeral(flags: Flags): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-"));
  process.once("exit", () => rmSync(data, { recursive: true, force: true }));
  await run("development", { ...flags, data });
}

async function start(configuration: Configuration, log: Log): Promise<RunningServer> {
  try {
    const { startServer } = await import("./startServer.ts");
    return await startServer(configuration, await loadApp(), log);
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    const isTls = error.port === configuration.tlsPort;
    throw new PortTaken(
      `${error.message} Set ${isTls ? "SECGRAPH_TLS_PORT (--tls-port)" : "PORT (--port)"} to another one, or to 0 for any free one.`,
      error.port,
    );
  }
}

interface Ending {
  readonly log: Log;
  readonly drainSeconds: number;
}

/** SIGTERM and SIGINT drain; the second one ends at once. Only SIGTERM waits for a balancer: SIGINT comes from a person. */
function closeOnSignal(close: (drainSeconds: number) => Promise<void>, { log, drainSeconds }: Ending): void {
  let closing = false;
  const leave = (code: number): void => {
    log.flush();
    process.exit(code);
  };
  const end = (signal: NodeJS.Signals): void => {
    if (closing) leave(1);
    closing = true;
    const from = performance.now();
    const drain = signal === "SIGTERM" ? drainSeconds : 0;
    log.tell("server.stopping", { signal, drain: drain === 0 ? undefined : drain });
    close(drain).then(
      () => {
        log.tell("server.stopped", { milliseconds: performance.now() - from });
        leave(0);
      },
      (error: unknown) => {
        log.tell("server.failed", { error });
        leave(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
}
