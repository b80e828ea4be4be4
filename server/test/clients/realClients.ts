import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { withLock } from "../../src/base/fileLock.ts";
import { program, root, runToEnd, startGroup, startServer } from "../process/server.ts";
import type { ServerProcess } from "../process/server.ts";

/** Milliseconds that installing the clients and starting a server may take. */
export const setupPatience = 420_000;

const clients = join(root, "clients");
const installPatience = 300_000;

/** A server over TLS with the CA of its own data folder, and what clients need to know of it. */
export interface ClientServer {
  readonly server: ServerProcess;
  /** What every client script gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Registers an application of the tenant; the names are those of the client id and secret in the environment of scripts. */
  readonly addApp: (roles: string) => Promise<{ readonly clientId: string; readonly clientSecret: string }>;
  readonly close: () => Promise<void>;
}

/** Installs the packages of clients/, or of a folder in it, unless those of its lock file are there. Fails, and says why, without a registry. */
export async function installClients(folder = ""): Promise<void> {
  const place = join(clients, folder);
  const wanted = createHash("sha256")
    .update(readFileSync(join(place, "package-lock.json")))
    .digest("hex");
  const stamp = join(place, "node_modules", ".installed");
  const isInstalled = (): boolean => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isInstalled()) return;
  const run = async (): Promise<void> => (isInstalled() ? undefined : install(place, () => writeFileSync(stamp, wanted)));
  await withLock(join(tmpdir(), `secgraph-clients-${wanted.slice(0, 16)}`), run, installPatience);
}

async function install(place: string, done: () => void): Promise<void> {
  const begun = Date.now();
  const name = `clients/${relative(clients, place)}`;
  console.log(`Installing real clients once (npm ci in ${name}) ...`);
  const group = startGroup({ command: ["npm", "ci", "--no-progress", "--prefer-offline"], folder: place });
  const still = setInterval(() => console.log(`... npm ci has run for ${Math.round((Date.now() - begun) / 1000)} s`), 10_000);
  const cut = setTimeout(() => void group.kill(), installPatience);
  const { code, stdout, stderr } = await group.ended;
  clearInterval(still);
  clearTimeout(cut);
  if (code !== 0) {
    const why = code === null ? `took longer than ${installPatience / 1000} s` : `ended with code ${code}`;
    throw new Error(
      `Real clients are not installed, so nothing can be said about them: npm ci in ${name} ${why}. It needs the package registry, or a cache that has seen it.\n${stdout}${stderr}`,
    );
  }
  done();
  console.log(`... installed in ${Math.round((Date.now() - begun) / 1000)} s`);
}

/** Starts a server for clients; `env` holds further settings. */
export async function startForClients(env: Readonly<Record<string, string>> = {}): Promise<ClientServer> {
  const data = mkdtempSync(join(tmpdir(), "secgraph-clients-"));
  const server = await startServer({ command: [...program, "emulator"], data, env });
  const { clientId, clientSecret } = JSON.parse(readFileSync(join(data, "development.json"), "utf8")) as {
    readonly clientId: string;
    readonly clientSecret: string;
  };
  const tenant = "11111111-1111-4111-8111-111111111111";
  return {
    server,
    env: {
      BASE_URL: `https://localhost:${server.tlsPort}`,
      TENANT: tenant,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
      NODE_EXTRA_CA_CERTS: join(data, "tls", "ca.pem"),
    },
    async addApp(roles) {
      const flags = ["--name", "Of a test", "--tenant", tenant, "--roles", roles, "--data", data];
      const { code, stdout, stderr } = await runToEnd({ command: [...program, "app", "add", ...flags] });
      const [id, secret] = [/^Client id +(\S+)$/m, /^Client secret +(\S+)$/m].map((pattern) => pattern.exec(stdout)?.[1]);
      if (code !== 0 || id === undefined || secret === undefined) throw new Error(`app add ended with ${code}: ${stdout}${stderr}`);
      return { clientId: id, clientSecret: secret };
    },
    async close() {
      server.signal("SIGTERM");
      const cut = setTimeout(() => void server.kill(), 20_000);
      await server.ended;
      clearTimeout(cut);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Runs a script of clients/ in a process of its own; its facts by name. Throws with its output when it fails. */
export async function runClient(script: string, env: Readonly<Record<string, string>>, patience = 120_000): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runToEnd({ command: [process.execPath, join(clients, script)], folder: clients, env }, patience);
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stdout}${stderr}`);
  const facts = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as { readonly fact: string; readonly value: unknown }]));
  return Object.fromEntries(facts.map(({ fact, value }) => [fact, value]));
}
