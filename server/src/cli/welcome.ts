import { styleText } from "node:util";
import type { WelcomeSection } from "../http/welcomePage.ts";
import type { DevelopmentApp } from "../issuer/developmentApp.ts";
import { developmentTenantName } from "../issuer/developmentApp.ts";
import { destinationOf } from "../store/postgres/connectionProblem.ts";
import type { Addresses } from "./addresses.ts";
import type { Configuration } from "./configuration.ts";
import { commandLine, quoted } from "./invocation.ts";

/** What the start of development mode tells (DESIGN, Development mode; R192). */
export interface WelcomeFacts {
  readonly addresses: Addresses;
  readonly caPath?: string;
  readonly development?: DevelopmentApp;
}

const example = {
  "@odata.type": "#microsoft.graph.secureScore",
  activeUserCount: 4,
  currentScore: 41.5,
  maxScore: 60,
  vendorInformation: { provider: "Example", vendor: "Contoso" },
};

const elsewhere = "in the terminal of the server";

/** The facts in sections, for the terminal and, without secret and password, for the page at `/`. */
export function welcomeSections(configuration: Configuration, facts: WelcomeFacts, secret: "shown" | "hidden"): readonly WelcomeSection[] {
  const { http, https } = facts.addresses.usual();
  const base = https ?? http;
  const api = `${base}/v1.0`;
  return [
    {
      heading: "Addresses",
      rows: [
        ["API", `${api}  (the same under /beta and /localtest)`],
        ...(https === undefined ? [] : [["Plain http", `${http}/v1.0`] as const]),
        ["Model", `${api}/$metadata`],
        ["Data folder", configuration.data],
        ...(configuration.databaseUrl === undefined ? [] : [["Database", databaseName(configuration.databaseUrl)] as const]),
      ],
    },
    ...(facts.caPath === undefined ? [] : [trustSection(facts.caPath)]),
    ...(facts.development === undefined
      ? []
      : [
          clientSection(base, secret === "shown" ? facts.development : { ...facts.development, clientSecret: elsewhere }),
          personSection(base, secret === "shown" ? facts.development : { ...facts.development, password: elsewhere }, configuration),
        ]),
    {
      heading: "Try it",
      rows: [
        ["A token", commandLine("token", configuration.data)],
        ["Post a score", postExample(api, configuration, facts)],
      ],
    },
  ];
}

/** Without user and password. */
function databaseName(url: string): string {
  const { server, database } = destinationOf(url);
  return `PostgreSQL, ${server}/${database}`;
}

function trustSection(caPath: string): WelcomeSection {
  const path = quoted(caPath);
  return {
    heading: "Trust the certificate",
    rows: [
      ["curl", `--cacert ${path}`],
      ["sh, bash, zsh", `export NODE_EXTRA_CA_CERTS=${path}`],
      ["PowerShell", `$env:NODE_EXTRA_CA_CERTS = ${path}`],
      ["cmd", `set "NODE_EXTRA_CA_CERTS=${caPath}"`],
    ],
  };
}

function clientSection(base: string, { tenant, clientId, clientSecret }: DevelopmentApp): WelcomeSection {
  return {
    heading: "Sign in as an application (MSAL, @azure/identity)",
    rows: [
      ["Authority", `${base}/${tenant}`],
      ["Tenant", `${tenant}  (also by its name, ${developmentTenantName})`],
      ["Client id", clientId],
      ["Client secret", clientSecret],
      ["Scope", `${base}/.default`],
    ],
  };
}

function personSection(base: string, { user, password }: DevelopmentApp, { data }: Configuration): WelcomeSection {
  return {
    heading: "Sign in as a person (device code, or a browser and any http://localhost address)",
    rows: [
      ["User", user],
      ["Password", password],
      ["Device page", `${base}/devicelogin`],
      ["More people", commandLine("user add --help", data)],
    ],
  };
}

/** One command for a POSIX shell that fetches a token and posts a score. */
function postExample(api: string, { data, auth }: Configuration, { caPath }: WelcomeFacts): string {
  const trust = caPath === undefined || !api.startsWith("https:") ? "" : ` --cacert ${quoted(caPath)}`;
  const token = auth === "none" ? "" : ` -H "Authorization: Bearer $(${commandLine("token", data)})"`;
  return `curl -sS${trust} ${api}/security/secureScores${token} -H "Content-Type: application/json" -d '${JSON.stringify(example)}'`;
}

/** The sections for a terminal. A command stands on a line of its own, so that it can be copied whole. */
export function printWelcome(sections: readonly WelcomeSection[], write: (line: string) => void): void {
  write(styleText("bold", "secgraph runs in development mode. Stop it with Ctrl-C."));
  for (const { heading, rows } of sections) {
    write("");
    write(styleText(["bold", "cyan"], heading));
    const width = Math.max(...rows.map(([name]) => name.length));
    for (const [name, value] of rows) {
      if (value.length > 100) write(`  ${name}:\n${value}`);
      else write(`  ${name.padEnd(width)}  ${value}`);
    }
  }
  write("");
}
