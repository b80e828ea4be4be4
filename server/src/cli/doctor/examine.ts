import { readLocalConfiguration, storageFlags } from "../configuration.ts";
import type { Configuration, Mode } from "../configuration.ts";
import { checkConfiguration } from "./checkConfiguration.ts";
import { checkCertificates, checkDatabase, checkPermissions } from "./checkData.ts";
import { checkClock, checkDisk, checkLock, checkNode, checkOpenFiles, checkPorts } from "./checkMachine.ts";
import { fail } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** Everything, one after the other; what cannot be looked at is a finding too. */
export async function examine(mode: Mode, flags: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const { findings, configuration } = checkConfiguration(mode, { flags, env: process.env });
  // With settings that contradict each other the data folder can still be looked over.
  const usable = configuration ?? readLocalConfiguration(storageFlags(flags));
  const all: Finding[] = [...checkNode(), ...findings];
  for (const [name, check] of Object.entries(configuration === undefined ? ofTheFolder : { ...ofTheFolder, ...ofTheServer })) {
    try {
      all.push(...(await check(usable)));
    } catch (error) {
      all.push(
        fail(name, `This could not be looked at: ${(error as Error).message}`, "See whether this user may do what the server does, and report it if so."),
      );
    }
  }
  return all;
}

type Check = (configuration: Configuration) => readonly Finding[] | Promise<readonly Finding[]>;

const ofTheFolder: Readonly<Record<string, Check>> = {
  permissions: checkPermissions,
  lock: checkLock,
  database: async (configuration) =>
    configuration.databaseUrl === undefined ? checkDatabase(configuration) : (await import("./checkPostgres.ts")).checkPostgres(configuration),
  credentials: async (configuration) => (await import("./checkSecrets.ts")).checkSecrets(configuration),
  disk: checkDisk,
  clock: checkClock,
};

/** Issuers and isolation load more of the program. */
const ofTheServer: Readonly<Record<string, Check>> = {
  certificates: (configuration) => checkCertificates(configuration),
  ports: checkPorts,
  "open files": checkOpenFiles,
  issuer: async (configuration) => (await import("./checkIssuer.ts")).checkIssuers(configuration),
  audit: async (configuration) => (await import("./checkAudit.ts")).checkAudit(configuration),
  isolation: async () => (await import("./checkIsolation.ts")).checkIsolation(),
};
