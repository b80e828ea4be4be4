import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { developmentClientId, developmentTenant } from "../issuer/developmentApp.ts";
import { tenantId } from "../issuer/tenants.ts";
import { createAddresses } from "./addresses.ts";
import { ConfigurationFault, readLocalConfiguration } from "./configuration.ts";
import type { Configuration } from "./configuration.ts";
import { runningPorts } from "./dataFolder.ts";
import { withSettings } from "./flags.ts";
import { allPermissions, openIssuer } from "./identity.ts";
import { openIssuerMemory } from "./issuerMemory.ts";
import type { IssuerMemory } from "./issuerMemory.ts";

interface TokenFlags {
  readonly tenant?: string;
  readonly app?: string;
  readonly user?: string;
  readonly permissions?: string;
  readonly audience?: string;
  readonly minutes?: string;
}

/** Adds `token`: an access token of the built-in issuer on standard output, signed with the key in the data folder. */
export function addTokenCommand(program: Command): void {
  withSettings(program.command("token"), ["data", "databaseUrl", "publicUrl", "port", "tlsPort"])
    .description("Prints an access token of the built-in issuer, for trying things out and for scripts on this machine.")
    .option("--tenant <id or name>", "tenant of the token (default: the development tenant)")
    .option("--app <client id>", "application that calls (default: the development client)")
    .option("--user <name>", "makes it a delegated token of this person")
    .option("--permissions <names>", 'what it may do, as "A B" (default: what the application is registered for; for a person everything)')
    .option("--audience <name>", "what it is for (default: this server)")
    .option("--minutes <number>", "how long it is good for", "60")
    .addHelpText(
      "after",
      '\nExample:  curl -H "Authorization: Bearer $(secgraph token --permissions SecurityEvents.Read.All)" http://localhost:7080/v1.0/security/secureScores\n',
    )
    .action((flags: TokenFlags & Record<string, string>) => printToken(flags));
}

/** An access token of the built-in issuer over a data folder. Throws a ConfigurationFault. */
export async function makeToken(flags: TokenFlags & Readonly<Record<string, string>>): Promise<string> {
  const configuration = withRunningPorts(readLocalConfiguration(settingFlags(flags)));
  if (configuration.databaseUrl === undefined && !existsSync(join(configuration.data, "issuer", "keys.json"))) {
    throw new ConfigurationFault(`There is no signing key in ${configuration.data}: start the server once, or name its data folder with --data.`);
  }
  const minutes = Number(flags.minutes);
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new ConfigurationFault("--minutes: expected a number above 0, at most 1440.");
  const appId = flags.app ?? developmentClientId;
  const memory = await openIssuerMemory(configuration);
  const issuer = openIssuer(configuration, createAddresses(configuration), memory);
  return issuer.tokenFor({
    tenant: flags.tenant ?? developmentTenant,
    appId,
    permissions: flags.permissions?.split(/[\s,]+/).filter((name) => name !== "") ?? (await usualPermissions(memory, appId, flags)),
    seconds: Math.round(minutes * 60),
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...(flags.audience === undefined ? {} : { audience: flags.audience }),
  });
}

/** Whoever has the command line may become anybody: the trail of the tenant says so. */
async function printToken(flags: TokenFlags & Readonly<Record<string, string>>): Promise<void> {
  const token = await makeToken(flags);
  const { tenant = developmentTenant, app: appId = developmentClientId, user = null } = flags;
  const { tellTrail } = await import("./audit/tellTrail.ts");
  await tellTrail(readLocalConfiguration(settingFlags(flags)), { category: "signIn", activity: "token", tenant: tenantId(tenant), appId, user });
  console.log(token);
}

async function usualPermissions({ store }: IssuerMemory, appId: string, { user }: TokenFlags): Promise<readonly string[]> {
  const app = await store.app(appId);
  return user === undefined && app !== undefined ? app.roles : allPermissions;
}

function settingFlags({ data, databaseUrl, publicUrl, port, tlsPort }: Readonly<Record<string, string>>): Readonly<Partial<Record<string, string>>> {
  return Object.fromEntries(Object.entries({ data, databaseUrl, publicUrl, port, tlsPort }).filter(([, value]) => value !== undefined));
}

/** The ports of the server that has the data folder, when one runs. */
function withRunningPorts(configuration: Configuration): Configuration {
  const ports = runningPorts(configuration.data);
  return ports === undefined ? configuration : { ...configuration, port: ports.port, tlsPort: ports.tlsPort ?? "off" };
}
