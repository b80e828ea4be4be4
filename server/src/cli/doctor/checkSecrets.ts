import { existsSync } from "node:fs";
import { join } from "node:path";
import { isObject, textOf } from "../../base/json.ts";
import { createSecrets, keyName, type Secrets } from "../../base/secrets.ts";
import { inboundContext, inboundSecretOf } from "../../edm/inboundSecret.ts";
import { sealedCredentials, secretContext } from "../../edm/sealedCredentials.ts";
import type { Configuration } from "../configuration.ts";
import { readKeyFile, secretsFile } from "../openSecrets.ts";
import { fail, ok, type Finding } from "./finding.ts";
import { readSealed, type SealedRow } from "./readSealed.ts";

const check = "credentials";

type Keeping = Pick<Configuration, "data" | "databaseUrl" | "secretsKey" | "model">;

/** The credentials of connectors, and the secrets of ticket systems, open with the keys that are here: each of them is tried, in the data folder or in the database. */
export async function checkSecrets(configuration: Keeping): Promise<readonly Finding[]> {
  if (configuration.model !== undefined) return [];
  let keys: readonly string[];
  try {
    keys = keysOf(configuration);
  } catch (error) {
    return [fail(check, (error as Error).message, remedies.folder)];
  }
  const tried = await tryAll(configuration, keys);
  const { sealed, keyless, altered } = tried;
  if (sealed === 0 && keys.length === 0 && configuration.databaseUrl !== undefined)
    return [ok(check, "No SECGRAPH_SECRETS_KEY is set: connectors and ticket systems can have no credentials.")];
  const found = [...(keyless.length === 0 ? [] : [withoutKey(keyless, configuration)]), ...(altered.length === 0 ? [] : [notTheirs(altered)])];
  return found.length > 0 ? found : [ok(check, `${sealed} connectors and ticket systems have credentials, and their key is here.`)];
}

function keysOf({ data, databaseUrl, secretsKey }: Keeping): readonly string[] {
  const path = join(data, secretsFile);
  if (secretsKey !== undefined) return secretsKey;
  return databaseUrl === undefined && existsSync(path) ? readKeyFile(path) : [];
}

interface Tried {
  readonly sealed: number;
  /** Ids of rows whose key is not here, and of those that do not open though it is. */
  readonly keyless: readonly string[];
  readonly altered: readonly string[];
}

async function tryAll(configuration: Keeping, keys: readonly string[]): Promise<Tried> {
  const [first, ...others] = keys;
  const open: Secrets["open"] = first === undefined ? () => undefined : createSecrets([first, ...others]).open;
  const names = new Set(keys.map(keyName));
  const [keyless, altered]: [string[], string[]] = [[], []];
  let sealed = 0;
  for await (const row of readSealed(configuration)) {
    const tokens = tokensOf(row);
    const closed = tokens.filter(({ token, context }) => open(token, context) === undefined);
    if (tokens.length > 0) sealed += 1;
    if (closed.length === 0) continue;
    const isKeyless = closed.some(({ token }) => !names.has(token.split(".", 1)[0]!));
    (isKeyless ? keyless : altered).push(textOf(row.entity["id"]));
  }
  return { sealed, keyless, altered };
}

interface Token {
  readonly token: string;
  readonly context: string;
}

function tokensOf({ hub, table, entity }: SealedRow): readonly Token[] {
  const id = textOf(entity["id"]);
  if (table === "security_ticketSystems") {
    const token = inboundSecretOf(entity);
    return token === "" ? [] : [{ token, context: inboundContext(hub, id) }];
  }
  const schemes = entity[sealedCredentials];
  return Object.entries(isObject(schemes) ? schemes : {}).flatMap(([scheme, secrets]) =>
    Object.entries(isObject(secrets) ? secrets : {})
      .filter(([, token]) => textOf(token) !== "")
      .map(([name, token]) => ({ token: textOf(token), context: secretContext({ hub, connector: id, scheme, name }) })),
  );
}

const remedies = {
  folder: `Bring the key back from ${secretsFile} of a backup, as a line behind the present one, or set these credentials anew.`,
  setting: "Put the key that they were sealed with into SECGRAPH_SECRETS_KEY, behind the present one with a comma between; or set these credentials anew.",
};

function withoutKey(ids: readonly string[], { data, databaseUrl, secretsKey }: Keeping): Finding {
  const isFolder = secretsKey === undefined && databaseUrl === undefined;
  const source = isFolder ? join(data, secretsFile) : "SECGRAPH_SECRETS_KEY";
  return fail(check, `No key of ${source} opens the credentials of ${listed(ids)}.`, isFolder ? remedies.folder : remedies.setting);
}

function notTheirs(ids: readonly string[]): Finding {
  return fail(
    check,
    `The credentials of ${listed(ids)} were altered, or are those of another hub or row.`,
    "Set them anew, and find out who changed the data.",
  );
}

function listed(ids: readonly string[]): string {
  return `${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ` and ${ids.length - 5} more` : ""}`;
}
