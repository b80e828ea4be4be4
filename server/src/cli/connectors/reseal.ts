import { existsSync } from "node:fs";
import { join } from "node:path";
import { createSecrets, keyName, type Secrets } from "../../base/secrets.ts";
import { textOf, type JsonObject } from "../../base/json.ts";
import type { App } from "../../handle.ts";
import type { StoreSystem } from "../../store/store.ts";
import { ConfigurationFault, type Configuration } from "../configuration.ts";
import { newKey, readKeyFile, secretsFile, writeKeys } from "../openSecrets.ts";
import { listAll, openAppDesk, refusalLines, type Desk } from "./desk.ts";
import { withApp } from "./withApp.ts";

/** What became of the credentials of all connectors, and the secrets of all ticket systems. */
export interface Resealed {
  /** The name of the key that they are sealed with now. */
  readonly key: string;
  readonly sealed: number;
  /** Connectors and ticket systems whose secrets no key opens. */
  readonly lost: readonly string[];
}

/**
 * Seals the credentials of every connector and the secret of every ticket system anew with the first key: that of SECGRAPH_SECRETS_KEY, else one that is made now and put into the data folder, from which the
 * others go when nothing needs them any more. Throws a ConfigurationFault.
 */
export async function resealAll(configuration: Configuration): Promise<Resealed> {
  const { data, databaseUrl, secretsKey } = configuration;
  if (secretsKey === undefined && databaseUrl !== undefined) {
    throw new ConfigurationFault("Put the new key before the old one in SECGRAPH_SECRETS_KEY, of every server too, and run this again.");
  }
  const path = join(data, secretsFile);
  let keys: readonly [string, ...string[]] = secretsKey ?? [""];
  const openKeys = (): Secrets => {
    if (secretsKey === undefined) {
      keys = [newKey(), ...(existsSync(path) ? readKeyFile(path) : [])];
      // Nothing is sealed with a key that is not kept yet: whoever is interrupted finds both.
      writeKeys(path, keys);
    }
    return createSecrets(keys);
  };
  return withApp(configuration, openKeys, async ({ app, store }) => {
    const result = await reseal(app, store.system);
    if (secretsKey === undefined && result.lost.length === 0) writeKeys(path, keys.slice(0, 1));
    return { key: keyName(keys[0]), ...result };
  });
}

async function reseal(app: App, system: Pick<StoreSystem, "grants">): Promise<Omit<Resealed, "key">> {
  const lost: string[] = [];
  let sealed = 0;
  const places = new Map((await system.grants()).map((grant) => [grant.hub, grant]));
  for (const place of places.values()) {
    const desk = openAppDesk(app, place);
    for (const found of [...(await credentialsIn(desk)), ...(await inboundSecretsIn(desk))]) {
      if (found.body === undefined) {
        lost.push(found.id);
        continue;
      }
      const answer = await desk.send("PATCH", found.path, found.body);
      if (answer.status >= 300) throw new ConfigurationFault(`${found.path} cannot be written: ${refusalLines(answer).join(" ")}`);
      sealed += 1;
    }
  }
  return { sealed, lost };
}

/** A row with something sealed, and what writes that anew; undefined where no key opens it. */
interface Sealed {
  readonly id: string;
  readonly path: string;
  readonly body: JsonObject | undefined;
}

async function credentialsIn(desk: Desk): Promise<readonly Sealed[]> {
  const found: Sealed[] = [];
  for (const { id, credentials } of await listAll(desk, "connectors")) {
    if (!Array.isArray(credentials) || credentials.length === 0) continue;
    const connector = textOf(id);
    const opened = await desk.opened?.(connector);
    const body = opened === undefined ? undefined : { credentials: opened as unknown as readonly JsonObject[] };
    found.push({ id: connector, path: `connectors/${encodeURIComponent(connector)}`, body });
  }
  return found;
}

async function inboundSecretsIn(desk: Desk): Promise<readonly Sealed[]> {
  const found: Sealed[] = [];
  for (const one of await listAll(desk, "ticketSystems")) {
    const id = textOf(one["id"]);
    const secret = await desk.inboundSecret?.(id);
    if (secret === "") continue;
    found.push({ id, path: `ticketSystems/${encodeURIComponent(id)}`, body: secret === undefined ? undefined : { secret } });
  }
  return found;
}
