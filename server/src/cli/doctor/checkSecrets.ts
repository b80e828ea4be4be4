import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, textOf, type Json } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import { keyName } from "../../base/secrets.ts";
import { sealedCredentials } from "../../edm/sealedCredentials.ts";
import { nodeSqlite } from "../../store/sqlite/nodeSqlite.ts";
import type { Configuration } from "../configuration.ts";
import { dataFile } from "../openStore.ts";
import { secretsFile } from "../openSecrets.ts";
import { readKeys } from "../readKeys.ts";
import { fail, ok, type Finding } from "./finding.ts";

const check = "credentials";

/** The credentials of connectors, and the secrets of ticket systems, can be opened with the keys that are here. */
export function checkSecrets({
  data,
  databaseUrl,
  secretsKey,
  model,
}: Pick<Configuration, "data" | "databaseUrl" | "secretsKey" | "model">): readonly Finding[] {
  if (model !== undefined) return [];
  if (databaseUrl !== undefined) {
    return [
      ok(
        check,
        secretsKey === undefined ? "No SECGRAPH_SECRETS_KEY is set: connectors and ticket systems can have no credentials." : "SECGRAPH_SECRETS_KEY is set.",
      ),
    ];
  }
  const path = join(data, secretsFile);
  const keys = secretsKey ?? (existsSync(path) ? readKeys(readFileSync(path, "utf8")) : []);
  const names = new Set(keys.map(keyName));
  const sealed = sealedIn(dataFile(data));
  const lost = sealed.filter(({ key }) => !names.has(key));
  if (lost.length === 0)
    return [ok(check, `${new Set(sealed.map(({ connector }) => connector)).size} connectors and ticket systems have credentials, and their key is here.`)];
  const connectors = [...new Set(lost.map(({ connector }) => connector))];
  const source = secretsKey === undefined ? path : "SECGRAPH_SECRETS_KEY";
  return [
    fail(
      check,
      `No key of ${source} opens the credentials of ${connectors.slice(0, 5).join(", ")}${connectors.length > 5 ? ` and ${connectors.length - 5} more` : ""}.`,
      `Bring ${secretsFile} back from a backup, or set these credentials anew.`,
    ),
  ];
}

interface Sealed {
  readonly connector: string;
  readonly key: string;
}

/** What is sealed in a data file, and with which key. */
function sealedIn(file: string): readonly Sealed[] {
  if (!existsSync(file)) return [];
  const connection = nodeSqlite.open(file, { readOnly: true });
  try {
    connection.exec("PRAGMA busy_timeout = 5000");
    return tables.flatMap((name) => sealedRows(connection, name));
  } finally {
    connection.close();
  }
}

/** What keeps secrets: connectors, and ticket systems those of their messages. */
const tables = ["security_connectors", "security_ticketSystems"] as const;

function sealedRows(connection: ReturnType<typeof nodeSqlite.open>, name: (typeof tables)[number]): readonly Sealed[] {
  const [table] = connection.prepare(`SELECT 1 FROM "sqlite_schema" WHERE "name" = '${name}'`).all([]);
  const bodies = table === undefined ? [] : connection.prepare(`SELECT "id", "body" FROM "${name}"`).all([]);
  return bodies.flatMap(([id, body]) =>
    tokensIn(parseStored(String(body))[sealedCredentials]).map((token) => ({ connector: String(id), key: token.split(".", 1)[0]! })),
  );
}

function tokensIn(sealed: Json | undefined): readonly string[] {
  if (!isObject(sealed)) return textOf(sealed) === "" ? [] : [textOf(sealed)];
  return Object.values(sealed).flatMap(tokensIn);
}
