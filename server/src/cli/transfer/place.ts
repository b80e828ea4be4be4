import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { destinationOf } from "../../store/postgres/connectionProblem.ts";
import { callersFolder } from "../checkoutRoot.ts";
import { ConfigurationFault } from "../configuration.ts";
import { dataFile } from "../openStore.ts";

/** Where data are kept, as a command names it. */
export type DataPlace =
  | { readonly engine: "sqlite"; readonly file: string; /** The data folder that the file is in. */ readonly folder: string; readonly shown: string }
  | { readonly engine: "postgres"; readonly url: string; readonly shown: string };

/** Reads `sqlite:<data folder or file>` or `postgres://...`; `flag` is named when it is neither. */
export function placeOf(text: string, flag: string): DataPlace {
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/i.exec(text)?.[1];
  if (path !== undefined) return filePlace(resolve(callersFolder(), path));
  if (!/^postgres(?:ql)?:/i.test(text)) throw new ConfigurationFault(`${flag}: expected sqlite:<data folder> or postgres://user:password@host:port/database.`);
  return databasePlace(text, flag);
}

/** The place of a data folder, or of a file in one. */
export function filePlace(path: string): DataPlace & { readonly engine: "sqlite" } {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? /\.(?:sqlite|db)$/.test(basename(path));
  const file = isFile ? path : dataFile(path);
  return { engine: "sqlite", file, folder: dirname(file), shown: `sqlite ${file}` };
}

/** The place that a URL leads to. */
export function databasePlace(url: string, flag: string): DataPlace & { readonly engine: "postgres" } {
  try {
    const { server, database } = destinationOf(url);
    return { engine: "postgres", url, shown: `postgres ${server}/${database}` };
  } catch (error) {
    throw new ConfigurationFault(`${flag}: expected ${(error as Error).message}.`);
  }
}
