import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { defaultBudgets } from "../base/limits.ts";
import type { Budgets } from "../base/limits.ts";
import { readAllowedDestinations } from "../egress/allowedDestinations.ts";
import type { AllowedDestination } from "../egress/allowedDestinations.ts";
import type { ServerLimits } from "../http/serverLimits.ts";
import { usualWaitLimits, type WaitLimits } from "../outbox/pull/waitingRoom.ts";
import type { Timeouts } from "../http/timeouts.ts";
import type { ProviderFault } from "../emulator/providerFaults.ts";
import type { AllowedProgram } from "../outbox/connectors/exec/allowedPrograms.ts";
import { usualRates } from "../limits/throttle.ts";
import type { Rates } from "../limits/throttle.ts";
import type { StoreLimits } from "../store/storeLimits.ts";
import { checkoutRoot } from "./checkoutRoot.ts";
import { usualLog } from "./log/logSetting.ts";
import type { LogSetting } from "./log/logSetting.ts";
import { settings } from "./settings.ts";
import type { GivenSettings, ListOrAll, Setting, SettingName } from "./settings.ts";

/** Development: open doors on this machine. Production: nothing without being told. */
export type Mode = "development" | "production";

/** Everything that the program was told, with defaults filled in and contradictions refused. */
export interface Configuration extends Omit<GivenSettings, keyof Budgets> {
  readonly mode: Mode;
  readonly port: number;
  readonly tlsPort: number | "off";
  readonly hosts: readonly string[];
  readonly drainSeconds: number;
  readonly data: string;
  readonly issuer: readonly string[];
  readonly audience: readonly string[];
  readonly builtinIssuer: boolean;
  readonly tenants: ListOrAll;
  readonly auth: "token" | "none";
  readonly notifyAllow: readonly AllowedDestination[];
  readonly notifyHours: number;
  readonly deliveriesKept: number;
  readonly execAllow: readonly AllowedProgram[];
  readonly dispatchSeconds: number;
  readonly approvalHours: number;
  readonly reportHours: number;
  readonly drainMinutes: number;
  readonly profile: "graph" | "odata";
  readonly faithful: readonly ("roots" | "permissions" | "providers" | "batch")[];
  readonly providerFaults: readonly ProviderFault[];
  readonly placeholders: readonly ("v1.0" | "beta" | "localtest")[];
  readonly log: LogSetting;
  /** Demo data, or the file of a model's rows. */
  readonly seed: boolean | string;
  readonly budgets: Budgets;
  readonly rates: Rates;
  readonly server: Partial<ServerLimits>;
  readonly leaseWaits: WaitLimits;
  readonly timeouts: Partial<Timeouts>;
  readonly storeLimits: StoreLimits;
}

/** A setting that cannot be used; the message is for people and names it. */
export class ConfigurationFault extends Error {
  override readonly name = "ConfigurationFault";
}

