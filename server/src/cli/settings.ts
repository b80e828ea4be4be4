import { resolve } from "node:path";
import { callersFolder } from "./checkoutRoot.ts";
import { readProviderFaults } from "../emulator/providerFaults.ts";
import { destinationOf } from "../store/postgres/connectionProblem.ts";
import { connectorSettings } from "./connectors/connectorSettings.ts";
import { limitSettings } from "./limitSettings.ts";
import { outgoingSettings } from "./outgoingSettings.ts";
import { retentionSettings } from "./retentionSettings.ts";
import { readLogSetting } from "./log/logSetting.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** One setting: environment variable, flag and meaning. `docs/reference/configuration.md` is made from this table. */
export interface Setting<T> {
  /** Heading in help texts and docs. */
  readonly group: string;
  readonly env: string;
  readonly flag: string;
  /** What stands for the value in help texts. */
  readonly value: string;
  /** The default, as the docs tell it. */
  readonly usual: string;
  readonly description: string;
  /** Reads the text of a variable or flag; throws an Error that says what was expected. */
  readonly parse: (text: string) => T;
  /** Its text may hold a password: it is never shown. */
  readonly secret?: true;
}

/** A list in which `*` stands for everything. */
export type ListOrAll = readonly string[] | "*";

const port = wholeNumber(0, 65_535);
const text = (value: string): string => value;
const list = (value: string): readonly string[] => value.split(/[\s,]+/).filter((item) => item !== "");
const listOrAll = (value: string): ListOrAll => (value.trim() === "*" ? "*" : list(value));
const path = (value: string): string => resolve(callersFolder(), value);
const onOff = (value: string): boolean => {
  if (/^(?:1|on|true|yes)$/i.test(value)) return true;
  if (/^(?:0|off|false|no)$/i.test(value)) return false;
  throw new Error("on or off");
};
const oneOf =
  <const T extends string>(...names: readonly T[]) =>
  (value: string): T => {
    const found = names.find((name) => name === value.toLowerCase());
    if (found === undefined) throw new Error(names.join(", ").replace(/, ([^,]*)$/, " or $1"));
    return found;
  };
const some =
  <const T extends string>(...names: readonly T[]) =>
  (value: string): readonly T[] =>
    list(value).map(oneOf(...names));
