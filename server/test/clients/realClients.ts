import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { randomGuid } from "../../src/base/ids.ts";
import { openIssuerMemory } from "../../src/cli/issuerMemory.ts";
import { dataFile } from "../../src/cli/openStore.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { createClientSecret, hashClientSecret } from "../../src/issuer/clientSecret.ts";
import { engine } from "../engine.ts";
import { clients, installClients } from "./installClients.ts";
import { program, runToEnd, startServer } from "../process/server.ts";
import type { ServerProcess } from "../process/server.ts";

/** Milliseconds that installing the clients and starting a server may take. */
export const setupPatience = 420_000;

/** What a script told, by name. */
export type Facts = Readonly<Record<string, unknown>>;

/** How the script of a client is run. */
export interface ScriptSettings {
  /** Of the server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More for the environment of the script. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds that the script may take. */
  readonly patience?: number;
  /** Runs it and answers what it printed; a process of Node unless it is said. Rejects with it when the script fails. */
  readonly run?: (script: string, env: Readonly<Record<string, string>>, patience: number) => Promise<string>;
}

/** A server over TLS with the CA of its own data folder, and what clients need to know of it. */
export interface ClientServer {
  readonly server: ServerProcess;
  /** What every client script gets; on PostgreSQL the database too, for who calls the CLI beside it. */
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const tenant = "11111111-1111-4111-8111-111111111111";

/** Starts a server for clients on this run's engine; `env` holds further settings. */
export async function startForClients(env: Readonly<Record<string, string>> = {}): Promise<ClientServer> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-clients-"));
  const storage = await openStorage();
  const server = await startServer({ command: [...program, "emulator"], data, env: { ...storage.env, ...env } });
  if (existsSync(dataFile(data)) !== (engine === "sqlite")) throw new Error(`The server's hubs are not on ${engine}.`);
  const { clientId, clientSecret, user, password } = JSON.parse(readFileSync(join(data, "development.json"), "utf8")) as Readonly<Record<string, string>>;
  const bare = await addBareApp(data, storage.env.DATABASE_URL);
  return {
    server,
    env: {
      BASE_URL: `https://localhost:${server.tlsPort}`,
      TENANT: tenant,
      CLIENT_ID: clientId!,
      CLIENT_SECRET: clientSecret!,
      BARE_CLIENT_ID: bare.clientId,
      BARE_CLIENT_SECRET: bare.clientSecret,
      PEOPLE_TENANT: user!.slice(user!.indexOf("@") + 1),
      USER_NAME: user!,
      PASSWORD: password!,
      NODE_EXTRA_CA_CERTS: join(data, "tls", "ca.pem"),
      ...storage.env,
    },
    async close() {
      server.signal("SIGTERM");
      const cut = setTimeout(() => void server.kill(), 20_000);
      await server.ended;
      clearTimeout(cut);
      await storage.drop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Where a server of this run's engine keeps its hubs: its data folder alone, or a database of its own. */
async function openStorage(): Promise<{ readonly env: { readonly DATABASE_URL?: string }; readonly drop: () => Promise<void> }> {
  if (engine === "sqlite") return { env: {}, drop: () => Promise.resolve() };
  const { createModelDatabase } = await import("../postgres/databases.ts");
  const { url, drop } = await createModelDatabase(createModel(securityGraph));
  return { env: { DATABASE_URL: url }, drop };
}

/** Registers an application of the tenant that has no role, as `app add` does beside a running server. */
async function addBareApp(data: string, databaseUrl: string | undefined): Promise<{ readonly clientId: string; readonly clientSecret: string }> {
  const { store, close } = await openIssuerMemory({ data, ...(databaseUrl !== undefined && { databaseUrl }) });
  const [clientId, clientSecret] = [randomGuid(), createClientSecret()];
  await store.putApp({ clientId, displayName: "Of a test", tenant, roles: [], secretHashes: [await hashClientSecret(clientSecret)] });
  await close();
  return { clientId, clientSecret };
}

/**
 * Before the tests of a file, or of a group in it: installs the packages of a script of clients/, starts a server and runs the script against it.
 * What it tells is in the answer when tests run. Fails with its output when it does not come to its end.
 */
export function factsOf(script: string, { settings = {}, env = {}, patience = 120_000, run = runProcess }: ScriptSettings = {}): Facts {
  const facts: Record<string, unknown> = {};
  let served: ClientServer | undefined;
  beforeAll(async () => {
    const folder = dirname(script);
    await installClients(existsSync(join(clients, folder, "package.json")) ? folder : "");
    served = await startForClients(settings);
    const printed = await run(script, { ...served.env, ...env }, patience);
    for (const line of printed.split("\n").filter((each) => each.startsWith('{"fact"'))) {
      const { fact, value } = JSON.parse(line) as { readonly fact: string; readonly value: unknown };
      facts[fact] = value;
    }
    if (facts["done"] !== true) throw new Error(`${script} did not come to its end:\n${printed}`);
  }, setupPatience);
  afterAll(() => served?.close(), 60_000);
  return facts;
}

async function runProcess(script: string, env: Readonly<Record<string, string>>, patience: number): Promise<string> {
  const { code, stdout, stderr } = await runToEnd({ command: [process.execPath, join(clients, script)], folder: clients, env }, patience);
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
