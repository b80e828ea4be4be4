import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { parseJson } from "../base/parseJson.ts";
import { createModel } from "../edm/createModel.ts";
import { defineModel } from "../edm/defineModel.ts";
import type { Model } from "../edm/model.ts";
import { securityGraph } from "../graph/securityGraph.ts";
import type { Implementations } from "../operations/implementation.ts";
import { matchOperations } from "../operations/matchOperations.ts";
import { ConfigurationFault } from "./configuration.ts";
import type { Configuration } from "./configuration.ts";

/** What is served: the security graph, or the model of a file with its operations and first rows. */
export interface ServedModel {
  readonly model: Model;
  readonly operations: Implementations;
  /** By path, where a file of rows is given. */
  readonly rows?: JsonObject;
}

/** The model of a file, else the security graph. Throws a ConfigurationFault that names file and place. */
export function readServedModel({ model: file }: Pick<Configuration, "model">): Model {
  return file === undefined ? createModel(securityGraph) : about("SECGRAPH_MODEL", file, (text) => defineModel(text));
}

/** Reads and checks all that makes up the served model, before anything else is done. Throws a ConfigurationFault that names file and place. */
export async function loadModel({ model: file, operations, seed }: Pick<Configuration, "model" | "operations" | "seed">): Promise<ServedModel> {
  const model = readServedModel(file === undefined ? {} : { model: file });
  if (file === undefined) return { model, operations: {} };
  const implementations = operations === undefined ? {} : await loadOperations(operations, model);
  const rows = typeof seed === "string" ? about("SECGRAPH_SEED", seed, readRows) : undefined;
  return { model, operations: implementations, ...(rows !== undefined && { rows }) };
}

function about<T>(setting: string, file: string, read: (text: string) => T): T {
  try {
    return read(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    throw fault(setting, file, error);
  }
}

function fault(setting: string, file: string, error: unknown): ConfigurationFault {
  return new ConfigurationFault(`${setting}: ${file} cannot be used. ${(error as Error).message}`);
}

async function loadOperations(file: string, model: Model): Promise<Implementations> {
  try {
    const loaded = (await import(pathToFileURL(file).href)) as { readonly operations?: unknown };
    if (typeof loaded.operations !== "object" || loaded.operations === null) throw new Error("It exports no object 'operations' with functions.");
    matchOperations(model, loaded.operations as Implementations);
    return loaded.operations as Implementations;
  } catch (error) {
    throw fault("SECGRAPH_OPERATIONS", file, error);
  }
}

function readRows(text: string): JsonObject {
  const rows = parseJson(Buffer.from(text), { depth: 100 });
  if (!isObject(rows)) throw new Error("Expected an object: rows by the path of their collection.");
  for (const [path, value] of Object.entries(rows)) {
    const isFit = Array.isArray(value) ? (value as readonly Json[]).every(isObject) : isObject(value);
    if (!isFit) throw new Error(`${path}: expected an array of objects, or for a singleton an object.`);
  }
  return rows;
}