/** Where settings are written down; flags win over the environment. */
export interface Sources {
  /** By the names of the settings. */
  readonly flags: Readonly<Partial<Record<string, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Reads flags and environment into the configuration of a mode. Throws a ConfigurationFault. */
export function readConfiguration(mode: Mode, sources: Sources): Configuration {
  const given = readGiven(sources);
  const development = mode === "development";
  const configuration: Configuration = {
    ...given,
    mode,
    port: given.port ?? 7080,
    tlsPort: given.tlsPort ?? 7443,
    hosts: given.host === undefined ? (development || given.auth === "none" ? ["127.0.0.1", "::1"] : [everyAddress()]) : [given.host],
    drainSeconds: given.drainSeconds ?? (development ? 0 : 5),
    data: given.data ?? usualDataFolder(),
    issuer: given.issuer ?? [],
    audience: given.audience ?? [],
    builtinIssuer: given.builtinIssuer ?? development,
    tenants: given.tenants ?? ((development || isOpenModel(given)) && given.issuer === undefined ? "*" : []),
    auth: given.auth ?? "token",
    notifyHours: given.notifyHours ?? 4,
    deliveriesKept: given.deliveriesKept ?? 1000,
    execAllow: given.execAllow ?? [],
    dispatchSeconds: given.dispatchSeconds ?? 5,
    approvalHours: given.approvalHours ?? 72,
    reportHours: given.reportHours ?? 24,
    drainMinutes: given.drainMinutes ?? 60,
    notifyAllow: given.notifyAllow ?? (development ? readAllowedDestinations("http://localhost:* http://127.0.0.1:* http://[::1]:*") : []),
    profile: given.profile ?? (given.model === undefined ? "graph" : "odata"),
    faithful: given.faithful ?? [],
    providerFaults: given.providerFaults ?? [],
    placeholders: given.placeholders ?? (development ? ["v1.0", "beta", "localtest"] : ["localtest"]),
    log: given.log ?? usualLog(mode),
    seed: given.seed ?? development,
    budgets: readBudgets(given),
    server: readServerLimits(given),
    leaseWaits: { inHub: given.hubLeaseWaits ?? usualWaitLimits.inHub, ofApp: given.appLeaseWaits ?? usualWaitLimits.ofApp },
    timeouts: readTimeouts(given),
    storeLimits: readStoreLimits(given),
    rates: { reads: given.rateReads ?? usualRates.reads, writes: given.rateWrites ?? usualRates.writes },
  };
  refuseContradictions(configuration);
  return configuration;
}

/**
 * The configuration of a command that works on a data folder of this machine. Of the environment it looks only at what
 * leads there and names the server: settings of a server in the same shell must not stop it.
 */
export function readLocalConfiguration(flags: Sources["flags"]): Configuration {
  const { PORT, SECGRAPH_TLS_PORT, SECGRAPH_DATA, SECGRAPH_PUBLIC_URL, DATABASE_URL, SECGRAPH_DATABASE_OWNER_URL } = process.env;
  return readConfiguration("development", {
    flags,
    env: { PORT, SECGRAPH_TLS_PORT, SECGRAPH_DATA, SECGRAPH_PUBLIC_URL, DATABASE_URL, SECGRAPH_DATABASE_OWNER_URL },
  });
}

/** The flags that say where data are kept. */
export interface StorageFlags {
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly databaseOwnerUrl?: string;
}

/** Of a command's flags those that say where data are kept. */
export function storageFlags({ data, databaseUrl, databaseOwnerUrl }: StorageFlags): Sources["flags"] {
  return Object.fromEntries(Object.entries({ data, databaseUrl, databaseOwnerUrl }).filter(([, value]) => value !== undefined));
}

/** The address that stands for all of this machine's, IPv6 included where there is IPv6. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === "IPv6") ? "::" : "0.0.0.0";
}

/** `data` at the root of a checkout when the program runs from one, else in the working directory. */
export function usualDataFolder(): string {
  return join(checkoutRoot() ?? process.cwd(), "data");
}

function readGiven({ flags, env }: Sources): GivenSettings {
  const all: readonly [string, Setting<unknown>][] = Object.entries(settings);
  const given = all.flatMap(([name, { env: variable, flag, parse, secret }]) => {
    const [text, place] = flags[name] === undefined ? [env[variable], variable] : [flags[name], flag];
    if (text === undefined || text === "") return [];
    try {
      return [[name, parse(text)]];
    } catch (error) {
      throw new ConfigurationFault(`${place}${secret === true ? ":" : ` is '${text}';`} expected ${(error as Error).message}.`);
    }
  });
  return Object.fromEntries(given) as GivenSettings;
}

function readBudgets(given: GivenSettings): Budgets {
  const names = Object.keys(defaultBudgets) as (keyof Budgets)[];
  return Object.fromEntries(names.map((name) => [name, given[name as SettingName & keyof Budgets] ?? defaultBudgets[name]])) as unknown as Budgets;
}

function readServerLimits({ maxRequests, maxWaiting, maxConnections, bufferBytes, waitSeconds, headerBytes }: GivenSettings): Partial<ServerLimits> {
  return {
    ...(waitSeconds === undefined ? {} : { patience: waitSeconds * 1000 }),
    ...(headerBytes === undefined ? {} : { headerBytes }),
    ...(maxRequests === undefined ? {} : { requests: maxRequests }),
    ...(maxWaiting === undefined ? {} : { waiting: maxWaiting }),
    ...(maxConnections === undefined ? {} : { connections: maxConnections }),
    ...(bufferBytes === undefined ? {} : { bufferBytes }),
  };
}

function readStoreLimits({ pageBytes, querySeconds, readWorkers, keptBytes, mapBytes }: GivenSettings): StoreLimits {
  return {
    ...(keptBytes === undefined ? {} : { keptBytes }),
    ...(mapBytes === undefined ? {} : { mapBytes }),
    ...(pageBytes === undefined ? {} : { pageBytes }),
    ...(querySeconds === undefined ? {} : { queryBudget: querySeconds * 1000 }),
    ...(readWorkers === undefined ? {} : { workers: readWorkers }),
  };
}

function readTimeouts({ headerSeconds, requestSeconds, writeSeconds, idleSeconds }: GivenSettings): Partial<Timeouts> {
  return {
    ...(idleSeconds === undefined ? {} : { idle: idleSeconds * 1000 }),
    ...(headerSeconds === undefined ? {} : { headers: headerSeconds * 1000 }),
    ...(requestSeconds === undefined ? {} : { request: requestSeconds * 1000 }),
    ...(writeSeconds === undefined ? {} : { write: writeSeconds * 1000 }),
  };
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** A model that is served to this machine without tokens. */
function isOpenModel({ auth, model }: Pick<GivenSettings, "auth" | "model">): boolean {
  return auth === "none" && model !== undefined;
}

function refuseModels({ mode, model, operations, root, seed, hosts, auth, ...given }: Configuration, refuse: (wrong: boolean, text: string) => void): void {
  refuse(model !== undefined && mode !== "production", "SECGRAPH_MODEL is for secgraph serve.");
  refuse(model === undefined && operations !== undefined, "SECGRAPH_OPERATIONS goes with SECGRAPH_MODEL.");
  refuse(model === undefined && root !== undefined, "SECGRAPH_ROOT goes with SECGRAPH_MODEL.");
  refuse(model === undefined && typeof seed === "string", "A file in SECGRAPH_SEED goes with SECGRAPH_MODEL; demo data are on or off.");
  refuse(model !== undefined && seed === true, "SECGRAPH_SEED names a file of rows where SECGRAPH_MODEL is set: the demo is that of the security graph.");
  refuse(
    model !== undefined && given.scoreDays !== undefined && given.scoreDays !== "off",
    "SECGRAPH_SCORE_DAYS is about the security graph, not about SECGRAPH_MODEL.",
  );
  refuse(model !== undefined && given.connectors !== undefined, "SECGRAPH_CONNECTORS is about the security graph, not about SECGRAPH_MODEL.");
  refuse(model !== undefined && given.faithful.length > 0, "SECGRAPH_FAITHFUL is about the security graph, not about SECGRAPH_MODEL.");
  const oneTenant = given.tenants !== "*" && given.tenants.length === 1;
  refuse(
    model !== undefined && typeof seed === "string" && auth !== "none" && !oneTenant,
    "SECGRAPH_SEED fills the data of one tenant: name one in SECGRAPH_TENANTS, or set SECGRAPH_AUTH=none.",
  );
  refuse(auth === "none" && !hosts.every((host) => loopback.test(host)), "SECGRAPH_AUTH=none is for this machine only: leave SECGRAPH_HOST at its default.");
}

function refuseContradictions(configuration: Configuration): void {
  const { mode, hosts, ...given } = configuration;
  const production = mode === "production";
  const isLocal = hosts.every((host) => loopback.test(host));
  const refuse = (wrong: boolean, text: string): void => {
    if (wrong) throw new ConfigurationFault(text);
  };
  refuseModels(configuration, refuse);
  refuse(production && given.auth === "none" && given.model === undefined, "SECGRAPH_AUTH=none is for development mode only (secgraph emulator).");
  refuse(production && given.providerFaults.length > 0, "SECGRAPH_PROVIDER_FAULTS is for development mode only (secgraph emulator).");
  refuse(
    !production && !isLocal && given.devRemote !== true,
    `Development mode listens on this machine only. To listen on ${hosts.join(", ")} (in a container, say), set SECGRAPH_DEV_REMOTE=1.`,
  );
  refuse(
    production && given.issuer.length === 0 && !given.builtinIssuer && !isOpenModel(given),
    "Nobody could get in: set SECGRAPH_ISSUER to your identity provider, or SECGRAPH_BUILTIN_ISSUER=on. For trying things out, use: secgraph emulator",
  );
  refuse(given.tenants.length === 0, "Set SECGRAPH_TENANTS to the tenant ids whose tokens are accepted (or * for any).");
  refuse(
    given.issuer.length === 0 && (given.jwks !== undefined || given.audience.length > 0),
    "SECGRAPH_JWKS and SECGRAPH_AUDIENCE belong to an outside issuer: set SECGRAPH_ISSUER too.",
  );
  refuse(given.issuer.length > 0 && given.audience.length === 0, "Set SECGRAPH_AUDIENCE to what the tokens of SECGRAPH_ISSUER name as their audience (aud).");
  refuse(
    given.issuer.length > 1 && given.jwks !== undefined && !given.issuer.every((issuer) => issuer.includes("{tenantid}")),
    "SECGRAPH_JWKS serves one issuer: with several, leave it out and let discovery find the keys.",
  );
  refuse(given.databaseOwnerUrl !== undefined && given.databaseUrl === undefined, "SECGRAPH_DATABASE_OWNER_URL goes with DATABASE_URL.");
  refuse(given.replicaUrls !== undefined && given.databaseUrl === undefined, "SECGRAPH_REPLICA_URLS goes with DATABASE_URL.");
  refuse((given.tlsCert === undefined) !== (given.tlsKey === undefined), "SECGRAPH_TLS_CERT and SECGRAPH_TLS_KEY go together.");
}
