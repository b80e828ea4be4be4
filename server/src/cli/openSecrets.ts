import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeDurably } from "../base/durableFile.ts";
import { createSecrets, type Secrets } from "../base/secrets.ts";
import { ConfigurationFault, type Configuration } from "./configuration.ts";
import { readKeys } from "./readKeys.ts";

/** The file of a data folder that credentials are sealed with: a key a line, the one that seals first. */
export const secretsFile = "secrets.key";

/**
 * What keeps the credentials of connectors: the keys of SECGRAPH_SECRETS_KEY, else those of the data folder, which are made when there are none.
 * Undefined where the data are in a database and no key was given: a key in the folder of one server would be none for the others. Throws a
 * ConfigurationFault for a file that holds no key.
 */
export function openSecrets({ data, databaseUrl, secretsKey }: Pick<Configuration, "data" | "databaseUrl" | "secretsKey">): Secrets | undefined {
  if (secretsKey !== undefined) return createSecrets(secretsKey);
  return databaseUrl === undefined ? createSecrets(keysOf(join(data, secretsFile))) : undefined;
}

/** The keys of a file, made with one when it is missing. */
function keysOf(path: string): readonly [string, ...string[]] {
  if (!existsSync(path)) writeKeys(path, [newKey()]);
  return readKeyFile(path);
}

/** The keys of a file that is there. Throws a ConfigurationFault for one that holds none. */
export function readKeyFile(path: string): readonly [string, ...string[]] {
  try {
    return readKeys(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigurationFault(
      `${path}: expected ${(error as Error).message}. Bring it back from a backup: what was sealed with it opens with nothing else.`,
    );
  }
}

/** A new key: 32 random bytes. */
export function newKey(): string {
  return randomBytes(32).toString("base64url");
}

/** Writes the keys of a file, for its owner alone. */
export function writeKeys(path: string, keys: readonly string[]): void {
  writeDurably(path, `${keys.join("\n")}\n`);
}