const httpUrl = (value: string): string => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "" || url.username !== "")
    throw new Error("an http(s) address without query");
  return value.replace(/\/+$/, "");
};
const databaseUrl = (value: string): string => {
  destinationOf(value);
  return value;
};
const urlOrPath = (value: string): string => (/^https?:\/\//i.test(value) ? httpUrl(value) : path(value));
const rootPath = (value: string): string => {
  const name = value.replace(/^\/|\/$/g, "");
  if (!value.startsWith("/") || !/^[\w.-]*$/.test(name)) throw new Error("/ or a path of one segment, such as /odata");
  return name;
};
const portOrOff = (value: string): number | "off" => (value.toLowerCase() === "off" ? "off" : port(value));

/** Every setting, by the name that the program uses. */
export const settings = {
  port: {
    group: "Addresses",
    env: "PORT",
    flag: "--port",
    value: "number",
    usual: "7080",
    description: "Port of plain http; 0 takes any free one.",
    parse: port,
  },
  tlsPort: {
    group: "Addresses",
    env: "SECGRAPH_TLS_PORT",
    flag: "--tls-port",
    value: "number|off",
    usual: "7443",
    description: "Port of https; 0 takes any free one, `off` opens none.",
    parse: portOrOff,
  },
  host: {
    group: "Addresses",
    env: "SECGRAPH_HOST",
    flag: "--host",
    value: "address",
    usual: "development: 127.0.0.1 and ::1; production: every address",
    description: "Address to listen on.",
    parse: text,
  },
  drainSeconds: {
    group: "Addresses",
    env: "SECGRAPH_DRAIN_SECONDS",
    flag: "--drain-seconds",
    value: "number",
    usual: "development: 0; production: 5",
    description:
      "Seconds after SIGTERM for which the server still takes connections and answers everything, while `/readyz` says 503: longer than the balancer before it needs to notice. 0 closes at once.",
    parse: wholeNumber(0, 3600),
  },
  data: {
    group: "Storage",
    env: "SECGRAPH_DATA",
    flag: "--data",
    value: "folder",
    usual: "`data` at the repository's root, or in the working directory",
    description: "Folder of everything that is kept.",
    parse: path,
  },
  databaseUrl: {
    group: "Storage",
    env: "DATABASE_URL",
    flag: "--database-url",
    value: "url",
    usual: "none: SQLite in the data folder",
    description: "PostgreSQL (15 or newer) to use instead of SQLite: `postgres://user:password@host:port/database`, the login that serves.",
    parse: databaseUrl,
    secret: true,
  },
  databaseOwnerUrl: {
    group: "Storage",
    env: "SECGRAPH_DATABASE_OWNER_URL",
    flag: "--database-owner-url",
    value: "url",
    usual: "DATABASE_URL",
    description:
      "URL of the login that owns the tables in PostgreSQL and may change them, where another one serves: for `secgraph migrate`, `copy` and `restore`.",
    parse: databaseUrl,
    secret: true,
  },
  databaseConnections: {
    group: "Storage",
    env: "SECGRAPH_DATABASE_CONNECTIONS",
    flag: "--database-connections",
    value: "number",
    usual: "10",
    description: "Connections that a server keeps to PostgreSQL at most.",
    parse: wholeNumber(1, 1000),
  },
  replicaUrls: {
    group: "Storage",
    env: "SECGRAPH_REPLICA_URLS",
    flag: "--replica-urls",
    value: "urls",
    usual: "none: the primary answers every read",
    description:
      "Hot standbys of DATABASE_URL's server, separated by commas, that reads may be answered by; one is asked only when it has replayed the caller's last write.",
    parse: (value) => list(value).map(databaseUrl),
    secret: true,
  },
  replicaLag: {
    group: "Storage",
    env: "SECGRAPH_REPLICA_LAG",
    flag: "--replica-lag",
    value: "seconds",
    usual: "10",
    description: "Seconds that a standby may be behind the primary; one that is further behind is not asked.",
    parse: wholeNumber(1, 3600),
  },
  ...retentionSettings,
  publicUrl: {
    group: "Addresses",
    env: "SECGRAPH_PUBLIC_URL",
    flag: "--public-url",
    value: "url",
    usual: "scheme and host that the client used",
    description: "Base URL under which clients reach this server, for links, token issuer and audience.",
    parse: httpUrl,
  },
  tlsCert: {
    group: "Addresses",
    env: "SECGRAPH_TLS_CERT",
    flag: "--tls-cert",
    value: "file",
    usual: "made by the local CA of the data folder",
    description: "Certificate chain of https (PEM).",
    parse: path,
  },
  tlsKey: {
    group: "Addresses",
    env: "SECGRAPH_TLS_KEY",
    flag: "--tls-key",
    value: "file",
    usual: "made by the local CA of the data folder",
    description: "Private key of https (PEM).",
    parse: path,
  },
  issuer: {
    group: "Tokens",
    env: "SECGRAPH_ISSUER",
    flag: "--issuer",
    value: "names",
    usual: "none",
    description: "Outside token issuer, exactly as tokens name it (`iss`); `{tenantid}` stands for the token's tenant. Several are separated by commas.",
    parse: list,
  },
  audience: {
    group: "Tokens",
    env: "SECGRAPH_AUDIENCE",
    flag: "--audience",
    value: "names",
    usual: "none; must be set with an outside issuer",
    description: "Audiences (`aud`) that tokens of the outside issuer may name.",
    parse: list,
  },
  jwks: {
    group: "Tokens",
    env: "SECGRAPH_JWKS",
    flag: "--jwks",
    value: "url|file",
    usual: "found in the issuer's discovery document",
    description: "The outside issuer's signing keys.",
    parse: urlOrPath,
  },
  builtinIssuer: {
    group: "Tokens",
    env: "SECGRAPH_BUILTIN_ISSUER",
    flag: "--builtin-issuer",
    value: "on|off",
    usual: "development: on; production: off",
    description: "The built-in token authority.",
    parse: onOff,
  },
  tenants: {
    group: "Tokens",
    env: "SECGRAPH_TENANTS",
    flag: "--tenants",
    value: "ids|*",
    usual: "development: *; production: must be set",
    description: "Tenants (`tid`) whose tokens are accepted.",
    parse: listOrAll,
  },
  operatorTenant: {
    group: "Tokens",
    env: "SECGRAPH_OPERATOR_TENANT",
    flag: "--operator-tenant",
    value: "id",
    usual: "none",
    description: "Tenant whose callers may make home hubs for other tenants.",
    parse: text,
  },
  roleClaim: {
    group: "Tokens",
    env: "SECGRAPH_ROLE_CLAIM",
    flag: "--role-claim",
    value: "claim",
    usual: "none; `wids` is always read",
    description: "Claim that holds a person's directory roles; a path with dots reaches inside.",
    parse: text,
  },
  auth: {
    group: "Tokens",
    env: "SECGRAPH_AUTH",
    flag: "--auth",
    value: "token|none",
    usual: "token",
    description: "`none`: calls of this machine need no token (development mode, and a SECGRAPH_MODEL).",
    parse: oneOf("token", "none"),
  },
  devRemote: {
    group: "Addresses",
    env: "SECGRAPH_DEV_REMOTE",
    flag: "--dev-remote",
    value: "on|off",
    usual: "off",
    description: "Lets development mode listen beyond this machine (containers).",
    parse: onOff,
  },
  ...outgoingSettings,
  ...connectorSettings,
  profile: {
    group: "Behaviour",
    env: "SECGRAPH_PROFILE",
    flag: "--profile",
    value: "graph|odata",
    usual: "graph; with SECGRAPH_MODEL odata",
    description: "`odata`: pure OData 4.01 where Graph departs from it.",
    parse: oneOf("graph", "odata"),
  },
  faithful: {
    group: "Behaviour",
    env: "SECGRAPH_FAITHFUL",
    flag: "--faithful",
    value: "list",
    usual: "none",
    description: "Refusals of the real service to copy: roots, permissions, providers, batch.",
    parse: some("roots", "permissions", "providers", "batch"),
  },
  providerFaults: {
    group: "Behaviour",
    env: "SECGRAPH_PROVIDER_FAULTS",
    flag: "--provider-faults",
    value: "list",
    usual: "none",
    description:
      "Providers that seem to fail (development only), as vendor/provider/status[/milliseconds] with commas between; the status may be `timeout`. Reads of alerts and scores then answer 206 with a Warning for each, without their rows.",
    parse: readProviderFaults,
  },
  placeholders: {
    group: "Behaviour",
    env: "SECGRAPH_PLACEHOLDERS",
    flag: "--placeholders",
    value: "roots",
    usual: "localtest; in development v1.0, beta and localtest",
    description: "Roots on which the documentation's placeholder values count as absent.",
    parse: some("v1.0", "beta", "localtest"),
  },
  log: {
    group: "Behaviour",
    env: "SECGRAPH_LOG",
    flag: "--log",
    value: "list",
    usual: "production: info; development: warn",
    description:
      "Level (silent, error, warn, info, debug), format (json, text, auto: text in development and on a terminal, else json) and, for a line per request, access; access=100 gives one for every hundredth. As `warn,json,access`.",
    parse: readLogSetting,
  },
  seed: {
    group: "Storage",
    env: "SECGRAPH_SEED",
    flag: "--seed",
    value: "on|off|file",
    usual: "development: on; production: off",
    description: "Fills the development tenant's hub with demo data once. With SECGRAPH_MODEL a JSON file of rows, which are written where there are none yet.",
    parse: (value: string): boolean | string => (/\.json$/i.test(value) ? path(value) : onOff(value)),
  },
  model: {
    group: "Model",
    env: "SECGRAPH_MODEL",
    flag: "--model",
    value: "file",
    usual: "the security graph",
    description:
      "The model of this file, CSDL in XML or JSON, instead of the security graph: what `serve` serves, and what the data are of that `migrate`, `copy`, `backup`, `restore` and `doctor` work on.",
    parse: path,
  },
  operations: {
    group: "Model",
    env: "SECGRAPH_OPERATIONS",
    flag: "--operations",
    value: "file",
    usual: "none: functions and actions answer 501",
    description: "What the functions and actions of SECGRAPH_MODEL do: a JavaScript module whose export `operations` has them by name.",
    parse: path,
  },
  root: {
    group: "Model",
    env: "SECGRAPH_ROOT",
    flag: "--root",
    value: "path",
    usual: "/v1.0, /beta and /localtest",
    description: "Where SECGRAPH_MODEL is served: `/` or one segment, such as `/odata`.",
    parse: rootPath,
  },
  ...limitSettings,
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** The name of a setting. */
export type SettingName = keyof typeof settings;

/** The settings that were given, parsed. */
export type GivenSettings = { readonly [Name in SettingName]?: ReturnType<(typeof settings)[Name]["parse"]> };
