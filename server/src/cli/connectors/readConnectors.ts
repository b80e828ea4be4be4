import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { secretNames } from "../../edm/sealedCredentials.ts";
import { ConfigurationFault } from "../configuration.ts";

/** Reads a JSON file, or standard input (`-`). Throws a ConfigurationFault that names it. */
export async function readJsonFile(file: string): Promise<Json> {
  try {
    return JSON.parse(file === "-" ? await text(process.stdin) : readFileSync(file, "utf8")) as Json;
  } catch (error) {
    throw new ConfigurationFault(`${file === "-" ? "Standard input" : file} cannot be read: ${(error as Error).message}`);
  }
}

/** Where the texts of secrets may come from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that names them: paths are relative to it. */
  readonly file: string;
}

/**
 * The body of a connector with its secrets put in: where the API takes a text, the file may name where it is found, `{"env": "NAME"}` or `{"file": "path"}`, so
 * that no secret need stand in it. Throws an Error that names the place.
 */
export function withSecrets(body: JsonObject, sources: SecretSources): JsonObject {
  const { credentials } = body;
  if (!Array.isArray(credentials)) return body;
  const list = (credentials as readonly Json[]).map((one, index) => (isObject(one) ? filled(one, `credentials[${index}]`, sources) : one));
  return { ...body, credentials: list };
}

function filled(credential: JsonObject, at: string, sources: SecretSources): JsonObject {
  const texts = [...secretNames, "certificate"].flatMap((name): [string, Json][] => {
    const value = credential[name];
    return isObject(value) ? [[name, textFrom(value, `${at}/${name}`, sources)]] : [];
  });
  return { ...credential, ...Object.fromEntries(texts) };
}

function textFrom(named: JsonObject, at: string, { env, file }: SecretSources): string {
  const [source, ...others] = Object.keys(named);
  const value = textOf(named[source ?? ""]);
  if (others.length > 0 || (source !== "env" && source !== "file") || value === "")
    throw new Error(`${at}: expected a text, {"env": "NAME"} or {"file": "path"}.`);
  if (source === "env") {
    const found = env[value];
    if (found === undefined || found === "") throw new Error(`${at}: the environment variable ${value} is not set.`);
    return found;
  }
  try {
    return readFileSync(resolve(dirname(resolve(file)), value), "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new Error(`${at}: ${value} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
